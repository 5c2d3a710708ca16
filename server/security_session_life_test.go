package server_test

import (
	"net/http"
	"testing"
	"time"

	"ostiary/server/config"
	"ostiary/server/servertest"
)

const day = 24 * time.Hour

// A session slides as long as it is used within its idle time, and ends with
// the first request after it. Reading, HEAD and the header count as use.
func TestSES09IdleTimeout(t *testing.T) {
	t.Parallel()
	for _, idle := range []time.Duration{30 * day, 2 * time.Hour, 10 * time.Minute} {
		for name, use := range map[string]func(s *servertest.Server, secret string) *servertest.Answer{
			"cookie": asCookie,
			"header": asBearer,
			"HEAD": func(s *servertest.Server, secret string) *servertest.Answer {
				return s.Browser().Do("HEAD", api+"/me", nil, "Cookie", sessionName(s)+"="+secret)
			},
			"verify": func(s *servertest.Server, secret string) *servertest.Answer {
				return s.Browser().Do("GET", api+"/verify", nil, "Cookie", sessionName(s)+"="+secret)
			},
		} {
			t.Run(name+" "+idle.String(), func(t *testing.T) {
				s := servertest.New(t, noLimits, func(c *config.Config) { c.Session.Idle = config.Duration(idle) })
				secret := secretOf(t, s, s.Browser().SignUp("ada@example.com"))
				for range 3 {
					s.Clock.Move(idle - time.Second)
					a := use(s, secret).Want(200, "")
					if cookie := cookieOf(a, sessionName(s)); name != "header" && (cookie == nil || cookie.MaxAge != int(idle/time.Second)) {
						t.Errorf("the cookie did not slide: %v", a.Header["Set-Cookie"])
					}
				}
				s.Clock.Move(idle)
				use(s, secret).Want(401, "session.idle_expired")
				wantDead(t, s, secret, "session.idle_expired")
				s.Restart()
				wantDead(t, s, secret, "session.idle_expired")
			})
		}
	}
}

// Nothing revives a session that has run out: not knocking, not a login
// beside it, not the end of another.
func TestSES09ExpiredIsNotRevived(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	b := s.Browser()
	secret := secretOf(t, s, b.SignUp("ada@example.com"))
	s.Clock.Move(30 * day)
	for _, path := range []string{"/logout-all", "/password/change"} {
		b.Fork().Do("POST", api+path, nil).Want(401, "session.idle_expired")
	}
	b.Fork().Do("POST", api+"/logout", nil).Want(204, "")
	wantDead(t, s, secret, "session.idle_expired")
	b.Fork().Login("ada@example.com")
	wantDead(t, s, secret, "session.idle_expired")
}

// However busy, a session ends at its greatest age.
func TestSES10AbsoluteLifetime(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits, func(c *config.Config) { c.Session.Max = config.Duration(7 * day) })
	b := s.Browser()
	secret := secretOf(t, s, b.SignUp("ada@example.com"))
	for range 7*24 - 1 {
		s.Clock.Move(time.Hour)
		asCookie(s, secret).Want(200, "")
	}
	s.Clock.Move(time.Hour - time.Second)
	b.Do("POST", api+"/password/change", changeTo(secondPassword)).Want(200, "")
	rotated := b.Cookies[sessionName(s)]
	asCookie(s, rotated).Want(200, "")
	s.Clock.Move(time.Second)
	wantDead(t, s, rotated, "session.max_age_reached")
	s.Restart()
	wantDead(t, s, rotated, "session.max_age_reached")
}

// A session that is not to be remembered lasts a day, whatever the settings.
func TestSES10NotRemembered(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	s.Browser().SignUp("ada@example.com")
	in := s.Browser().Do("POST", api+"/login", map[string]any{"email": "ada@example.com", "password": servertest.Password, "remember": false}).Want(200, "")
	secret := secretOf(t, s, in)
	for range 23 {
		s.Clock.Move(time.Hour)
		if a := asCookie(s, secret).Want(200, ""); cookieOf(a, sessionName(s)) != nil && cookieOf(a, sessionName(s)).MaxAge != 0 {
			t.Errorf("the cookie outlives the browser: %v", a.Header["Set-Cookie"])
		}
	}
	s.Clock.Move(time.Hour)
	wantDead(t, s, secret, "session.max_age_reached")
}

// Shorter times in the settings hold for sessions that are open already.
func TestSES10ShortenedSettings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		shorten func(*config.Config)
		code    string
	}{
		"idle": {func(c *config.Config) { c.Session.Idle = config.Duration(time.Hour) }, "session.idle_expired"},
		"max":  {func(c *config.Config) { c.Session.Max = config.Duration(time.Hour) }, "session.max_age_reached"},
	} {
		t.Run(name, func(t *testing.T) {
			s := servertest.New(t, noLimits)
			secret := secretOf(t, s, s.Browser().SignUp("ada@example.com"))
			s.Clock.Move(2 * time.Hour)
			c.shorten(&s.Config)
			s.Restart()
			wantDead(t, s, secret, c.code)
		})
	}
}

// Of many requests at the moment of a renewal all are let in, and what they
// set is one and the same session.
func TestSES09RenewedByManyAtOnce(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	secret := secretOf(t, s, s.Browser().SignUp("ada@example.com"))
	s.Clock.Move(25 * time.Hour)
	answers := make([]*servertest.Answer, 32)
	together(len(answers), func(i int) { answers[i] = asCookie(s, secret) })
	for _, a := range answers {
		if cookie := cookieOf(a, sessionName(s)); a.Status != http.StatusOK || (cookie != nil && cookie.Value != secret) {
			t.Errorf("%d %s %v", a.Status, a.Raw, a.Header["Set-Cookie"])
		}
	}
	s.Clock.Move(30*day - time.Second)
	asCookie(s, secret).Want(200, "")
}
