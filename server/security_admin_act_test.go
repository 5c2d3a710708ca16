package server_test

import (
	"strings"
	"testing"

	"ostiary/server/servertest"
)

// An admin ends all sessions of one person, or of everyone; it holds with the
// next request, for the admin's own as well.
func TestADM07SignOut(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	root := newAdmin(t, s, "root@example.com")
	var adas []string
	for range 3 {
		b := s.Browser()
		if len(adas) == 0 {
			adas = append(adas, secretOf(t, s, b.SignUp("ada@example.com")))
			continue
		}
		adas = append(adas, secretOf(t, s, b.Login("ada@example.com")))
	}
	bob := s.Browser()
	bob.SignUp("bob@example.com")
	for _, secret := range adas {
		asCookie(s, secret).Want(200, "")
	}
	if n := root.Do("POST", adm+"/users/"+userID(t, s, "ada@example.com")+"/sign-out", nil).Want(200, "").Get("revoked"); n != 3.0 {
		t.Errorf("%v sessions ended", n)
	}
	for _, secret := range adas {
		wantDead(t, s, secret, "session.revoked")
	}
	bob.Do("GET", api+"/me", nil).Want(200, "")
	root.Do("GET", api+"/me", nil).Want(200, "")
	again := s.Browser()
	again.Login("ada@example.com")
	if n := root.Do("DELETE", adm+"/sessions", nil).Want(200, "").Get("revoked"); n != 3.0 {
		t.Errorf("%v sessions ended", n)
	}
	for _, c := range []*servertest.Client{again, bob, root} {
		c.Do("GET", api+"/me", nil).Want(401, "session.revoked")
	}
	s.Restart()
	for _, c := range []*servertest.Client{again, bob, root} {
		c.Do("GET", api+"/me", nil).Want(401, "session.revoked")
	}
	bob.Login("bob@example.com")
}

// A password that an admin set opens the account, asks to be changed, and
// keeps nobody in who was in before.
func TestADM07SetPassword(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	root := newAdmin(t, s, "root@example.com")
	b := s.Browser()
	old := secretOf(t, s, b.SignUp("ada@example.com"))
	device := b.Cookies["ostiary_device"]
	user := adm + "/users/" + userID(t, s, "ada@example.com")
	for _, bad := range []string{"short", "password1234", "ada@example.com", strings.Repeat("x", 300)} {
		root.Do("POST", user+"/set-password", map[string]any{"password": bad}).Want(422, "request.invalid")
	}
	asCookie(s, old).Want(200, "")
	root.Do("POST", user+"/set-password", map[string]any{"password": secondPassword}).Want(204, "")
	wantDead(t, s, old, "session.revoked")
	tryLogin(s, "ada@example.com", servertest.Password).Want(401, "login.invalid_credentials")
	in := b.Do("POST", api+"/login", map[string]any{"email": "ada@example.com", "password": secondPassword}).Want(200, "")
	if in.Get("must_change_password") != true || b.Cookies["ostiary_device"] == device {
		t.Errorf("signed in with %s, device %v", in.Raw, b.Cookies["ostiary_device"] != device)
	}
	b.Do("POST", api+"/password/change", map[string]any{"current_password": secondPassword, "password": servertest.Password}).Want(200, "")
	if me := b.Do("GET", api+"/me", nil).Want(200, ""); me.Get("must_change_password") == true {
		t.Errorf("a change is still asked for: %s", me.Raw)
	}
	root.Do("GET", api+"/me", nil).Want(200, "")
}

// Rights are read at every request: who loses them while 32 clients use them
// is refused with the next one, and who gets them needs no new login.
func TestADM02RightsAreReadLive(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	newAdmin(t, s, "root@example.com")
	b := s.Browser()
	b.SignUp("ada@example.com")
	user := adm + "/users/" + userID(t, s, "ada@example.com")
	for range 10 {
		s.Operator().Do("PATCH", user, map[string]any{"admin": true}).Want(200, "")
		together(hammers, func(int) { b.Fork().Do("GET", adm+"/users", nil).Want(200, "") })
		s.Operator().Do("PATCH", user, map[string]any{"admin": false}).Want(200, "")
		together(hammers, func(int) { b.Fork().Do("GET", adm+"/users", nil).Want(403, "authz.not_admin") })
	}
}

