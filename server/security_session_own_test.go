package server_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"ostiary/server/servertest"
)

// People see and end their own sessions. Someone else's id is as good as one
// that does not exist, and the list holds nothing that opens anything.
func TestSES06OwnSessionsOnly(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	ada, phone, bob := s.Browser(), s.Browser(), s.Browser()
	secrets := []string{secretOf(t, s, ada.SignUp("ada@example.com")), secretOf(t, s, phone.Login("ada@example.com")), secretOf(t, s, bob.SignUp("bob@example.com"))}
	list := ada.Do("GET", api+"/sessions", nil).Want(200, "")
	if n := len(list.Get("items").([]any)); n != 2 {
		t.Fatalf("%d sessions: %s", n, list.Raw)
	}
	for _, secret := range secrets {
		if strings.Contains(list.Raw, secret) || strings.Contains(list.Raw, secret[len(secret)-20:]) {
			t.Errorf("a secret is in the list: %s", list.Raw)
		}
	}
	bobs := bob.Do("GET", api+"/me", nil).Text("session.id")
	if strings.Contains(list.Raw, bobs) {
		t.Errorf("Bob's session is in Ada's list")
	}
	before := world(s)
	for _, id := range []string{
		bobs, strings.ToUpper(bobs), strings.ToLower(bobs), bobs + "%20", bobs + "%00", "%20" + bobs, bobs[:len(bobs)-1], bobs + "x", url.PathEscape(bobs + "' OR '1'='1"),
		"ses_", "*", "%25", "..", "%2e%2e", "0", "null", "undefined", strings.Repeat("A", 4000), url.PathEscape("ses_%_"), userID(t, s, "bob@example.com"),
	} {
		if a := ada.Do("DELETE", api+"/sessions/"+id, nil); a.Status != 404 || strings.Contains(a.Raw, "bob") {
			t.Errorf("%s: %d %s", id, a.Status, a.Raw)
		}
		page := url.Values{"csrf_token": {ada.CSRF}}.Encode()
		if a := ada.DoWith("POST", "/account/sessions/"+id+"/end", page, asForm); a.Status != 404 && a.Status != 303 {
			t.Errorf("%s: %d %s", id, a.Status, a.Raw)
		}
	}
	wantWorld(t, s, before, "other people's ids")
	bob.Do("GET", api+"/me", nil).Want(200, "")
	phones := phone.Do("GET", api+"/me", nil).Text("session.id")
	ada.Do("DELETE", api+"/sessions/"+phones, nil).Want(204, "")
	phone.Do("GET", api+"/me", nil).Want(401, "session.revoked")
	ada.Do("DELETE", api+"/sessions/"+phones, nil).Want(404, "request.unknown_id")
	ada.Do("GET", api+"/me", nil).Want(200, "")
}

// A password change ends all other sessions and known devices; the session
// that asked goes on under a new secret.
func TestSES07PasswordChangeEndsTheRest(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	here := s.Browser()
	old := []string{secretOf(t, s, here.SignUp("ada@example.com"))}
	for range 3 {
		old = append(old, secretOf(t, s, s.Browser().Login("ada@example.com")))
	}
	program := s.Program()
	program.Login("ada@example.com")
	old = append(old, program.Bearer)
	bob := s.Browser()
	bob.SignUp("bob@example.com")
	device, csrf, id := here.Cookies["ostiary_device"], here.CSRF, here.Do("GET", api+"/me", nil).Text("session.id")
	s.Clock.Move(time.Second)
	change := here.Do("POST", api+"/password/change", changeTo(secondPassword)).Want(200, "")
	for _, secret := range old {
		wantDead(t, s, secret, "session.revoked")
	}
	if me := here.Do("GET", api+"/me", nil).Want(200, ""); me.Text("session.id") != id || change.Text("session.id") != id {
		t.Errorf("the session was replaced rather than rotated: %s", me.Raw)
	}
	if here.Cookies["ostiary_device"] == device {
		t.Error("a known device survived the password change")
	}
	if here.CSRF == csrf {
		t.Error("the CSRF token survived the rotation")
	}
	bob.Do("GET", api+"/me", nil).Want(200, "")
	s.Restart()
	for _, secret := range old {
		wantDead(t, s, secret, "session.revoked")
	}
}

// A sibling host plants a living session of its own before the victim's
// cookie. Logging out ends what came along, not only what came first.
func TestSES04LogoutEndsAllThatCame(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits, domainWide)
	planted := secretOf(t, s, s.Browser().SignUp("mallory@example.com"))
	victim := secretOf(t, s, s.Browser().SignUp("ada@example.com"))
	older := secretOf(t, s, s.Browser().Login("ada@example.com"))
	line := sessionName(s) + "=" + planted + "; " + sessionName(s) + "=" + victim + "; " + sessionName(s) + "=" + older
	s.Browser().Do("POST", api+"/logout", nil, "Cookie", line).Want(204, "")
	for _, secret := range []string{planted, victim, older} {
		wantDead(t, s, secret, "session.revoked")
	}
}

// Who signs out everywhere trusts no browser any more: none is known afterwards.
func TestSES07LogoutEverywhereForgetsDevices(t *testing.T) {
	t.Parallel()
	for _, keep := range []bool{true, false} {
		s := servertest.New(t, noLimits)
		here, there := s.Browser(), s.Browser()
		here.SignUp("ada@example.com")
		there.Login("ada@example.com")
		before := []string{here.Cookies["ostiary_device"], there.Cookies["ostiary_device"]}
		here.Do("POST", api+"/logout-all", map[string]any{"keep_current": keep}).Want(200, "")
		here.Login("ada@example.com")
		there.Login("ada@example.com")
		if here.Cookies["ostiary_device"] == before[0] || there.Cookies["ostiary_device"] == before[1] {
			t.Errorf("a browser is still known, keep_current %v", keep)
		}
	}
}

// In header mode the new secret comes in the body, and only there.
func TestSES07PasswordChangeByHeader(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	p := s.Program()
	p.SignUp("ada@example.com")
	old := p.Bearer
	change := p.Do("POST", api+"/password/change", changeTo(secondPassword)).Want(200, "")
	if len(change.Cookies) > 0 {
		t.Errorf("cookies in header mode: %v", change.Cookies)
	}
	wantDead(t, s, old, "session.revoked")
	asBearer(s, change.Text("token")).Want(200, "")
}

// Of eight password changes at once one succeeds, and one session is left.
func TestSES07ChangesAtOnce(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	s.Browser().SignUp("ada@example.com")
	browsers := make([]*servertest.Client, 8)
	for i := range browsers {
		browsers[i] = s.Browser()
		browsers[i].Login("ada@example.com")
	}
	statuses := make([]int, len(browsers))
	together(len(browsers), func(i int) {
		statuses[i] = browsers[i].Do("POST", api+"/password/change", changeTo(fmt.Sprintf("%s, number %d", secondPassword, i))).Status
	})
	won := 0
	for i, status := range statuses {
		alive := browsers[i].Do("GET", api+"/me", nil).Status == 200
		if status == 200 {
			won++
		}
		if alive != (status == 200) || (status != 200 && status != 401 && status != 403) {
			t.Errorf("the change was answered %d, and the session lives: %v", status, alive)
		}
	}
	if won != 1 {
		t.Errorf("%d changes succeeded: %v", won, statuses)
	}
}
