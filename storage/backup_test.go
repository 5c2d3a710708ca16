package storage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ostiary/cache"
)

func insertNth(ctx context.Context, db *DB, n int64) error {
	return db.Update(ctx, func(tx *Tx) error {
		return tx.InsertUser(User{ID: fmt.Sprintf("usr_%06d", n), Email: fmt.Sprintf("u%d@example.org", n), CreatedAt: t0, UpdatedAt: t0})
	})
}

// OPS-04: a backup that is made while 50 write at once holds everything that
// was acknowledged before it began, and is whole.
func TestOPS04BackupWhileWriting(t *testing.T) {
	db := open(t)
	ctx, stop := context.WithCancel(context.Background())
	var next, done atomic.Int64
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			for ctx.Err() == nil {
				n := next.Add(1)
				if insertNth(context.Background(), db, n) == nil {
					done.Add(1)
				}
			}
		})
	}
	for done.Load() < 200 {
		time.Sleep(time.Millisecond)
	}
	before := done.Load()
	path := filepath.Join(t.TempDir(), "copy ?#%.db")
	if err := db.Backup(context.Background(), path); err != nil {
		t.Fatal(err)
	}
	stop()
	wg.Wait()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup is %v, %v", info, err)
	}
	dir := t.TempDir()
	if err := Restore(context.Background(), path, dir, "", func(*DB) error { return nil }); err != nil {
		t.Fatal(err)
	}
	restored := openIn(t, dir)
	if all, _, err := restored.CountUsers(context.Background()); err != nil || int64(all) < before {
		t.Errorf("%d users (%v) in the backup, %d were acknowledged before it began", all, err, before)
	}
}

func TestBackupReplacesNothing(t *testing.T) {
	db := open(t)
	path := filepath.Join(t.TempDir(), "taken")
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := db.Backup(context.Background(), path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("got %v", err)
	}
	if text, _ := os.ReadFile(path); string(text) != "mine" {
		t.Errorf("the file is now %q", text)
	}
	if err := db.Backup(context.Background(), filepath.Join(t.TempDir(), "no", "such", "folder")); err == nil {
		t.Error("a backup into nowhere succeeded")
	}
}

// Restore refuses what it cannot vouch for, and leaves the folder as it was.
func TestRestoreRefuses(t *testing.T) {
	good := filepath.Join(t.TempDir(), "good.db")
	db := open(t)
	if err := insertNth(context.Background(), db, 1); err != nil {
		t.Fatal(err)
	}
	if err := db.Backup(context.Background(), good); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	broken := append([]byte(nil), whole...)
	for i := range 4096 {
		broken[len(broken)/2+i] ^= 0xff
	}
	for name, bytes := range map[string][]byte{"empty": {}, "text": []byte("not a database"), "half": whole[:len(whole)/2], "broken": broken} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "bad.db")
			if err := os.WriteFile(path, bytes, 0o600); err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			if err := Restore(context.Background(), path, dir, "", func(*DB) error { return nil }); err == nil {
				t.Error("it was restored")
			}
			if _, err := os.Stat(filepath.Join(dir, databaseName)); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("a database is there: %v", err)
			}
		})
	}
	t.Run("in use", func(t *testing.T) {
		used := open(t)
		err := Restore(context.Background(), good, filepath.Dir(used.Path()), "old.db", func(*DB) error { return nil })
		if f := asFault(err); f == nil || f.Code != CodeInUse {
			t.Errorf("got %v", err)
		}
	})
	t.Run("prepare fails", func(t *testing.T) {
		dir := t.TempDir()
		no := errors.New("no")
		if err := Restore(context.Background(), good, dir, "", func(*DB) error { return no }); !errors.Is(err, no) {
			t.Errorf("got %v", err)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "*.db*")); len(left) != 0 {
			t.Errorf("left behind: %v", left)
		}
	})
}

// An existing database is kept aside, whole, and never overwritten unasked.
func TestRestoreSetsAside(t *testing.T) {
	dir := t.TempDir()
	db := openIn(t, dir)
	if err := insertNth(context.Background(), db, 1); err != nil {
		t.Fatal(err)
	}
	backup := filepath.Join(t.TempDir(), "b.db")
	if err := db.Backup(context.Background(), backup); err != nil {
		t.Fatal(err)
	}
	if err := insertNth(context.Background(), db, 2); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	nothing := func(*DB) error { return nil }
	if err := Restore(context.Background(), backup, dir, "", nothing); !errors.Is(err, fs.ErrExist) {
		t.Fatalf("got %v", err)
	}
	if err := Restore(context.Background(), backup, dir, "before.db", nothing); err != nil {
		t.Fatal(err)
	}
	count := func(dir string) int {
		db, err := Open(context.Background(), Options{Dir: dir, Fence: cache.NewFence()})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		all, _, err := db.CountUsers(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	if n := count(dir); n != 1 {
		t.Errorf("%d users after the restore, want 1", n)
	}
	aside := t.TempDir()
	if err := os.Rename(filepath.Join(dir, "before.db"), filepath.Join(aside, databaseName)); err != nil {
		t.Fatal(err)
	}
	if n := count(aside); n != 2 {
		t.Errorf("%d users in what was set aside, want 2", n)
	}
}
