package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"ostiary/server/audit"
	"ostiary/server/refusal"
	"ostiary/storage"
	"ostiary/web"
)

// problem is a refusal as it is sent (RFC 9457). Message repeats detail for
// clients that look there.
type problem struct {
	Type      string          `json:"type"`
	Title     string          `json:"title"`
	Status    int             `json:"status"`
	Detail    string          `json:"detail"`
	Code      refusal.Code    `json:"code"`
	Cause     string          `json:"cause"`
	Fix       []problemFix    `json:"fix"`
	RequestID string          `json:"request_id"`
	Retry     problemRetry    `json:"retry"`
	Context   map[string]any  `json:"context,omitempty"`
	Errors    []refusal.Field `json:"errors,omitempty"`
	Message   string          `json:"message"`
}

type problemFix struct {
	Who  string `json:"who"`
	Text string `json:"text"`
	Cmd  string `json:"cmd,omitempty"`
}

type problemRetry struct {
	Action string `json:"action"`
	AfterS int    `json:"after_s"`
}

// refusalOf turns any error into the refusal that its caller may see. What it
// does not know is a bug of ours: server.internal, with the chain in the log
// and nothing of it in the answer.
func refusalOf(err error) *refusal.Error {
	var refused *refusal.Error
	if errors.As(err, &refused) {
		return refused
	}
	var fault *storage.Fault
	if errors.As(err, &fault) {
		return refusal.New(refusal.Code(fault.Code)).Wait(time.Second).Privately("%s", fault.Op).Wrap(err)
	}
	var edge *fiber.Error
	if errors.As(err, &edge) {
		return refusal.New(edgeCode(edge.Code)).Privately("%s", unquoted(edge.Message))
	}
	return refusal.New(refusal.ServerInternal).Wrap(err)
}

// unquoted is an error's text up to where it begins to quote. Texts of fasthttp
// quote the request that they are about, with its cookies and tokens.
func unquoted(text string) string {
	text, _, _ = strings.Cut(text, `"`)
	return strings.TrimSpace(text)
}

// edgeCode is the code for what Fiber and fasthttp refuse by themselves.
func edgeCode(status int) refusal.Code {
	switch status {
	case fiber.StatusNotFound:
		return refusal.RequestNotFound
	case fiber.StatusMethodNotAllowed:
		return refusal.RequestMethodNotAllowed
	case fiber.StatusRequestTimeout:
		return refusal.RequestTimeout
	case fiber.StatusRequestEntityTooLarge:
		return refusal.RequestTooLarge
	case fiber.StatusRequestURITooLong:
		return refusal.RequestURITooLong
	case fiber.StatusRequestHeaderFieldsTooLarge:
		return refusal.RequestHeaderTooBig
	case fiber.StatusServiceUnavailable:
		return refusal.ServerBusy
	case fiber.StatusBadRequest, fiber.StatusBadGateway:
		return refusal.RequestBadFraming
	}
	return refusal.ServerInternal
}

// isFault says whether an error is of storage: the caller's credential was
// not judged, and nothing may be concluded about it.
func isFault(err error) bool {
	var fault *storage.Fault
	return errors.As(err, &fault)
}

// refuse answers with a refusal, and keeps why.
func (r *request) refuse(err error) {
	e := refusalOf(err)
	entry := e.Entry()
	r.refused, r.status = e, entry.Status
	h := &r.f.Response.Header
	h.SetStatusCode(entry.Status)
	h.SetCanonical(hAuthCode, []byte(entry.Code))
	if entry.Status == fiber.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="ostiary", error="`+bearerError(entry)+`", error_description="`+string(entry.Code)+`"`)
	}
	p := r.problem(e, entry)
	if entry.Status == fiber.StatusTooManyRequests || entry.Status == fiber.StatusServiceUnavailable {
		p.Retry.AfterS = max(p.Retry.AfterS, 1)
		h.SetCanonical(hRetryAfter, []byte(strconv.Itoa(p.Retry.AfterS)))
	}
	if r.wantsPage() {
		r.refusalPage(e, p)
	} else {
		r.refusalJSON(p)
	}
	r.keep(e, entry)
}

// bearerError is the error of RFC 6750, 3.1 that fits.
func bearerError(entry refusal.Entry) string {
	if entry.Code == refusal.SessionNone {
		return "invalid_request"
	}
	return "invalid_token"
}

func (r *request) problem(e *refusal.Error, entry refusal.Entry) problem {
	p := problem{
		Type: r.s.site.URL + "/e/" + string(entry.Code), Title: entry.Title, Status: entry.Status, Code: entry.Code,
		Detail: first(e.Detail, entry.Title), Cause: first(e.Cause, entry.Cause), RequestID: r.id.String(),
		Context: e.Context, Errors: e.Fields,
		Retry: problemRetry{Action: first(entry.Retry, "none"), AfterS: seconds(e.RetryAfter)},
	}
	p.Message = p.Detail
	fixes := e.Fixes
	if len(fixes) == 0 {
		fixes = entry.Fixes
	}
	p.Fix = make([]problemFix, len(fixes))
	for i, fix := range fixes {
		p.Fix[i] = problemFix(fix)
	}
	return p
}

// seconds rounds up, so that who waits as long as told is let in.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

func first(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// wantsPage says whether a browser navigates here, rather than a script.
func (r *request) wantsPage() bool {
	return bytes.Contains(r.header(hAccept), []byte("text/html"))
}

func (r *request) refusalJSON(p problem) {
	body, err := json.Marshal(p)
	if err != nil {
		r.s.log.Error("a refusal could not be encoded", "code", string(p.Code), "error", err)
		body = []byte(`{"code":"server.internal","status":500,"title":"Internal error"}`)
	}
	r.f.Response.Header.SetCanonical(hContentType, vProblem)
	r.f.Response.SetBodyRaw(body)
}

// refusalPage says the same to a person.
func (r *request) refusalPage(e *refusal.Error, p problem) {
	var b bytes.Buffer
	if err := r.s.pages.Render(&b, web.Refusal, web.Refused(e, r.id.String())); err != nil {
		r.s.log.Error("a refusal page could not be rendered", "code", string(p.Code), "error", err)
		r.refusalJSON(p)
		return
	}
	r.pageHeaders()
	r.f.Response.SetBodyRaw(b.Bytes())
}

// keep hands the private explanation to the audit log, under the request id.
// Refusals of storage itself cannot be stored and go to the log alone.
func (r *request) keep(e *refusal.Error, entry refusal.Entry) {
	if isFault(e.Err) {
		return
	}
	gates, _ := json.Marshal(r.gates)
	by := r.caller()
	cause := e.Private
	if e.Err != nil {
		cause = first(cause, e.Err.Error())
	}
	r.s.audit.Refused(audit.Refusal{
		RequestID: r.id.String(), At: r.start, Code: string(entry.Code), Status: entry.Status, Method: truncate(cleanText(string(r.f.Method())), 16),
		Route: r.row.path, CallerKind: string(by.Method), CallerID: by.UserID, SessionID: by.SessionID, IP: by.Address,
		UserAgent: by.UserAgent, Origin: truncate(cleanText(string(r.header(hOrigin))), 256),
		Cause: truncate(cleanText(first(cause, e.Cause, entry.Cause)), 1024), Gates: string(gates),
	})
}
