package server

import (
	"net/netip"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"ostiary/server/access"
	"ostiary/server/credential"
	"ostiary/server/refusal"
	"ostiary/server/session"
	"ostiary/server/throttle"
)

// request is one request on its way through the server: what is known about
// it so far, and what its answer will carry. It lives as long as its handler
// and is never kept.
type request struct {
	s     *Server
	c     *fiber.Ctx
	f     *fasthttp.RequestCtx
	row   *route
	live  *live
	id    credential.RequestID
	start time.Time

	address netip.Addr // of the client, after trusted proxies
	https   bool       // how it reached us, as far as we can trust what says so
	jar     jar        // our cookies, as sent

	source source            // which credential authenticated, if any
	snap   *session.Snapshot // the session behind it
	fresh  bool              // this request made or renewed the session

	charged  []charge         // limits that counted this request
	verdict  throttle.Verdict // the tightest of them
	limit    *throttle.Limit  // and its name
	warnings []refusal.Code   // findings that are no refusal
	gates    []gate           // the decision so far, for `explain`
	refused  *refusal.Error   // how it ended, if badly
	status   int              // of the answer
	spare    spare            // room for the slices above, so that an ordinary request allocates none
}

type spare struct {
	charged  [4]charge
	warnings [2]refusal.Code
	gates    [8]gate
}

// source is where the credential that authenticated came from. What a cookie
// authenticated needs a CSRF token; nothing else decides that.
type source byte

const (
	fromNowhere source = iota
	fromCookie
	fromHeader
	fromSocket
)

var sourceNames = [...]string{"none", "cookie", "header", "socket"}

// gate is one step of the decision: what was asked, and whether it was passed.
type gate struct {
	Name string `json:"gate"`
	Hit  bool   `json:"passed"`
	Note string `json:"note,omitempty"`
}

func (s *Server) newRequest(c *fiber.Ctx, row *route) *request {
	r := s.requests.Get().(*request)
	r.s, r.c, r.f, r.row, r.live, r.id, r.start = s, c, c.Context(), row, s.live.Load(), credential.NewRequestID(), s.now()
	r.charged, r.warnings, r.gates = r.spare.charged[:0], r.spare.warnings[:0], r.spare.gates[:0]
	return r
}

// release ends a request. It is wiped before anyone else can have it: nothing
// of one request may show in the next.
func (r *request) release() {
	s := r.s
	*r = request{}
	s.requests.Put(r)
}

// pass and miss record a gate of the decision.
func (r *request) pass(name, note string) { r.gates = append(r.gates, gate{name, true, note}) }
func (r *request) miss(name, note string) { r.gates = append(r.gates, gate{name, false, note}) }

// warn adds a finding to the answer, once, and tells the log of it.
func (r *request) warn(code refusal.Code, attributes ...any) {
	for _, w := range r.warnings {
		if w == code {
			return
		}
	}
	r.warnings = append(r.warnings, code)
	r.s.findings.tell(code, append(attributes, "request_id", r.id.String())...)
}

// caller is who asks, for the domain.
func (r *request) caller() access.Caller {
	by := access.Caller{Address: r.address.String(), UserAgent: r.userAgent(), RequestID: r.id.String()}
	switch {
	case r.source == fromSocket:
		by.Method, by.Address = access.Operator, ""
	case r.snap != nil && r.source != fromNowhere:
		by.Method = access.Session
		by.UserID, by.SessionID = r.snap.User.ID, r.snap.Session.ID
		by.Email, by.Admin = r.snap.User.Email, r.snap.User.Admin
	}
	return by
}

// stranger is the caller of a request that opens something: it acts for
// nobody yet, whatever credential came along.
func (r *request) stranger() access.Caller {
	return access.Caller{Address: r.address.String(), UserAgent: r.userAgent(), RequestID: r.id.String()}
}

// userAgentMost bounds what is kept of a User-Agent, in bytes.
const userAgentMost = 512

func (r *request) userAgent() string {
	agent := r.f.Request.Header.UserAgent()
	if len(agent) > userAgentMost {
		agent = agent[:userAgentMost]
	}
	return cleanText(string(agent))
}

// header is the value of a request header, good only until the handler
// returns. name must be canonical.
func (r *request) header(name []byte) []byte { return r.f.Request.Header.PeekCanonical(name) }

// safe says whether the method promises to change nothing (RFC 9110, 9.2.1).
func (r *request) safe() bool {
	return r.f.IsGet() || r.f.IsHead() || r.f.IsOptions()
}
