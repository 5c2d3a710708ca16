package server_test

import (
	"encoding/binary"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf16"

	"ostiary/server/servertest"
)

// A body is JSON as RFC 8259 has it, in plain UTF-8, one object and nothing
// behind it, not deeper than anything of ours; what is not is refused before
// anything in it is looked at.
func TestINJ04WhatIsNoJSON(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	x := newStage(t, s)
	person := `"email":"new@example.com","password":"` + secondPassword + `"`
	whole := "{" + person + "}"
	before := world(s)
	for _, body := range []string{
		"{", "}", " ", "\n", "null", "true", "1", `"x"`, "[]", "[" + whole + "]", "nul", "\x00", "<xml/>", "email=new@example.com&password=x", "--x",
		whole + whole, whole + " " + whole, whole + "x", whole + ",", whole + "\x00", whole + "}", whole + "//", whole + "null", "x" + whole, ")]}'\n" + whole,
		"{" + person + ",}", "{," + person + "}", `{"kind":NaN,` + person + "}", `{"kind":Infinity,` + person + "}", `{"kind":-Infinity,` + person + "}",
		`{"kind":undefined,` + person + "}", `{"kind":0x10,` + person + "}", `{"kind":010,` + person + "}", `{"kind":+1,` + person + "}", `{"kind":.5,` + person + "}",
		`{"kind":1.,` + person + "}", `{"kind":1e,` + person + "}", `{"kind":True,` + person + "}", `{kind:"x",` + person + "}", `{'kind':'x',` + person + "}",
		`{"kind":"x" ` + person + "}", `{"kind" "x",` + person + "}", `{"kind":,` + person + "}", `{/* */` + person + "}", "{" + person + "// \n}", `{1:"x",` + person + "}",
		`{"kind":"\x41",` + person + "}", `{"kind":"\u12",` + person + "}", `{"kind":"\u{41}",` + person + "}", `{"kind":"\'",` + person + "}", `{"kind":"\`,
		"{\"kind\":\"a\nb\"," + person + "}", "{\"kind\":\"a\tb\"," + person + "}", "{\"kind\":\"a\x00b\"," + person + "}", `{"kind":"x`, "{\u00a0" + person + "}", "{\v" + person + "}",
		"\ufeff" + whole, "\xff\xfe" + whole, inUTF16(whole, binary.LittleEndian), inUTF16(whole, binary.BigEndian), inUTF16("\ufeff"+whole, binary.LittleEndian),
		`{"name":"` + "\xff" + `",` + person + "}", `{"name":"` + "\xc0\x80" + `",` + person + "}", `{"name":"` + "\xed\xa0\x80" + `",` + person + "}", `{"name":"` + "\xf5\x80\x80\x80" + `",` + person + "}",
		"{\"\xff\":1," + person + "}", strings.Repeat("[", 17) + strings.Repeat("]", 17), `{"kind":` + strings.Repeat("[", 16) + strings.Repeat("]", 16) + "," + person + "}",
		strings.Repeat("[", 60_000), strings.Repeat(`{"a":`, 10_000), strings.Repeat("[{", 20_000), strings.Repeat("{", 60_000), `{"kind":` + strings.Repeat(`{"a":`, 20) + "1" + strings.Repeat("}", 20) + "}",
	} {
		for _, c := range append(x.changes(), doors(x)...) {
			if c.row.Page {
				continue
			}
			a := c.send(x.root, x.root.CSRF, func(r *http.Request) {
				setBody(r, body)
				r.Header.Set("Content-Type", "application/json")
			})
			if a.Status != 400 || a.Code() != "request.malformed" {
				t.Errorf("%s with %.60q: %d %s", c, body, a.Status, a.Raw)
			}
		}
	}
	wantWorld(t, s, before, "what is no JSON")
}

func inUTF16(text string, order binary.AppendByteOrder) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		b = order.AppendUint16(b, unit)
	}
	return string(b)
}

// Whitespace and nesting that are within JSON and within reason are no
// mistakes: the control for what is refused above.
func TestINJ04WhatIsJSON(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	s.Browser().SignUp("ada@example.com")
	for _, body := range []string{
		" \t\r\n{ \"email\" : \"ada@example.com\" , \"password\" : \"" + servertest.Password + "\" } \r\n",
		`{"\u0065mail":"ada\u0040example.com","password":"` + servertest.Password + `"}`,
		`{"password":"` + servertest.Password + `","email":"ADA@Example.COM "}`,
	} {
		s.Browser().Do("POST", api+"/login", body).Want(200, "")
	}
}

