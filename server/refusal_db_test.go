package server_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite" // plays the other program that holds the database

	"ostiary/server/refusal"
	"ostiary/server/servertest"
	"ostiary/storage"
)

// A fault of the database is a 503 that says so. It never looks like "signed
// out": no cookie is cleared for it, no 204 is given for what was not stored,
// and whoever was signed in before is so after.

// writes are what must be stored to be true.
func writes(b *servertest.Client) map[string]func() *servertest.Answer {
	id := b.Do("GET", meAt, nil).Want(200, "").Text("session.id")
	visit := func(path, email string) *servertest.Answer {
		return b.Server.Browser().Do("POST", path, map[string]any{"email": email, "password": servertest.Password})
	}
	return map[string]func() *servertest.Answer{
		"login":      func() *servertest.Answer { return visit(loginAt, ada) },
		"sign-up":    func() *servertest.Answer { return visit(signupAt, "new@example.com") },
		"logout":     func() *servertest.Answer { return b.Fork().Do("POST", "/api/v1/auth/logout", nil) },
		"logout all": func() *servertest.Answer { return b.Fork().Do("POST", logoutAllAt, nil) },
		"its end":    func() *servertest.Answer { return b.Fork().Do("DELETE", "/api/v1/auth/sessions/"+id, nil) },
	}
}

// wantFault holds an answer to the contract about faults of storage.
func wantFault(t *testing.T, s *servertest.Server, a *servertest.Answer, code refusal.Code) {
	t.Helper()
	wantProblem(t, s, a, string(code))
	if set := a.Header.Values("Set-Cookie"); len(set) > 0 {
		t.Errorf("a fault changes cookies: %v", set)
	}
	if !strings.Contains(s.Log.String(), a.Header.Get("X-Request-Id")) {
		t.Error("the log does not tell of it")
	}
}

// ready waits until the server takes requests again.
func ready(t *testing.T, s *servertest.Server) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); s.Browser().Do("GET", "/readyz", nil).Status != 200; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the server does not become ready again")
		}
	}
}

func TestUnavailableDatabaseIsNotSignedOut(t *testing.T) {
	s := servertest.New(t, unlimited)
	b := signedIn(s, ada)
	file := filepath.Join(s.Dir, "ostiary.db")
	if err := os.Rename(file, file+".away"); err != nil {
		t.Fatal(err)
	}
	for name, write := range writes(b) {
		t.Run(name, func(t *testing.T) { wantFault(t, s, write(), refusal.DBUnavailable) })
	}
	wantFault(t, s, s.Browser().Do("GET", "/readyz", nil), refusal.DBUnavailable)
	s.Browser().Do("GET", "/healthz", nil).Want(200, "")
	wantRefusalPage(t, s, s.Browser().Do("POST", loginAt, map[string]any{"email": ada, "password": servertest.Password}, "Accept", "text/html"), "db.unavailable")
	wantNotRenewed(t, s, b)
	if err := os.Rename(file+".away", file); err != nil {
		t.Fatal(err)
	}
	ready(t, s)
	if a := b.Do("GET", meAt, nil).Want(200, ""); a.Get("session.fresh") != true {
		t.Error("the renewal was not made up for")
	}
	s.Browser().Login(ada)
}

// wantNotRenewed: a session whose renewal cannot be stored is good all the
// same, and is told nothing that is not true.
func wantNotRenewed(t *testing.T, s *servertest.Server, b *servertest.Client) {
	t.Helper()
	s.Clock.Move(25 * time.Hour)
	a := b.Do("GET", meAt, nil).Want(200, "")
	if a.Get("session.fresh") != false || len(a.Header.Values("Set-Cookie")) > 0 {
		t.Errorf("a renewal is told that was not stored: %s %v", a.Raw, a.Header.Values("Set-Cookie"))
	}
}

// TestLockedDatabaseIsTold: another program holds the file. Writes wait for it
// as long as storage does, seconds of this test; then all who wait are told.
func TestLockedDatabaseIsTold(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, unlimited)
	b := signedIn(s, ada)
	all := writes(b)
	unlock := lockDatabase(t, s)
	b.Do("GET", meAt, nil).Want(200, "")
	var wait sync.WaitGroup
	answers := make(chan *servertest.Answer, len(all))
	for _, write := range all {
		wait.Go(func() { answers <- write() })
	}
	wait.Wait()
	close(answers)
	for a := range answers {
		wantFault(t, s, a, refusal.DBLocked)
	}
	b.Do("GET", meAt, nil).Want(200, "")
	wantFault(t, s, s.Browser().Do("GET", "/readyz", nil), refusal.DBLocked)
	unlock()
	ready(t, s)
	b.Do("GET", meAt, nil).Want(200, "")
	s.Browser().Login(ada)
}

// lockDatabase holds the write lock of the database as a foreign program.
func lockDatabase(t *testing.T, s *servertest.Server) (unlock func()) {
	t.Helper()
	foreign, err := sql.Open("sqlite", "file:"+filepath.Join(s.Dir, "ostiary.db"))
	if err != nil {
		t.Fatal(err)
	}
	foreign.SetMaxOpenConns(1)
	if _, err := foreign.Exec("BEGIN EXCLUSIVE"); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := foreign.Close(); err != nil { // ends the transaction, too
			t.Error(err)
		}
	}
}

// TestDamagedDatabaseIsNotSignedOut overwrites pages of the open file, so that
// a session has to be read from them.
func TestDamagedDatabaseIsNotSignedOut(t *testing.T) {
	s := servertest.New(t, unlimited)
	b := signedIn(s, ada)
	fill(t, s, 8000)
	s.Restart()
	scribble(t, filepath.Join(s.Dir, "ostiary.db"))
	wantFault(t, s, b.Do("GET", meAt, nil), refusal.DBCorrupt)
	wantFault(t, s, s.Operator().Do("GET", usersAt+"?search=nobody", nil), refusal.DBCorrupt)
	wantFault(t, s, s.Browser().Do("GET", "/readyz", nil), refusal.DBCorrupt)
	s.Browser().Do("GET", "/healthz", nil).Want(200, "")
}

// fill makes the database larger than what a connection keeps of it.
func fill(t *testing.T, s *servertest.Server, users int) {
	t.Helper()
	now := s.Clock.Now()
	err := s.DB.Update(t.Context(), func(tx *storage.Tx) error {
		for i := range users {
			err := tx.InsertUser(storage.User{ID: fmt.Sprintf("usr_%022d", i), Email: fmt.Sprintf("u%d@example.com", i),
				Name: strings.Repeat("n", 200), CreatedAt: now, UpdatedAt: now})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// scribble overwrites all but the first pages, without closing the file while
// the server runs: that would end SQLite's locks.
func scribble(t *testing.T, path string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	junk := []byte(strings.Repeat("junk", 1024))
	for at := int64(2 * 4096); at < info.Size(); at += 4096 {
		if _, err := file.WriteAt(junk, at); err != nil {
			t.Fatal(err)
		}
	}
}
