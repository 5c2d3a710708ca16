package storage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ostiary/cache"
)

// onWriter runs do on the writer's connection, between two transactions.
func onWriter(t *testing.T, db *DB, do func(*conn) error) {
	t.Helper()
	e := errand{do: do, done: make(chan error, 1)}
	db.writer.errands <- e
	must(t, <-e.done)
}

// wantFault fails unless err is a Fault of this code.
func wantFault(t *testing.T, err error, code string) *Fault {
	t.Helper()
	f := asFault(err)
	if f == nil || f.Code != code {
		t.Fatalf("got %v, want %s", err, code)
	}
	return f
}

// becomesReady waits for readiness, which must come back without a caller.
func becomesReady(t *testing.T, db *DB) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); db.Ready() != nil; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not ready again: %v", db.Ready())
		}
	}
}

// limitPages makes SQLite's next need of a page fail as a full disk does.
func limitPages(t *testing.T, db *DB) (lift func()) {
	t.Helper()
	set := func(limit string) {
		onWriter(t, db, func(c *conn) error {
			_, err := c.do("PRAGMA max_page_count = " + limit)
			return err
		})
	}
	set("1") // never below what is there
	return func() { set("1073741823") }
}

func TestFullDiskTellsTheWholeBatch(t *testing.T) {
	dir := t.TempDir()
	db := openIn(t, dir)
	lift := limitPages(t, db)
	release := hold(t, db)
	before := db.writer.fence.AsOf()
	var ran [5]bool
	answers := queue(t, db, len(ran), func(i int, tx *Tx) error {
		ran[i] = true
		if len(ran) > 2 && countTrue(ran[:]) == 3 {
			// The third that runs fills the disk, whoever it is, and hides it.
			_ = tx.SetState("big", strings.Repeat("x", 1<<20))
			if err := tx.SetState("after", "v"); err == nil {
				t.Error("a statement ran after the transaction was gone: it is committed by itself")
			}
			return nil
		}
		return tx.SetState(fmt.Sprintf("k%d", i), "v")
	})
	release()
	for i, err := range answers() {
		f := wantFault(t, err, CodeDiskFull)
		if i == 0 && !strings.Contains(f.Error(), "set state") {
			t.Errorf("the fault does not tell where: %v", f)
		}
	}
	if got := countTrue(ran[:]); got != 3 {
		t.Errorf("%d functions ran, want 3: no more after the loss", got)
	}
	wantFault(t, db.Ready(), CodeDiskFull)
	if after := db.writer.fence.AsOf(); after < before+2 {
		t.Errorf("the fence went from %d to %d: it must be raised for the failed batch, too", before, after)
	}
	lift()
	becomesReady(t, db)
	must(t, db.Update(context.Background(), func(tx *Tx) error { return tx.SetState("later", "v") }))
	mustClose(t, db)
	db = openIn(t, dir)
	for _, name := range []string{"k0", "k1", "k2", "k3", "k4", "big", "after"} {
		if hasState(t, db, name) {
			t.Errorf("%s is there although its caller was told that it failed", name)
		}
	}
	if !hasState(t, db, "later") {
		t.Error("what was written after the recovery is not there")
	}
}

func countTrue(list []bool) (n int) {
	for _, x := range list {
		if x {
			n++
		}
	}
	return n
}

func TestSavepointLost(t *testing.T) {
	for _, how := range []string{"ROLLBACK", "COMMIT"} {
		for _, own := range []error{nil, errors.New("its own")} {
			db := open(t)
			// Without a reader the writer's connection takes the log with it.
			c, err := db.pool.borrow(context.Background())
			must(t, err)
			db.pool.giveBack(c, false)
			err = db.Update(context.Background(), func(tx *Tx) error {
				if _, err := tx.conn.do(how); err != nil {
					t.Error(err)
				}
				return own
			})
			wantFault(t, err, CodeUnavailable)
			must(t, db.Update(context.Background(), func(tx *Tx) error { return tx.SetState("k", "v") }))
			must(t, db.Ready())
			mustClose(t, db)
		}
	}
}

