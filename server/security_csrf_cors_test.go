package server_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"ostiary/server/config"
	"ostiary/server/servertest"
)

// What a header authenticated needs no token: no browser sends it against the
// will of who holds it. A page takes cookies alone.
func TestCSRF06HeaderNeedsNoToken(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	for i := range newStage(t, s).changes() {
		x := newStage(t, s)
		c := x.changes()[i]
		bearer := func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+x.root.Cookies[sessionName(s)]) }
		before := world(s)
		a := c.send(s.Browser(), "", bearer)
		if c.row.Page {
			if a.Status != 303 || !strings.HasPrefix(a.Header.Get("Location"), "/login") {
				t.Errorf("%s by header: %d %s", c, a.Status, a.Raw)
			}
			wantWorld(t, s, before, "a page by header")
		} else if a.Status >= 400 {
			t.Errorf("%s by header: %d %s", c, a.Status, a.Raw)
		}
	}
}

// The exemption follows from what authenticated the request, never from what
// came along with it.
func TestCSRF06CompanyExemptsNothing(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	x := newStage(t, s)
	secret := x.root.Cookies[sessionName(s)]
	before := world(s)
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	for name, company := range map[string]func(*http.Request){
		"Basic":              header("Authorization", "Basic cm9vdDpyb290"),
		"empty":              header("Authorization", ""),
		"Bearer and nothing": header("Authorization", "Bearer"),
		"Bearer and a blank": header("Authorization", "Bearer "),
		"secret, no scheme":  header("Authorization", secret),
		"other scheme":       header("Authorization", "Token "+secret),
		"Bearer garbage":     header("Authorization", "Bearer garbage"),
		"Bearer made up":     header("Authorization", "Bearer "+madeUp(secret, 'Z')),
		"Bearer dead":        header("Authorization", "Bearer "+strings.Replace(secret, "ost_s", "ost_r", 1)),
		"stranger's Bearer":  header("Authorization", "Bearer "+x.other.Cookies[sessionName(s)]),
		"two Bearers":        func(r *http.Request) { r.Header["Authorization"] = []string{"Bearer " + secret, "Bearer " + secret} },
		"API key":            header("X-API-Key", "ost_k_x"),
		"empty API key":      header("X-API-Key", ""),
		"API key and Bearer": func(r *http.Request) {
			r.Header.Set("X-API-Key", secret)
			r.Header.Set("Authorization", "Bearer "+secret)
		},
		"header mode":          header("X-Auth-Mode", "header"),
		"cookie mode":          header("X-Auth-Mode", "cookie"),
		"proxy authentication": header("Proxy-Authorization", "Bearer "+secret),
		"remote user":          header("Remote-User", x.rootEmail),
		"native client":        header("User-Agent", "curl/8.0"),
		"preflight":            header("Access-Control-Request-Method", "POST"),
		"token in the query": func(r *http.Request) {
			r.URL.RawQuery = url.Values{"access_token": {secret}, "token": {secret}}.Encode()
		},
	} {
		for _, c := range x.changes() {
			a := c.send(x.root, "", company)
			if a.Status != 401 && a.Status != 403 && !(c.row.Page && a.Status == 303 && strings.HasPrefix(a.Header.Get("Location"), "/login")) {
				t.Errorf("%s with %s: %d %s", c, name, a.Status, a.Raw)
			}
		}
	}
	wantWorld(t, s, before, "what came along")
}

// A header and a cookie that speak for different people are refused, whatever
// is asked; a cookie that is not valid speaks for nobody.
func TestCSRF06HeaderAndForeignCookie(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	x := newStage(t, s)
	ada, bob := x.root.Cookies[sessionName(s)], x.other.Cookies[sessionName(s)]
	ask := func(cookie, mode string) *servertest.Answer {
		return s.Browser().Do("GET", api+"/me", nil, "Authorization", "Bearer "+ada, "Cookie", sessionName(s)+"="+cookie, "X-Auth-Mode", mode)
	}
	ask(bob, "cookie").Want(401, "credential.conflict")
	ask(bob, "header").Want(200, "")
	ask(ada, "cookie").Want(200, "")
	ask(x.sibling.Cookies[sessionName(s)], "cookie").Want(200, "")
	ask(madeUp(bob, 'Q'), "cookie").Want(200, "")
	ask("garbage; "+sessionName(s)+"="+bob, "cookie").Want(401, "credential.conflict")
	before := world(s)
	s.Browser().Do("POST", api+"/logout-all", nil, "Authorization", "Bearer "+ada, "Cookie", sessionName(s)+"="+bob).Want(401, "credential.conflict")
	wantWorld(t, s, before, "a conflict")
}

