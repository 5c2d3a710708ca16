//go:build linux

package faults

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// DUR-02: after a power cut at any moment all that was acknowledged is there, and nothing
// that was ended lives.
func TestDUR02PowerCut(t *testing.T) {
	t.Parallel()
	asRoot(t)
	for round := range few(2, 50) {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			d := newDisk(t)
			dir := filepath.Join(d.dir, "data")
			all := everyone(t, dir)
			p := start(t, dir, launch{})
			halt := all.load(t, p)
			time.Sleep(time.Duration(100+rand.IntN(900)) * time.Millisecond)
			p.signal(syscall.SIGSTOP)
			after := filepath.Join(d.cut(t), "data")
			p.kill()
			halt()
			wantWhole(t, after)
			wantNothingHalf(t, after)
			again := start(t, after, launch{})
			all.check(t, again)
			again.stop()
			t.Logf("%d changes acknowledged before the cut", all.acked.Load())
		})
	}
}

// DUR-02 for the first moments: a power cut right after the first answer loses neither that
// nor the secrets that were made for it.
func TestDUR02PowerCutOfANewFolder(t *testing.T) {
	t.Parallel()
	asRoot(t)
	d := newDisk(t)
	dir := filepath.Join(d.dir, "data")
	p := start(t, dir, launch{})
	a := signUp(p, "ada@example.com", firstPassword)
	if a.status != 201 {
		t.Fatalf("sign up: %v", a)
	}
	p.signal(syscall.SIGSTOP)
	after := filepath.Join(d.cut(t), "data")
	var got signedIn
	a.into(t, &got)
	before, err := os.ReadFile(filepath.Join(dir, "secret.key"))
	must(t, err)
	p.kill()
	found, err := os.ReadFile(filepath.Join(after, "secret.key"))
	if err != nil || string(found) != string(before) {
		t.Errorf("the secret of the first start is not on the disk: %d bytes, %v", len(found), err)
	}
	again := start(t, after, launch{})
	wantAlive(t, again, "the session of the first sign-up", got.Token)
	again.stop()
}

// The method itself: what SQLite does not sync (synchronous=NORMAL) is lost in such a cut, and
// what it syncs is not. Were the disk's journal to commit by itself, every test here would
// pass whatever the program does.
func TestDUR02TheCutLosesWhatIsNotSynced(t *testing.T) {
	t.Parallel()
	asRoot(t)
	for mode, kept := range map[string]bool{"FULL": true, "NORMAL": false} {
		t.Run(mode, func(t *testing.T) {
			d := newDisk(t)
			must(t, os.WriteFile(filepath.Join(d.dir, "ostiary.db"), nil, 0o600))
			db := openRaw(t, d.dir, "&_pragma=journal_mode(WAL)&_pragma=synchronous("+mode+")")
			db.SetMaxOpenConns(1)
			_, err := db.Exec("CREATE TABLE line (n INTEGER)")
			must(t, err)
			d.sync(t) // all until here is on the disk, in both modes
			for n := range 50 {
				_, err := db.Exec("INSERT INTO line VALUES (?)", n)
				must(t, err)
			}
			after := d.cut(t)
			must(t, db.Close())
			found := rows(t, openRaw(t, after, ""), "SELECT n FROM line")
			t.Logf("synchronous=%s kept %d of 50", mode, len(found))
			if (len(found) == 50) != kept {
				t.Errorf("synchronous=%s kept %d of 50 acknowledged lines", mode, len(found))
			}
		})
	}
}
