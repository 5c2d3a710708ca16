package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"ostiary/server/config"
	"ostiary/server/servertest"
)

// Every way in sets its cookies alike: with the prefix that fits the address,
// and each name once.
func TestSES01CookieAttributes(t *testing.T) {
	t.Parallel()
	behindProxy := func(c *config.Config) { onHTTPS(c); c.TrustedProxies = []string{"127.0.0.1"} }
	strict := func(c *config.Config) { onHTTPS(c); c.Cookie.SameSite = "strict" }
	plain := func(*config.Config) {}
	for _, mode := range []struct {
		name, prefix, domain string
		option               servertest.Option
		secure               bool
		site                 http.SameSite
	}{
		{"https through a proxy", "__Host-", "", behindProxy, true, http.SameSiteLaxMode},
		{"http behind an https address", "__Host-", "", onHTTPS, true, http.SameSiteLaxMode},
		{"shared with siblings", "__Secure-", "example.test", domainWide, true, http.SameSiteLaxMode},
		{"strict", "__Host-", "", strict, true, http.SameSiteStrictMode},
		{"plain http on loopback", "", "", plain, false, http.SameSiteLaxMode},
	} {
		t.Run(mode.name, func(t *testing.T) {
			s := servertest.New(t, mode.option, noLimits)
			for way, a := range waysIn(t, s) {
				for _, c := range onceEach(t, s, way, a) {
					kind, ok := strings.CutPrefix(c.Name, mode.prefix+"ostiary_")
					if !ok || c.Secure != mode.secure || c.Path != "/" || c.Domain != mode.domain || c.SameSite != mode.site {
						t.Errorf("%s: wrong attributes: %s", way, c.Raw)
					}
					if c.HttpOnly == (kind == "csrf") {
						t.Errorf("%s: wrong HttpOnly: %s", way, c.Raw)
					}
				}
			}
		})
	}
}

// waysIn signs in by every way there is and returns the answers that set cookies.
func waysIn(t *testing.T, s *servertest.Server) map[string]*servertest.Answer {
	t.Helper()
	proxied := func() *servertest.Client {
		b := s.Browser()
		b.Header.Set("X-Forwarded-Proto", "https")
		return b
	}
	ways := map[string]*servertest.Answer{}
	ways["signup"] = proxied().SignUp("ada@example.com")
	ways["login"] = proxied().Login("ada@example.com")
	ways["form"] = proxied().DoWith("POST", "/login", loginForm("ada@example.com"), asForm).Want(303, "")
	b := proxied()
	carry(b, ways["login"])
	ways["change"] = b.Do("POST", api+"/password/change", changeTo(secondPassword)).Want(200, "")
	carry(b, ways["change"])
	s.Clock.Move(25 * time.Hour)
	ways["renewal"] = b.Do("GET", api+"/me", nil).Want(200, "")
	return ways
}

// onceEach returns the cookies of an answer, which must have a session and
// its CSRF token, and no name twice.
func onceEach(t *testing.T, s *servertest.Server, way string, a *servertest.Answer) []*http.Cookie {
	t.Helper()
	seen := map[string]bool{}
	for _, c := range a.Cookies {
		if seen[c.Name] {
			t.Errorf("%s: %s is set twice: %v", way, c.Name, a.Header["Set-Cookie"])
		}
		seen[c.Name] = true
	}
	if !seen[sessionName(s)] || !seen[cookieMode(s)+"ostiary_csrf"] {
		t.Errorf("%s sets no session: %v", way, a.Header["Set-Cookie"])
	}
	return a.Cookies
}

// A cookie lives for exactly as long as the server keeps the session (that it
// does end then is SES-09 and SES-10), and none beyond what browsers keep.
func TestSES01CookieLifeIsTheSessions(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for _, c := range []struct {
		name           string
		idle, max      time.Duration
		remember       bool
		server, cookie time.Duration // 0: as long as the browser runs
	}{
		{"default", 30 * day, 0, true, 30 * day, 30 * day},
		{"short", 2 * time.Hour, 0, true, 2 * time.Hour, 2 * time.Hour},
		{"age limit", 30 * day, 5 * time.Hour, true, 5 * time.Hour, 5 * time.Hour},
		{"not remembered", 30 * day, 0, false, day, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := servertest.New(t, onHTTPS, func(cfg *config.Config) {
				cfg.Session.Idle, cfg.Session.Max = config.Duration(c.idle), config.Duration(c.max)
			})
			s.Browser().SignUp("ada@example.com")
			a := s.Browser().Do("POST", api+"/login", map[string]any{"email": "ada@example.com", "password": servertest.Password, "remember": c.remember}).Want(200, "")
			end, err := time.Parse(time.RFC3339, a.Text("expires_at"))
			if life := end.Sub(s.Clock.Now()); err != nil || life != c.server {
				t.Errorf("the session lives for %v, want %v (%v)", life, c.server, err)
			}
			for _, name := range []string{"__Host-ostiary_session", "__Host-ostiary_csrf"} {
				if cookie := cookieOf(a, name); cookie.MaxAge != int(c.cookie/time.Second) || !cookie.Expires.IsZero() {
					t.Errorf("want Max-Age %v: %s", c.cookie, cookie.Raw)
				}
			}
			if device := cookieOf(a, "__Host-ostiary_device"); device.MaxAge <= 0 || device.MaxAge > 400*24*3600 {
				t.Errorf("beyond 400 days: %s", device.Raw)
			}
		})
	}
}

// The secret is in Set-Cookie and nowhere that a script could read.
func TestSES01SecretIsInTheCookieAlone(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, onHTTPS)
	b := s.Browser()
	in := b.SignUp("ada@example.com")
	secret := secretOf(t, s, in)
	answers := []*servertest.Answer{in, b.Login("ada@example.com")}
	secrets := []string{secret, secretOf(t, s, answers[1])}
	for _, path := range []string{api + "/me", api + "/verify", api + "/sessions", "/account", "/account/sessions"} {
		answers = append(answers, b.Do("GET", path, nil).Want(200, ""))
	}
	for _, a := range answers {
		head := a.Header.Clone()
		head.Del("Set-Cookie")
		for _, secret := range secrets {
			if strings.Contains(a.Raw, secret) || strings.Contains(headText(head), secret) {
				t.Errorf("the secret is in %s %v", a.Raw, head)
			}
		}
	}
}

func headText(h http.Header) string {
	var b strings.Builder
	_ = h.Write(&b)
	return b.String()
}
