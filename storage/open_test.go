package storage

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"ostiary/cache"
)

func tryOpen(t *testing.T, dir string) error {
	t.Helper()
	db, err := Open(context.Background(), Options{Dir: dir, Fence: cache.NewFence()})
	if err == nil {
		mustClose(t, db)
	}
	return err
}

// filled makes a folder with a database of some pages, closed cleanly.
func filled(t *testing.T) (dir, path string) {
	t.Helper()
	dir = t.TempDir()
	path = filepath.Join(dir, databaseName)
	must(t, os.WriteFile(path, filledBytes(t), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "lock"), nil, 0o600))
	return dir, path
}

func TestFilesAreForTheOwnerAlone(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o022))
	dir := filepath.Join(t.TempDir(), "new", "data ?#%é")
	db := openIn(t, dir)
	must(t, db.Update(context.Background(), func(tx *Tx) error { return tx.SetState("k", "v") }))
	modes := map[string]os.FileMode{"": 0o700, "lock": 0o600, databaseName: 0o600, databaseName + "-wal": 0o600, databaseName + "-shm": 0o600}
	for name, want := range modes {
		info, err := os.Stat(filepath.Join(dir, name))
		must(t, err)
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%q has mode %o, want %o", name, got, want)
		}
	}
	if db.Path() != filepath.Join(dir, databaseName) {
		t.Errorf("Path is %s", db.Path())
	}
	mustClose(t, db)
	must(t, os.Chmod(db.Path(), 0o644))
	openIn(t, dir)
	info, err := os.Stat(db.Path())
	must(t, err)
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("a loose file stayed %o", got)
	}
	entries, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range entries {
		if _, known := modes[e.Name()]; !known {
			t.Errorf("%s was left behind", e.Name())
		}
	}
}

func TestSecondOpenNamesTheFirst(t *testing.T) {
	dir := t.TempDir()
	db := openIn(t, dir)
	f := wantFault(t, tryOpen(t, dir), CodeInUse)
	if !strings.Contains(f.Detail, fmt.Sprintf("pid %d ", os.Getpid())) {
		t.Errorf("the detail does not name the process: %s", f.Detail)
	}
	mustClose(t, db)
	must(t, tryOpen(t, dir))
}

// TestHolderInAnotherProcess is the same with a real second process, which is
// killed: the lock goes with it, and what it committed stays.
func TestHolderInAnotherProcess(t *testing.T) {
	if dir := os.Getenv("STORAGE_HOLD"); dir != "" {
		db := openIn(t, dir)
		must(t, db.Update(context.Background(), func(tx *Tx) error { return tx.SetState("held", "v") }))
		fmt.Println("holding")
		select {}
	}
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestHolderInAnotherProcess$")
	cmd.Env = append(os.Environ(), "STORAGE_HOLD="+dir)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line := make([]byte, len("holding\n"))
	if _, err := out.Read(line); err != nil || string(line) != "holding\n" {
		t.Fatalf("the other process said %q, %v", line, err)
	}
	f := wantFault(t, tryOpen(t, dir), CodeInUse)
	if !strings.HasPrefix(f.Detail, fmt.Sprintf("pid %d already", cmd.Process.Pid)) {
		t.Errorf("the detail does not name pid %d: %s", cmd.Process.Pid, f.Detail)
	}
	must(t, cmd.Process.Kill())
	_ = cmd.Wait()
	db, err := Open(context.Background(), Options{Dir: dir, Fence: cache.NewFence(), checkBytes: 1})
	must(t, err)
	if !db.lock.unclean {
		t.Error("a killed process counts as a clean end")
	}
	if !hasState(t, db, "held") {
		t.Error("what the killed process committed is lost")
	}
	db.checking.Wait()
	mustClose(t, db)
	db = openIn(t, dir)
	if db.lock.unclean {
		t.Error("a clean end counts as unclean")
	}
}

