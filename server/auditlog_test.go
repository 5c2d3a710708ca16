package server_test

import (
	"testing"

	"ostiary/server/servertest"
)

func TestAuditLogTellsWhoDidWhat(t *testing.T) {
	s := servertest.New(t, generous)
	op := s.Operator()
	ada := s.Browser()
	ada.SignUp("ada@example.com")
	id := ada.Do("GET", "/api/v1/auth/me", nil).Text("user.id")
	op.Do("POST", "/api/v1/admin/users/"+id+"/disable", nil).Want(200, "")
	all := op.Do("GET", "/api/v1/admin/audit?user="+id, nil).Want(200, "")
	var events []string
	for _, item := range all.Get("items").([]any) {
		events = append(events, item.(map[string]any)["event"].(string))
	}
	want := []string{"user.disabled", "session.all_ended", "session.started", "user.created"}
	if len(events) != len(want) {
		t.Fatalf("got %v, want %v", events, want)
	}
	for i := range want {
		if events[i] != want[i] {
			t.Errorf("event %d is %q, want %q", i, events[i], want[i])
		}
	}
	if all.Text("items.0.actor.kind") != "operator" || all.Text("items.2.ip") != "127.0.0.1" {
		t.Errorf("who or from where is not told: %s", all.Raw)
	}
	page := op.Do("GET", "/api/v1/admin/audit?limit=1&user="+id, nil).Want(200, "")
	next := op.Do("GET", "/api/v1/admin/audit?limit=1&user="+id+"&cursor="+page.Text("next_cursor"), nil).Want(200, "")
	if next.Text("items.0.event") != "session.all_ended" {
		t.Errorf("the second page is %s", next.Raw)
	}
	op.Do("GET", "/api/v1/admin/audit?cursor=1'--", nil).Want(422, "request.invalid")
	filtered := op.Do("GET", "/api/v1/admin/audit?event=user.created", nil).Want(200, "")
	if len(filtered.Get("items").([]any)) != 1 {
		t.Errorf("filtered: %s", filtered.Raw)
	}
}

// Of a deleted user the id stays, and what was done; from where goes.
func TestAuditLogForgetsTheAddressOfTheDeleted(t *testing.T) {
	s := servertest.New(t, generous)
	op := s.Operator()
	ada := s.Browser()
	ada.SignUp("ada@example.com")
	id := ada.Do("GET", "/api/v1/auth/me", nil).Text("user.id")
	op.Do("DELETE", "/api/v1/admin/users/"+id, nil).Want(200, "")
	for _, item := range op.Do("GET", "/api/v1/admin/audit?user="+id, nil).Want(200, "").Get("items").([]any) {
		event := item.(map[string]any)
		own := event["actor"].(map[string]any)["id"] == id
		if own && (event["ip"] != nil || event["user_agent"] != nil) {
			t.Errorf("%v still tells from where", event)
		}
	}
	ada.Do("GET", "/api/v1/auth/me", nil).Want(401, "session.revoked")
}