// TestSwallowedFault: a function that hides a fault is not believed.
func TestSwallowedFault(t *testing.T) {
	db := open(t)
	err := db.Update(context.Background(), func(tx *Tx) error {
		err := tx.SetState("k", "v")
		tx.note(&Fault{Code: CodeUnavailable, Op: "planted"})
		return err
	})
	if f := wantFault(t, err, CodeUnavailable); f.Op != "planted" {
		t.Errorf("got %v", err)
	}
	if hasState(t, db, "k") {
		t.Error("what it wrote is there")
	}
}

// TestFenceIsRaisedWhateverCommitAnswered plants a COMMIT that fails after a
// write that touched a user.
func TestFenceIsRaisedWhateverCommitAnswered(t *testing.T) {
	db := openWithUser(t)
	fence := db.writer.fence
	slots := []cache.Slot{cache.SlotOf(cache.User, "usr_1")}
	asOf := fence.AsOf()
	err := db.Update(context.Background(), func(tx *Tx) error {
		if err := tx.UpdatePassword("usr_1", "hash", false, t0); err != nil {
			return err
		}
		_, err := tx.conn.do("COMMIT") // the writer's own now answers an error
		return err
	})
	wantFault(t, err, CodeUnavailable)
	if fence.Holds(asOf, slots) {
		t.Error("a snapshot from before still passes, and the write is durable")
	}
}

// TestWriteErrorAndRecovery makes write(2) fail by the limit of file sizes.
func TestWriteErrorAndRecovery(t *testing.T) {
	dir := t.TempDir()
	db := openIn(t, dir)
	must(t, db.Update(context.Background(), func(tx *Tx) error { return tx.SetState("before", "v") }))
	var before, after *conn
	onWriter(t, db, func(c *conn) error { before = c; return nil })
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	var old unix.Rlimit
	must(t, unix.Getrlimit(unix.RLIMIT_FSIZE, &old))
	limit := old
	limit.Cur = uint64(db.Figures().WALBytes)
	must(t, unix.Setrlimit(unix.RLIMIT_FSIZE, &limit))
	restore := func() { must(t, unix.Setrlimit(unix.RLIMIT_FSIZE, &old)) }
	defer restore()

	err := db.Update(context.Background(), func(tx *Tx) error { return tx.SetState("during", "v") })
	wantFault(t, err, CodeUnavailable)
	wantFault(t, db.Ready(), CodeUnavailable)
	if hasState(t, db, "during") {
		t.Error("a write that failed is seen")
	}
	if !hasState(t, db, "before") {
		t.Error("reads fail with the writes")
	}
	restore()
	becomesReady(t, db)
	must(t, db.Update(context.Background(), func(tx *Tx) error { return tx.SetState("after", "v") }))
	onWriter(t, db, func(c *conn) error { after = c; return nil })
	if before == after {
		t.Error("a connection that met an I/O error is still in use")
	}
	mustClose(t, db)
	db = openIn(t, dir)
	if !hasState(t, db, "before") || !hasState(t, db, "after") || hasState(t, db, "during") {
		t.Error("not exactly what was acknowledged is there")
	}
}

func TestForeignLock(t *testing.T) {
	dir := t.TempDir()
	var told strings.Builder
	db, err := Open(context.Background(), Options{
		Dir: dir, Fence: cache.NewFence(), Log: slog.New(slog.NewTextHandler(&told, nil)), busy: 30 * time.Millisecond,
	})
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	foreign, err := openWriter(db.Path(), 0)
	must(t, err)
	defer foreign.Close()
	tx, err := foreign.Begin()
	must(t, err)
	err = db.Update(context.Background(), func(tx *Tx) error { return tx.SetState("k", "v") })
	wantFault(t, err, CodeLocked)
	wantFault(t, db.Ready(), CodeLocked)
	if !hasState(t, db, "storage.probes") {
		t.Error("reads wait for a writer's lock")
	}
	must(t, tx.Rollback())
	becomesReady(t, db)
	must(t, foreign.Close())
	mustClose(t, db)
	if log := told.String(); strings.Count(log, CodeLocked) < 1 || strings.Count(log, "level=ERROR") != 1 ||
		!strings.Contains(log, "takes writes again") {
		t.Errorf("the log does not tell it once and its end:\n%s", log)
	}
}

