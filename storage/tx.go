package storage

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"ostiary/cache"
)

// queueTTL bounds the wait in the writer's queue when the caller's own
// deadline does not.
const queueTTL = 5 * time.Second

// Tx is one update inside the writer's transaction: every read of View, and
// the write methods of the table files. It is good until its function returns.
type Tx struct {
	reads
	touched []cache.Slot
	// fault is the first one that a statement met. SQLite may have ended the
	// transaction with it, and whatever ran then would be committed by itself;
	// so nothing runs any more.
	fault *Fault
}

// touch says whom a write changes: snapshots that depend on it are read again.
func (tx *Tx) touch(kind cache.Kind, id string) {
	tx.touched = append(tx.touched, cache.SlotOf(kind, id))
}

// touchNobody says, with the reason, that no snapshot depends on what a write
// changes.
func (tx *Tx) touchNobody(string) {}

// exec runs a statement that writes.
func (tx *Tx) exec(op, query string, args ...any) (changed int64, err error) {
	if tx.conn == nil {
		return 0, fmt.Errorf("%s: the transaction is over", op)
	}
	err = tx.inside(op, func(c *conn) error {
		changed, err = c.do(query, args...)
		return err
	})
	return changed, err
}

// execOne runs a statement that must change one row: ErrNotFound when it
// changed none.
func (tx *Tx) execOne(op, query string, args ...any) error {
	n, err := tx.exec(op, query, args...)
	if err == nil && n == 0 {
		return fmt.Errorf("%s: %w", op, ErrNotFound)
	}
	return err
}

// note remembers the first fault.
func (tx *Tx) note(err error) {
	if f := asFault(err); f != nil && tx.fault == nil {
		tx.fault = f
	}
}

// PanicError is what Update returns when its function panicked. The stack is
// for the log, never for a client.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic in update: %v", e.Value) }

// call runs an update's function. Its panic must not take the writer, and with
// it everybody's writes, along.
func (tx *Tx) call(fn func(*Tx) error) (err error) {
	returned := false
	defer func() {
		if returned {
			return
		}
		value := recover()
		if value == nil {
			return // runtime.Goexit: see writer.revive
		}
		err = &PanicError{Value: value, Stack: debug.Stack()}
	}()
	err = fn(tx)
	returned = true
	return err
}

// The stages of an update. It leaves queued once: who swaps it owns it.
const (
	queued int32 = iota
	begun
	withdrawn
)

// update is a function on its way through the writer.
type update struct {
	ctx     context.Context
	fn      func(*Tx) error
	stage   atomic.Int32
	done    chan struct{} // closed when err may be read
	err     error
	touched []cache.Slot
}

func (u *update) begin() bool { return u.stage.CompareAndSwap(queued, begun) }

// claim reports whether its caller waits for an answer: its turn came, or it
// will never come and he is told why. Those who withdrew know.
func (u *update) claim() bool { return u.begin() || u.stage.Load() == begun }

func (u *update) withdraw() bool { return u.stage.CompareAndSwap(queued, withdrawn) }

// Update runs fn in the one writer. All that is queued runs in one transaction,
// each function in a savepoint of its own, and is answered after their common
// COMMIT: nil means durable. An error of fn undoes what fn did, and that alone,
// and is returned as it is; a Fault means that the database failed, and that
// what fn did may or may not be there.
//
// fn runs once, at some time in the writer's goroutine, with everybody else's
// writes behind it: it touches nothing but its Tx. No hash, mail, network, View
// or Update inside.
//
// A caller whose deadline passes while he queues is withdrawn and nothing was
// done; once fn has begun he waits for the answer, for it may be durable.
func (db *DB) Update(ctx context.Context, fn func(*Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, queueTTL)
	defer cancel()
	u := &update{ctx: ctx, fn: fn, done: make(chan struct{})}
	return db.writer.submit(u)
}

// submit queues an update and waits for its answer.
func (w *writer) submit(u *update) error {
	w.count.waiting.Add(1)
	defer w.count.waiting.Add(-1)
	select {
	case <-w.stop: // first, so that nothing new comes in once it is closing
		return errClosed("update")
	default:
	}
	select {
	case w.queue <- u:
	case <-u.ctx.Done():
		return w.gaveUp(u)
	case <-w.stop:
		return errClosed("update")
	}
	select {
	case <-u.done:
		return u.err
	case <-u.ctx.Done():
		if u.withdraw() {
			return w.gaveUp(u)
		}
	case <-w.gone:
		if u.withdraw() {
			return errClosed("update")
		}
	}
	<-u.done
	return u.err
}

// gaveUp is the answer to one who left the queue. What keeps the writer from
// writing is what he waited for.
func (w *writer) gaveUp(u *update) error {
	w.count.withdrawn.Add(1)
	err := notBegun(u.ctx)
	if f, standing := asFault(err), w.health.write.Load(); f != nil && standing != nil {
		f.Code = standing.Code
	}
	return err
}

// notBegun is the answer to one whose context ended before his turn.
func notBegun(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return fmt.Errorf("update: %w", ctx.Err())
	}
	return &Fault{Code: CodeUnavailable, Op: "update",
		Detail: "the writer did not come to it in time; nothing was written", Err: ctx.Err()}
}

func errClosed(op string) error {
	return &Fault{Code: CodeUnavailable, Op: op, Detail: "the database is closed"}
}
