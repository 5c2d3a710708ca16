package storage

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ostiary/cache"
)

// hold keeps the writer inside a function until release is called, so that
// what is queued meanwhile makes one batch.
func hold(t *testing.T, db *DB) (release func()) {
	t.Helper()
	begun, leave := make(chan struct{}), make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		err := db.Update(context.Background(), func(*Tx) error {
			close(begun)
			<-leave
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-begun
	return func() { close(leave); done.Wait() }
}

// queue starts Update n times while the writer is held, waits until all are
// queued and returns a function that collects their errors.
func queue(t *testing.T, db *DB, n int, fn func(i int, tx *Tx) error) (answers func() []error) {
	t.Helper()
	before := db.Figures().Queued
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			errs[i] = db.Update(context.Background(), func(tx *Tx) error { return fn(i, tx) })
		})
	}
	for len(db.writer.queue) < before-1+n {
		runtime.Gosched()
	}
	return func() []error { all.Wait(); return errs }
}

func hasState(t *testing.T, db *DB, name string) bool {
	t.Helper()
	_, err := db.StateValue(context.Background(), name)
	if err != nil && !errors.Is(err, ErrNotFound) {
		t.Fatal(err)
	}
	return err == nil
}

func TestUpdatesShareACommit(t *testing.T) {
	dir := t.TempDir()
	db := openIn(t, dir)
	release := hold(t, db)
	before := db.Figures()
	const n = 50
	refused := errors.New("no")
	answers := queue(t, db, n, func(i int, tx *Tx) error {
		if err := tx.SetState(fmt.Sprintf("k%d", i), "v"); err != nil {
			return err
		}
		if i == 17 {
			return refused
		}
		return nil
	})
	release()
	for i, err := range answers() {
		if i == 17 && err != refused {
			t.Errorf("the error of the function came back as %v", err)
		}
		if i != 17 && err != nil {
			t.Errorf("update %d: %v", i, err)
		}
	}
	f := db.Figures()
	if got := f.Commits - before.Commits; got != 2 { // the holder's own and the batch's
		t.Errorf("%d commits, want 2", got)
	}
	if f.LargestBatch != n || f.Failed != 1 || f.Updates-before.Updates != n+1 {
		t.Errorf("figures %+v", f)
	}
	mustClose(t, db)
	db = openIn(t, dir)
	for i := range n {
		if got, want := hasState(t, db, fmt.Sprintf("k%d", i)), i != 17; got != want {
			t.Errorf("after a restart, row %d there: %v, want %v", i, got, want)
		}
	}
}

// TestTheFenceIsRaisedBeforeAnyAnswer: the first to be answered looks while the
// writer still answers the others.
func TestTheFenceIsRaisedBeforeAnyAnswer(t *testing.T) {
	db := open(t)
	fillUsers(t, db, 1)
	fence := db.writer.fence
	slots := []cache.Slot{cache.SlotOf(cache.User, "usr_1")}
	for range 20 {
		release := hold(t, db)
		asOf := fence.AsOf() + 1 // the holder's commit comes first
		var early atomic.Int64
		var all sync.WaitGroup
		const n = 200
		for range n {
			all.Go(func() {
				err := db.Update(context.Background(), func(tx *Tx) error { return tx.UpdatePassword("usr_1", "h", false, t0) })
				if err != nil {
					t.Error(err)
				}
				if fence.Holds(asOf, slots) {
					early.Add(1)
				}
			})
		}
		for len(db.writer.queue) < n {
			runtime.Gosched()
		}
		release()
		all.Wait()
		if early.Load() != 0 {
			t.Fatalf("%d were answered before the fence was raised", early.Load())
		}
	}
}

