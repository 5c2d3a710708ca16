package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ostiary/server/config"
	"ostiary/server/servertest"
)

const tick = time.Millisecond // the finest that is stored

// lives sets how long sessions live; zero keeps the default.
func lives(idle, longest, renewAfter time.Duration) servertest.Option {
	return func(c *config.Config) {
		for into, value := range map[*config.Duration]time.Duration{&c.Session.Idle: idle, &c.Session.Max: longest, &c.Session.RenewAfter: renewAfter} {
			if value > 0 {
				*into = config.Duration(value)
			}
		}
	}
}

// TestSES09RenewalSlides asks a moment before and at each edge: a renewal is
// told as fresh, moves the end, and sends the cookies again with that answer,
// none of the others do.
func TestSES09RenewalSlides(t *testing.T) {
	for _, c := range []struct {
		name    string
		options []servertest.Option
		after   time.Duration // of this, the session is renewed
		life    time.Duration
	}{
		{"a day of thirty", nil, day, 30 * day},
		{"half of a short idle time", []servertest.Option{lives(2*time.Hour, 0, 0)}, time.Hour, 2 * time.Hour},
		{"an hour", []servertest.Option{lives(0, 0, time.Hour)}, time.Hour, 30 * day},
		{"up to the greatest age", []servertest.Option{lives(0, 40*day, 20*day)}, 15 * day, 25 * day},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := servertest.New(t, c.options...)
			b := signedIn(s, ada)
			end := b.Do("GET", meAt, nil).Want(200, "").Text("session.expires_at")
			s.Clock.Move(c.after - tick)
			wantStill(t, b.Do("GET", meAt, nil), end)
			s.Clock.Move(tick)
			a := b.Do("GET", meAt, nil).Want(200, "")
			renewed := s.Clock.Now().Add(c.life).Format("2006-01-02T15:04:05.000Z")
			if a.Get("session.fresh") != true || a.Text("session.expires_at") != renewed {
				t.Errorf("not renewed to %s: %s", renewed, a.Raw)
			}
			wantRenewedCookies(t, a, c.life)
			wantStill(t, b.Do("GET", meAt, nil), renewed)
			s.Clock.Move(c.life - tick)
			b.Fork().Do("GET", meAt, nil).Want(200, "")
		})
	}
}

// wantStill: nothing is renewed and no cookie sent.
func wantStill(t *testing.T, a *servertest.Answer, end string) {
	t.Helper()
	a.Want(200, "")
	if a.Get("session.fresh") != false || a.Text("session.expires_at") != end || len(a.Cookies) > 0 {
		t.Errorf("renewed before its time: %s %v", a.Raw, a.Header.Values("Set-Cookie"))
	}
}

// wantRenewedCookies: session and CSRF cookie of one life, and the header for
// apps that cannot read our cookie.
func wantRenewedCookies(t *testing.T, a *servertest.Answer, life time.Duration) {
	t.Helper()
	if len(a.Cookies) != 2 {
		t.Fatalf("the cookies are %v", a.Header.Values("Set-Cookie"))
	}
	for _, c := range a.Cookies {
		if c.MaxAge != int(life/time.Second) || c.Value == "" {
			t.Errorf("%s lives %d s, want %v", c.Name, c.MaxAge, life)
		}
		if c.Name == csrfCookie && c.Value != a.Header.Get("X-CSRF-Token") {
			t.Error("cookie and header differ")
		}
	}
}

