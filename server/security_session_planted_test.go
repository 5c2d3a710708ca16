package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ostiary/server/servertest"
)

// The attack: put a session secret of one's own into the victim's browser,
// wait until they sign in, and use the copy. Whatever was planted, a login
// makes a new secret, and the planted one never becomes the victim's.
func TestSES02Fixation(t *testing.T) {
	t.Parallel()
	n := 0
	fresh := func() string { n++; return fmt.Sprintf("new%d@example.com", n) }
	ways := map[string]func(b *servertest.Client){
		"login":  func(b *servertest.Client) { b.Login("ada@example.com") },
		"signup": func(b *servertest.Client) { b.SignUp(fresh()) },
		"form": func(b *servertest.Client) {
			b.DoWith("POST", "/login", loginForm("ada@example.com"), asForm).Want(303, "")
		},
		"bearer": func(b *servertest.Client) {
			b.Do("POST", api+"/login", map[string]any{"email": "ada@example.com", "password": servertest.Password},
				"Authorization", "Bearer "+b.Cookies[sessionName(b.Server)]).Want(200, "")
		},
	}
	for way, enter := range ways {
		t.Run(way, func(t *testing.T) {
			s := servertest.New(t, onHTTPS, noLimits)
			s.Browser().SignUp("ada@example.com")
			for what, planted := range plantable(t, s) {
				victim := s.Browser()
				victim.Cookies[sessionName(s)] = planted
				enter(victim)
				if victim.Cookies[sessionName(s)] == planted {
					t.Errorf("%s: the planted secret was taken over", what)
				}
				if a := asCookie(s, planted); a.Status != 401 {
					t.Errorf("%s: the planted secret opens %s", what, a.Raw)
				}
				if a := asBearer(s, planted); a.Status != 401 {
					t.Errorf("%s: the planted secret opens, as a header, %s", what, a.Raw)
				}
				victim.Do("GET", api+"/me", nil).Want(200, "")
			}
		})
	}
}

// plantable are secrets that an attacker could put into a browser: one of
// their own that lives, one that has ended, and some that they made up.
func plantable(t *testing.T, s *servertest.Server) map[string]string {
	t.Helper()
	own := secretOf(t, s, s.Browser().SignUp("mallory@example.com"))
	old := s.Browser()
	ended := secretOf(t, s, old.Login("mallory@example.com"))
	old.Do("POST", api+"/logout", nil).Want(204, "")
	return map[string]string{
		"own":        own,
		"ended":      ended,
		"made up":    madeUp(own, 'A'),
		"empty":      "",
		"garbage":    "x",
		"victim's":   own[:len(own)-43] + strings.Repeat("0", 43),
		"other kind": strings.Replace(own, "ost_s_", "ost_d_", 1),
		"too long":   own + "A",
	}
}

// madeUp is a well-formed secret of this server that nobody was given.
func madeUp(like string, digit byte) string {
	return like[:len(like)-8] + strings.Repeat(string(digit), 8)
}

// The attacker's own living session, planted in the victim's browser, ends
// when the victim signs in: neither may go on with the other's.
func TestSES02PlantedSessionEnds(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, onHTTPS)
	attacker := s.Browser()
	planted := secretOf(t, s, attacker.SignUp("mallory@example.com"))
	s.Browser().SignUp("ada@example.com")
	victim := s.Browser()
	victim.Cookies[sessionName(s)] = planted
	victim.Login("ada@example.com")
	if who := victim.Do("GET", api+"/me", nil).Want(200, "").Text("user.email"); who != "ada@example.com" {
		t.Errorf("the victim is signed in as %s", who)
	}
	attacker.Do("GET", api+"/me", nil).Want(401, "session.revoked")
}

// A sibling host can plant cookies under every name that carries no __Host-.
// Such a name never authenticates, not even with a secret that is good, and
// beside the real cookie it changes nothing.
func TestSES02PlantedUnderOtherNames(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, onHTTPS, noLimits)
	good := secretOf(t, s, s.Browser().SignUp("mallory@example.com"))
	victim := s.Browser()
	victim.SignUp("ada@example.com")
	own := sessionName(s) + "=" + victim.Cookies[sessionName(s)]
	for _, planted := range []string{
		"ostiary_session=" + good,
		"__Secure-ostiary_session=" + good,
		"__host-ostiary_session=" + good,
		"__HOST-ostiary_session=" + good,
		"__Host-ostiary_Session=" + good,
		"__Host-ostiary_session =" + good,
		"__Host-ostiary_session\t=" + good,
		"a=b;\t__Host-ostiary_session=" + good,
		"=__Host-ostiary_session=" + good,
		"__Host-ostiary_session==" + good,
		"__Host-ostiary_session%3D" + good,
		"%5F%5FHost-ostiary_session=" + good,
		"__Host-ostiary_session[]=" + good,
		"__Host-ostiary_csrf=" + good,
		"__Host-ostiary_device=" + good,
		"$Version=1, __Host-ostiary_session=" + good,
		"a=b, __Host-ostiary_session=" + good,
	} {
		if a := s.Browser().Do("GET", api+"/me", nil, "Cookie", planted); a.Status != 401 {
			t.Errorf("%q opens %s", planted, a.Raw)
		}
		for _, line := range []string{own + "; " + planted, planted + "; " + own} {
			if who := s.Browser().Do("GET", api+"/me", nil, "Cookie", line).Text("user.email"); who == "mallory@example.com" {
				t.Errorf("%q signs the victim in as the attacker", line)
			}
		}
	}
}

