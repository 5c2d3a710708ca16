package server_test

import (
	"testing"

	"ostiary/server/config"
	"ostiary/server/servertest"
)

// A reload puts limits and origins in force for the next request, and leaves
// alone what needs a restart; a broken file changes nothing.
func TestReload(t *testing.T) {
	s := servertest.New(t)
	next := s.Config
	next.Origins = []string{"https://app.example.com"}
	next.Limits.LockAfter = 2
	next.Session.Transport = "header"
	var problems config.Problems
	s.Reread = func() (config.Config, []config.Setting, config.Problems) {
		return next, config.Loaded{Config: next}.Settings(), problems
	}
	op := s.Operator()
	foreign := func() *servertest.Answer {
		return s.Browser().Do("GET", "/api/health", nil, "Origin", "https://app.example.com").Want(200, "")
	}
	if foreign().Header.Get("Access-Control-Allow-Origin") != "" {
		t.Fatal("the origin is allowed already")
	}
	problems = config.Problems{{Code: "config.invalid_value", Severity: config.Error, Setting: "limits.lock_after", Message: "too small"}}
	refused := op.Do("POST", "/api/v1/admin/reload", nil).Want(422, "request.invalid")
	if refused.Text("errors.0.pointer") != "/limits/lock_after" || refused.Text("errors.0.code") != "config.invalid_value" {
		t.Errorf("the problem is not named: %s", refused.Raw)
	}
	if foreign().Header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("a broken file changed the origins")
	}
	problems = nil
	done := op.Do("POST", "/api/v1/admin/reload", nil).Want(200, "")
	if got := done.Raw; got != `{"changed":["origins","limits.lock_after"],"restart":["session.transport"]}` {
		t.Errorf("got %s", got)
	}
	if foreign().Header.Get("Access-Control-Allow-Origin") != "https://app.example.com" {
		t.Error("the new origin is not allowed")
	}
	for range 2 {
		guess(s.Program(), "ada@example.com", "wrong password here").Want(401, "login.invalid_credentials")
	}
	guess(s.Program(), "ada@example.com", "wrong password here").Want(429, "login.locked")
	s.Browser().SignUp("ben@example.com") // by cookie: the transport is the old one
	settings := op.Do("GET", "/api/v1/admin/settings", nil).Want(200, "")
	want := map[string]string{"session.transport": "any", "limits.lock_after": "2"}
	for _, item := range settings.Get("items").([]any) {
		setting := item.(map[string]any)
		if value, ok := want[setting["name"].(string)]; ok && setting["value"] != value {
			t.Errorf("%v is shown as %v, want %s", setting["name"], setting["value"], value)
		}
	}
	s.Browser().Do("POST", "/api/v1/admin/reload", nil).Want(404, "request.not_found")
}
