//go:build linux

package faults

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// nobody is the user that owns nothing.
const nobody = 65534

// unfit is a data folder on which no server may be started.
type unfit struct {
	name  string
	code  string
	says  string
	alone bool // started by nobody rather than by root
	spoil func(t *testing.T, dir string)
}

// unfits are the cases. Each begins with a folder that a server was at work in.
var unfits = []unfit{
	{"read-only folder", "db.readonly", "uid", true, func(t *testing.T, dir string) {
		giveAway(t, dir, "ostiary.db", "secret.key", "")
		must(t, os.Chmod(dir, 0o500))
	}},
	{"read-only database", "db.readonly", "uid", true, func(t *testing.T, dir string) {
		giveAway(t, dir, "ostiary.db", "secret.key", "")
		must(t, os.Chmod(filepath.Join(dir, "ostiary.db"), 0o400))
	}},
	{"folder of somebody else", "secret.permissions", "the user that owns", true, func(*testing.T, string) {}},
	{"database of somebody else", "db.readonly", "belongs to uid 0", true, func(t *testing.T, dir string) { giveAway(t, dir, "secret.key", "") }},
	{"secret open to others", "secret.permissions", "0644", false, func(t *testing.T, dir string) {
		must(t, os.Chmod(filepath.Join(dir, "secret.key"), 0o644))
	}},
	{"file in the place of the folder", "db.unavailable", "not a folder", false, func(t *testing.T, dir string) {
		must(t, os.RemoveAll(dir))
		must(t, os.WriteFile(dir, []byte("a file"), 0o600))
	}},
	{"empty database", "db.corrupt", "0 bytes", false, overwrite(func([]byte) []byte { return nil })},
	{"text for a database", "db.corrupt", "not a SQLite database", false, overwrite(func([]byte) []byte { return []byte("dear diary\n") })},
	{"database of another program", "db.corrupt", "another program", false, func(t *testing.T, dir string) {
		must(t, os.Remove(filepath.Join(dir, "ostiary.db")))
		db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "ostiary.db"))
		must(t, err)
		_, err = db.Exec("CREATE TABLE bookmark (url TEXT)")
		must(t, err)
		must(t, db.Close())
	}},
	{"first page zeroed", "db.corrupt", "not a SQLite database", false, overwrite(func(db []byte) []byte { clear(db[:4096]); return db })},
	{"middle page overwritten", "db.corrupt", "", false, overwrite(func(db []byte) []byte {
		copy(db[pageInTheMiddle(db):], bytes.Repeat([]byte("junk"), 1024))
		return db
	})},
	{"two pages swapped", "db.corrupt", "", false, overwrite(func(db []byte) []byte {
		at := pageInTheMiddle(db)
		one, two := db[at:at+4096], db[at+8192:at+12288]
		keep := bytes.Clone(one)
		copy(one, two)
		copy(two, keep)
		return db
	})},
	{"truncated to a half", "db.corrupt", "cut off", false, overwrite(func(db []byte) []byte { return db[:len(db)/8192*4096] })},
	{"truncated inside a page", "db.corrupt", "", false, overwrite(func(db []byte) []byte { return db[:len(db)-1000] })},
	{"truncated to 50 bytes", "db.corrupt", "", false, overwrite(func(db []byte) []byte { return db[:50] })},
	{"database gone, its log there", "db.corrupt", "-wal", false, func(t *testing.T, dir string) {
		atWork(t, dir, nil)
		must(t, os.Remove(filepath.Join(dir, "ostiary.db")))
	}},
	{"log gone, with acknowledged writes", "db.corrupt", "-wal", false, func(t *testing.T, dir string) {
		atWork(t, dir, nil)
		must(t, os.Remove(filepath.Join(dir, "ostiary.db-wal")))
		must(t, os.Remove(filepath.Join(dir, "ostiary.db-shm")))
	}},
}

// newer are folders that a later version of the program has changed; in the second one that
// is only in the log, and the file's header still tells the old version.
var newer = []unfit{
	{"newer schema", "db.newer_schema", "9999", false, overwrite(func(db []byte) []byte {
		binary.BigEndian.PutUint32(db[60:], 9999)
		return db
	})},
	{"newer schema in the log", "db.newer_schema", "9999", false, func(t *testing.T, dir string) {
		atWork(t, dir, func(other *sql.DB) {
			_, err := other.Exec("PRAGMA user_version = 9999")
			must(t, err)
		})
	}},
}