// A cookie value counts byte for byte: what would have to be unquoted,
// trimmed or decoded first is no secret.
func TestSES02SecretCountsByteForByte(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	good := secretOf(t, s, s.Browser().SignUp("ada@example.com"))
	for _, bent := range []string{
		`"` + good + `"`, good + " x", good + "\t; a=b", " " + good, good + "=", good + "%00", strings.ToUpper(good), strings.ToLower(good),
		good[:len(good)-1], good + "A", strings.Replace(good, "_", "%5F", 1), strings.Replace(good, "_", "-", 1),
		"Bearer " + good, good + ", " + good, strings.Replace(good, "ost_s_", "ost_r_", 1), strings.Replace(good, "ost_s_", "ost_k_", 1),
		strings.Replace(good, "ost_s_", "ost_p_", 1), strings.Replace(good, "ost_s_", "OST_S_", 1),
	} {
		if a := asCookie(s, bent); a.Status != 401 {
			t.Errorf("the cookie %q opens %s", bent, a.Raw)
		}
		if a := asBearer(s, bent); a.Status != 401 && strings.TrimRight(bent, " \t") != good {
			t.Errorf("the header %q opens %s", bent, a.Raw)
		}
	}
	asCookie(s, good).Want(200, "")
}

// Nothing else that a browser or a page knows is a credential.
func TestSES02OnlyTheSecretOpens(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	b := s.Browser()
	in := b.SignUp("ada@example.com")
	for what, known := range map[string]string{
		"session id": in.Text("session.id"),
		"user id":    in.Text("user.id"),
		"CSRF token": b.CSRF,
		"device":     b.Cookies["ostiary_device"],
		"request id": in.Header.Get("X-Request-Id"),
		"e-mail":     "ada@example.com",
	} {
		if known == "" {
			t.Fatalf("there is no %s", what)
		}
		if a := asCookie(s, known); a.Status != 401 {
			t.Errorf("the %s opens, as a cookie, %s", what, a.Raw)
		}
		if a := asBearer(s, known); a.Status != 401 {
			t.Errorf("the %s opens, as a header, %s", what, a.Raw)
		}
	}
}

// Each login in a jar makes a new secret and ends the one that came along;
// no answer speaks for another than who signed in last.
func TestSES03LoginsInOneJar(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	s.Browser().SignUp("ada@example.com")
	s.Browser().SignUp("bob@example.com")
	jar := s.Browser()
	var old []string
	for i, email := range []string{"ada@example.com", "ada@example.com", "bob@example.com", "ada@example.com", "bob@example.com", "bob@example.com"} {
		s.Clock.Move(time.Second)
		in := jar.Login(email)
		for _, secret := range old {
			wantDead(t, s, secret, "session.revoked")
		}
		me := jar.Do("GET", api+"/me", nil).Want(200, "")
		verify := jar.Do("GET", api+"/verify", nil).Want(200, "")
		for _, a := range []*servertest.Answer{in, me, verify} {
			if a.Text("user.email") != email || a.Text("session.user_id") != a.Text("user.id") || a.Text("session.id") != in.Text("session.id") {
				t.Errorf("step %d, signed in as %s: %s", i, email, a.Raw)
			}
		}
		old = append(old, secretOf(t, s, in))
	}
	if n := len(jar.Do("GET", api+"/sessions", nil).Get("items").([]any)); n != 2 {
		t.Errorf("%d sessions are left, want the first browser's and the last one", n)
	}
}

// A failed login leaves the session that came along as it was.
func TestSES03FailedLoginEndsNothing(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	b := s.Browser()
	b.SignUp("ada@example.com")
	b.Do("POST", api+"/login", map[string]any{"email": "ada@example.com", "password": "not this one, sorry"}).Want(401, "login.invalid_credentials")
	b.Do("GET", api+"/me", nil).Want(200, "")
}

// Device cookies of strangers' making are not taken over: a browser becomes
// known under a secret that this server made.
func TestSES02PlantedDevice(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	real := s.Browser()
	real.SignUp("ada@example.com")
	planted := madeUp(real.Cookies["ostiary_device"], 'B')
	b := s.Browser()
	b.Cookies["ostiary_device"] = planted
	b.Login("ada@example.com")
	if b.Cookies["ostiary_device"] == planted {
		t.Error("the planted device was taken over")
	}
	again := real.Cookies["ostiary_device"]
	if real.Login("ada@example.com"); real.Cookies["ostiary_device"] != again {
		t.Error("a known device was given another secret")
	}
}
