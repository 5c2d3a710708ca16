package server_test

import (
	"strings"
	"testing"
	"time"

	"ostiary/server/config"
	"ostiary/server/servertest"
)

// flaw is one thing that is wrong with a request.
type flaw string

// Of several flaws the first that holds is told, in this order (failures.md,
// "One request, one code").
const (
	twoHeaders    flaw = "two Authorization headers"     // credential.conflict
	badToken      flaw = "a token that is none"          // session.cookie_malformed, by header: no cookie is tried
	foreignToken  flaw = "another environment's token"   // credential.other_instance
	endedToken    flaw = "a token that was ended"        // session.revoked
	badCookie     flaw = "a cookie that is none"         // session.cookie_malformed
	foreignCookie flaw = "another environment's cookie"  // credential.other_instance
	endedCookie   flaw = "a cookie that was ended"       // session.revoked
	noCookie      flaw = "no session cookie"             //
	foreignOrigin flaw = "an origin that is not allowed" // cors.origin_not_allowed, with a cookie and a change csrf.origin_mismatch
	embedded      flaw = "an iframe"                     // site.embedded
	crossSite     flaw = "another site"                  // cookie.blocked_cross_site
	omitted       flaw = "no cookies from the same site" // session.credentials_omitted
	deviceLeft    flaw = "the device cookie alone"       // session.cookie_missing
	noCSRF        flaw = "no CSRF header"                // csrf.header_missing
	wrongCSRF     flaw = "another session's CSRF token"  // csrf.mismatch
	badBody       flaw = "a body that is no JSON"        // request.malformed
)

// TestOneRequestOneCode combines flaws. Each answer names one, the first that
// holds, and no warning repeats another.
func TestOneRequestOneCode(t *testing.T) {
	s := servertest.New(t, unlimited, allowApp)
	f := newFlaws(t, s)
	for _, c := range []struct {
		method string
		flaws  []flaw
		want   string
	}{
		{"POST", []flaw{twoHeaders, badToken, foreignOrigin, noCSRF, badBody}, "credential.conflict"},
		{"POST", []flaw{badToken, foreignOrigin, embedded, crossSite, noCSRF}, "session.cookie_malformed"},
		{"GET", []flaw{badToken}, "session.cookie_malformed"},
		{"POST", []flaw{foreignToken, endedCookie, noCSRF}, "credential.other_instance"},
		{"POST", []flaw{endedToken, badCookie, foreignOrigin}, "session.revoked"},
		{"POST", []flaw{badCookie, foreignOrigin, crossSite, noCSRF, badBody}, "session.cookie_malformed"},
		{"POST", []flaw{foreignCookie, foreignOrigin, crossSite, noCSRF}, "credential.other_instance"},
		{"POST", []flaw{endedCookie, foreignOrigin, crossSite, noCSRF}, "session.revoked"},
		{"GET", []flaw{endedCookie, foreignOrigin, embedded}, "session.revoked"},
		{"POST", []flaw{noCookie, foreignOrigin, embedded, crossSite}, "cors.origin_not_allowed"},
		{"GET", []flaw{noCookie, foreignOrigin, deviceLeft}, "cors.origin_not_allowed"},
		{"GET", []flaw{noCookie, embedded, crossSite, deviceLeft}, "site.embedded"},
		{"GET", []flaw{noCookie, embedded, omitted}, "site.embedded"},
		{"GET", []flaw{noCookie, crossSite, deviceLeft}, "cookie.blocked_cross_site"},
		{"POST", []flaw{noCookie, crossSite, noCSRF, badBody}, "cookie.blocked_cross_site"},
		{"GET", []flaw{noCookie, omitted}, "session.credentials_omitted"},
		{"GET", []flaw{noCookie, omitted, deviceLeft}, "session.cookie_missing"}, // cookies came, so they were not omitted
		{"POST", []flaw{noCookie, deviceLeft, noCSRF, badBody}, "session.cookie_missing"},
		{"POST", []flaw{noCookie, noCSRF, badBody}, "session.none"},
		{"POST", []flaw{foreignOrigin, noCSRF, badBody}, "csrf.origin_mismatch"},
		{"POST", []flaw{crossSite, wrongCSRF}, "csrf.origin_mismatch"},
		{"POST", []flaw{noCSRF, badBody}, "csrf.header_missing"},
		{"POST", []flaw{wrongCSRF, badBody}, "csrf.mismatch"},
		{"POST", []flaw{badBody}, "request.malformed"},
		{"GET", []flaw{foreignOrigin, embedded, crossSite, noCSRF}, ""}, // a good cookie came: none of these is a reason to refuse a read
		{"GET", nil, ""},
	} {
		name := c.method
		for _, flaw := range c.flaws {
			name += ", " + string(flaw)
		}
		t.Run(name, func(t *testing.T) {
			a := f.ask(c.method, c.flaws)
			if c.want == "" {
				a.Want(200, "")
			} else {
				wantProblem(t, s, a, c.want)
			}
			wantWarnings(t, a, "")
		})
	}
	f.alive()
}

