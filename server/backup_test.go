package server_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ostiary/cache"
	"ostiary/server"
	"ostiary/server/config"
	"ostiary/server/credential"
	"ostiary/server/servertest"
	"ostiary/storage"
)

func backedUp(s *servertest.Server, path string) *servertest.Answer {
	s.T.Helper()
	return s.Operator().Do("POST", "/api/v1/admin/backup", map[string]any{"path": path}).Want(201, "")
}

// openedBackup opens the database that a backup makes.
func openedBackup(t *testing.T, backup string) *storage.DB {
	t.Helper()
	dir := t.TempDir()
	if err := storage.Restore(context.Background(), backup, dir, "", func(*storage.DB) error { return nil }); err != nil {
		t.Fatal(err)
	}
	db, err := storage.Open(context.Background(), storage.Options{Dir: dir, Fence: cache.NewFence()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func wantFileMode(t *testing.T, path string, want fs.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != want {
		t.Errorf("%s is %v (%v), want %v", path, info, err, want)
	}
}

// OPS-04: what was acknowledged before the backup was asked for is in it,
// however many write meanwhile; the key opens the same server.
func TestOPS04BackupThroughTheAPIWhileWriting(t *testing.T) {
	s := servertest.New(t, generous)
	var next, done atomic.Int64
	var work sync.WaitGroup
	ctx, stop := context.WithCancel(context.Background())
	for range 8 {
		op := s.Operator()
		work.Go(func() {
			for ctx.Err() == nil {
				email := fmt.Sprintf("u%d@example.com", next.Add(1))
				if op.Do("POST", "/api/v1/admin/users", map[string]any{"email": email, "password": servertest.Password}).Status == 201 {
					done.Add(1)
				}
			}
		})
	}
	for done.Load() < 40 {
		time.Sleep(time.Millisecond)
	}
	before := done.Load()
	path := filepath.Join(t.TempDir(), "b.db")
	made := backedUp(s, path)
	stop()
	work.Wait()
	all, _, err := openedBackup(t, path).CountUsers(context.Background())
	if err != nil || int64(all) < before || int64(all) > done.Load() {
		t.Errorf("%d users in the backup (%v), %d to %d were created", all, err, before, done.Load())
	}
	wantFileMode(t, path, 0o600)
	wantFileMode(t, path+".key", 0o600)
	text, err := os.ReadFile(path + ".key")
	if _, bad := credential.ParseMaster(string(text)); err != nil || bad != nil {
		t.Errorf("the key is not one: %v, %v", err, bad)
	}
	if made.Text("path") != path || made.Text("key") != path+".key" || made.Get("size").(float64) < 4096 {
		t.Errorf("answered %s", made.Raw)
	}
	row := s.Operator().Do("GET", "/api/v1/admin/audit?event=backup.created", nil)
	if row.Text("items.0.object") != path || row.Text("items.0.actor.kind") != "operator" {
		t.Errorf("the audit log says %s", row.Raw)
	}
}

func TestBackupOfAKeyFromTheSettingsHasNoKey(t *testing.T) {
	s := servertest.New(t, func(c *config.Config) { c.Secret.Key = credential.NewMaster().Text() })
	path := filepath.Join(t.TempDir(), "b.db")
	if made := backedUp(s, path); made.Get("key") != nil {
		t.Errorf("answered %s", made.Raw)
	}
	if _, err := os.Stat(path + ".key"); err == nil {
		t.Error("a key was written")
	}
}

// A backup replaces nothing, and leaves nothing where it fails.
func TestBackupRefuses(t *testing.T) {
	s := servertest.New(t)
	dir := t.TempDir()
	taken, alone := filepath.Join(dir, "taken.db"), filepath.Join(dir, "alone.db")
	for _, name := range []string{taken, alone + ".key"} {
		if err := os.WriteFile(name, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	op := s.Operator()
	for _, path := range []string{taken, alone, dir, "b.db", "./b.db", filepath.Join(dir, "no", "b.db"), filepath.Join(taken, "b.db"), "a\x00b",
		filepath.Join(dir, strings.Repeat("x", 300))} {
		op.Do("POST", "/api/v1/admin/backup", map[string]any{"path": path}).Want(422, "request.invalid")
	}
	op.Do("POST", "/api/v1/admin/backup", map[string]any{}).Want(422, "request.invalid")
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 2 {
		t.Errorf("left behind: %v (%v)", files, err)
	}
	for _, name := range []string{taken, alone + ".key"} {
		if text, _ := os.ReadFile(name); string(text) != "mine" {
			t.Errorf("%s is now %q", name, text)
		}
	}
	if rows := op.Do("GET", "/api/v1/admin/audit?event=backup.created", nil); len(rows.Get("items").([]any)) != 0 {
		t.Errorf("a backup that was not made is in the audit log: %s", rows.Raw)
	}
}

// A restored database opens nothing by itself: who was signed in, known or
// holding a link when the backup was made has nothing of it, and is told why.
func TestRestoreBringsNothingBackToLife(t *testing.T) {
	s := servertest.New(t, generous)
	op := s.Operator()
	link := op.Do("POST", "/api/v1/admin/setup-link", nil).Want(201, "").Text("url")
	link = link[strings.Index(link, "/setup/"):]
	s.Browser().Do("GET", link, nil).Want(303, "")
	browser, program := s.Browser(), s.Program()
	browser.SignUp("ada@example.com")
	program.Login("ada@example.com")
	device, err := credential.Parse([]byte(browser.Cookies["ostiary_device"]))
	if err != nil {
		t.Fatalf("the browser is not known: %v", err)
	}
	backup := filepath.Join(t.TempDir(), "b.db")
	backedUp(s, backup)

	s.Stop()
	var ended server.Ended
	err = storage.Restore(context.Background(), backup, s.Dir, "before.db", func(db *storage.DB) (err error) {
		ended, err = server.EndRestored(context.Background(), db, s.Clock.Now(), backup, 3)
		return err
	})
	if err != nil || ended != (server.Ended{Sessions: 2, Devices: 2}) {
		t.Fatalf("ended %+v, %v", ended, err)
	}
	s.Restart()

	for _, who := range []*servertest.Client{browser.Fork(), program} {
		a := who.Do("GET", "/api/v1/auth/me", nil).Want(401, "session.revoked")
		if a.Text("context.why") != "restored" || !strings.Contains(a.Text("detail"), "restored from a backup") {
			t.Errorf("it is not told why: %s", a.Raw)
		}
	}
	if known, err := s.DB.DeviceKnown(context.Background(), device.Digest); err != nil || known {
		t.Errorf("the browser is known: %v, %v", known, err)
	}
	s.Browser().Do("GET", link, nil).Want(404, "link.unknown")
	row := s.Operator().Do("GET", "/api/v1/admin/audit?limit=1", nil)
	if row.Text("items.0.event") != "backup.restored" || row.Text("items.0.object") != backup || row.Get("items.0.detail.revived") != 3.0 {
		t.Errorf("the audit log says %s", row.Raw)
	}
	browser.Login("ada@example.com")
	browser.Do("GET", "/api/v1/auth/me", nil).Want(200, "")
}

// A table that opens something must be thought of in EndRestored. Who adds one
// says here what a restore does about it.
func TestRestoreKnowsEveryTable(t *testing.T) {
	known := map[string]string{
		"state": "opens nothing", "user": "listed when revived", "session": "ended", "retired_secret": "opens nothing", "device": "forgotten",
		"audit": "opens nothing", "refused": "opens nothing", "setup_link": "forgotten", "attempt": "shuts out only",
	}
	schema, err := os.ReadFile("../storage/schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	tables := regexp.MustCompile(`(?m)^CREATE TABLE (\w+)`).FindAllStringSubmatch(string(schema), -1)
	if len(tables) < len(known) {
		t.Errorf("%d tables in the schema, %d known here", len(tables), len(known))
	}
	for _, table := range tables {
		if known[table[1]] == "" {
			t.Errorf("what does a restore do with table %s?", table[1])
		}
	}
}