// TestSES09IdleAndSES10AgeEdges: a moment before the end the session is good,
// at its end it is not, and the refusal tells when it was.
func TestSES09IdleAndSES10AgeEdges(t *testing.T) {
	for _, c := range []struct {
		name     string
		options  []servertest.Option
		remember bool
		steps    []time.Duration // uses before the end
		last     time.Duration   // from the last use to the end
		code     string
		setting  string
	}{
		{"unused", nil, true, nil, 30 * day, "session.idle_expired", "session.idle"},
		{"used too early to renew", nil, true, []time.Duration{day - tick}, 29*day + tick, "session.idle_expired", "session.idle"},
		{"renewed, then unused", nil, true, []time.Duration{day}, 30 * day, "session.idle_expired", "session.idle"},
		{"renewed in its last moment", nil, true, []time.Duration{30*day - tick}, 30 * day, "session.idle_expired", "session.idle"},
		{"busy", []servertest.Option{lives(2*day, 5*day, 0)}, true, []time.Duration{day, day, day, day}, day, "session.max_age_reached", "session.max"},
		{"idle below its age", []servertest.Option{lives(2*day, 5*day, 0)}, true, []time.Duration{day}, 2 * day, "session.idle_expired", "session.idle"},
		{"not remembered, unused", nil, false, nil, day, "session.max_age_reached", "remember=false"},
		{"not remembered, busy", nil, false, []time.Duration{12 * time.Hour, 6 * time.Hour}, 6 * time.Hour, "session.max_age_reached", "remember=false"},
		{"not remembered, short idle", []servertest.Option{lives(2*time.Hour, 0, 0)}, false, []time.Duration{time.Hour}, 2 * time.Hour, "session.idle_expired", "session.idle"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := servertest.New(t, c.options...)
			newUser(s, ada, false)
			b := s.Browser()
			b.Do("POST", loginAt, loginBody(c.remember)).Want(200, "")
			for _, step := range c.steps {
				s.Clock.Move(step)
				b.Do("GET", meAt, nil).Want(200, "")
			}
			s.Clock.Move(c.last - tick)
			early := s.Clock.Now()
			s.Clock.Move(tick)
			a := b.Do("GET", meAt, nil)
			wantProblem(t, s, a, c.code)
			if a.Text("context.setting") != c.setting || a.Text("context.ended_at") != s.Clock.Now().Format("2006-01-02T15:04:05.000Z") {
				t.Errorf("told %v", a.Get("context"))
			}
			s.Restart()
			b.Do("GET", meAt, nil).Want(401, c.code)
			s.Clock.Move(early.Sub(s.Clock.Now())) // a moment before, which was good
			b.Do("GET", meAt, nil).Want(200, "")
		})
	}
}

// TestRenewalInOneAnswerWithAChange: the first request of the day may be one
// that changes something. It brings the token from before, and is not told
// that a proxy loses cookies; who goes on with the old one is.
func TestRenewalInOneAnswerWithAChange(t *testing.T) {
	s := servertest.New(t)
	b := signedIn(s, ada)
	old := b.CSRF
	s.Clock.Move(day)
	first := b.Do("POST", logoutAllAt, map[string]any{"keep_current": true}).Want(200, "")
	wantWarnings(t, first, "")
	wantRenewedCookies(t, first, 30*day)
	if b.CSRF == old {
		t.Error("the CSRF token was not renewed")
	}
	next := b.Do("POST", logoutAllAt, map[string]any{"keep_current": true}).Want(200, "")
	wantWarnings(t, next, "")
	b.CSRF = old
	lost := b.Do("POST", logoutAllAt, map[string]any{"keep_current": true}).Want(200, "")
	wantWarnings(t, lost, "session.renewal_not_stored")
	if lost.Raw != next.Raw || len(lost.Cookies) > 0 {
		t.Error("the warning changes the answer")
	}
}

// TestHeaderSessionsRenewToo: by header there is no cookie to send.
func TestHeaderSessionsRenewToo(t *testing.T) {
	s := servertest.New(t)
	p := s.Program()
	p.SignUp(ada)
	s.Clock.Move(30*day - tick)
	a := p.Do("GET", meAt, nil).Want(200, "")
	if a.Get("session.fresh") != true || len(a.Header.Values("Set-Cookie")) > 0 {
		t.Errorf("renewed with %v: %s", a.Header.Values("Set-Cookie"), a.Raw)
	}
	s.Clock.Move(30*day - tick)
	p.Do("GET", meAt, nil).Want(200, "")
	s.Clock.Move(30 * day)
	p.Do("GET", meAt, nil).Want(401, "session.idle_expired")
}

