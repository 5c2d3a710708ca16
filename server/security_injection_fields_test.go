package server_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"ostiary/server/servertest"
)

// input is one place where a stranger's text comes in: a field of a JSON
// body, or of a form, with the rest of the request as it should be.
type input struct {
	c     *servertest.Client
	form  bool
	path  string
	field string
	verb  string
	rest  map[string]string
}

func (i input) String() string { return i.verb + " " + i.path + " " + i.field }

// text sends a text as JSON or as a form encodes it.
func (i input) text(value string) *servertest.Answer {
	if i.form {
		return i.raw(url.QueryEscape(value))
	}
	encoded, _ := json.Marshal(value)
	return i.raw(string(encoded))
}

// raw sends a value as it is: as JSON, or as a form's already escaped text.
func (i input) raw(value string) *servertest.Answer {
	from := i.c.Fork()
	var body strings.Builder
	for _, name := range sortedKeys(i.rest) {
		if name == i.field {
			continue
		}
		if i.form {
			body.WriteString(name + "=" + url.QueryEscape(i.rest[name]) + "&")
		} else {
			encoded, _ := json.Marshal(i.rest[name])
			body.WriteString(`"` + name + `":` + string(encoded) + ",")
		}
	}
	if !i.form {
		return from.Do(i.verb, i.path, "{"+body.String()+`"`+i.field+`":`+value+"}")
	}
	if i.c.CSRF != "" {
		body.WriteString("csrf_token=" + url.QueryEscape(i.c.CSRF) + "&")
	}
	return from.DoWith(i.verb, i.path, body.String()+i.field+"="+value, asForm)
}

