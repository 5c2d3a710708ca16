package server_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"ostiary/server/servertest"
)

// ending is a way in which a session ends, from wherever. victim is the
// browser whose session must be dead with the answer.
type ending struct {
	name string
	end  func(t *testing.T, s *servertest.Server, victim *servertest.Client)
}

func endings() []ending {
	ended := func(a *servertest.Answer) {
		if a.Status >= 400 {
			a.Want(204, "")
		}
	}
	id := func(t *testing.T, s *servertest.Server) string { return userID(t, s, "ada@example.com") }
	session := func(victim *servertest.Client) string {
		return victim.Do("GET", api+"/me", nil).Want(200, "").Text("session.id")
	}
	sibling := func(s *servertest.Server) *servertest.Client {
		b := s.Browser()
		b.Login("ada@example.com")
		return b
	}
	onUser := func(client func(t *testing.T, s *servertest.Server) *servertest.Client, method, what string, body any) func(*testing.T, *servertest.Server, *servertest.Client) {
		return func(t *testing.T, s *servertest.Server, _ *servertest.Client) {
			ended(client(t, s).Do(method, adm+"/users/"+id(t, s)+what, body))
		}
	}
	operator := func(_ *testing.T, s *servertest.Server) *servertest.Client { return s.Operator() }
	root := func(t *testing.T, s *servertest.Server) *servertest.Client { return newAdmin(t, s, "root@example.com") }
	return []ending{
		{"logout", func(_ *testing.T, _ *servertest.Server, v *servertest.Client) {
			ended(v.Fork().Do("POST", api+"/logout", nil))
		}},
		{"logout by header", func(t *testing.T, s *servertest.Server, v *servertest.Client) {
			ended(s.Program().Do("POST", api+"/logout", nil, "Authorization", "Bearer "+v.Cookies[sessionName(s)]))
		}},
		{"logout page", func(_ *testing.T, _ *servertest.Server, v *servertest.Client) {
			ended(v.Fork().DoWith("POST", "/logout", "", asForm))
		}},
		{"logout everywhere", func(_ *testing.T, _ *servertest.Server, v *servertest.Client) {
			ended(v.Fork().Do("POST", api+"/logout-all", nil))
		}},
		{"logout everywhere else", func(_ *testing.T, s *servertest.Server, _ *servertest.Client) {
			ended(sibling(s).Do("POST", api+"/logout-all", map[string]any{"keep_current": true}))
		}},
		{"ended by itself", func(_ *testing.T, _ *servertest.Server, v *servertest.Client) {
			ended(v.Fork().Do("DELETE", api+"/sessions/"+session(v), nil))
		}},
		{"ended by its owner", func(_ *testing.T, s *servertest.Server, v *servertest.Client) {
			ended(sibling(s).Do("DELETE", api+"/sessions/"+session(v), nil))
		}},
		{"ended by an admin", func(t *testing.T, s *servertest.Server, v *servertest.Client) {
			ended(root(t, s).Do("DELETE", adm+"/sessions/"+session(v), nil))
		}},
		{"ended by the operator", func(_ *testing.T, s *servertest.Server, v *servertest.Client) {
			ended(s.Operator().Do("DELETE", adm+"/sessions/"+session(v), nil))
		}},
		{"login in the same jar", func(_ *testing.T, _ *servertest.Server, v *servertest.Client) { v.Fork().Login("ada@example.com") }},
		{"password change elsewhere", func(_ *testing.T, s *servertest.Server, _ *servertest.Client) {
			ended(sibling(s).Do("POST", api+"/password/change", changeTo(secondPassword)))
		}},
		{"password change here", func(_ *testing.T, _ *servertest.Server, v *servertest.Client) {
			ended(v.Fork().Do("POST", api+"/password/change", changeTo(secondPassword)))
		}},
		{"signed out by an admin", onUser(root, "POST", "/sign-out", nil)},
		{"signed out by the operator", onUser(operator, "POST", "/sign-out", nil)},
		{"everyone signed out by an admin", func(t *testing.T, s *servertest.Server, _ *servertest.Client) {
			ended(root(t, s).Do("DELETE", adm+"/sessions", nil))
		}},
		{"everyone signed out by the operator", func(_ *testing.T, s *servertest.Server, _ *servertest.Client) {
			ended(s.Operator().Do("DELETE", adm+"/sessions", nil))
		}},
		{"password set by the operator", onUser(operator, "POST", "/set-password", map[string]any{"password": secondPassword})},
		{"disabled by an admin", onUser(root, "POST", "/disable", nil)},
		{"disabled by the operator", onUser(operator, "POST", "/disable", nil)},
		{"deleted by an admin", onUser(root, "DELETE", "", nil)},
		{"deleted by the operator", onUser(operator, "DELETE", "", nil)},
	}
}

