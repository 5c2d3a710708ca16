package server_test

import (
	"strings"
	"testing"
	"time"

	"ostiary/server/servertest"
)

// TestLEAK01LogHoldsNoSecret goes through what has secrets in it, at the level
// that tells most, and looks for each of them in the log and in what is kept
// of refusals.
func TestLEAK01LogHoldsNoSecret(t *testing.T) {
	s := servertest.New(t, unlimited)
	const typed, mistyped = "salt marsh, seven lamps", "what somebody typed into the wrong field"
	b := signedIn(s, ada)
	secrets := []string{servertest.Password, typed, mistyped, setupCode(s)}
	gather := func() {
		for _, value := range b.Cookies {
			secrets = append(secrets, value)
		}
		secrets = append(secrets, b.CSRF)
	}
	gather()
	token := tokenOf(signIn(s, ada))
	secrets = append(secrets, token)
	other := b.Fork()
	other.CSRF = "x" + b.CSRF
	refused := []*servertest.Answer{
		s.Browser().Do("POST", loginAt, map[string]any{"email": ada, "password": mistyped}),
		s.Browser().Do("POST", loginAt, `{"email":"`+mistyped+`","password":"`+mistyped+`"}`),
		s.Browser().Do("GET", meAt+"?token="+token, nil),
		s.Browser().Do("GET", "/nowhere/"+token+"?code="+token, nil),
		s.Browser().Do("GET", "/setup/"+secrets[3]+"X", nil),
		withCookie(s, token[:50]).Do("GET", meAt, nil),
		bearer(s, token+"x").Do("GET", meAt, nil),
		s.Browser().Do("GET", meAt, nil, "Authorization", "Basic "+token, "Referer", "http://localhost/?t="+token),
		other.Do("POST", logoutAllAt, nil),
		b.Fork().Do("POST", "/api/v1/auth/password/change", map[string]any{"current_password": mistyped, "password": typed}),
	}
	b.Do("POST", "/api/v1/auth/password/change", map[string]any{"current_password": servertest.Password, "password": typed}).Want(200, "")
	gather()
	s.Clock.Move(25 * time.Hour)
	b.Do("GET", meAt, nil).Want(200, "")
	gather()
	kept := s.Log.String()
	for _, a := range refused {
		if a.Status < 400 {
			t.Fatalf("not refused: %d %s", a.Status, a.Raw)
		}
		kept += explain(s, a).Raw
	}
	for _, secret := range secrets {
		if secret == "" || strings.Contains(kept, secret) {
			t.Errorf("%q is in the log or in an explanation", secret)
		}
	}
	if !strings.Contains(kept, "component=session") || !strings.Contains(kept, "code=login.invalid_credentials") {
		t.Error("nothing is logged at all")
	}
}

// TestClientsRequestIdIsOnlyLogged: request ids are ours.
func TestClientsRequestIdIsOnlyLogged(t *testing.T) {
	s := servertest.New(t)
	a := s.Browser().Do("GET", meAt, nil, "X-Request-Id", "trace\t-from-the-client").Want(401, "session.none")
	if a.Header.Get("X-Request-Id") == "trace-from-the-client" || !strings.Contains(s.Log.String(), "-from-the-client") {
		t.Errorf("answered with %q", a.Header.Get("X-Request-Id"))
	}
}
