//go:build linux

package faults

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// OPS-01: whatever the umask is, all that the program makes is for its own user alone.
func TestOPS01FileModes(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	p := start(t, dir, launch{before: []string{"sh", "-c", `umask 022 && exec "$@"`, "sh"}})
	if a := signUp(p, "ada@example.com", firstPassword); a.status != 201 {
		t.Fatalf("sign up: %v", a)
	}
	wantPrivate(t, dir, "ostiary.db", "ostiary.db-wal", "ostiary.db-shm", "lock", "secret.key", "ostiary.sock", "setup-link")
	p.kill()
	wantPrivate(t, dir, "ostiary.db", "ostiary.db-wal", "lock", "secret.key")
	start(t, dir, launch{}).stop()
	wantPrivate(t, dir, "ostiary.db", "lock", "secret.key")
}

// wantPrivate fails unless these files are there, and every folder is 0700 and every other
// file 0600.
func wantPrivate(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := os.Lstat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	must(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		must(t, err)
		info, err := entry.Info()
		must(t, err)
		want := fs.FileMode(0o600)
		if entry.IsDir() {
			want = 0o700
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %04o, want %04o", path, got, want)
		}
		return nil
	}))
}