// However a session ended: its secret opens nothing with the very next
// request, nor after a restart, nor when the reason has been forgotten.
func TestSES04EndedIsEnded(t *testing.T) {
	t.Parallel()
	for _, way := range endings() {
		t.Run(way.name, func(t *testing.T) {
			s := servertest.New(t, noLimits)
			victim := s.Browser()
			secret := secretOf(t, s, victim.SignUp("ada@example.com"))
			asCookie(s, secret).Want(200, "")
			asBearer(s, secret).Want(200, "")
			s.Clock.Move(time.Second)
			way.end(t, s, victim)
			wantDead(t, s, secret, "session.revoked")
			s.Restart()
			wantDead(t, s, secret, "session.revoked")
			s.Clock.Move(8 * 24 * time.Hour)
			s.Restart()
			if a := asBearer(s, secret); a.Status != 401 {
				t.Errorf("after a week the secret opens %s", a.Raw)
			}
		})
	}
}

// What ended stays ended when the clock of the machine is set back.
func TestSES04ClockSetBack(t *testing.T) {
	t.Parallel()
	for _, way := range endings() {
		s := servertest.New(t, noLimits)
		victim := s.Browser()
		secret := secretOf(t, s, victim.SignUp("ada@example.com"))
		way.end(t, s, victim)
		for _, back := range []time.Duration{-time.Millisecond, -24 * time.Hour, -400 * 24 * time.Hour} {
			s.Clock.Move(back)
			if a := asBearer(s, secret); a.Status != 401 {
				t.Errorf("%s: %v earlier the secret opens %s", way.name, -back, a.Raw)
			}
		}
		s.Stop()
	}
}

// Logging out takes each cookie of the session away with the attributes that
// it was set with, for a browser keeps a cookie that differs in one of them.
func TestSES04LogoutClearsCookies(t *testing.T) {
	t.Parallel()
	for _, option := range []servertest.Option{onHTTPS, domainWide} {
		s := servertest.New(t, option)
		in := s.Browser().SignUp("ada@example.com")
		b := s.Browser()
		carry(b, in)
		out := b.Do("POST", api+"/logout", nil).Want(204, "")
		for _, kind := range []string{"session", "csrf"} {
			name := cookieMode(s) + "ostiary_" + kind
			was, gone := attributesOf(t, in, name), attributesOf(t, out, name)
			if !slices.Contains(gone, "Max-Age=0") || !slices.Equal(lasting(was), lasting(gone)) {
				t.Errorf("set with %v, cleared with %v", was, gone)
			}
		}
	}
}

// attributesOf are the attributes of the first cookie of a name, sorted.
func attributesOf(t *testing.T, a *servertest.Answer, name string) []string {
	t.Helper()
	for _, line := range a.Header["Set-Cookie"] {
		if parts := strings.Split(line, "; "); strings.HasPrefix(parts[0], name+"=") {
			slices.Sort(parts[1:])
			return parts[1:]
		}
	}
	t.Fatalf("no cookie %s in %v", name, a.Header["Set-Cookie"])
	return nil
}

// lasting leaves out the attributes that tell how long a cookie lives.
func lasting(attributes []string) (rest []string) {
	for _, a := range attributes {
		if !strings.HasPrefix(a, "Max-Age=") && !strings.HasPrefix(a, "Expires=") {
			rest = append(rest, a)
		}
	}
	return rest
}

// A logout that could not be stored is an error and takes no cookie away,
// whether the session was in the cache or not.
func TestSES04LogoutThatCouldNotBeStored(t *testing.T) {
	t.Parallel()
	for _, warm := range []bool{true, false} {
		s := servertest.New(t, noLimits)
		b := s.Browser()
		secret := secretOf(t, s, b.SignUp("ada@example.com"))
		s.Restart()
		if warm {
			asCookie(s, secret).Want(200, "")
		}
		if err := s.DB.Close(); err != nil {
			t.Fatal(err)
		}
		for _, out := range []*servertest.Answer{b.Do("POST", api+"/logout", nil), b.DoWith("POST", "/logout", "", asForm), b.Do("POST", api+"/logout-all", nil)} {
			if out.Status != http.StatusServiceUnavailable || len(out.Cookies) > 0 {
				t.Errorf("warm %v: %d %s %v", warm, out.Status, out.Raw, out.Cookies)
			}
		}
		s.Restart()
		asCookie(s, secret).Want(200, "")
	}
}