func TestNewerSchemaIsRefusedAndUntouched(t *testing.T) {
	_, path := filled(t)
	exec1(t, path, "PRAGMA user_version = 9999")
	f := refusedUntouched(t, path, CodeNewerSchema)
	if !strings.Contains(f.Detail, "9999") {
		t.Errorf("the detail does not tell the version: %s", f.Detail)
	}
}

// TestNewerSchemaInTheLog: the newer program was killed, so its version is in
// the log and not in the file.
func TestNewerSchemaInTheLog(t *testing.T) {
	dir, path := filled(t)
	db, err := openWriter(path, 0)
	must(t, err)
	c, err := connect(context.Background(), db)
	must(t, err)
	_, err = c.do("PRAGMA user_version = 9999")
	must(t, err)
	// As a kill would leave them: copied while they are open.
	killed := t.TempDir()
	for _, name := range []string{databaseName, databaseName + "-wal"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		must(t, err)
		must(t, os.WriteFile(filepath.Join(killed, name), b, 0o600))
	}
	must(t, errors.Join(c.close(), db.Close()))
	refusedUntouched(t, filepath.Join(killed, databaseName), CodeNewerSchema)
}

// exec1 runs a statement on a closed database, as another program would.
func exec1(t *testing.T, path, query string) {
	t.Helper()
	db, err := sql.Open(driverName, "file:"+path)
	must(t, err)
	defer db.Close()
	_, err = db.Exec(query)
	must(t, err)
}

// refusedUntouched opens the folder of path and wants this code and the same
// bytes as before.
func refusedUntouched(t *testing.T, path, code string) *Fault {
	t.Helper()
	before, err := os.ReadFile(path)
	must(t, err)
	f := wantFault(t, tryOpen(t, filepath.Dir(path)), code)
	after, err := os.ReadFile(path)
	must(t, err)
	if !bytes.Equal(before, after) {
		t.Error("the file was changed")
	}
	if again := wantFault(t, tryOpen(t, filepath.Dir(path)), code); again.Detail != f.Detail {
		t.Errorf("a second try says %q instead of %q", again.Detail, f.Detail)
	}
	return f
}

func TestDamagedFilesAreRefusedAndUntouched(t *testing.T) {
	junk := func(path string) error { return os.WriteFile(path, []byte("just some text, no database\n"), 0o600) }
	cases := map[string]struct {
		plant func(t *testing.T, path string)
		says  string
	}{
		"0 bytes": {func(t *testing.T, path string) { must(t, os.Truncate(path, 0)) }, "is empty (0 bytes)"},
		"text":    {func(t *testing.T, path string) { must(t, junk(path)) }, "is not a SQLite database"},
		"long text": {func(t *testing.T, path string) {
			must(t, os.WriteFile(path, bytes.Repeat([]byte("text\n"), 5000), 0o600))
		}, "is not a SQLite database"},
		"cut off":                   {func(t *testing.T, path string) { must(t, os.Truncate(path, 8192)) }, "is cut off: 8192 bytes of"},
		"cut in a page":             {func(t *testing.T, path string) { must(t, os.Truncate(path, 5000)) }, "is cut off"},
		"corrupt page":              {func(t *testing.T, path string) { scribble(t, path, 1) }, ""},
		"corrupt first page":        {func(t *testing.T, path string) { scribbleAt(t, path, 100, 3900) }, ""},
		"header alone":              {func(t *testing.T, path string) { must(t, os.Truncate(path, 100)) }, "is cut off"},
		"another program's":         {func(t *testing.T, path string) { exec1(t, path, "PRAGMA application_id = 1") }, "of another program"},
		"another program's, no tag": {func(t *testing.T, path string) { must(t, os.Remove(path)); exec1(t, path, "CREATE TABLE t (a)") }, "of another program"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, path := filled(t)
			c.plant(t, path)
			f := refusedUntouched(t, path, CodeCorrupt)
			if !strings.Contains(f.Detail, c.says) {
				t.Errorf("the detail is %q, want %q in it", f.Detail, c.says)
			}
		})
	}
}

func scribbleAt(t *testing.T, path string, at, n int64) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	must(t, err)
	_, err = file.WriteAt(bytes.Repeat([]byte{0xA5}, int(n)), at)
	must(t, errors.Join(err, file.Close()))
}

