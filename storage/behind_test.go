package storage

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// leftBehind is a folder as a process leaves it that is killed: its last writes
// are in the log alone.
func leftBehind(t *testing.T) (dir, path string) {
	t.Helper()
	from, path := filled(t)
	db := openIn(t, from)
	must(t, db.Update(context.Background(), func(tx *Tx) error { return tx.SetState("last", "v") }))
	dir = t.TempDir()
	for _, name := range []string{databaseName, databaseName + "-wal", "lock"} {
		text, err := os.ReadFile(filepath.Join(from, name))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(dir, name), text, 0o600))
	}
	return dir, filepath.Join(dir, filepath.Base(path))
}

// TestLogDeleted: after an unclean end a database without its log is no whole
// one, though SQLite would open it.
func TestLogDeleted(t *testing.T) {
	dir, path := leftBehind(t)
	must(t, os.Remove(path+"-wal"))
	if f := refusedUntouched(t, path, CodeCorrupt); !strings.Contains(f.Detail, "-wal was deleted") {
		t.Errorf("the detail does not tell: %s", f.Detail)
	}
	must(t, os.Remove(filepath.Join(dir, "lock"))) // as the refusal says
	openIn(t, dir)
}

func TestLogIsThere(t *testing.T) {
	dir, _ := leftBehind(t)
	if db := openIn(t, dir); !hasState(t, db, "last") {
		t.Error("what is in the log is lost")
	}
}

// TestLogCopiedInByAnother: who looks at the database with another program
// after a crash must not keep it from starting.
func TestLogCopiedInByAnother(t *testing.T) {
	dir, path := leftBehind(t)
	exec1(t, path, "PRAGMA user_version") // SQLite copies the log in when the last one closes
	if _, err := os.Stat(path + "-wal"); !os.IsNotExist(err) {
		t.Fatal("the log is still there")
	}
	if db := openIn(t, dir); !hasState(t, db, "last") {
		t.Error("what was in the log is lost")
	}
}
