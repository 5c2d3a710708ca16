package server_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"ostiary/server/servertest"
)

// setupCode is a fresh code of a setup link, as the operator gets one.
func freshSetupCode(t *testing.T, s *servertest.Server) string {
	t.Helper()
	link := s.Operator().Do("POST", adm+"/setup-link", nil).Want(201, "").Text("url")
	_, code, found := strings.Cut(link, "/setup/")
	if !found {
		t.Fatalf("the link is %q", link)
	}
	return code
}

func useSetup(s *servertest.Server, code, email string) *servertest.Answer {
	form := url.Values{"email": {email}, "name": {"Root"}, "password": {servertest.Password}, "code": {code}}
	return s.Browser().DoWith("POST", "/setup", form.Encode(), asForm)
}

// wantPeople fails unless there are so many accounts and admins.
func wantPeople(t *testing.T, s *servertest.Server, users, admins int) {
	t.Helper()
	a := s.Operator().Do("GET", adm+"/stats", nil).Want(200, "")
	if a.Get("users") != float64(users) || a.Get("admins") != float64(admins) {
		t.Errorf("there are %v users and %v admins, want %d and %d", a.Get("users"), a.Get("admins"), users, admins)
	}
}

// Of fifty who use one setup link at the same moment one becomes admin, and
// nobody else becomes anything. The link is dead from then on.
func TestADM01SetupRaced(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	code := freshSetupCode(t, s)
	answers := make([]*servertest.Answer, 50)
	together(len(answers), func(i int) { answers[i] = useSetup(s, code, fmt.Sprintf("root%d@example.com", i)) })
	won := 0
	for _, a := range answers {
		switch {
		case a.Status == 303 && cookieOf(a, sessionName(s)) != nil:
			won++
		case a.Status != 410 || a.Code() != "link.used" || cookieOf(a, sessionName(s)) != nil:
			t.Errorf("a loser got %d %s %v", a.Status, a.Raw, a.Cookies)
		}
	}
	if won != 1 {
		t.Errorf("%d calls succeeded", won)
	}
	wantPeople(t, s, 1, 1)
	for range 2 {
		useSetup(s, code, "late@example.com").Want(410, "link.used")
		s.Browser().Do("GET", "/setup/"+code, nil).Want(410, "link.used")
		s.Operator().Do("POST", adm+"/setup-link", nil).Want(410, "link.used")
		s.Restart()
	}
	wantPeople(t, s, 1, 1)
}

// A link and an operator who makes an admin at the same moment: the link wins
// before or not at all.
func TestADM01SetupAgainstOperator(t *testing.T) {
	t.Parallel()
	for range 5 {
		s := servertest.New(t, noLimits)
		code := freshSetupCode(t, s)
		var used, made *servertest.Answer
		together(2, func(i int) {
			if i == 0 {
				used = useSetup(s, code, "root@example.com")
			} else {
				made = s.Operator().Do("POST", adm+"/users", map[string]any{"email": "op@example.com", "admin": true})
			}
		})
		made.Want(201, "")
		if used.Status == 303 {
			wantPeople(t, s, 2, 2)
		} else {
			used.Want(410, "link.used")
			wantPeople(t, s, 1, 1)
		}
	}
}

// The link is a secret of its own: made by the operator alone, good once, for
// half an hour, the last one that was made, and dead with the first admin.
func TestADM01SetupNeedsTheLink(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	wrong := "0000-0000-0000-0000-0000-0000-00"
	useSetup(s, wrong, "root@example.com").Want(404, "link.unknown")
	useSetup(s, "", "root@example.com").Want(400, "link.malformed")
	old := freshSetupCode(t, s)
	code := freshSetupCode(t, s)
	for _, bad := range []string{wrong, old} {
		useSetup(s, bad, "root@example.com").Want(404, "link.unknown")
	}
	for _, bad := range []string{"", "x", code[:len(code)-1], code + "0", strings.Repeat("0", 26) + "Z", "'" + code[1:], "9" + code[1:], strings.Repeat("-", 5000)} {
		if a := useSetup(s, bad, "root@example.com"); a.Status != 400 && a.Status != 404 || cookieOf(a, sessionName(s)) != nil {
			t.Errorf("the code %.40q: %d %s", bad, a.Status, a.Raw)
		}
	}
	wantPeople(t, s, 0, 0)
	for range 3 { // as programs do that look at links
		s.Browser().Do("GET", "/setup/"+code, nil).Want(303, "")
		s.Browser().Do("HEAD", "/setup/"+code, nil).Want(303, "")
	}
	s.Clock.Move(30*time.Minute - time.Second)
	s.Browser().Do("GET", "/setup/"+code, nil).Want(303, "")
	s.Clock.Move(time.Second)
	useSetup(s, code, "root@example.com").Want(410, "link.expired")
	wantPeople(t, s, 0, 0)
	code = freshSetupCode(t, s)
	s.Browser().SignUp("somebody@example.com") // the first account is not an admin for being first
	wantPeople(t, s, 1, 0)
	s.Operator().Do("POST", adm+"/users", map[string]any{"email": "op@example.com", "admin": true}).Want(201, "")
	useSetup(s, code, "root@example.com").Want(410, "link.used")
	wantPeople(t, s, 2, 1)
}

// A refused use of the link does not spend it.
func TestADM01RefusedUseSpendsNothing(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	s.Browser().SignUp("taken@example.com")
	code := freshSetupCode(t, s)
	for _, form := range []url.Values{
		{"email": {"root@example.com"}, "password": {"short"}, "code": {code}},
		{"email": {"no address"}, "password": {servertest.Password}, "code": {code}},
		{"email": {"taken@example.com"}, "password": {servertest.Password}, "code": {code}},
		{"email": {"root@example.com"}, "password": {servertest.Password}, "code": {code}, "admin": {"on"}},
	} {
		if a := s.Browser().DoWith("POST", "/setup", form.Encode(), asForm); a.Status < 400 || a.Status >= 500 {
			t.Errorf("%v: %d %s", form, a.Status, a.Raw)
		}
	}
	wantPeople(t, s, 1, 0)
	useSetup(s, strings.ToLower(strings.ReplaceAll(code, "-", "")), "root@example.com").Want(303, "")
	wantPeople(t, s, 2, 1)
}

// What only the operator at the machine may do does not exist for anybody
// else, whatever they say about where they come from.
func TestADM01OperatorIsNotReachedFromOutside(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	root := newAdmin(t, s, "root@example.com")
	before := world(s)
	for _, row := range s.Inner.Table() {
		if row.Guard != "operator" {
			continue
		}
		for _, c := range []*servertest.Client{s.Browser(), s.Program(), root} {
			for _, name := range []string{"X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Operator", "Remote-User", "X-Auth-Mode", "Authorization", "X-Unix-Socket"} {
				for _, value := range []string{"127.0.0.1", "operator", "localhost", "::1", "@"} {
					c.Do(row.Method, row.Path, nil, name, value).Want(404, "request.not_found")
				}
			}
			for _, method := range []string{"GET", "PUT", "DELETE", "OPTIONS"} {
				c.Do(method, row.Path, nil).Want(404, "request.not_found")
			}
		}
	}
	wantWorld(t, s, before, "playing the operator")
}