// TestContextIsLookedAtBeforeTheFunction: his context ended, but he did not
// come to withdraw before his turn.
func TestContextIsLookedAtBeforeTheFunction(t *testing.T) {
	db := open(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	ran := false
	u := &update{ctx: ctx, done: make(chan struct{}), fn: func(*Tx) error { ran = true; return nil }}
	db.writer.queue <- u
	<-u.done
	if ran || !errors.Is(u.err, context.Canceled) {
		t.Errorf("ran: %v, answer: %v", ran, u.err)
	}
}

func TestBatchIsBounded(t *testing.T) {
	db := open(t)
	release := hold(t, db)
	answers := queue(t, db, 2*maxBatch+10, func(int, *Tx) error { return nil })
	release()
	for _, err := range answers() {
		must(t, err)
	}
	if got := db.Figures().LargestBatch; got != maxBatch {
		t.Errorf("largest batch %d, want %d", got, maxBatch)
	}
}

func TestPanicIsRolledBackAlone(t *testing.T) {
	db := open(t)
	release := hold(t, db)
	answers := queue(t, db, 3, func(i int, tx *Tx) error {
		if err := tx.SetState(fmt.Sprintf("k%d", i), "v"); err != nil {
			return err
		}
		if i == 1 {
			panic("planted")
		}
		return nil
	})
	release()
	errs := answers()
	var p *PanicError
	if !errors.As(errs[1], &p) || p.Value != "planted" || !strings.Contains(string(p.Stack), "writer_test.go") {
		t.Errorf("the panic came back as %v", errs[1])
	}
	if errs[0] != nil || errs[2] != nil {
		t.Errorf("the others: %v, %v", errs[0], errs[2])
	}
	if !hasState(t, db, "k0") || hasState(t, db, "k1") || !hasState(t, db, "k2") {
		t.Error("not exactly the panicking one was undone")
	}
	must(t, db.Ready())
}

func TestGoexitDoesNotStopTheWriter(t *testing.T) {
	db := open(t)
	err := db.Update(context.Background(), func(tx *Tx) error {
		if err := tx.SetState("k", "v"); err != nil {
			return err
		}
		runtime.Goexit()
		return nil
	})
	if asFault(err) == nil {
		t.Errorf("got %v, want a fault", err)
	}
	if hasState(t, db, "k") {
		t.Error("its write is there")
	}
	must(t, db.Update(context.Background(), func(tx *Tx) error { return tx.SetState("k", "v") }))
	must(t, db.Ready())
}

func TestDeadlineWhileQueuedWithdraws(t *testing.T) {
	db := open(t)
	release := hold(t, db)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	ran := false
	err := db.Update(ctx, func(tx *Tx) error {
		ran = true
		return tx.SetState("k", "v")
	})
	f := asFault(err)
	if f == nil || f.Code != CodeUnavailable || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want %s", err, CodeUnavailable)
	}
	cancelled, stop := context.WithCancel(context.Background())
	stop()
	err = db.Update(cancelled, func(tx *Tx) error { ran = true; return nil })
	if !errors.Is(err, context.Canceled) || asFault(err) != nil {
		t.Errorf("a caller who left got %v; it is no fault of the database", err)
	}
	release()
	must(t, db.Update(context.Background(), func(*Tx) error { return nil }))
	if ran || hasState(t, db, "k") {
		t.Error("a withdrawn function ran")
	}
	if got := db.Figures().Withdrawn; got != 2 {
		t.Errorf("withdrawn %d, want 2", got)
	}
}

func TestDeadlineWhileRunningWaitsForTheAnswer(t *testing.T) {
	db := open(t)
	ctx, cancel := context.WithCancel(context.Background())
	err := db.Update(ctx, func(tx *Tx) error {
		if err := tx.SetState("k", "v"); err != nil {
			return err
		}
		cancel()
		time.Sleep(20 * time.Millisecond) // the caller has seen it by now
		_, err := tx.StateValue(ctx, "k")
		return errors.Join(err, tx.SetState("k2", "v"))
	})
	if err != nil {
		t.Errorf("it was told %v although all of it is durable", err)
	}
	if !hasState(t, db, "k") || !hasState(t, db, "k2") {
		t.Error("not all of it is there")
	}
}