func TestReaderHoldsTheLog(t *testing.T) {
	db := open(t)
	err := db.View(context.Background(), func(v *View) error {
		if _, err := v.StateValue(context.Background(), "storage.probes"); err != nil {
			return err
		}
		must(t, db.Update(context.Background(), func(tx *Tx) error { return tx.SetState("k", "v") }))
		wantFault(t, db.Checkpoint(context.Background()), CodeLocked)
		return nil
	})
	must(t, err)
	must(t, db.Checkpoint(context.Background()))
	if got := db.Figures().WALBytes; got != 0 {
		t.Errorf("the log has %d bytes after a checkpoint", got)
	}
	must(t, db.Update(context.Background(), func(tx *Tx) error { return tx.SetState("k", "v2") }))
	must(t, db.Ready())
}

func TestMovedDatabase(t *testing.T) {
	for _, name := range []string{databaseName, databaseName + "-wal"} {
		dir := t.TempDir()
		db := openIn(t, dir)
		must(t, db.Update(context.Background(), func(tx *Tx) error { return tx.SetState("before", "v") }))
		path := dir + "/" + name
		must(t, os.Rename(path, path+".away"))
		err := db.Update(context.Background(), func(tx *Tx) error { return tx.SetState("k", "v") })
		f := wantFault(t, err, CodeUnavailable)
		if !strings.Contains(f.Detail, "moved") {
			t.Errorf("the detail does not tell: %s", f.Detail)
		}
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("%s was made anew", name)
		}
		must(t, os.Rename(path+".away", path))
		becomesReady(t, db)
		mustClose(t, db)
	}
}

// TestDamageUnderneath overwrites pages of the open database: what a read
// finds takes readiness away, and a check tells the same.
func TestDamageUnderneath(t *testing.T) {
	dir := t.TempDir()
	db := openIn(t, dir)
	fillUsers(t, db, 2000)
	mustClose(t, db)
	db, err := Open(context.Background(), Options{Dir: dir, Fence: cache.NewFence(), checkBytes: 1})
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	restore := scribble(t, db.Path(), 20)
	_, err = db.UsersAfter(context.Background(), UserFilter{Limit: 5000, Search: "nobody"})
	wantFault(t, err, CodeCorrupt)
	wantFault(t, db.Ready(), CodeCorrupt)
	wantFault(t, db.Check(context.Background()), CodeCorrupt)
	restore()
	must(t, db.Check(context.Background()))
	must(t, db.Ready())
}

// scribble overwrites pages in the middle of a database file, where the rows
// are, and returns what undoes it. The file stays open: closing it would drop
// SQLite's locks.
func scribble(t *testing.T, path string, pages int64) (restore func()) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	must(t, err)
	t.Cleanup(func() { _ = file.Close() })
	from := fileSize(path) / 4096 / 2 * 4096
	before := make([]byte, pages*4096)
	_, err = file.ReadAt(before, from)
	must(t, err)
	write := func(b []byte) {
		_, err := file.WriteAt(b, from)
		must(t, err)
	}
	write(bytes.Repeat([]byte("junk"), len(before)/4))
	return func() { write(before) }
}

// setBig writes 20 kB under a name of its own.
func setBig(db *DB, i int) error {
	return db.Update(context.Background(), func(tx *Tx) error {
		return tx.SetState(fmt.Sprintf("big%d", i), strings.Repeat("x", 20<<10))
	})
}
