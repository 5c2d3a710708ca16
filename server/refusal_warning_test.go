package server_test

import (
	"strings"
	"testing"
	"time"

	"ostiary/server/config"
	"ostiary/server/servertest"
)

// warned is what a request shows to be wrong without being refused for it.
type warned struct {
	name    string
	want    string
	options []servertest.Option
	headers []string // beside those of the request that nothing is wrong with
}

func warnings() []warned {
	https := publicURL("https://auth.example.test")
	return []warned{
		{"nothing", "", nil, nil},
		{"another host", "url.host_mismatch", nil, []string{"Host", "127.0.0.1:8080"}},
		{"the host's other port", "url.host_mismatch", nil, []string{"Host", "localhost:8080"}},
		{"https that comes as http", "cookie.secure_over_http", with(https), nil},
		{"https, by a peer that is not trusted", "cookie.secure_over_http", with(https), []string{"X-Forwarded-Proto", "https"}},
		{"https, by a trusted proxy", "", with(https, behindProxy), []string{"X-Forwarded-Proto", "https"}},
		{"http, by a trusted proxy", "cookie.secure_over_http", with(https, behindProxy), []string{"X-Forwarded-Proto", "http"}},
		{"two protocols", "cookie.secure_over_http", with(https, behindProxy), []string{"X-Forwarded-Proto", "https", "X-Forwarded-Proto", "https"}},
		{"both of them", "url.host_mismatch, cookie.secure_over_http", with(https), []string{"Host", "localhost"}},
		{"a cookie twice", "session.cookie_duplicate", nil, []string{"Cookie", sessionCookie + "=stale"}},
		{"a cookie of another mode", "cookie.name_mode_mismatch", nil, []string{"Cookie", "__Host-" + sessionCookie + "=x"}},
	}
}

// TestWarningsRideAlong: a finding is told by its code on an answer that is
// otherwise the same to the byte, and in the log.
func TestWarningsRideAlong(t *testing.T) {
	for _, w := range warnings() {
		t.Run(w.name, func(t *testing.T) {
			s := servertest.New(t, append(w.options, unlimited)...)
			token := tokenOf(signIn(s, ada))
			cookie := cookieMode(s) + sessionCookie + "=" + token
			plain := bearer(s, token).Do("GET", meAt, nil).Want(200, "")
			a := s.Browser().Do("GET", meAt, nil, append([]string{"Cookie", cookie}, w.headers...)...).Want(200, "")
			wantWarnings(t, a, w.want)
			again := s.Browser().Do("GET", meAt, nil, append([]string{"Cookie", cookie}, w.headers...)...).Want(200, "")
			wantWarnings(t, again, w.want)
			if a.Raw != plain.Raw {
				t.Errorf("the body is another one: %s", a.Raw)
			}
			for code := range strings.SplitSeq(w.want, ", ") {
				if code != "" && s.Logged(code) != 1 {
					t.Errorf("%s is logged %d times", code, s.Logged(code))
				}
			}
		})
	}
}

// TestWarningsOfTheServerAreForItsAdmins: what is wrong with the server, its
// mail or an account never rides on an answer; an untrusted proxy neither.
func TestWarningsOfTheServerAreForItsAdmins(t *testing.T) {
	s := servertest.New(t, func(c *config.Config) { c.Listen = "0.0.0.0:8080" }, publicURL("http://auth.example.test"))
	wantWarnings(t, s.Browser().Do("GET", "/healthz", nil, "Forwarded", "for=192.0.2.1").Want(200, ""), "")
	if s.Logged("proxy.untrusted") != 1 {
		t.Error("the log does not tell of the proxy")
	}
}

// TestPreflightTellsOfAHeader: the browser only says "CORS error", so the
// header that it was about is named by code and in the log.
func TestPreflightTellsOfAHeader(t *testing.T) {
	s := servertest.New(t, allowApp)
	ask := func(headers string) *servertest.Answer {
		return s.Browser().Do("OPTIONS", meAt, nil, "Origin", appPage, "Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", headers)
	}
	ask("content-type, X-CSRF-Token,authorization").Want(204, "")
	a := ask("content-type,x-trace-id").Want(204, "cors.header_not_allowed")
	wantWarnings(t, a, "cors.header_not_allowed")
	if s.Logged("cors.header_not_allowed") == 0 || !strings.Contains(s.Log.String(), "header=x-trace-id") {
		t.Error("the log does not name the header")
	}
	if strings.Contains(strings.ToLower(a.Header.Get("Access-Control-Allow-Headers")), "trace") {
		t.Error("the header is allowed")
	}
}

// TestFindingsAreLoggedOnceAMinute: a misconfigured proxy shows with every
// request.
func TestFindingsAreLoggedOnceAMinute(t *testing.T) {
	s := servertest.New(t, unlimited)
	ask := func() { s.Browser().Do("GET", "/healthz", nil, forwardedFor, "192.0.2.1").Want(200, "") }
	for _, step := range []struct {
		move time.Duration
		want int
	}{{0, 1}, {0, 1}, {time.Minute - tick, 1}, {tick, 2}, {0, 2}, {-time.Hour, 3}} {
		s.Clock.Move(step.move)
		ask()
		if got := s.Logged("proxy.untrusted"); got != step.want {
			t.Errorf("after %v it is logged %d times, want %d", step.move, got, step.want)
		}
	}
}
