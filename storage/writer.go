package storage

import (
	"context"
	"database/sql"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"ostiary/cache"
)

const (
	maxBatch  = 256  // updates in one transaction: none waits behind more
	queueRoom = 1024 // beyond it callers wait at the door, with their deadline
	retryWait = time.Second
)

// writer is the one goroutine that writes, and its connection.
type writer struct {
	db     *sql.DB
	files  *fileSet
	fence  *cache.Fence
	health *health

	queue   chan *update
	errands chan errand
	stop    chan struct{} // closed: take nothing new, finish what is queued
	gone    chan struct{} // closed: the goroutine has ended

	conn  *conn     // nil after a fault: the next transaction connects anew
	batch []*update // the one at work

	// For gathering: see gather.
	awaited    int
	answeredAt time.Time
	commitTook time.Duration

	count writerCount
}

type writerCount struct {
	commits, updates, failed, withdrawn, faults atomic.Uint64
	waiting                                     atomic.Int64
	largest, last                               atomic.Int64
	commitNanos                                 atomic.Int64
}

// errand is work between transactions, such as a checkpoint.
type errand struct {
	do   func(*conn) error
	done chan error
}

func newWriter(db *sql.DB, files *fileSet, fence *cache.Fence, h *health, c *conn) *writer {
	return &writer{
		db: db, files: files, fence: fence, health: h, conn: c,
		queue:   make(chan *update, queueRoom),
		errands: make(chan errand),
		stop:    make(chan struct{}),
		gone:    make(chan struct{}),
	}
}

// loop runs batches until stop is closed and the queue is empty.
func (w *writer) loop() {
	ended := false
	defer func() {
		if !ended {
			w.revive()
		}
	}()
	for {
		first := w.next()
		if first == nil {
			break
		}
		w.gather(first)
		w.run()
	}
	ended = true
	close(w.gone)
}

// revive puts the writer back to work when a function ended its goroutine
// (runtime.Goexit, as t.FailNow does): nobody could write any more.
func (w *writer) revive() {
	fault := &Fault{Code: CodeUnavailable, Op: "update", Detail: "a function ended the writer's goroutine"}
	w.abandon(fault)
	w.settle(fault)
	go w.loop()
}

// next waits for an update; nil when the writer shall end.
func (w *writer) next() *update {
	for {
		var retry <-chan time.Time
		if w.health.write.Load() != nil {
			retry = time.After(retryWait)
		}
		select {
		case u := <-w.queue:
			return u
		case e := <-w.errands:
			e.done <- w.errand(e.do)
		case <-retry:
			w.probe()
		case <-w.stop:
			select {
			case u := <-w.queue:
				return u
			default:
				return nil
			}
		}
	}
}

// gather makes a batch of what is queued. Before that it waits, an eighth of
// the last commit at most, for those who were just answered: clients who come
// back at once would else travel in two halves that wait for each other's
// commit.
func (w *writer) gather(first *update) {
	w.batch = append(w.batch[:0], first)
	want := min(w.awaited, maxBatch)
	until := w.answeredAt.Add(w.commitTook / 8)
	for w.drain(); len(w.batch) < want; w.drain() {
		left := time.Until(until)
		if left <= 0 {
			return
		}
		w.await(left)
	}
}

// drain takes what is queued without waiting.
func (w *writer) drain() {
	for len(w.batch) < maxBatch {
		select {
		case u := <-w.queue:
			w.batch = append(w.batch, u)
		default:
			return
		}
	}
}

// await waits for one more update. A timer can be a millisecond late on an idle
// machine: shorter waits let the others run instead.
func (w *writer) await(left time.Duration) {
	if left < 500*time.Microsecond {
		runtime.Gosched()
		return
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case u := <-w.queue:
		w.batch = append(w.batch, u)
	case <-timer.C:
	}
}

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

// begin starts the transaction, on a new connection when the last one was
// given up.
func (w *writer) begin() *Fault {
	if err := w.files.unmoved(); err != nil {
		return faultOf("begin", err)
	}
	if w.conn == nil {
		c, err := connect(context.Background(), w.db)
		if err != nil {
			return faultOf("connect", err)
		}
		w.conn = c
	}
	if _, err := w.conn.do("BEGIN IMMEDIATE"); err != nil {
		return faultOf("begin", err)
	}
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
	w.conn = nil
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
	answered := 0
	for _, u := range w.batch {
		if w.answer(u, fault) {
			answered++
		}
	}
	w.note(answered)
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

// answer tells one caller. Those whose turn did not come are told the fault as
// well; those who withdrew know.
func (w *writer) answer(u *update, fault *Fault) bool {
	if !u.begin() && u.stage.Load() == withdrawn {
		return false
	}
	if fault != nil {
		u.err = fmt.Errorf("update: %w", fault)
	}
	close(u.done)
	return true
}

func (w *writer) note(answered int) {
	w.count.updates.Add(uint64(answered))
	w.count.last.Store(int64(answered))
	w.count.largest.Store(max(w.count.largest.Load(), int64(answered)))
	w.answeredAt = time.Now()
	w.awaited = answered + len(w.queue)
}

// probe tries a write when the last one failed, so that readiness comes back
// without a caller.
func (w *writer) probe() {
	fault := w.begin()
	if fault == nil {
		if _, err := w.conn.do(probeWrite); err != nil {
			fault = faultOf("write probe", err)
		}
	}
	if fault == nil {
		fault = w.commit()
	}
	if fault != nil {
		w.abandon(fault)
	}
	w.health.wrote(fault)
}

// errand runs between transactions.
func (w *writer) errand(do func(*conn) error) error {
	if w.conn == nil {
		c, err := connect(context.Background(), w.db)
		if err != nil {
			return explain("connect", err)
		}
		w.conn = c
	}
	return do(w.conn)
}

// end stops the writer after what is queued.
func (w *writer) end() {
	close(w.stop)
	<-w.gone
}
