package storage

import (
	"context"
	"fmt"
	"slices"
	"time"

	"ostiary/cache"
)

// run takes the batch through one transaction.
func (w *writer) run() {
	fault := w.begin()
	if fault == nil {
		fault = w.apply()
	}
	if fault == nil {
		fault = w.commit()
	}
	if fault != nil {
		w.abandon(fault)
	}
	w.settle(fault)
}

// begin starts the transaction.
func (w *writer) begin() *Fault {
	if err := w.files.unmoved(); err != nil {
		return faultOf("begin", err)
	}
	if err := w.connected(); err != nil {
		return faultOf("connect", err)
	}
	if _, err := w.conn.do("BEGIN IMMEDIATE"); err != nil {
		return faultOf("begin", err)
	}
	if err := w.files.rememberLog(); err != nil {
		return faultOf("begin", err)
	}
	return nil
}

// connected opens a connection when the last one was given up.
func (w *writer) connected() error {
	if w.conn != nil {
		return nil
	}
	c, err := connect(context.Background(), w.db)
	if err != nil {
		return err
	}
	w.conn = c
	return nil
}

// apply runs the functions. A fault means that the transaction is gone: going
// on would commit the rest singly and tell them that they failed.
func (w *writer) apply() *Fault {
	for _, u := range w.batch {
		if !u.begin() {
			continue
		}
		// The one look at the caller's context.
		if u.ctx.Err() != nil {
			u.err = notBegun(u.ctx)
			continue
		}
		if fault := w.applyOne(u); fault != nil {
			return fault
		}
	}
	return nil
}

// applyOne runs one function in its savepoint.
func (w *writer) applyOne(u *update) *Fault {
	if _, err := w.conn.do("SAVEPOINT one"); err != nil {
		return faultOf("savepoint", err)
	}
	tx := &Tx{reads: reads{conn: w.conn, health: w.health}}
	tx.tx = tx
	// Deferred: the slots count also when the function ends the goroutine.
	defer func() { u.touched, tx.conn = tx.touched, nil }()
	u.err = tx.call(u.fn)
	if u.err == nil && tx.fault != nil {
		u.err = tx.fault // swallowed by the function
	}
	if u.err != nil {
		w.count.failed.Add(1)
		if _, err := w.conn.do("ROLLBACK TO one"); err != nil {
			return lost(tx.fault, err)
		}
	}
	if _, err := w.conn.do("RELEASE one"); err != nil {
		return lost(tx.fault, err)
	}
	return nil
}

// lost tells why the savepoint was gone: the statement's fault, if one was
// seen, else what the savepoint answered.
func lost(cause *Fault, err error) *Fault {
	if cause != nil {
		return cause
	}
	return faultOf("savepoint", err)
}

// faultOf is explain for what must be a fault: inside the writer's own
// statements nothing else makes sense.
func faultOf(op string, err error) *Fault {
	err = explain(op, err)
	if f := asFault(err); f != nil {
		return f
	}
	return &Fault{Code: CodeUnavailable, Op: op, Err: err}
}

func (w *writer) commit() *Fault {
	start := time.Now()
	_, err := w.conn.do("COMMIT")
	w.commitTook = time.Since(start)
	w.count.commitNanos.Add(int64(w.commitTook))
	if err != nil {
		return faultOf("commit", err)
	}
	w.count.commits.Add(1)
	return nil
}

// abandon leaves no transaction open. Where the file was only locked or full
// the connection is good; after anything else nothing it holds is trusted.
func (w *writer) abandon(fault *Fault) {
	if w.conn == nil {
		return
	}
	// "No transaction is active" is the good answer too.
	_, _ = w.conn.do("ROLLBACK")
	if fault.Code == CodeLocked || fault.Code == CodeDiskFull {
		return
	}
	_ = w.conn.close() // its error would tell nothing that the fault does not
	// If it was the last one, it took the log with it.
	w.conn, w.files.log = nil, fileID{}
}

// settle raises the fence, always, for a commit that failed may be durable,
// and only then answers everyone.
func (w *writer) settle(fault *Fault) {
	var touched []cache.Slot
	for _, u := range w.batch {
		touched = append(touched, u.touched...)
	}
	w.fence.Raise(touched)
	w.noteHealth(fault)
	// Counted before: who is answered finds himself in the figures, and who
	// comes back meanwhile is not awaited twice.
	waiting := slices.DeleteFunc(w.batch, func(u *update) bool { return !u.claim() })
	w.note(len(waiting))
	for _, u := range waiting {
		if fault != nil {
			u.err = fmt.Errorf("update: %w", fault)
		}
		close(u.done)
	}
	w.answeredAt = time.Now()
	clear(w.batch)
	w.batch = w.batch[:0]
}

// noteHealth keeps the fault for Ready. That a function ended the goroutine
// says nothing about the database, but the next commit will tell.
func (w *writer) noteHealth(fault *Fault) {
	if fault != nil {
		w.count.faults.Add(1)
	}
	w.health.wrote(fault)
}

func (w *writer) note(answered int) {
	w.count.updates.Add(uint64(answered))
	w.count.last.Store(int64(answered))
	w.count.largest.Store(max(w.count.largest.Load(), int64(answered)))
	w.awaited = answered + len(w.queue)
}
