//go:build linux

package faults

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ostiary/cache"
	"ostiary/server/access"
	"ostiary/server/audit"
	"ostiary/server/credential"
	"ostiary/server/password"
	"ostiary/server/session"
	"ostiary/storage"
)

// person is an account in a furnished folder.
type person struct {
	ID       string
	Email    string
	Password string
	Sessions []held
}

// held is a session that a client holds.
type held struct{ ID, Token string }

// firstPassword is everybody's, so that it is hashed once.
const firstPassword = "nine violet kettles hum at dawn"

var firstHash = sync.OnceValues(func() (string, error) {
	hasher := password.New(password.Options{Params: password.Params{MemoryKiB: 19456, Iterations: 2, Parallelism: 1}})
	return hasher.Hash(context.Background(), password.Visitor{Address: "127.0.0.1"}, firstPassword)
})

// furnish fills the data folder dir with people who have so many sessions each.
func furnish(t *testing.T, dir string, sessions ...int) []*person {
	t.Helper()
	hash, err := firstHash()
	must(t, err)
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	fence := cache.NewFence()
	db, err := storage.Open(t.Context(), storage.Options{Dir: dir, Fence: fence, Log: quiet})
	must(t, err)
	store, err := cache.New(cache.Options{SizeMB: 1, Fence: fence})
	must(t, err)
	tag := credential.NewTag()
	making := session.New(db, store, audit.New(db, 365*24*time.Hour, time.Now, quiet), time.Now, quiet,
		session.Options{Tag: tag, Idle: 30 * 24 * time.Hour, RenewAfter: 24 * time.Hour})
	people := make([]*person, len(sessions))
	must(t, db.Update(t.Context(), func(tx *storage.Tx) error {
		if err := tx.SetState("instance", tag); err != nil {
			return err
		}
		for i, n := range sessions {
			people[i] = &person{ID: credential.NewID("usr_", time.Now()), Email: fmt.Sprintf("person%d@example.com", i), Password: firstPassword}
			if err := people[i].insert(tx, making, hash, n, i == 0); err != nil {
				return err
			}
		}
		return nil
	}))
	store.Close()
	must(t, db.Close())
	secret, err := os.OpenFile(filepath.Join(dir, "secret.key"), os.O_CREATE|os.O_WRONLY, 0o600)
	must(t, err)
	_, err = secret.WriteString(credential.NewMaster().Text() + "\n")
	must(t, errors.Join(err, secret.Sync(), secret.Close())) // power cuts follow
	return people
}

// insert makes the account and its sessions.
func (p *person) insert(tx *storage.Tx, making *session.Sessions, hash string, sessions int, admin bool) error {
	now := time.Now()
	user := storage.User{ID: p.ID, Email: p.Email, PasswordHash: hash, Admin: admin, CreatedAt: now, UpdatedAt: now}
	if err := tx.InsertUser(user); err != nil {
		return err
	}
	for range sessions {
		started, err := making.Start(tx, access.Caller{Address: "203.0.113.9", UserAgent: "faults"}, user, true)
		if err != nil {
			return err
		}
		p.Sessions = append(p.Sessions, held{ID: started.Snapshot.Session.ID, Token: started.Token})
	}
	return nil
}

// folder is a place for a data folder, which other users can reach.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ostiary-faults-data-")
	must(t, err)
	must(t, os.Chmod(dir, 0o755))
	t.Cleanup(func() { must(t, os.RemoveAll(dir)) })
	return filepath.Join(dir, "data")
}

// copyFolder copies the files of a data folder, but for sockets.
func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	must(t, os.MkdirAll(to, 0o700))
	entries, err := os.ReadDir(from)
	must(t, err)
	for _, entry := range entries {
		if !entry.Type().IsRegular() {
			continue
		}
		text, err := os.ReadFile(filepath.Join(from, entry.Name()))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(to, entry.Name()), text, 0o600))
	}
}

// wantWhole looks through a copy of a database that no process has open: every page, every
// index, every reference.
func wantWhole(t *testing.T, dir string) {
	t.Helper()
	copied := folder(t)
	copyFolder(t, dir, copied)
	db := openRaw(t, copied, "")
	for _, check := range []string{"PRAGMA integrity_check", "PRAGMA foreign_key_check"} {
		for _, line := range rows(t, db, check) {
			if line != "ok" {
				t.Errorf("%s: %s", check, line)
			}
		}
	}
}

// openRaw opens the database of a folder as another program would.
func openRaw(t *testing.T, dir, options string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "ostiary.db")+"?mode=rw"+options)
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// rows is the first column of what a query finds.
func rows(t *testing.T, db *sql.DB, query string) (found []string) {
	t.Helper()
	lines, err := db.Query(query)
	must(t, err)
	defer lines.Close()
	columns, err := lines.Columns()
	must(t, err)
	for lines.Next() {
		values := make([]any, len(columns))
		text := make([]string, len(columns))
		for i := range values {
			values[i] = &text[i]
		}
		must(t, lines.Scan(values...))
		found = append(found, strings.Join(text, " "))
	}
	must(t, lines.Err())
	return found
}
