package server_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"ostiary/server/config"
	"ostiary/server/servertest"
)

// setLines are the Set-Cookie lines of an answer, with V for each value.
func setLines(a *servertest.Answer) []string {
	var lines []string
	for _, line := range a.Header.Values("Set-Cookie") {
		pair, attributes, _ := strings.Cut(line, ";")
		name, value, _ := strings.Cut(pair, "=")
		if value != "" {
			value = "V"
		}
		lines = append(lines, name+"="+value+";"+attributes)
	}
	slices.Sort(lines)
	return lines
}

func wantLines(t *testing.T, what string, a *servertest.Answer, want ...string) {
	t.Helper()
	slices.Sort(want)
	if got := setLines(a); !slices.Equal(got, want) {
		t.Errorf("%s sets\n  %s\nwant\n  %s", what, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// sent is the Cookie header of a browser that keeps what an answer set.
func sent(a *servertest.Answer) string {
	var pairs []string
	for _, c := range a.Cookies {
		if c.MaxAge >= 0 {
			pairs = append(pairs, c.Name+"="+c.Value)
		}
	}
	return strings.Join(pairs, "; ")
}

// loginBody is what ada signs in with.
func loginBody(remember bool) map[string]any {
	return map[string]any{"email": ada, "password": servertest.Password, "remember": remember}
}

const (
	month  = "Max-Age=2592000"
	years  = "Max-Age=34560000" // 400 days, the longest that browsers keep a cookie
	atOnce = "Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"
)

// TestSES01CookiesOfEachMode holds every line of every cookie: how it is set,
// renewed and taken away, under http and https, with and without a domain.
func TestSES01CookiesOfEachMode(t *testing.T) {
	domain := func(c *config.Config) { c.Cookie.Domain = "example.test" }
	strict := func(c *config.Config) { c.Cookie.SameSite, c.Cookie.Prefix = "strict", "lodge" }
	none := func(c *config.Config) { c.Cookie.SameSite, c.Cookie.Partitioned = "none", true }
	for _, m := range []struct {
		name         string
		options      []servertest.Option
		prefix, path string // of the name; Path and Domain
		tail         string
		others       []string // what is taken away besides
	}{
		{"http", with(publicURL("http://auth.example.test")), "ostiary", "Path=/; ", "SameSite=Lax", nil},
		{"http with a domain", with(publicURL("http://auth.example.test"), domain), "ostiary", "Path=/; Domain=example.test; ", "SameSite=Lax",
			[]string{"ostiary_session=; Path=/; " + atOnce + "; HttpOnly; SameSite=Lax"}},
		{"https", with(publicURL("https://auth.example.test")), "__Host-ostiary", "Path=/; ", "Secure; SameSite=Lax", nil},
		{"https with a domain", with(publicURL("https://auth.example.test"), domain), "__Secure-ostiary", "Path=/; Domain=example.test; ", "Secure; SameSite=Lax",
			[]string{"__Secure-ostiary_session=; Path=/; " + atOnce + "; HttpOnly; Secure; SameSite=Lax"}},
		{"https under a path, strict, another prefix", with(publicURL("https://auth.example.test/id"), strict), "__Host-lodge", "Path=/; ", "Secure; SameSite=Strict", nil},
		{"https, none, partitioned", with(publicURL("https://auth.example.test"), none), "__Host-ostiary", "Path=/; ", "Secure; SameSite=None; Partitioned", nil},
	} {
		t.Run(m.name, func(t *testing.T) {
			s := servertest.New(t, append(m.options, unlimited)...)
			newUser(s, ada, false)
			line := func(name, value, life, only string) string {
				return m.prefix + "_" + name + "=" + value + "; " + m.path + life + only + m.tail
			}
			in := s.Browser().Do("POST", loginAt, loginBody(true)).Want(200, "")
			wantLines(t, "login", in, line("session", "V", month+"; ", "HttpOnly; "), line("csrf", "V", month+"; ", ""), line("device", "V", years+"; ", "HttpOnly; "))
			short := s.Browser().Do("POST", loginAt, loginBody(false)).Want(200, "")
			wantLines(t, "login, not remembered", short, line("session", "V", "", "HttpOnly; "), line("csrf", "V", "", ""), line("device", "V", years+"; ", "HttpOnly; "))
			s.Clock.Move(25 * time.Hour)
			renewed := s.Browser().Do("GET", meAt, nil, "Cookie", sent(in)).Want(200, "")
			wantLines(t, "renewal", renewed, line("session", "V", month+"; ", "HttpOnly; "), line("csrf", "V", month+"; ", ""))
			wantLines(t, "the next request", s.Browser().Do("GET", meAt, nil, "Cookie", sent(in)).Want(200, ""))
			out := s.Browser().Do("POST", "/api/v1/auth/logout", nil, "Cookie", sent(in)).Want(204, "")
			wantLines(t, "logout", out, append(m.others, line("session", "", atOnce+"; ", "HttpOnly; "), line("csrf", "", atOnce+"; ", ""))...)
		})
	}
}

// TestOlderDomainsAreExpired: cookies that lie where an earlier setting put
// them are taken away with every answer that takes away or sorts out.
func TestOlderDomainsAreExpired(t *testing.T) {
	s := servertest.New(t, unlimited, publicURL("http://auth.example.test"), func(c *config.Config) {
		c.Cookie.Domain, c.Cookie.OlderDomains = "auth.example.test", []string{".old.example.test"}
	})
	in := signedIn(s, ada).Do("POST", loginAt, loginBody(true)).Want(200, "")
	s.Config.Cookie.Domain = "example.test"
	s.Restart()
	if s.Logged("cookie.domain_changed") != 1 {
		t.Error("the change of cookie.domain is not told")
	}
	gone := func(domain string) string {
		return "ostiary_session=; Path=/; " + domain + atOnce + "; HttpOnly; SameSite=Lax"
	}
	stale := []string{gone(""), gone("Domain=old.example.test; "), gone("Domain=auth.example.test; ")}
	for range 2 {
		out := s.Browser().Do("GET", meAt, nil, "Cookie", sent(in)+"; "+sessionCookie+"=stale").Want(200, "")
		wantLines(t, "sorting out", out, append(stale, "ostiary_session=V; Path=/; Domain=example.test; "+month+"; HttpOnly; SameSite=Lax",
			"ostiary_csrf=V; Path=/; Domain=example.test; "+month+"; SameSite=Lax")...)
		s.Restart() // what is remembered is kept
	}
	if s.Logged("cookie.domain_changed") != 1 {
		t.Error("a restart without a change tells of one")
	}
	out := s.Browser().Do("POST", "/api/v1/auth/logout", nil, "Cookie", sent(in)).Want(204, "")
	wantLines(t, "logout", out, append(stale, gone("Domain=example.test; "), "ostiary_csrf=; Path=/; Domain=example.test; "+atOnce+"; SameSite=Lax")...)
}

// TestOtherModesCookiesAreNeverTried: where the name is __Host-, any sibling
// host can plant a plain or a __Secure- one.
func TestOtherModesCookiesAreNeverTried(t *testing.T) {
	domain := func(c *config.Config) { c.Cookie.Domain = "example.test" }
	older := func(c *config.Config) { c.Cookie.OlderDomains = []string{"example.test"} }
	https := publicURL("https://auth.example.test")
	tail := atOnce + "; HttpOnly; Secure; SameSite=Lax"
	for _, c := range []struct {
		name    string
		options []servertest.Option
		own     string
		planted []string
		gone    []string
	}{
		{"https", with(https), "__Host-ostiary_session", []string{"ostiary_session", "__Secure-ostiary_session"},
			[]string{"ostiary_session=; Path=/; " + tail, "__Secure-ostiary_session=; Path=/; " + tail}},
		{"https, older domains", with(https, older), "__Host-ostiary_session", []string{"__Secure-ostiary_session"},
			[]string{"__Secure-ostiary_session=; Path=/; " + tail, "__Secure-ostiary_session=; Path=/; Domain=example.test; " + tail}},
		{"https with a domain", with(https, domain), "__Secure-ostiary_session", []string{"ostiary_session", "__Host-ostiary_session"},
			[]string{"ostiary_session=; Path=/; " + tail, "ostiary_session=; Path=/; Domain=example.test; " + tail, "__Host-ostiary_session=; Path=/; " + tail}},
		{"http", with(publicURL("http://auth.example.test")), "ostiary_session", []string{"__Host-ostiary_session"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := servertest.New(t, append(c.options, behindProxy)...)
			token := tokenOf(signIn(s, ada))
			var cookies []string
			for _, name := range c.planted {
				cookies = append(cookies, name+"="+token)
			}
			planted := strings.Join(cookies, "; ")
			a := s.Browser().Do("GET", meAt, nil, "X-Forwarded-Proto", "https", "Cookie", planted)
			wantProblem(t, s, a, "session.none")
			wantWarnings(t, a, "cookie.name_mode_mismatch")
			wantLines(t, "a planted one", a, c.gone...)
			a = s.Browser().Do("GET", meAt, nil, "X-Forwarded-Proto", "https", "Cookie", planted+"; "+c.own+"="+token).Want(200, "")
			wantWarnings(t, a, "cookie.name_mode_mismatch")
			wantLines(t, "a planted one beside the right one", a, c.gone...)
		})
	}
}

// behindProxy lets the test speak for a proxy that ends TLS.
func behindProxy(c *config.Config) { c.TrustedProxies = []string{"127.0.0.1"} }

func tokenOf(a *servertest.Answer) string { return a.Text("token") }

func wantWarnings(t *testing.T, a *servertest.Answer, want string) {
	t.Helper()
	if got := a.Header.Get("X-Auth-Warning"); got != want {
		t.Errorf("the warnings are %q, want %q", got, want)
	}
}