// flaws makes requests with flaws.
type flaws struct {
	s                        *servertest.Server
	good                     *servertest.Client
	dead, elsewhere, another string
}

func newFlaws(t *testing.T, s *servertest.Server) *flaws {
	f := &flaws{s: s, good: signedIn(s, ada)}
	f.another = signedIn(s, ben).CSRF
	dead := signedIn(s, "cy@example.com")
	f.dead = dead.Cookies[sessionCookie]
	dead.Do("POST", "/api/v1/auth/logout", nil).Want(204, "")
	f.elsewhere = signedIn(servertest.New(t), ada).Cookies[sessionCookie]
	return f
}

func (f *flaws) ask(method string, all []flaw) *servertest.Answer {
	b := f.good.Fork()
	var body any
	var headers []string
	for _, flaw := range all {
		headers = append(headers, f.spoil(b, flaw)...)
		if flaw == badBody {
			body = "{"
		}
	}
	path := meAt
	if method == "POST" {
		path = logoutAllAt
	}
	return b.Do(method, path, body, headers...)
}

// spoil gives a request this flaw, as headers or in what its client holds.
func (f *flaws) spoil(b *servertest.Client, flaw flaw) []string {
	switch flaw {
	case twoHeaders:
		return []string{"Authorization", "Bearer x"}
	case badToken:
		b.Bearer = "x"
	case foreignToken:
		b.Bearer = f.elsewhere
	case endedToken:
		b.Bearer = f.dead
	case badCookie:
		b.Cookies[sessionCookie] = "x"
	case foreignCookie:
		b.Cookies[sessionCookie] = f.elsewhere
	case endedCookie:
		b.Cookies[sessionCookie] = f.dead
	case noCookie:
		clear(b.Cookies)
	case deviceLeft:
		b.Cookies[deviceCookie] = f.good.Cookies[deviceCookie]
	case foreignOrigin:
		return []string{"Origin", evilPage}
	case embedded:
		return []string{"Sec-Fetch-Dest", "iframe"}
	case crossSite:
		return []string{"Sec-Fetch-Site", "cross-site"}
	case omitted:
		return []string{"Origin", appPage, "Sec-Fetch-Site", "same-site"}
	case noCSRF:
		b.CSRF = ""
	case wrongCSRF:
		b.CSRF = f.another
	}
	return nil
}

// alive: none of all that was refused has done anything.
func (f *flaws) alive() {
	f.s.T.Helper()
	f.good.Do("GET", meAt, nil).Want(200, "")
}

// TestOrderOfLimitsRightsAndBodies: who is told before what, and what before
// what is in the body.
func TestOrderOfLimitsRightsAndBodies(t *testing.T) {
	two := config.Rate{Burst: 2, Per: time.Minute}
	s := servertest.New(t, allowApp, func(c *config.Config) { c.Limits.User, c.Limits.AuthAddress, c.Limits.Anonymous = two, two, two })
	b := signedIn(s, ada)
	b.CSRF = ""
	b.Do("POST", usersAt, "{").Want(403, "authz.not_admin") // before the CSRF token and the body
	b.Do("GET", usersAt+"?limit=x", nil).Want(403, "authz.not_admin")
	b.Do("POST", usersAt, "{").Want(429, "rate.user") // before the right
	s.Browser().Do("POST", loginAt, "{", "Origin", evilPage).Want(403, "cors.origin_not_allowed")
	s.Browser().Do("POST", loginAt, "{").Want(400, "request.malformed")
	s.Browser().Do("POST", loginAt, "{", "Origin", evilPage).Want(429, "rate.ip") // before the origin
	for range 2 {
		withCookie(s, "x").Do("GET", meAt, nil).Want(401, "session.cookie_malformed")
	}
	limited := withCookie(s, "x").Do("GET", meAt, nil).Want(429, "rate.ip")
	if strings.Contains(limited.Raw, "malformed") {
		t.Errorf("two reasons are told: %s", limited.Raw)
	}
}
