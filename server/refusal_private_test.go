package server_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"ostiary/server/servertest"
	"ostiary/storage"
)

// wantAlike fails when two answers differ in anything but request id and date.
func wantAlike(t *testing.T, what string, a, b *servertest.Answer) {
	t.Helper()
	if x, y := plainAnswer(a), plainAnswer(b); x != y {
		t.Errorf("%s: the answers differ:\n%s\n%s", what, x, y)
	}
}

// plainAnswer is an answer as text, without what differs between any two.
func plainAnswer(a *servertest.Answer) string {
	header := a.Header.Clone()
	header.Del("Date")
	var b bytes.Buffer
	fmt.Fprintln(&b, a.Status)
	for _, name := range slices.Sorted(maps.Keys(header)) {
		fmt.Fprintln(&b, name, header[name])
	}
	b.WriteString(a.Raw)
	return strings.ReplaceAll(b.String(), a.Header.Get("X-Request-Id"), "req_")
}

// accountsOfEachKind makes one account for each reason why a login fails. The
// addresses are of one length, so that answers could only differ in substance.
func accountsOfEachKind(s *servertest.Server) map[string]string {
	s.T.Helper()
	operator := s.Operator()
	act := func(id, method, path string) { operator.Do(method, usersAt+"/"+id+path, nil).Want(200, "") }
	kinds := map[string]string{"unknown": "a0@example.com", "wrong": "a1@example.com", "disabled": "a2@example.com", "deleted": "a3@example.com",
		"without a password": "a4@example.com", "with a damaged hash": "a5@example.com"}
	ids := map[string]string{}
	for kind, email := range kinds {
		switch kind {
		case "unknown":
		case "without a password":
			operator.Do("POST", usersAt, map[string]any{"email": email}).Want(201, "")
		default:
			ids[kind] = newUser(s, email, false)
		}
	}
	act(ids["disabled"], "POST", "/disable")
	act(ids["deleted"], "DELETE", "")
	err := s.DB.Update(s.T.Context(), func(tx *storage.Tx) error {
		return tx.UpdatePassword(ids["with a damaged hash"], "$argon2id$v=19$m=1,t=0,p=0$$", false, s.Clock.Now())
	})
	if err != nil {
		s.T.Fatal(err)
	}
	return kinds
}

// TestLOG01FailedLoginsAreOneAnswer: an anonymous caller learns nothing that
// tells accounts apart, whatever he sends as the password; the operator learns
// the reason.
func TestLOG01FailedLoginsAreOneAnswer(t *testing.T) {
	s := servertest.New(t, unlimited, unlocked)
	kinds := accountsOfEachKind(s)
	for what, password := range map[string]string{"a password": "not the right one at all", "a long one": strings.Repeat("x", 9000), "half a character": "e\u0301\u0301"} {
		for _, accept := range []string{"application/json", "text/html"} {
			try := func(email string) *servertest.Answer {
				return s.Browser().Do("POST", loginAt, map[string]any{"email": email, "password": password}, "Accept", accept)
			}
			first := try(kinds["unknown"]).Want(401, "login.invalid_credentials")
			for kind, email := range kinds {
				wantAlike(t, what+", "+kind+", "+accept, first, try(email))
			}
		}
	}
	for kind, words := range map[string]string{"unknown": "no account", "wrong": "password is wrong", "disabled": "disabled",
		"without a password": "no password", "with a damaged hash": "hash"} {
		a := s.Browser().Do("POST", loginAt, map[string]any{"email": kinds[kind], "password": "not the right one at all"})
		if told := explain(s, a); !strings.Contains(told.Text("cause"), words) {
			t.Errorf("%s: the private cause is %q", kind, told.Text("cause"))
		}
	}
}

// TestRightPasswordOfAClosedAccount: even the right password opens nothing and
// tells nothing.
func TestRightPasswordOfAClosedAccount(t *testing.T) {
	s := servertest.New(t, unlimited, unlocked)
	kinds := accountsOfEachKind(s)
	try := func(kind string) *servertest.Answer {
		return s.Browser().Do("POST", loginAt, map[string]any{"email": kinds[kind], "password": servertest.Password})
	}
	for _, kind := range []string{"disabled", "deleted", "without a password", "with a damaged hash"} {
		wantAlike(t, kind, try("unknown"), try(kind))
	}
	s.Browser().Login(kinds["wrong"])
}

