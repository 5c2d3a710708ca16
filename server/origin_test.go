package server_test

import (
	"slices"
	"strings"
	"testing"

	"ostiary/server/config"
	"ostiary/server/servertest"
)

// methodsOf gathers, by path, what the table takes: every method, with HEAD
// for GET and OPTIONS for all.
func methodsOf(s *servertest.Server) map[string][]string {
	methods := map[string][]string{}
	for _, row := range s.Inner.Table() {
		if row.Guard == "operator" {
			continue // not there for anybody else
		}
		path := pathOf(row)
		methods[path] = append(methods[path], row.Method)
		if row.Method == "GET" {
			methods[path] = append(methods[path], "HEAD")
		}
	}
	for path := range methods {
		slices.Sort(methods[path])
		methods[path] = append(methods[path], "OPTIONS")
	}
	return methods
}

// TestPreflightOfEveryRow asks, for each path, as a page of ours, of a listed
// app, of nobody we know, and as a program.
func TestPreflightOfEveryRow(t *testing.T) {
	s := servertest.New(t, unlimited, allowApp)
	methods := methodsOf(s)
	for _, row := range s.Inner.Table() {
		if row.Guard == "operator" {
			continue
		}
		path := pathOf(row)
		allow := strings.Join(methods[path], ", ")
		ask := func(origin string) *servertest.Answer {
			headers := []string{"Access-Control-Request-Method", row.Method, "Access-Control-Request-Headers", "content-type"}
			if origin != "" {
				headers = append(headers, "Origin", origin)
			}
			return s.Browser().Do("OPTIONS", path, nil, headers...)
		}
		wantPreflight(t, ask("http://localhost"), "http://localhost", allow)
		if row.OwnOnly {
			ask(appPage).Want(403, "cors.origin_not_allowed")
		} else {
			wantPreflight(t, ask(appPage), appPage, allow)
		}
		wantUnreadable(t, ask(evilPage).Want(403, "cors.origin_not_allowed"))
		wantUnreadable(t, ask("null").Want(403, "cors.origin_not_allowed"))
		if a := ask("").Want(204, ""); a.Header.Get("Allow") != allow {
			t.Errorf("%s: Allow is %q, want %q", path, a.Header.Get("Allow"), allow)
		}
	}
	s.Browser().Do("OPTIONS", "/api/v1/admin/setup-link", nil, "Origin", "http://localhost").Want(404, "request.not_found")
}

