package server_test

import (
	"testing"

	"ostiary/server/servertest"
)

func TestSignUpLoginMeLogout(t *testing.T) {
	s := servertest.New(t)
	b := s.Browser()
	b.SignUp("ada@example.com")
	me := b.Do("GET", "/api/v1/auth/me", nil).Want(200, "")
	if got := me.Text("user.email"); got != "ada@example.com" {
		t.Errorf("me is %q", got)
	}
	t.Log(me.Raw, me.Header)
	old := b.Fork()
	b.Do("POST", "/api/v1/auth/logout", nil).Want(204, "")
	old.Do("GET", "/api/v1/auth/me", nil).Want(401, "session.revoked")
	b.Login("ada@example.com")
	b.Do("GET", "/api/v1/auth/me", nil).Want(200, "")
}