func TestOneCallersContextDoesNotHurtTheBatch(t *testing.T) {
	db := open(t)
	release := hold(t, db)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	answers := queue(t, db, 10, func(i int, tx *Tx) error {
		if i == 4 {
			cancel()
		}
		// A list, too: outside a Tx it would end with its context.
		if _, err := tx.UsersAfter(ctx, UserFilter{Limit: 5}); err != nil {
			return err
		}
		return tx.SetState(fmt.Sprintf("k%d", i), "v")
	})
	release()
	for i, err := range answers() {
		if err != nil || !hasState(t, db, fmt.Sprintf("k%d", i)) {
			t.Errorf("update %d: %v", i, err)
		}
	}
	must(t, db.Ready())
}

func TestTxEndsWithItsFunction(t *testing.T) {
	db := open(t)
	var kept *Tx
	must(t, db.Update(context.Background(), func(tx *Tx) error { kept = tx; return nil }))
	if err := kept.SetState("k", "v"); err == nil {
		t.Error("a write after the end")
	}
	if _, err := kept.StateValue(context.Background(), "storage.probes"); err == nil {
		t.Error("a read after the end")
	}
	var view *View
	must(t, db.View(context.Background(), func(v *View) error { view = v; return nil }))
	if _, err := view.StateValue(context.Background(), "storage.probes"); err == nil {
		t.Error("a read after the end of a view")
	}
}

func TestGatherWaitsForThoseJustAnswered(t *testing.T) {
	update := func() *update { return &update{ctx: context.Background(), done: make(chan struct{})} }
	w := newWriter(nil, Options{Fence: cache.NewFence()}, &fileSet{}, nil, nil)
	w.awaited, w.answeredAt, w.commitTook = 3, time.Now(), time.Hour
	go func() {
		for range 2 {
			time.Sleep(2 * time.Millisecond)
			w.queue <- update()
		}
	}()
	w.gather(update())
	if len(w.batch) != 3 {
		t.Errorf("batch of %d, want the 3 that were awaited", len(w.batch))
	}
	// Nobody comes back: an eighth of the commit, and no more.
	w.awaited, w.answeredAt, w.commitTook = 3, time.Now(), 80*time.Millisecond
	w.gather(update())
	if waited := time.Since(w.answeredAt); len(w.batch) != 1 || waited < 10*time.Millisecond {
		t.Errorf("batch of %d after %v, want 1 after 10ms", len(w.batch), waited)
	}
	// The eighth is counted from the answer: it has passed, none is waited for.
	w.awaited, w.answeredAt, w.commitTook = 3, time.Now().Add(-time.Minute), 80*time.Millisecond
	w.queue <- update()
	w.gather(update())
	if len(w.batch) != 2 {
		t.Errorf("batch of %d, want the 2 that were there", len(w.batch))
	}
}

func TestCloseFinishesWhatIsQueued(t *testing.T) {
	dir := t.TempDir()
	db := openIn(t, dir)
	release := hold(t, db)
	answers := queue(t, db, 20, func(i int, tx *Tx) error { return tx.SetState(fmt.Sprintf("k%d", i), "v") })
	closed := make(chan error)
	go func() { closed <- db.Close() }()
	<-db.writer.stop
	if err := db.Update(context.Background(), func(*Tx) error { return nil }); asFault(err) == nil {
		t.Errorf("an update during Close got %v", err)
	}
	release()
	for _, err := range answers() {
		must(t, err)
	}
	must(t, <-closed)
	must(t, db.Close())
	if _, err := db.StateValue(context.Background(), "k0"); asFault(err) == nil {
		t.Errorf("a read after Close got %v", err)
	}
	if err := db.Checkpoint(context.Background()); asFault(err) == nil {
		t.Errorf("a checkpoint after Close got %v", err)
	}
	db = openIn(t, dir)
	for i := range 20 {
		if !hasState(t, db, fmt.Sprintf("k%d", i)) {
			t.Errorf("row %d was lost", i)
		}
	}
}