// DUR-07: a start on what cannot be served is refused by one error that says why, and
// touches nothing.
func TestDUR07StartRefused(t *testing.T) {
	t.Parallel()
	startRefused(t, unfits)
}

// OPS-03: an older program does not touch what a newer one has changed.
func TestOPS03OlderProgram(t *testing.T) {
	t.Parallel()
	startRefused(t, newer)
}

func startRefused(t *testing.T, list []unfit) {
	t.Helper()
	for _, u := range list {
		t.Run(u.name, func(t *testing.T) {
			if u.alone {
				asRoot(t)
			}
			dir := folder(t)
			furnish(t, dir, 30, 5)
			u.spoil(t, dir)
			before := fingerprints(t, dir)
			how := launch{}
			if u.alone {
				how.before = []string{tool(t, "setpriv", "util-linux"), "--reuid=65534", "--regid=65534", "--clear-groups"}
			}
			wantRefused(t, try(t, dir, how), u.code, u.says)
			wantUntouched(t, dir, before)
		})
	}
}

// giveAway makes files of a folder, or with "" the folder, belong to nobody.
func giveAway(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		must(t, os.Chown(filepath.Join(dir, name), nobody, nobody))
	}
}

// overwrite changes the bytes of the database.
func overwrite(change func([]byte) []byte) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		path := filepath.Join(dir, "ostiary.db")
		db, err := os.ReadFile(path)
		must(t, err)
		must(t, os.WriteFile(path, change(db), 0o600))
	}
}

func pageInTheMiddle(db []byte) int { return len(db) / 2 / 4096 * 4096 }

// atWork lets a server make changes in the folder, another program too, and kills it: the
// changes are in the log alone.
func atWork(t *testing.T, dir string, meanwhile func(other *sql.DB)) {
	t.Helper()
	p := start(t, dir, launch{})
	if a := p.operate("POST", "/users", map[string]string{"email": "ada@example.com"}); !a.ok() {
		t.Fatalf("a change: %v", a)
	}
	if meanwhile != nil {
		other := openRaw(t, dir, "")
		meanwhile(other)
		p.kill()
		copied := folder(t) // closing it would empty the log
		copyFolder(t, dir, copied)
		must(t, other.Close())
		must(t, os.RemoveAll(dir))
		copyFolder(t, copied, dir)
		return
	}
	p.kill()
}

// fingerprints are the digests of the files that hold data.
func fingerprints(t *testing.T, dir string) map[string][32]byte {
	t.Helper()
	found := map[string][32]byte{}
	must(t, filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		name := filepath.Base(path)
		if err != nil || !entry.Type().IsRegular() || name == "lock" || strings.HasSuffix(name, "-shm") {
			return err
		}
		text, err := os.ReadFile(path)
		found[path] = sha256.Sum256(text)
		return err
	}))
	return found
}

// wantUntouched fails when a file of the folder has changed, has gone or has been made.
func wantUntouched(t *testing.T, dir string, before map[string][32]byte) {
	t.Helper()
	after := fingerprints(t, dir)
	for path, digest := range before {
		if after[path] != digest {
			t.Errorf("the refused start has changed %s", path)
		}
	}
	for path := range after {
		// A log without content is what SQLite makes to look at a database, and no part of it.
		if _, there := before[path]; !there && after[path] != sha256.Sum256(nil) {
			t.Errorf("the refused start has made %s", path)
		}
	}
}

// wantRefused fails unless a start was refused: exit code 1, and one error with its code that
// tells what is said.
func wantRefused(t *testing.T, p *program, code string, says ...string) {
	t.Helper()
	if !p.over() {
		t.Errorf("the program serves, want error[%s]\n%s", code, p.log)
		return
	}
	log := p.log.String()
	if !p.status.Exited() || p.status.ExitStatus() != 1 {
		t.Errorf("the start ended with %v, want exit code 1\n%s", p.status, log)
	}
	lines := 0
	for line := range strings.Lines(log) {
		if strings.HasPrefix(line, "error[") || strings.HasPrefix(line, "error:") {
			lines++
		}
	}
	if lines != 1 || !strings.Contains(log, "error["+code+"]: ") || strings.Contains(log, "goroutine ") {
		t.Errorf("want one error[%s]:\n%s", code, log)
	}
	for _, text := range says {
		if !strings.Contains(log, text) {
			t.Errorf("the refusal does not tell of %q:\n%s", text, log)
		}
	}
}
