package server_test

import (
	"fmt"
	"strings"
	"testing"

	"ostiary/server/servertest"
)

// field is what is wrong with one field: its pointer and the code.
func field(pointer, code string) string { return pointer + " " + code }

// TestINJ04FieldsAreReadOneWay sends bodies whose fields are not right. All
// that is wrong is told at once, and nothing is changed.
func TestINJ04FieldsAreReadOneWay(t *testing.T) {
	s := servertest.New(t, unlimited)
	const good = `"email":"ada@example.com","password":"` + servertest.Password + `"`
	for _, c := range []struct {
		name, body string
		want       []string
	}{
		{"nothing", ``, []string{field("/email", "request.required"), field("/password", "request.required")}},
		{"an empty object", `{}`, []string{field("/email", "request.required"), field("/password", "request.required")}},
		{"empty texts", `{"email":"","password":""}`, []string{field("/email", "request.required"), field("/password", "request.required")}},
		{"a number", `{"email":5,"password":"x"}`, []string{field("/email", "request.wrong_type")}},
		{"null", `{` + good + `,"name":null}`, []string{field("/name", "request.wrong_type")}},
		{"a list", `{"email":["ada@example.com"],"password":"x"}`, []string{field("/email", "request.wrong_type")}},
		{"an object", `{"email":{"$ne":""},"password":{"$gt":""}}`, []string{field("/email", "request.wrong_type"), field("/password", "request.wrong_type")}},
		{"a huge number", `{"email":1e999,"password":"x"}`, []string{field("/email", "request.wrong_type")}},
		{"rights of one's own, LOG-11", `{` + good + `,"role":"admin","id":"usr_1","admin":true,"email_verified":true}`,
			[]string{field("/role", "request.unknown_field"), field("/id", "request.unknown_field"), field("/admin", "request.unknown_field"), field("/email_verified", "request.unknown_field")}},
		{"another spelling", `{"Email":"ada@example.com","password":"x"}`, []string{field("/Email", "request.unknown_field"), field("/email", "request.required")}},
		{"twice", `{` + good + `,"email":"ben@example.com"}`, []string{field("/email", "request.duplicate_field")}},
		{"twice in two spellings", `{` + good + `,"EMAIL":"ben@example.com"}`, []string{field("/EMAIL", "request.duplicate_field")}},
		{"twice by an escape", `{` + good + `,"\u0065mail":"ben@example.com"}`, []string{field("/email", "request.duplicate_field")}},
		{"a name that needs escaping", `{` + good + `,"a/b~c":1}`, []string{field("/a~1b~0c", "request.unknown_field")}},
		{"a long name", `{` + good + `,"` + strings.Repeat("x", 5000) + `":1}`, []string{field("/"+strings.Repeat("x", 64), "request.unknown_field")}},
		{"a name with a line break", `{` + good + `,"x\r\nSet-Cookie: y":1}`, []string{field("/x  Set-Cookie: y", "request.unknown_field")}},
		{"NUL", `{"email":"ada@example.com","password":"aaaaaa\u0000aaaaaa"}`, []string{field("/password", "request.bad_value")}},
		{"half a pair", `{"email":"ada@example.com","password":"aaaaaa\ud800aaaaaa"}`, []string{field("/password", "request.bad_value")}},
		{"no address", `{"email":"ada","password":"x"}`, []string{field("/email", "request.bad_value")}},
		{"two addresses", `{"email":"ada@example.com,ben@example.com","password":"x"}`, []string{field("/email", "request.bad_value")}},
		{"an address with a header, INJ-03", `{"email":"ada@example.com\r\nBcc: x@y.z","password":"x"}`, []string{field("/email", "request.bad_value")}},
		{"a long name of a person", `{` + good + `,"name":"` + strings.Repeat("é", 201) + `"}`, []string{field("/name", "request.too_long")}},
		{"a name of two lines, INJ-03", `{` + good + `,"name":"Ada\r\nBcc: x"}`, []string{field("/name", "request.bad_value")}},
		{"a kind that is not made here", `{` + good + `,"kind":"tokens"}`, []string{field("/kind", "request.bad_value")}},
		{"a common password", `{"email":"ada@example.com","password":"passwordpassword"}`, []string{field("/password", "password.common")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := s.Browser().Do("POST", signupAt, c.body)
			wantProblem(t, s, a, "request.invalid")
			wantErrors(t, a, c.want)
		})
	}
	wantNobody(t, s)
}

func wantErrors(t *testing.T, a *servertest.Answer, want []string) {
	t.Helper()
	var got []string
	errors, _ := a.Get("errors").([]any)
	for i := range errors {
		got = append(got, field(a.Text(fmt.Sprintf("errors.%d.pointer", i)), a.Text(fmt.Sprintf("errors.%d.code", i))))
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("errors are %q, want %q", got, want)
	}
}

// wantNobody: nothing of all that was refused has made an account.
func wantNobody(t *testing.T, s *servertest.Server) {
	t.Helper()
	if a := s.Operator().Do("GET", "/api/v1/admin/stats", nil).Want(200, ""); a.Get("users") != 0.0 || a.Get("sessions") != 0.0 {
		t.Errorf("something was made: %s", a.Raw)
	}
}