// TestShortenedSettingsCountAtOnce: an idle time that was shortened since ends
// sessions that were stored with a longer one.
func TestShortenedSettingsCountAtOnce(t *testing.T) {
	s := servertest.New(t)
	b := signedIn(s, ada)
	s.Config.Session.Idle = config.Duration(time.Hour)
	s.Restart()
	s.Clock.Move(time.Hour - tick)
	b.Do("GET", meAt, nil).Want(200, "")
	s.Clock.Move(time.Hour)
	b.Do("GET", meAt, nil).Want(401, "session.idle_expired")
}

// TestTombstonesTellWhy ends sessions in every way. Its holder is told how and
// when, never by whom, after a restart too, for a week.
func TestTombstonesTellWhy(t *testing.T) {
	s := servertest.New(t, unlimited)
	endOf := func(name string) (*servertest.Client, string) {
		b := signedIn(s, strings.ReplaceAll(name, "_", "")+"@example.com")
		return b, b.Do("GET", meAt, nil).Want(200, "").Text("user.id")
	}
	type ending struct {
		dead *servertest.Client
		at   string
	}
	dead := map[string]ending{}
	for why, end := range map[string]func(b *servertest.Client, id string){
		"logout":     func(b *servertest.Client, _ string) { b.Do("POST", "/api/v1/auth/logout", nil).Want(204, "") },
		"logout_all": func(b *servertest.Client, _ string) { b.Do("POST", logoutAllAt, nil).Want(200, "") },
		"revoked": func(b *servertest.Client, _ string) {
			session := b.Do("GET", meAt, nil).Text("session.id")
			other := s.Browser()
			other.Login(b.Do("GET", meAt, nil).Text("user.email"))
			other.Do("DELETE", "/api/v1/auth/sessions/"+session, nil).Want(204, "")
		},
		"login": func(b *servertest.Client, _ string) { b.Login(b.Do("GET", meAt, nil).Text("user.email")) },
		"password_change": func(b *servertest.Client, _ string) {
			body := map[string]any{"current_password": servertest.Password, "password": "salt marsh, seven lamps"}
			b.Do("POST", "/api/v1/auth/password/change", body).Want(200, "")
		},
		"admin": func(_ *servertest.Client, id string) {
			s.Operator().Do("POST", usersAt+"/"+id+"/sign-out", nil).Want(200, "")
		},
		"password_set": func(_ *servertest.Client, id string) {
			s.Operator().Do("POST", usersAt+"/"+id+"/set-password", map[string]any{"password": "salt marsh, seven lamps"}).Want(204, "")
		},
		"user_disabled": func(_ *servertest.Client, id string) {
			s.Operator().Do("POST", usersAt+"/"+id+"/disable", nil).Want(200, "")
		},
		"user_deleted": func(_ *servertest.Client, id string) { s.Operator().Do("DELETE", usersAt+"/"+id, nil).Want(200, "") },
	} {
		b, id := endOf(why)
		held := b.Fork()
		s.Clock.Move(1234 * time.Millisecond)
		end(b, id)
		dead[why] = ending{held, s.Clock.Now().Format("2006-01-02T15:04:05.000Z")}
	}
	told := func(when string) {
		for why, e := range dead {
			a := e.dead.Fork().Do("GET", meAt, nil)
			wantProblem(t, s, a, "session.revoked")
			if a.Text("context.why") != why || a.Text("context.ended_at") != e.at || fmt.Sprint(a.Get("context")) != fmt.Sprintf("map[ended_at:%s why:%s]", e.at, why) {
				t.Errorf("%s, %s: told %v, want %s", why, when, a.Get("context"), e.at)
			}
		}
	}
	told("at once")
	s.Restart()
	told("after a restart")
	s.Clock.Move(7*day - time.Minute)
	told("within a week")
}
