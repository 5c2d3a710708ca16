package server_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"ostiary/server/refusal"
	"ostiary/server/servertest"
)

// submit posts a form as a browser does.
func submit(s *servertest.Server, path string, fields url.Values) *servertest.Answer {
	s.T.Helper()
	body := fields.Encode()
	return s.Raw(fmt.Sprintf("POST %s HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nAccept: text/html\r\n"+
		"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", path, len(body), body))
}

// TestFormsAreRefusedAsPages: a form that is refused is shown again with the
// code, the headers and the status of the refusal, and what was typed, but
// never a password.
func TestFormsAreRefusedAsPages(t *testing.T) {
	const typed = "what was typed as the password"
	wrong := url.Values{"email": {ada}, "password": {typed}}
	for _, c := range []struct {
		name, path string
		fields     url.Values
		before     int // times that it was refused before
		code       refusal.Code
		again      bool // as a form
	}{
		{"a wrong password", "/login", wrong, 0, refusal.LoginInvalidCredentials, true},
		{"once too often", "/login", wrong, 5, refusal.RateAccount, true},
		{"nothing typed", "/login", url.Values{}, 0, refusal.RequestInvalid, true},
		{"a short password", "/signup", url.Values{"email": {ada}, "password": {"short"}}, 0, refusal.RequestInvalid, true},
		{"elsewhere afterwards", "/login", url.Values{"email": {ada}, "password": {typed}, "redirect": {evilPage}}, 0, refusal.RedirectNotAllowed, false},
		{"a dead setup link", "/setup", url.Values{"email": {ada}, "password": {typed}, "code": {"0000-0000"}}, 0, refusal.LinkMalformed, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := servertest.New(t)
			for range c.before {
				submit(s, c.path, c.fields)
			}
			a := submit(s, c.path, c.fields)
			entry, _ := refusal.Lookup(c.code)
			a.Want(entry.Status, string(c.code))
			wantRefusalHeaders(t, s, a, entry)
			wantNothingShown(t, s, a)
			if (entry.Status == 429) != (a.Header.Get("Retry-After") != "") {
				t.Errorf("%d with Retry-After %q", entry.Status, a.Header.Get("Retry-After"))
			}
			if a.Header.Get("Content-Type") != "text/html; charset=utf-8" || !strings.Contains(a.Raw, a.Header.Get("X-Request-Id")) {
				t.Errorf("the page does not tell its request id: %s", a.Raw)
			}
			if strings.Contains(a.Raw, typed) || strings.Contains(a.Raw, `value="short"`) {
				t.Error("the page repeats the password")
			}
			if c.again != strings.Contains(a.Raw, `action="`+c.path+`"`) || (c.again && c.fields.Has("email") && !strings.Contains(a.Raw, `value="`+ada+`"`)) {
				t.Errorf("as a form: %v, want %v", !c.again, c.again)
			}
			if len(a.Cookies) > 0 {
				t.Errorf("a refusal sets %v", a.Header.Values("Set-Cookie"))
			}
		})
	}
}

// TestGuardedPagesSendToSignIn: with the reason in the browser that was
// refused, and nowhere else.
func TestGuardedPagesSendToSignIn(t *testing.T) {
	s := servertest.New(t)
	b := signedIn(s, ada)
	held := b.Fork()
	b.Do("POST", "/api/v1/auth/logout", nil).Want(204, "")
	a := held.Do("GET", "/account/sessions", nil, "Accept", "text/html").Want(303, "session.revoked")
	at, err := url.Parse(a.Header.Get("Location"))
	if err != nil || at.Path != "/login" || at.Query().Get("redirect") != "/account/sessions" || at.Query().Get("why") != a.Header.Get("X-Request-Id") {
		t.Fatalf("sent to %q", a.Header.Get("Location"))
	}
	if told := explain(s, a); told.Text("code") != "session.revoked" {
		t.Errorf("the explanation is %s", told.Raw)
	}
	here := held.Do("GET", a.Header.Get("Location"), nil, "Accept", "text/html").Want(200, "")
	elsewhere := s.Browser().Do("GET", a.Header.Get("Location"), nil, "Accept", "text/html").Want(200, "")
	if !strings.Contains(here.Raw, "You signed out of this session") || strings.Contains(elsewhere.Raw, "You signed out of this session") {
		t.Error("the reason is not told here, or told elsewhere")
	}
}
