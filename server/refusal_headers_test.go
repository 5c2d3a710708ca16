package server_test

import (
	"slices"
	"strings"
	"testing"

	"ostiary/server/config"
	"ostiary/server/servertest"
)

// TestHTTP06HeadersOfEveryRow walks the table as everybody who could ask, on
// http and https: whatever the answer is, the security headers are on it, and
// nothing of it may be stored but static files.
func TestHTTP06HeadersOfEveryRow(t *testing.T) {
	for _, url := range []string{"http://localhost", "https://auth.example.test"} {
		s := servertest.New(t, unlimited, publicURL(url), func(c *config.Config) { c.Metrics.Token = "metrics-token" })
		newUser(s, ada, true)
		admin := bearer(s, s.Program().Login(ada).Text("token"))
		browser := s.Browser()
		browser.Login(ada)
		for _, row := range s.Inner.Table() {
			for who, c := range map[string]*servertest.Client{"stranger": s.Browser(), "admin": admin, "browser": browser.Fork(), "operator": s.Operator()} {
				for _, accept := range []string{"application/json", "text/html"} {
					t.Run(strings.Join([]string{url[:5], row.Method, row.Path, who, accept[:4]}, " "), func(t *testing.T) {
						a := c.Do(row.Method, pathOf(row), nil, "Accept", accept)
						wantSecurityHeaders(t, s, a)
						if a.Status >= 500 || a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Vary") != "Origin, Cookie, Authorization" {
							t.Errorf("%d, Cache-Control %q, Vary %q", a.Status, a.Header.Get("Cache-Control"), a.Header.Get("Vary"))
						}
					})
				}
			}
		}
	}
}

// TestHTTP06MetricsAndStaticFiles have headers of their own besides.
func TestHTTP06MetricsAndStaticFiles(t *testing.T) {
	s := servertest.New(t, func(c *config.Config) { c.Metrics.Token = "metrics-token" })
	a := s.Browser().Do("GET", "/metrics", nil, "Authorization", "Bearer metrics-token").Want(200, "")
	wantSecurityHeaders(t, s, a)
	if !strings.Contains(a.Raw, "ostiary_requests_total") || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("no metrics: %v %.200s", a.Header, a.Raw)
	}
	for _, wrong := range []string{"", "Bearer ", "Bearer metrics-toke", "Bearer metrics-token2", "Basic metrics-token"} {
		s.Browser().Do("GET", "/metrics", nil, "Authorization", wrong).Want(404, "request.not_found")
	}
	page := s.Browser().Do("GET", "/e", nil).Want(200, "")
	_, rest, _ := strings.Cut(page.Raw, `href="/static/`)
	name, _, _ := strings.Cut(rest, `"`)
	file := s.Browser().Do("GET", "/static/"+name, nil).Want(200, "")
	wantSecurityHeaders(t, s, file)
	if file.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" || file.Header.Get("Vary") != "" || len(file.Cookies) > 0 {
		t.Errorf("a file is sent with %v", file.Header)
	}
}

// TestHEADIsGETWithoutItsBody, on every row.
func TestHEADIsGETWithoutItsBody(t *testing.T) {
	s := servertest.New(t, unlimited)
	newUser(s, ada, true)
	b := s.Browser()
	b.Login(ada)
	for _, row := range s.Inner.Table() {
		if row.Method != "GET" {
			continue
		}
		get, head := b.Fork().Do("GET", pathOf(row), nil), b.Fork().Do("HEAD", pathOf(row), nil)
		if head.Raw != "" || head.Status != get.Status || head.Code() != get.Code() {
			t.Errorf("%s: HEAD %d %q with %d bytes, GET %d %q", row.Path, head.Status, head.Code(), len(head.Raw), get.Status, get.Code())
		}
		names := func(a *servertest.Answer) (names []string) {
			for name := range a.Header {
				if name != "Content-Length" || a.Header.Get(name) != "0" { // nothing, and nothing said of it
					names = append(names, name)
				}
			}
			slices.Sort(names)
			return names
		}
		if g, h := names(get), names(head); !slices.Equal(g, h) {
			t.Errorf("%s: GET has %v, HEAD %v", row.Path, g, h)
		}
	}
}

// TestEveryOtherMethodIs405 tries, on each path, the methods that no row has:
// Allow names those that it takes.
func TestEveryOtherMethodIs405(t *testing.T) {
	s := servertest.New(t, unlimited)
	b := signedIn(s, ada)
	for path, methods := range methodsOf(s) {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"} {
			if slices.Contains(methods, method) {
				continue
			}
			a := b.Fork().Do(method, path, nil)
			if a.Status != 405 || a.Code() != "request.method_not_allowed" || a.Header.Get("Allow") != strings.Join(methods, ", ") {
				t.Errorf("%s %s: %d %q, Allow %q, want %q", method, path, a.Status, a.Code(), a.Header.Get("Allow"), methods)
			}
			if method == "PUT" {
				wantProblem(t, s, a, "request.method_not_allowed")
			}
		}
	}
	b.Do("GET", meAt, nil).Want(200, "")
}