func sortedKeys(m map[string]string) (keys []string) {
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// inputs are all the fields of all routes. The users of the stage must not be
// changed by what is sent to them but for their names and passwords.
func inputs(t *testing.T, s *servertest.Server) (all []input) {
	t.Helper()
	anyone := s.Browser()
	root := newAdmin(t, s, "root@example.com")
	s.Browser().SignUp("bob@example.com")
	bob := "/users/" + userID(t, s, "bob@example.com")
	add := func(c *servertest.Client, form bool, verb, path string, rest map[string]string) {
		for field := range rest {
			all = append(all, input{c, form, path, field, verb, rest})
		}
	}
	person := map[string]string{"email": "bob@example.com", "password": "not the password at all"}
	with := func(more ...string) map[string]string {
		m := map[string]string{"email": person["email"], "password": person["password"]}
		for i := 0; i < len(more); i += 2 {
			m[more[i]] = more[i+1]
		}
		return m
	}
	change := map[string]string{"current_password": "not the password", "password": secondPassword}
	add(anyone, false, "POST", api+"/login", with("kind", "session"))
	add(anyone, false, "POST", api+"/signup", with("kind", "session", "name", "Bob"))
	add(root, false, "POST", api+"/password/change", change)
	add(root, false, "POST", adm+"/users", with("name", "Bob"))
	add(root, false, "PATCH", adm+bob, map[string]string{"name": "Bob"})
	add(root, false, "POST", adm+bob+"/set-password", map[string]string{"password": secondPassword})
	add(anyone, true, "POST", "/login", with("remember", "on", "redirect", "/account"))
	add(anyone, true, "POST", "/signup", with("name", "Bob", "redirect", "/account"))
	add(anyone, true, "POST", "/setup", with("name", "Bob", "code", "9KXM"))
	add(root, true, "POST", "/account/profile", map[string]string{"name": "Root"})
	add(root, true, "POST", "/account/password", map[string]string{"current_password": "not the password", "new_password": secondPassword})
	add(root, true, "POST", "/admin/users", with("name", "Bob", "admin", ""))
	add(root, true, "POST", "/admin"+bob+"/set-password", map[string]string{"password": secondPassword})
	return all
}

// wantCalm fails when an answer shows that something went wrong inside.
func wantCalm(t *testing.T, what string, a *servertest.Answer) {
	t.Helper()
	if a.Status >= 500 || a.Status == 0 {
		t.Errorf("%s: %d %s", what, a.Status, a.Raw)
	}
	for _, leak := range []string{"goroutine ", "panic", "sqlite", "SQLITE", "syntax error", ".go:", "database/sql"} {
		if strings.Contains(a.Raw, leak) {
			t.Errorf("%s tells of the inside (%s): %s", what, leak, a.Raw)
		}
	}
}

// turn spreads the naughty strings over the places where they come in: each
// place gets one in five, each string goes to one place in five, and places
// beside each other get different ones.
func turn(text, place int) bool { return (text+place)%5 == 0 }

// Naughty strings in every field of every route: taken or refused with a
// code, never a fault of ours.
func TestINJ01NaughtyStringsEverywhere(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	naughty := fromJSON[[]string](t, "testdata/blns/blns.json")
	all := inputs(t, s)
	together(4, func(worker int) {
		for i := worker; i < len(all); i += 4 {
			for j, text := range naughty {
				if turn(j, i) {
					wantCalm(t, all[i].String()+" = "+text, all[i].text(text))
				}
			}
		}
	})
	s.Browser().Do("GET", "/readyz", nil).Want(200, "")
	for line := range strings.Lines(s.Log.String()) {
		if !strings.HasPrefix(line, "time=") {
			t.Errorf("a line of the log was forged: %q", line)
		}
	}
}

// Naughty strings where requests are routed, filtered and told apart.
func TestINJ01NaughtyStringsInAddressesAndHeaders(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	root := newAdmin(t, s, "root@example.com")
	before := world(s)
	for i, text := range fromJSON[[]string](t, "testdata/blns/blns.json") {
		q, p := url.QueryEscape(text), url.PathEscape(text)
		for j, path := range []string{
			adm + "/users?search=" + q, adm + "/users?cursor=" + q + "&deleted=" + q, adm + "/sessions?user=" + q + "&cursor=" + q, adm + "/users?limit=" + q,
			adm + "/users/" + p, adm + "/requests/" + p, api + "/verify?permission=" + q, api + "/verify?" + q + "=x", "/e?q=" + q, "/e/" + p, "/setup/" + p,
			"/static/" + p, "/login?redirect=" + q + "&why=" + q, "/signup?redirect=" + q, "/account?done=" + q, "/admin/users?q=" + q + "&cursor=" + q, "/" + p,
		} {
			if turn(i, j) {
				wantCalm(t, path, root.Fork().Do("GET", path, nil))
			}
		}
		for j, name := range []string{"User-Agent", "Origin", "Referer", "X-Request-Id", "X-Auth-Mode", "X-CSRF-Token", "Authorization", "X-API-Key", "Accept", "X-Forwarded-For", "Sec-Fetch-Site"} {
			if value := strings.Map(fitForHeader, text); turn(i, j) {
				wantCalm(t, name+": "+value, root.Fork().DoWith("GET", api+"/me", nil, func(r *http.Request) { r.Header.Set(name, value) }))
			}
		}
	}
	wantWorld(t, s, before, "reading with naughty strings")
}

// fitForHeader leaves out what a client's library would refuse to send.
func fitForHeader(c rune) rune {
	if c < ' ' || c == 0x7f {
		return -1
	}
	return c
}

// What is no string is no string: nothing is converted.
func TestINJ04OtherTypesForStrings(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	all := inputs(t, s)
	before := world(s)
	for _, value := range []string{
		"0", "-1", "1.5", "1e400", "-1e-400", "123456789012345678901234567890", strings.Repeat("9", 5000), "true", "false", "null", "[]", "{}",
		`["x"]`, `["bob@example.com","eve@example.com"]`, `{"$ne":null}`, `{"toString":"x"}`, strings.Repeat("[", 15) + strings.Repeat("]", 15),
	} {
		for _, in := range all {
			if !in.form {
				in.raw(value).Want(422, "request.invalid")
			}
		}
	}
	wantWorld(t, s, before, "another type")
}

// What is not true or false is neither.
func TestINJ04OtherTypesForBooleans(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	root := newAdmin(t, s, "root@example.com")
	bob := s.Browser().SignUp("bob@example.com").Text("user.id")
	before := world(s)
	for _, value := range []string{`"true"`, `"false"`, `""`, "1", "0", "null", "[]", "{}", "[true]", `"yes"`, "1e400"} {
		for _, body := range []string{`"admin":`, `"email_verified":`} {
			root.Fork().Do("PATCH", adm+"/users/"+bob, "{"+body+value+"}").Want(422, "request.invalid")
			root.Fork().Do("POST", adm+"/users", `{"email":"new@example.com",`+body+value+"}").Want(422, "request.invalid")
		}
		root.Fork().Do("POST", api+"/logout-all", `{"keep_current":`+value+"}").Want(422, "request.invalid")
		for _, name := range []string{"remember", "exchange"} {
			s.Browser().Do("POST", api+"/login", `{"email":"bob@example.com","password":"`+servertest.Password+`","`+name+`":`+value+"}").Want(422, "request.invalid")
		}
	}
	wantWorld(t, s, before, "a boolean that is none")
}