// TestForeignIdsAreLikeUnknownOnes: what is somebody else's does not exist.
func TestForeignIdsAreLikeUnknownOnes(t *testing.T) {
	s := servertest.New(t)
	b := signedIn(s, ada)
	foreign := signedIn(s, ben).Do("GET", meAt, nil).Text("session.id")
	end := func(id string) *servertest.Answer { return b.Do("DELETE", "/api/v1/auth/sessions/"+id, nil) }
	b.Do("GET", "/api/v1/auth/sessions", nil).Want(200, "")
	known, unknown := end(foreign).Want(404, "request.unknown_id"), end("ses_0000000000000000000000").Want(404, "request.unknown_id")
	if strings.ReplaceAll(known.Raw, known.Header.Get("X-Request-Id"), "") != strings.ReplaceAll(unknown.Raw, unknown.Header.Get("X-Request-Id"), "") {
		t.Errorf("they differ: %s %s", known.Raw, unknown.Raw)
	}
}

// TestExplanationTellsGateByGate follows the decision of single requests.
func TestExplanationTellsGateByGate(t *testing.T) {
	s := servertest.New(t)
	b := signedIn(s, ada)
	id := b.Do("GET", meAt, nil).Text("user.id")
	b.Header.Set("User-Agent", "Probe/1.0")
	for _, c := range []struct {
		name  string
		ask   func() *servertest.Answer
		route string
		who   string
		cause string
		gates string
	}{
		{"no credential", func() *servertest.Answer { return s.Browser().Do("GET", meAt, nil) }, meAt, "", "no credential", "credential-"},
		{"no CSRF token", func() *servertest.Answer {
			f := b.Fork()
			f.CSRF = ""
			return f.Do("POST", logoutAllAt, nil)
		}, logoutAllAt, id, "token", "credential+ csrf-"},
		{"a foreign page", func() *servertest.Answer { return b.Fork().Do("POST", logoutAllAt, nil, "Origin", evilPage) }, logoutAllAt, id, "origin is not allowed", "credential+ origin-"},
		{"no admin", func() *servertest.Answer { return b.Do("GET", usersAt, nil) }, usersAt, id, "administrator", "credential+ admin-"},
		{"no membership", func() *servertest.Answer { return b.Do("GET", "/api/v1/auth/verify?permission=tool.create", nil) }, "/api/v1/auth/verify", id, "", "credential+ permission-"},
		{"somebody else's id", func() *servertest.Answer { return b.Do("DELETE", "/api/v1/auth/sessions/ses_x", nil) }, "/api/v1/auth/sessions/:id", id, "ses_x", "credential+ csrf+"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := c.ask()
			told := explain(s, a)
			if told.Text("request_id") != a.Header.Get("X-Request-Id") || told.Text("route") != c.route || told.Text("caller_id") != c.who ||
				told.Text("ip") != "127.0.0.1" || told.Text("at") != s.Clock.Now().Format("2006-01-02T15:04:05.000Z") {
				t.Errorf("told of another request: %s", told.Raw)
			}
			if !strings.Contains(told.Text("cause"), c.cause) {
				t.Errorf("the cause is %q", told.Text("cause"))
			}
			if got := gatesOf(told); got != c.gates {
				t.Errorf("the gates are %q, want %q", got, c.gates)
			}
		})
	}
}

// gatesOf is the decision in short: each gate with + or -.
func gatesOf(told *servertest.Answer) string {
	var all []string
	gates, _ := told.Get("gates").([]any)
	for _, g := range gates {
		gate := g.(map[string]any)
		mark := "-"
		if gate["passed"] == true {
			mark = "+"
		}
		all = append(all, fmt.Sprint(gate["gate"], mark))
	}
	return strings.Join(all, " ")
}

// TestExplanationsOutliveARestartAndAreForAdminsAlone.
func TestExplanationsOutliveARestartAndAreForAdminsAlone(t *testing.T) {
	s := servertest.New(t)
	admin, other := adminIn(s, ada), signedIn(s, ben)
	a := s.Browser().Do("POST", loginAt, map[string]any{"email": ada, "password": "wrong"})
	at := "/api/v1/admin/requests/" + a.Header.Get("X-Request-Id")
	other.Do("GET", at, nil).Want(403, "authz.not_admin")
	s.Browser().Do("GET", at, nil).Want(401, "session.none")
	s.Restart()
	if told := admin.Do("GET", at, nil).Want(200, ""); told.Text("cause") != "the password is wrong" {
		t.Errorf("told %s", told.Raw)
	}
	s.Clock.Move(time.Second)
	mine := admin.Do("GET", meAt, nil, "X-Request-Id", "req_0000000000000000000000")
	if mine.Header.Get("X-Request-Id") == "req_0000000000000000000000" {
		t.Error("a client chooses its request id")
	}
}
