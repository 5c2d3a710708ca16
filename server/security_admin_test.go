package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"ostiary/server/servertest"
)

// adminRows are the rows of the table that only admins may use, as requests.
func (x *stage) adminRows() (all []change) {
	for _, row := range x.s.Inner.Table() {
		if row.Guard == "admin" && row.Method == "GET" {
			path := strings.NewReplacer("/users/:id", "/users/"+x.bobID, ":id", "req_x").Replace(row.Path)
			all = append(all, change{row: row, path: path})
		}
	}
	for _, c := range x.changes() {
		if c.row.Guard == "admin" {
			all = append(all, c)
		}
	}
	return all
}

// Nobody but an admin gets anything from an admin route or page: neither an
// answer with data in it nor a change.
func TestADM02NotForOthers(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	x := newStage(t, s)
	demoted, disabled := newAdmin(t, s, "demoted@example.com"), newAdmin(t, s, "disabled@example.com")
	for _, c := range []*servertest.Client{demoted, disabled} {
		c.Do("GET", adm+"/users", nil).Want(200, "") // warms the cache with an admin
	}
	s.Operator().Do("PATCH", adm+"/users/"+userID(t, s, "demoted@example.com"), map[string]any{"admin": false}).Want(200, "")
	s.Operator().Do("POST", adm+"/users/"+userID(t, s, "disabled@example.com")+"/disable", nil).Want(200, "")
	bearer := s.Program()
	bearer.Bearer = x.other.Cookies[sessionName(s)]
	before := world(s)
	for name, who := range map[string]struct {
		c      *servertest.Client
		status int
		code   string
	}{
		"nobody":        {s.Browser(), 401, "session.none"},
		"user":          {x.other, 403, "authz.not_admin"},
		"user's header": {bearer, 403, "authz.not_admin"},
		"demoted":       {demoted, 403, "authz.not_admin"},
		"disabled":      {disabled, 401, "session.revoked"},
	} {
		for _, c := range x.adminRows() {
			a := c.send(who.c, who.c.CSRF, asIs)
			toLogin := c.row.Page && a.Status == 303 && strings.HasPrefix(a.Header.Get("Location"), "/login?")
			if !toLogin && (a.Status != who.status || a.Code() != who.code) || toLogin && who.status == 403 && who.c != bearer {
				t.Errorf("%s by %s: %d %s", c, name, a.Status, a.Raw)
			}
			if strings.Contains(a.Raw, "example.com") || strings.Contains(a.Raw, x.bobID) {
				t.Errorf("%s tells %s: %s", c, name, a.Raw)
			}
		}
	}
	wantWorld(t, s, before, "somebody who is no admin")
}

// The operator is no user: account routes and pages are not for him, and say
// so without a fault.
func TestADM02OperatorIsNoUser(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	x := newStage(t, s)
	before := world(s)
	for _, row := range s.Inner.Table() {
		if row.Guard == "known" || row.Guard == "admin" && row.Page {
			path := strings.NewReplacer("/users/:id", "/users/"+x.bobID, ":id", x.bobSession, ":action", "disable").Replace(row.Path)
			if a := s.Operator().Do(row.Method, path, nil); a.Status != 403 || a.Code() != "credential.not_allowed" {
				t.Errorf("%s %s: %d %s", row.Method, path, a.Status, a.Raw)
			}
		}
	}
	wantWorld(t, s, before, "the operator as a user")
}

// removals are the ways to take an admin's rights, by whoever asks.
func removals(c *servertest.Client, id string) map[string]func() *servertest.Answer {
	return map[string]func() *servertest.Answer{
		"disable": func() *servertest.Answer { return c.Do("POST", adm+"/users/"+id+"/disable", nil) },
		"delete":  func() *servertest.Answer { return c.Do("DELETE", adm+"/users/"+id, nil) },
		"demote": func() *servertest.Answer {
			return c.Do("PATCH", adm+"/users/"+id, map[string]any{"admin": false})
		},
		"by page": func() *servertest.Answer {
			return change{row: tableRow{Method: "POST", Page: true}, path: "/admin/users/" + id + "/disable"}.send(c, c.CSRF, asIs)
		},
	}
}

// The last enabled admin stays, whoever asks and however often at once; a
// stolen one gets another password and is signed out.
func TestADM06LastAdminStays(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	root := newAdmin(t, s, "root@example.com")
	id := userID(t, s, "root@example.com")
	newAdmin(t, s, "off@example.com") // disabled ones do not count
	s.Operator().Do("POST", adm+"/users/"+userID(t, s, "off@example.com")+"/disable", nil).Want(200, "")
	for _, c := range []*servertest.Client{root, s.Operator()} {
		for way, remove := range removals(c, id) {
			if way == "by page" && c != root {
				continue
			}
			together(10, func(int) {
				if a := remove(); a.Status != http.StatusConflict || a.Code() != "user.last_admin" {
					t.Errorf("%s: %d %s", way, a.Status, a.Raw)
				}
			})
		}
	}
	wantPeople(t, s, 2, 1)
	root.Do("GET", api+"/me", nil).Want(200, "")
	s.Operator().Do("POST", adm+"/users/"+id+"/set-password", map[string]any{"password": secondPassword}).Want(204, "")
	root.Do("GET", api+"/me", nil).Want(401, "session.revoked")
	s.Operator().Do("POST", adm+"/users/"+id+"/sign-out", nil).Want(200, "")
	tryLogin(s, "root@example.com", secondPassword).Want(200, "")
}