// TestOtherTypesOfFields covers fields that a sign-up does not have.
func TestOtherTypesOfFields(t *testing.T) {
	s := servertest.New(t, unlimited)
	b := signedIn(s, ada)
	id := newUser(s, ben, true)
	for _, c := range []struct {
		name         string
		client       *servertest.Client
		method, path string
		body         string
		want         string
	}{
		{"true in quotes", b, "POST", logoutAllAt, `{"keep_current":"true"}`, field("/keep_current", "request.wrong_type")},
		{"one for true", s.Browser(), "POST", loginAt, `{"email":"ada@example.com","password":"x","remember":1}`, field("/remember", "request.wrong_type")},
		{"a way that is not there", s.Browser(), "POST", loginAt, `{"email":"ada@example.com","password":"x","exchange":false}`, field("/exchange", "request.bad_value")},
		{"a body where none belongs", s.Browser(), "POST", "/api/v1/auth/logout", `{"all":true}`, field("/all", "request.unknown_field")},
		{"the same password again", b, "POST", "/api/v1/auth/password/change",
			`{"current_password":"` + servertest.Password + `","password":"` + servertest.Password + `"}`, field("/password", "request.bad_value")},
		{"an admin's null", s.Operator(), "PATCH", usersAt + "/" + id, `{"name":null}`, field("/name", "request.wrong_type")},
		{"what an edit does not change", s.Operator(), "PATCH", usersAt + "/" + id, `{"email":"x@example.com"}`, field("/email", "request.unknown_field")},
		{"too many at once", s.Operator(), "GET", usersAt + "?limit=201", "", field("?limit", "request.bad_value")},
		{"no number", s.Operator(), "GET", usersAt + "?limit=1;DROP", "", field("?limit", "request.bad_value")},
		{"a misspelt demand", b, "GET", "/api/v1/auth/verify?permision=x", "", field("?permision", "request.unknown_field")},
		{"a demand twice", b, "GET", "/api/v1/auth/verify?team=a&team=b", "", field("?team", "request.duplicate_field")},
		{"a demand that is no demand", b, "GET", "/api/v1/auth/verify?email_verified=false", "", field("?email_verified", "request.bad_value")},
	} {
		t.Run(c.name, func(t *testing.T) {
			var body any
			if c.body != "" {
				body = c.body
			}
			a := c.client.Do(c.method, c.path, body)
			wantProblem(t, s, a, "request.invalid")
			wantErrors(t, a, []string{c.want})
		})
	}
	b.Do("GET", meAt, nil).Want(200, "")
}

// TestINJ04BodiesThatAreNoObject are refused before any field is looked at.
func TestINJ04BodiesThatAreNoObject(t *testing.T) {
	s := servertest.New(t, unlimited)
	for name, body := range map[string]string{
		"single quotes": `{'email':'a'}`, "a trailing comma": `{"email":"a",}`, "not closed": `{"email":"a"`, "a comment": `{/**/}`,
		"NaN": `{"email":NaN}`, "a list": `[]`, "a text": `"email"`, "a number": `7`, "null": `null`, "only spaces": "  \n ",
		"two objects": `{}{}`, "more after the end": `{} x`, "bad UTF-8": "{\"email\":\"\xff\xfe\"}", "overlong UTF-8": "{\"email\":\"\xc0\xaf\"}",
		"a byte order mark": "\xef\xbb\xbf{}", "UTF-16": "{\x00}\x00", "a bare NUL": "{\"email\":\"\x00\"}", "a form": "email=ada&password=x",
		"deep": strings.Repeat(`{"a":`, 17) + "1" + strings.Repeat("}", 17), "very deep": strings.Repeat("[", 60_000),
	} {
		t.Run(name, func(t *testing.T) {
			wantProblem(t, s, s.Browser().Do("POST", signupAt, body), "request.malformed")
		})
	}
	wantNobody(t, s)
}

// TestCSRF04TypesOfBodies: a form of another site can send only types that are
// refused here.
func TestCSRF04TypesOfBodies(t *testing.T) {
	s := servertest.New(t, unlimited)
	send := func(kind string) *servertest.Answer {
		line := "Content-Type: " + kind + "\r\n"
		if kind == "" {
			line = ""
		}
		body := `{"email":"ada@example.com","password":"` + servertest.Password + `"}`
		return s.Raw(fmt.Sprintf("POST %s HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: %d\r\n\r\n%s", signupAt, line, len(body), body))
	}
	for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json;x", "application/json;",
		"text/x-json", "text/json", "application/jsonp", "application/json, text/plain", "application/json; charset=latin1", "application/json; charset=utf-8; x=y",
		"application/problem+json", "text/plain; application/json", "*/*", "json"} {
		t.Run(kind, func(t *testing.T) { wantProblem(t, s, send(kind), "request.unsupported_type") })
	}
	wantNobody(t, s)
	for i, kind := range []string{"application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"} {
		if want := []int{201, 409, 409}[i]; send(kind).Status != want {
			t.Errorf("%s is not taken", kind)
		}
	}
}