// What admins and the operator do to others is written down with who did it,
// from where; and no secret is in it.
func TestADM07EverythingIsWrittenDown(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	root := newAdmin(t, s, "root@example.com")
	rootID := userID(t, s, "root@example.com")
	ada := s.Browser()
	secret := secretOf(t, s, ada.SignUp("ada@example.com"))
	id := userID(t, s, "ada@example.com")
	user := adm + "/users/" + id
	root.Do("PATCH", user, map[string]any{"name": "Ada"}).Want(200, "")
	root.Do("POST", user+"/set-password", map[string]any{"password": secondPassword}).Want(204, "")
	root.Do("POST", user+"/sign-out", nil).Want(200, "")
	root.Do("POST", user+"/disable", nil).Want(200, "")
	s.Operator().Do("POST", user+"/enable", nil).Want(200, "")
	s.Operator().Do("DELETE", user, nil).Want(200, "")
	s.Operator().Do("POST", user+"/restore", nil).Want(200, "")
	log := root.Do("GET", adm+"/audit?user="+id+"&limit=200", nil).Want(200, "")
	by := map[string]string{}
	for _, item := range log.Get("items").([]any) {
		event := item.(map[string]any)
		actor := event["actor"].(map[string]any)
		who, _ := actor["id"].(string)
		by[event["event"].(string)] = actor["kind"].(string) + " " + who
	}
	for event, want := range map[string]string{
		"user.created": "anonymous " + id, "session.started": "session " + id, "user.updated": "session " + rootID, "password.set": "session " + rootID,
		"user.signed_out": "session " + rootID, "user.disabled": "session " + rootID, "user.enabled": "operator ", "user.deleted": "operator ", "user.restored": "operator ",
	} {
		if by[event] != want {
			t.Errorf("%s was done by %q, want %q", event, by[event], want)
		}
	}
	for _, hidden := range []string{secret, secret[10:], secondPassword, servertest.Password, "$argon2id$"} {
		if strings.Contains(log.Raw, hidden) || strings.Contains(s.Log.String(), hidden) {
			t.Errorf("%q was written down", hidden)
		}
	}
}

// Every page and every API answer forbids what a slipped-through script would
// need, and being framed.
func TestADM08Policies(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits, onHTTPS)
	x := newStage(t, s)
	for _, row := range s.Inner.Table() {
		if row.Method != "GET" || strings.HasPrefix(row.Path, "/static/") || row.Path == "/metrics" {
			continue
		}
		path := strings.NewReplacer("/users/:id", "/users/"+x.bobID, ":id", "x", ":code", "session.none", ":name", "x").Replace(row.Path)
		for _, c := range []*servertest.Client{x.root, s.Browser()} {
			a := c.Fork().Do("GET", path, nil, "Accept", "text/html")
			policy := a.Header.Get("Content-Security-Policy")
			if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
				t.Errorf("%s: %d, the policy is %q", path, a.Status, policy)
			}
			for name, want := range map[string]string{
				"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store", "Strict-Transport-Security": "max-age=31536000",
			} {
				if got := a.Header.Get(name); got != want {
					t.Errorf("%s: %d, %s is %q", path, a.Status, name, got)
				}
			}
			if n := strings.Count(a.Raw, " style=") + strings.Count(a.Raw, "<style") + strings.Count(a.Raw, "javascript:"); n > 0 {
				t.Errorf("%s: %d pieces of inline code or style", path, n)
			}
		}
	}
}

// A session that ends in the middle of an action leads to the sign-in page,
// not to nothing; and says why only to the browser that was refused.
func TestADM08SessionEndsMidAction(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	x := newStage(t, s)
	s.Operator().Do("POST", adm+"/users/"+userID(t, s, x.rootEmail)+"/sign-out", nil).Want(200, "")
	before := world(s)
	for _, c := range x.adminRows() {
		if !c.row.Page {
			continue
		}
		b := x.root.Fork()
		a := c.send(b, b.CSRF, asIs)
		if a.Status != 303 || !strings.HasPrefix(a.Header.Get("Location"), "/login?") {
			t.Errorf("%s: %d %v", c, a.Status, a.Header)
			continue
		}
		carry(b, a)
		if page := b.Do("GET", a.Header.Get("Location"), nil).Want(200, ""); !strings.Contains(page.Raw, "administrator ended") {
			t.Errorf("%s: the page does not say why: %s", c, page.Raw)
		}
		if page := s.Browser().Do("GET", a.Header.Get("Location"), nil).Want(200, ""); strings.Contains(page.Raw, "administrator ended") {
			t.Errorf("%s: the page says why to anybody", c)
		}
	}
	wantWorld(t, s, before, "a dead session")
}