// Every reader of a body must find the same in it: no field twice, none under
// another spelling of its name, none that nobody knows.
func TestINJ04OneReadingOfFields(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	s.Browser().SignUp("bob@example.com")
	email, password := `"email":"new@example.com"`, `"password":"`+secondPassword+`"`
	before := world(s)
	for _, more := range []string{
		email, `"email":"bob@example.com"`, `"\u0065mail":"bob@example.com"`, `"Email":"bob@example.com"`, `"EMAIL":"bob@example.com"`, `"email ":"bob@example.com"`,
		`"email\u0000":"x"`, `"\u212aind":"session"`, `"pa\u017f\u017fword":"x"`, `"password":null`, `"":""`, `"__proto__":{"admin":true}`, `"constructor":{}`, `"$where":"1"`,
		`"id":"usr_1"`, `"user_id":"usr_1"`, `"userId":"usr_1"`, `"admin":true`, `"Admin":true`, `"is_admin":true`, `"isAdmin":true`, `"role":"admin"`, `"roles":["admin"]`, `"email_verified":true`,
		`"created_at":"2020-01-01T00:00:00.000Z"`, `"updated_at":0`, `"password_hash":"x"`, `"disabled":false`, `"disabled_at":null`, `"deleted_at":null`, `"must_change_password":false`,
		`"org_id":"x"`, `"owner_id":"x"`, `"organization":"x"`, `"session":{}`, `"token":"x"`, `"csrf_token":"x"`, `"invitation":"x"`, `"name":"a","name":"b"`, `"name":"a","Name":"b"`, `"\ud800":"x"`,
	} {
		for _, body := range []string{"{" + email + "," + password + "," + more + "}", "{" + more + "," + email + "," + password + "}"} {
			a := s.Browser().Do("POST", api+"/signup", body)
			if a.Status != 422 || a.Code() != "request.invalid" || len(a.Cookies) > 0 {
				t.Errorf("%s: %d %s", body, a.Status, a.Raw)
			}
		}
	}
	for _, form := range []string{
		"email=bob%40example.com", "Email=bob%40example.com", "email%00=x", "admin=on", "email_verified=true", "role=admin", "password=x", "email%5B%5D=x", "id=usr_1", "name=a&name=b",
	} {
		both := url.Values{"email": {"new@example.com"}, "password": {secondPassword}}.Encode()
		for _, body := range []string{both + "&" + form, form + "&" + both} {
			if a := s.Browser().DoWith("POST", "/signup", body, asForm); a.Status != 422 || cookieOf(a, sessionName(s)) != nil {
				t.Errorf("%s: %d %s", body, a.Status, a.Raw)
			}
		}
	}
	wantWorld(t, s, before, "another reading")
}

// A body in a compressed or unknown coding is not unpacked.
func TestINJ04Codings(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	s.Browser().SignUp("ada@example.com")
	for _, coding := range []string{"gzip", "deflate", "br", "zstd", "compress", "identity, gzip", "x"} {
		body := map[string]any{"email": "ada@example.com", "password": servertest.Password}
		s.Browser().Do("POST", api+"/login", body, "Content-Encoding", coding).Want(415, "request.unsupported_type")
	}
}

// Line breaks and encoded words do not get into names and addresses, so that
// they cannot get into the headers of a mail or of an answer.
func TestINJ03HeaderInjection(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	x := newStage(t, s)
	for _, tail := range []string{"\r\nBcc: eve@evil.test", "\nBcc: eve@evil.test", "\rSubject: x", "\u2028Bcc: eve@evil.test", "\u2029x", "\u0085x", "\v", "\f", "\x1b[2J", "\x7f"} {
		body := map[string]any{"email": "new@example.com", "password": secondPassword, "name": "Ada" + tail + "Lovelace"}
		s.Browser().Do("POST", api+"/signup", body).Want(422, "request.invalid")
		x.root.Fork().Do("PATCH", adm+"/users/"+x.bobID, map[string]any{"name": "Ada" + tail + "x"}).Want(422, "request.invalid")
		body["name"] = "Ada"
		for _, email := range []string{"new@example.com" + tail, "new" + tail + "@example.com", "new@" + tail + "example.com"} {
			body["email"] = email
			s.Browser().Do("POST", api+"/signup", body).Want(422, "request.invalid")
		}
	}
	for _, email := range []string{
		"victim@example.com,eve@evil.test", "victim@example.com;eve@evil.test", "victim@example.com eve@evil.test", "<victim@example.com>", `"victim" <eve@evil.test>`, `"eve@evil.test "@example.com`,
		"=?utf-8?q?eve=40evil.test?=@example.com\x00", "victim@example.com%0aBcc:eve@evil.test", "victim@evil.test@example.com", "victim@[127.0.0.1]", "victim@example.com(comment)", "mailto:victim@example.com?cc=x",
	} {
		s.Browser().Do("POST", api+"/signup", map[string]any{"email": email, "password": secondPassword}).Want(422, "request.invalid")
	}
	for _, path := range []string{
		"/setup/%0d%0aSet-Cookie:%20x=y", "/login?redirect=/%0d%0aSet-Cookie:%20x=y", "/account?done=%0d%0aX-Injected:%20y", "/admin/users/%0d%0aX-Injected:y", "/e/%0d%0aX-Injected:y", "/%0d%0aX-Injected:%20y",
	} {
		a := x.root.Fork().Do("GET", path, nil)
		if a.Header.Get("X-Injected") != "" || cookieOf(a, "x") != nil || a.Status >= 500 {
			t.Errorf("%s: %d %v", path, a.Status, a.Header)
		}
	}
}