// Two admins remove each other at the same moment: one of them stays.
func TestADM06AdminsRemoveEachOther(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	survivor := ""
	for round := range 8 {
		for way := range removals(nil, "") {
			at := fmt.Sprintf("%s%d@example.com", strings.ReplaceAll(way, " ", "-"), round)
			emails := []string{"a." + at, "b." + at}
			a, b := newAdmin(t, s, emails[0]), newAdmin(t, s, emails[1])
			if survivor != "" {
				s.Operator().Do("DELETE", adm+"/users/"+survivor, nil).Want(200, "")
			}
			ids := []string{userID(t, s, emails[0]), userID(t, s, emails[1])}
			remove := []func() *servertest.Answer{removals(a, ids[1])[way], removals(b, ids[0])[way]}
			done := make([]bool, 2)
			together(2, func(i int) {
				answer := remove[i]()
				done[i] = answer.Status < 400 && !strings.HasPrefix(answer.Header.Get("Location"), "/login")
			})
			if admins := s.Operator().Do("GET", adm+"/stats", nil).Get("admins"); admins != 1.0 || done[0] == done[1] {
				t.Fatalf("%s: %v admins are left, done: %v", way, admins, done)
			}
			survivor = ids[0]
			if done[1] {
				survivor = ids[1]
			}
		}
	}
}

// Enabling and restoring bring back the account and nothing of what it had
// open.
func TestADM06NothingComesBack(t *testing.T) {
	t.Parallel()
	for _, way := range []struct{ end, undo, code string }{{"POST /disable", "/enable", "session.revoked"}, {"DELETE ", "/restore", "session.revoked"}} {
		s := servertest.New(t, noLimits)
		b, p := s.Browser(), s.Program()
		secrets := []string{secretOf(t, s, b.SignUp("ada@example.com")), secretOf(t, s, b.Login("ada@example.com")), secretOf(t, s, p.Login("ada@example.com"))}
		device := b.Cookies["ostiary_device"]
		user := adm + "/users/" + userID(t, s, "ada@example.com")
		method, path, _ := strings.Cut(way.end, " ")
		s.Operator().Do(method, user+path, nil).Want(200, "")
		tryLogin(s, "ada@example.com", servertest.Password).Want(401, "login.invalid_credentials")
		s.Clock.Move(time.Second)
		s.Operator().Do("POST", user+way.undo, nil).Want(200, "")
		for _, secret := range secrets {
			wantDead(t, s, secret, way.code)
		}
		s.Restart()
		for _, secret := range secrets {
			wantDead(t, s, secret, way.code)
		}
		if b.Login("ada@example.com"); b.Cookies["ostiary_device"] == device {
			t.Errorf("%s: a known device came back", way.undo)
		}
	}
}

// A deleted account frees its address. Who takes it shares nothing with the
// old one, and the old one is not restored over it.
func TestADM06DeletedAddressIsFree(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	old := secretOf(t, s, s.Browser().SignUp("ada@example.com"))
	first := userID(t, s, "ada@example.com")
	s.Operator().Do("DELETE", adm+"/users/"+first, nil).Want(200, "")
	b := s.Browser()
	second := b.Do("POST", api+"/signup", map[string]any{"email": "ada@example.com", "password": secondPassword}).Want(201, "").Text("user.id")
	if second == first {
		t.Fatal("the new account has the old one's id")
	}
	wantDead(t, s, old, "session.revoked")
	tryLogin(s, "ada@example.com", servertest.Password).Want(401, "login.invalid_credentials")
	if n := len(b.Do("GET", api+"/sessions", nil).Get("items").([]any)); n != 1 {
		t.Errorf("the new account has %d sessions", n)
	}
	statuses := make([]int, 10)
	together(len(statuses), func(i int) {
		statuses[i] = s.Operator().Do("POST", adm+"/users/"+first+"/restore", nil).Want(409, "signup.email_taken").Status
	})
	for _, what := range []string{"/enable", "/disable"} {
		s.Operator().Do("POST", adm+"/users/"+first+what, nil).Want(410, "user.deleted")
	}
	s.Operator().Do("PATCH", adm+"/users/"+first, map[string]any{"admin": true}).Want(410, "user.deleted")
	s.Operator().Do("POST", adm+"/users/"+first+"/set-password", map[string]any{"password": servertest.Password}).Want(410, "user.deleted")
	tryLogin(s, "ada@example.com", secondPassword).Want(200, "")
	s.Operator().Do("DELETE", adm+"/users/"+second, nil).Want(200, "")
	s.Operator().Do("POST", adm+"/users/"+first+"/restore", nil).Want(200, "")
	tryLogin(s, "ada@example.com", secondPassword).Want(401, "login.invalid_credentials")
	tryLogin(s, "ada@example.com", servertest.Password).Want(200, "")
}

// Restoring and signing up race for one address: one of them has it.
func TestADM06RestoreAgainstSignup(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	for i := range 10 {
		email := strings.Repeat("x", i+1) + "@example.com"
		s.Browser().SignUp(email)
		id := userID(t, s, email)
		s.Operator().Do("DELETE", adm+"/users/"+id, nil).Want(200, "")
		statuses := make([]int, 2)
		together(2, func(k int) {
			if k == 0 {
				statuses[k] = s.Operator().Do("POST", adm+"/users/"+id+"/restore", nil).Status
			} else {
				statuses[k] = s.Browser().Do("POST", api+"/signup", map[string]any{"email": email, "password": secondPassword}).Status
			}
		})
		if (statuses[0] == 200) == (statuses[1] == 201) || statuses[0] >= 500 || statuses[1] >= 500 {
			t.Errorf("%s: %v", email, statuses)
		}
	}
}