func wantPreflight(t *testing.T, a *servertest.Answer, origin, methods string) {
	t.Helper()
	a.Want(204, "")
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true", "Access-Control-Allow-Methods": methods, "Allow": methods,
		"Access-Control-Allow-Headers": "Content-Type, Authorization, X-CSRF-Token, X-Auth-Mode, X-API-Key, X-Tenant-Id, X-Request-Id",
		"Vary":                         "Origin, Cookie, Authorization",
	} {
		if got := strings.Join(a.Header.Values(name), " | "); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func wantUnreadable(t *testing.T, a *servertest.Answer) {
	t.Helper()
	for name := range a.Header {
		if strings.HasPrefix(name, "Access-Control-") {
			t.Errorf("%s is %q", name, a.Header.Get(name))
		}
	}
}

// TestListedPagesReadAnswersAndRefusals: what an allowed page may read is
// named, never a star; a refusal it may read, too.
func TestListedPagesReadAnswersAndRefusals(t *testing.T) {
	s := servertest.New(t, unlimited, allowApp)
	b := signedIn(s, ada)
	const exposed = "X-Request-Id, X-Auth-Code, X-Auth-Warning, X-CSRF-Token, WWW-Authenticate, Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, RateLimit, RateLimit-Policy, ETag, Date, Server-Timing"
	for what, a := range map[string]*servertest.Answer{
		"an answer":       b.Do("GET", meAt, nil, "Origin", appPage).Want(200, ""),
		"a refusal":       s.Browser().Do("GET", meAt, nil, "Origin", appPage).Want(401, "session.none"),
		"a missing path":  s.Browser().Do("GET", "/nowhere", nil, "Origin", appPage).Want(404, "request.not_found"),
		"a wrong method":  s.Browser().Do("GET", loginAt, nil, "Origin", appPage).Want(405, "request.method_not_allowed"),
		"a broken body":   s.Browser().Do("POST", loginAt, "{", "Origin", appPage).Want(400, "request.malformed"),
		"too large a one": s.Raw("POST "+loginAt+" HTTP/1.1\r\nHost: localhost\r\nOrigin: "+appPage+"\r\nContent-Length: 65537\r\n\r\n").Want(413, "request.too_large"),
	} {
		if a.Header.Get("Access-Control-Allow-Origin") != appPage || a.Header.Get("Access-Control-Allow-Credentials") != "true" ||
			a.Header.Get("Access-Control-Expose-Headers") != exposed || a.Header.Get("Vary") != "Origin, Cookie, Authorization" {
			t.Errorf("%s cannot be read: %v", what, a.Header)
		}
	}
	for what, a := range map[string]*servertest.Answer{
		"no origin":            b.Do("GET", meAt, nil).Want(200, ""),
		"a foreign origin":     b.Do("GET", meAt, nil, "Origin", evilPage).Want(200, ""),
		"a page of ours":       s.Browser().Do("GET", "/e", nil, "Origin", appPage).Want(200, ""),
		"its wrong method":     s.Browser().Do("POST", "/e", nil, "Origin", appPage).Want(405, "request.method_not_allowed"),
		"what admins read":     b.Do("GET", usersAt, nil, "Origin", appPage).Want(403, "authz.not_admin"),
		"an admin's preflight": s.Browser().Do("OPTIONS", usersAt, nil, "Origin", appPage).Want(403, "cors.origin_not_allowed"),
	} {
		t.Run(what, func(t *testing.T) { wantUnreadable(t, a) })
	}
}

// TestPathPrefix: public_url has a path. A proxy may strip it or leave it on.
func TestPathPrefix(t *testing.T) {
	s := servertest.New(t, unlimited, publicURL("http://localhost/auth"))
	b := signedIn(s, ada)
	for _, path := range []string{meAt, "/auth" + meAt, "/auth" + meAt + "?x=/auth/"} {
		b.Do("GET", path, nil).Want(200, "")
	}
	b.Do("POST", "/auth"+logoutAllAt, map[string]any{"keep_current": true}).Want(200, "")
	for path, want := range map[string]string{"/auth/login": "", "/login": "", "/auth/e/session.none": "", "/auth/healthz": "", "/auth/nowhere": "request.not_found",
		"/Auth/healthz": "url.path_mismatch", "/auth/auth/healthz": "url.path_mismatch", "/authx/healthz": "url.path_mismatch", "/id/healthz": "url.path_mismatch", "/auth//healthz": "url.path_mismatch"} {
		if a := s.Browser().Do("GET", path, nil); a.Code() != want {
			t.Errorf("%s: %d %q, want %q", path, a.Status, a.Code(), want)
		}
	}
	for _, path := range []string{"/", "/auth", "/auth/", "/auth?x=y"} {
		if a := s.Browser().Do("GET", path, nil).Want(303, ""); a.Header.Get("Location") != "/auth/login" {
			t.Errorf("%s leads to %q", path, a.Header.Get("Location"))
		}
	}
	refused := s.Browser().Do("GET", "/auth"+meAt, nil)
	wantProblem(t, s, refused, "session.none")
	wantRefusalPage(t, s, s.Browser().Do("GET", "/auth/nowhere", nil, "Accept", "text/html"), "request.not_found")
	lost := s.Browser().Do("GET", "/id"+meAt, nil)
	wantProblem(t, s, lost, "url.path_mismatch")
	if lost.Text("context.expected") != "http://localhost/auth"+meAt || lost.Text("context.got_prefix") != "/id" {
		t.Errorf("told %v", lost.Get("context"))
	}
}

// TestPathMismatchNamesThePrefix where there is none in public_url.
func TestPathMismatchNamesThePrefix(t *testing.T) {
	s := servertest.New(t, unlimited)
	for path, prefix := range map[string]string{"/auth" + meAt: "/auth", "/a/b" + loginAt: "/a/b", "//x" + meAt: "//x", "/x/.." + meAt: "/x/.."} {
		a := s.Raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
		wantProblem(t, s, a, "url.path_mismatch")
		if a.Text("context.got_prefix") != prefix {
			t.Errorf("%s: told %v", path, a.Get("context"))
		}
	}
	for _, path := range []string{"/api/v1/auth/me/", "/api/v2/auth/me", "/api//v1/auth/mee", "/API/v1/auth/me", "/api/v1/auth/%6de", "/api/v1/auth%2fme", "/api\\v1\\auth\\me", meAt + ";a"} {
		s.Raw("GET "+path+" HTTP/1.1\r\nHost: localhost\r\n\r\n").Want(404, "request.not_found")
	}
}

// TestChangesThatAreLetIn keeps the CSRF refusals from passing by refusing
// everybody: each of these is a page of ours, a listed app, or no browser.
func TestChangesThatAreLetIn(t *testing.T) {
	none := func(c *config.Config) { c.Cookie.SameSite = "none" }
	anyValue := func(c *config.Config) { c.CSRF.Mode = "header" }
	for _, c := range []struct {
		name    string
		options []servertest.Option
		csrf    string // instead of the right token
		headers []string
	}{
		{"a program", nil, "", nil},
		{"a page of ours", nil, "", []string{"Origin", "http://localhost", "Sec-Fetch-Site", "same-origin"}},
		{"an app", nil, "", []string{"Origin", appPage, "Sec-Fetch-Site", "same-site"}},
		{"an app in an older browser", nil, "", []string{"Origin", appPage}},
		{"a page of ours without an origin", nil, "", []string{"Origin", "null", "Sec-Fetch-Site", "same-origin"}},
		{"no Origin, same origin", nil, "", []string{"Sec-Fetch-Site", "same-origin"}},
		{"no Origin, a listed Referer", nil, "", []string{"Sec-Fetch-Site", "same-site", "Referer", appPage + "/a?b"}},
		{"a Referer alone", nil, "", []string{"Referer", "http://localhost/account"}},
		{"across sites, where cookies travel", with(none), "", []string{"Origin", appPage, "Sec-Fetch-Site", "cross-site"}},
		{"any value, where the header is what counts", with(anyValue), "1", []string{"Origin", appPage}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := servertest.New(t, append(c.options, allowApp)...)
			b := signedIn(s, ada)
			if c.csrf != "" {
				b.CSRF = c.csrf
			}
			b.Do("POST", logoutAllAt, nil, c.headers...).Want(200, "")
		})
	}
	s := servertest.New(t, anyValue, allowApp)
	b := signedIn(s, ada)
	b.CSRF = ""
	b.Do("POST", logoutAllAt, nil, "Origin", appPage).Want(403, "csrf.header_missing")
	b.CSRF = "1"
	b.Do("POST", logoutAllAt, nil, "Origin", evilPage).Want(403, "csrf.origin_mismatch")
}