// TestLogWithoutDatabase: someone moved the database and forgot its log. A new
// database would let SQLite delete it.
func TestLogWithoutDatabase(t *testing.T) {
	dir, path := filled(t)
	must(t, os.Rename(path, path+".moved"))
	must(t, os.WriteFile(path+"-wal", []byte("the last sessions"), 0o600))
	wantFault(t, tryOpen(t, dir), CodeCorrupt)
	if b, err := os.ReadFile(path + "-wal"); err != nil || string(b) != "the last sessions" {
		t.Errorf("the log is %q, %v", b, err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Error("a new database was made")
	}
}

func TestUnfinishedCreationStartsAnew(t *testing.T) {
	dir := t.TempDir()
	for _, end := range []string{".new", ".new-wal", ".new-shm"} {
		must(t, os.WriteFile(filepath.Join(dir, databaseName+end), []byte("half"), 0o600))
	}
	must(t, tryOpen(t, dir))
	left, err := filepath.Glob(filepath.Join(dir, "*.new*"))
	must(t, err)
	if len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestSymbolicLinks(t *testing.T) {
	dir, path := filled(t)
	other := t.TempDir()
	must(t, os.Symlink(path, filepath.Join(other, databaseName)))
	f := wantFault(t, tryOpen(t, other), CodeUnavailable)
	if !strings.Contains(f.Detail, "symbolic link") {
		t.Errorf("the detail is %q", f.Detail)
	}
	link := filepath.Join(t.TempDir(), "link")
	must(t, os.Symlink(dir, link))
	db := openIn(t, link)
	wantFault(t, tryOpen(t, dir), CodeInUse) // the same folder by its other name
	mustClose(t, db)
}

func TestWrongPlaces(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	if f := wantFault(t, tryOpen(t, file), CodeUnavailable); !strings.Contains(f.Detail, "not a folder") {
		t.Errorf("the detail is %q", f.Detail)
	}
	wantFault(t, tryOpen(t, filepath.Join(file, "below")), CodeUnavailable)
	if err := tryOpen(t, ""); err == nil {
		t.Error("no folder at all was taken for the current one")
	}
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, databaseName), 0o700))
	if err := tryOpen(t, dir); asFault(err) == nil {
		t.Errorf("a folder in place of the file got %v", err)
	}
}

func TestNetworkFileSystem(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	o := Options{Dir: dir, Fence: cache.NewFence(), networkFS: func(string) string { return "nfs" }}
	_, err := Open(context.Background(), o)
	f := wantFault(t, err, CodeNetworkFS)
	if !strings.Contains(f.Detail, "nfs") || !strings.Contains(f.Detail, dir) {
		t.Errorf("the detail is %q", f.Detail)
	}
	entries, err := os.ReadDir(dir)
	must(t, err)
	if len(entries) != 0 {
		t.Errorf("it made %v there", entries)
	}
}

func TestUncleanEndIsChecked(t *testing.T) {
	dir, path := filled(t)
	must(t, os.WriteFile(filepath.Join(dir, "lock"), []byte("999999 elsewhere\n"), 0o600))
	scribble(t, path, 1)
	// Too large to be checked before it is ready: behind the start.
	db, err := Open(context.Background(), Options{Dir: dir, Fence: cache.NewFence(), checkBytes: 1})
	must(t, err)
	db.checking.Wait()
	wantFault(t, db.Ready(), CodeCorrupt)
	mustClose(t, db)
}

func TestFiguresAndVersion(t *testing.T) {
	db := openWithUser(t)
	f := db.Figures()
	if f.Commits != 1 || f.Updates != 1 || f.LastBatch != 1 || f.WALBytes == 0 || f.DBBytes == 0 || f.CommitTime <= 0 {
		t.Errorf("figures %+v", f)
	}
	steps, err := migrations()
	must(t, err)
	if db.SchemaVersion() != len(steps) {
		t.Errorf("schema version %d of %d migrations", db.SchemaVersion(), len(steps))
	}
}