// Only an origin of the list, letter for letter, may read answers; the list
// is never widened to everybody, and caches are told that it matters.
func TestCSRF08CORS(t *testing.T) {
	t.Parallel()
	const own, good = "https://auth.example.test", "https://good.test"
	s := servertest.New(t, noLimits, onHTTPS, friendly)
	b := s.Browser()
	b.SignUp("ada@example.com")
	allowed, table := map[string]bool{own: true, good: true}, s.Inner.Table()
	for _, origin := range []string{
		own, good, "null", "", "*", evil, "https://good.test.evil.test", "https://evil-good.test", "https://evilgood.test", "https://sub.good.test",
		"http://good.test", "HTTPS://GOOD.TEST", "https://Good.test", "https://good.test:443", "https://good.test:8443", "https://good.test/", "https://good.test.",
		"https://good.test@evil.test", "https://good.test%00.evil.test", "https://good.test, https://evil.test", "https://good.test https://evil.test",
		"//good.test", "good.test", "https://good_test", "http://localhost", "http://127.0.0.1", "file://", "chrome-extension://good.test", "https://" + strings.Repeat("a", 3000) + ".test",
	} {
		for _, path := range []string{api + "/me", api + "/nowhere", "/api/health", "/healthz", "/e", adm + "/users", "/login", "/account", api + "/verify"} {
			ours := slices.ContainsFunc(table, func(row tableRow) bool { return row.OwnOnly && row.Path == path })
			wantCORS(t, b.Fork().Do("GET", path, nil, "Origin", origin), origin, origin == own || origin == good && !ours)
		}
		pre := b.Fork().Do("OPTIONS", api+"/me", nil, "Origin", origin, "Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "authorization")
		wantCORS(t, pre, origin, allowed[origin])
		if methods := pre.Header.Get("Access-Control-Allow-Methods"); (methods != "") != allowed[origin] || strings.Contains(methods, "*") {
			t.Errorf("preflight from %q: %d, methods %q", origin, pre.Status, methods)
		}
		admin := b.Fork().Do("OPTIONS", adm+"/users", nil, "Origin", origin, "Access-Control-Request-Method", "POST")
		wantCORS(t, admin, origin, origin == own)
	}
}

func wantCORS(t *testing.T, a *servertest.Answer, origin string, readable bool) {
	t.Helper()
	allow, credentials := a.Header.Values("Access-Control-Allow-Origin"), a.Header.Get("Access-Control-Allow-Credentials")
	if readable && (len(allow) != 1 || allow[0] != origin || credentials != "true") || !readable && (len(allow) > 0 || credentials != "") {
		t.Errorf("from %q: %v, credentials %q, want readable: %v", origin, allow, credentials, readable)
	}
	for name := range a.Header {
		if strings.HasPrefix(name, "Access-Control-") && strings.Contains(a.Header.Get(name), "*") {
			t.Errorf("from %q: %s is %s", origin, name, a.Header.Get(name))
		}
	}
	if vary := strings.Join(a.Header.Values("Vary"), ","); !strings.Contains(vary, "Origin") {
		t.Errorf("from %q: Vary is %q", origin, vary)
	}
}

// Two Origin headers are one lie: neither is answered.
func TestCSRF08OriginTwice(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits, onHTTPS, friendly)
	for _, origins := range []headersOf{{"Origin": {"https://good.test", evil}}, {"Origin": {evil, "https://good.test"}}} {
		a := s.Browser().DoWith("GET", api+"/me", nil, origins.on)
		if got := a.Header.Values("Access-Control-Allow-Origin"); len(got) > 0 && got[0] == evil {
			t.Errorf("%v: allowed %v", origins, got)
		}
	}
}

// Plain loopback: other names of this machine are other origins to a browser,
// and say so.
func TestCSRF08LoopbackAlias(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits, func(c *config.Config) { c.PublicURL = "http://localhost:8080" })
	for _, origin := range []string{"http://127.0.0.1:8080", "http://[::1]:8080", "http://app.localhost:8080"} {
		a := s.Browser().Do("GET", api+"/me", nil, "Origin", origin)
		wantCORS(t, a, origin, false)
	}
	wantCORS(t, s.Browser().Do("GET", api+"/me", nil, "Origin", "http://localhost:8080"), "http://localhost:8080", true)
	wantCORS(t, s.Browser().Do("GET", api+"/me", nil, "Origin", "http://localhost"), "http://localhost", false)
}
