package server_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ostiary/server"
	"ostiary/server/servertest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestRouteTableIsTheGoldenOne: a new path, a weaker guard or a dropped limit
// shows in a review as a changed line of testdata/routes.golden.
func TestRouteTableIsTheGoldenOne(t *testing.T) {
	lines := servertest.New(t).Inner.RouteLines()
	slices.Sort(lines)
	got := strings.Join(lines, "\n") + "\n"
	golden := filepath.Join("testdata", "routes.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the route table is not the golden one; if that is meant: go test ./server -run RouteTable -update\n%s", difference(string(want), got))
	}
}

// difference lists the lines that only one of two texts has.
func difference(want, got string) string {
	var all []string
	for line := range strings.Lines(want) {
		if !strings.Contains("\n"+got, "\n"+line) {
			all = append(all, "- "+line)
		}
	}
	for line := range strings.Lines(got) {
		if !strings.Contains("\n"+want, "\n"+line) {
			all = append(all, "+ "+line)
		}
	}
	return strings.Join(all, "")
}

// TestRouteTableHasNoHoles holds the table to the rules that the contract has
// for all rows of a kind.
func TestRouteTableHasNoHoles(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range servertest.New(t).Inner.Table() {
		name := row.Method + " " + row.Path
		if seen[name] {
			t.Errorf("%s has two rows", name)
		}
		seen[name] = true
		changes := row.Method != "GET"
		switch {
		case strings.HasPrefix(row.Path, "/api/v1/admin/") && row.Guard != "admin" && row.Guard != "operator":
			t.Errorf("%s is of admins and guarded as %s", name, row.Guard)
		case strings.HasPrefix(row.Path, "/admin") && row.Guard != "admin":
			t.Errorf("%s is a page of admins and guarded as %s", name, row.Guard)
		case strings.HasPrefix(row.Path, "/api/v1/") && row.Guard == "public" && !slices.Contains(openToAnyone, row.Path):
			t.Errorf("%s is open to anyone", name)
		case strings.HasPrefix(row.Path, "/account") && row.Guard != "known":
			t.Errorf("%s is a person's own page and guarded as %s", name, row.Guard)
		case changes && row.Guard == "public" && !row.CheckOrigin:
			t.Errorf("%s changes something for anyone, from anywhere", name)
		case (row.Guard == "admin" || row.Guard == "operator") && !row.OwnOnly:
			t.Errorf("%s answers other origins", name)
		case row.Page && !row.OwnOnly && !slices.Contains(readableByAll, row.Path):
			t.Errorf("%s is a page and answers other origins", name)
		}
	}
}

// openToAnyone are the rows of the API that start or end a session, and need none.
var openToAnyone = []string{"/api/v1/auth/login", "/api/v1/auth/signup", "/api/v1/auth/logout"}

// readableByAll are rows of the browser's kind that hold nothing of anyone.
var readableByAll = []string{"/static/:name", "/.well-known/change-password"}

// parameter is a part of a row's path that is filled in.
var parameter = regexp.MustCompile(`:[a-z]+`)

func pathOf(row server.TableRow) string { return parameter.ReplaceAllString(row.Path, "x") }

// TestEveryGuardedRowRefusesStrangers walks the table: without a credential,
// with one that is none, and with one that was ended.
func TestEveryGuardedRowRefusesStrangers(t *testing.T) {
	s := servertest.New(t, unlimited)
	ended := signedIn(s, ada)
	dead := ended.Fork()
	ended.Do("POST", "/api/v1/auth/logout", nil).Want(204, "")
	rows := 0
	for _, row := range s.Inner.Table() {
		if row.Guard == "public" {
			continue
		}
		rows++
		for code, who := range map[string]*servertest.Client{"session.none": s.Browser(), "session.cookie_malformed": withCookie(s, "junk"), "session.revoked": dead.Fork()} {
			wantTurnedAway(t, row, who.Do(row.Method, pathOf(row), nil), code)
		}
		wantTurnedAway(t, row, bearer(s, "junk").Do(row.Method, pathOf(row), nil), "session.cookie_malformed")
	}
	if rows < 20 {
		t.Errorf("only %d guarded rows", rows)
	}
}

// wantTurnedAway: a stranger is refused; from a page he is sent to sign in,
// and the operator's rows do not exist for him.
func wantTurnedAway(t *testing.T, row server.TableRow, a *servertest.Answer, code string) {
	t.Helper()
	status := 401
	switch {
	case row.Guard == "operator":
		status, code = 404, "request.not_found"
	case row.Page:
		status = 303
		if at := a.Header.Get("Location"); !strings.HasPrefix(at, "/login?") {
			t.Errorf("%s %s sends to %q", row.Method, row.Path, at)
		}
		if code != "session.none" && a.Header.Get("X-Auth-Code") == "session.none" {
			code = "session.none" // pages take no header
		}
	}
	if a.Status != status || a.Code() != code {
		t.Errorf("%s %s: got %d %s, want %d %s", row.Method, row.Path, a.Status, a.Code(), status, code)
	}
}

// TestADM02EveryAdminRowRefusesOthers: a person who is no admin is refused by
// each of them, whatever is in path and body, and nothing is done.
func TestADM02EveryAdminRowRefusesOthers(t *testing.T) {
	s := servertest.New(t, unlimited)
	b := signedIn(s, ada)
	victim := newUser(s, ben, false)
	rows := 0
	for _, row := range s.Inner.Table() {
		if row.Guard != "admin" && row.Guard != "operator" {
			continue
		}
		rows++
		for _, id := range []string{"x", victim} {
			a := b.Do(row.Method, parameter.ReplaceAllString(row.Path, id), map[string]any{"password": "salt marsh, seven lamps"})
			if row.Guard == "operator" {
				a.Want(404, "request.not_found")
				continue
			}
			a.Want(403, "authz.not_admin")
		}
	}
	if rows < 15 {
		t.Errorf("only %d rows of admins", rows)
	}
	s.Browser().Login(ben)
}

// TestEveryRowOfTheOperatorsSocket: the operator is no user, so what is about
// a person's own account is not for him, and pages are for browsers.
func TestEveryRowOfTheOperatorsSocket(t *testing.T) {
	s := servertest.New(t)
	id := newUser(s, ada, true)
	s.Browser().Login(ada)
	for _, row := range s.Inner.Table() {
		switch {
		case row.Guard == "known", row.Guard == "admin" && row.Page:
			s.Operator().Do(row.Method, pathOf(row), nil).Want(403, "credential.not_allowed")
		case row.Guard == "admin" && row.Method == "GET" && row.Path != "/api/v1/admin/requests/:id":
			s.Operator().Do("GET", parameter.ReplaceAllString(row.Path, id), nil).Want(200, "")
		}
	}
	s.Operator().Do("GET", usersAt, nil).Want(200, "")
}
