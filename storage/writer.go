package storage

import (
	"database/sql"
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
	busy   time.Duration // how long a foreign lock is waited for

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

// newWriter returns a writer that is not at work yet: loop is for its caller
// to start, once c is known to be good.
func newWriter(db *sql.DB, o Options, files *fileSet, h *health, c *conn) *writer {
	return &writer{
		db: db, files: files, fence: o.Fence, health: h, busy: o.busy, conn: c,
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
	if err := w.connected(); err != nil {
		return explain("connect", err)
	}
	return do(w.conn)
}

// end stops the writer after what is queued.
func (w *writer) end() {
	close(w.stop)
	<-w.gone
}
