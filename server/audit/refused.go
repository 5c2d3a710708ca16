package audit

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"ostiary/server/access"
	"ostiary/storage"
)

const (
	flushEvery = time.Second
	flushAt    = 256                // rows that are written without waiting for the second
	holdAtMost = 4096               // rows in memory; more are dropped and counted
	KeepFor    = 7 * 24 * time.Hour // how long an explanation is kept
	KeepAtMost = 100_000            // and how many: strangers must not fill the disk
)

// Refusal is one refusal as it is kept for `ostiary explain`.
type Refusal = storage.RefusedRow

// buffer holds refusals until they are written.
type buffer struct {
	mu      sync.Mutex
	rows    []Refusal
	wake    chan struct{}
	dropped atomic.Uint64
}

func newBuffer() *buffer { return &buffer{wake: make(chan struct{}, 1)} }

// add keeps a row, or counts it as dropped when there is no room.
func (b *buffer) add(row Refusal) {
	b.mu.Lock()
	full := len(b.rows) >= holdAtMost
	if !full {
		b.rows = append(b.rows, row)
	}
	count := len(b.rows)
	b.mu.Unlock()
	if full {
		b.dropped.Add(1)
	}
	if count >= flushAt {
		select {
		case b.wake <- struct{}{}:
		default:
		}
	}
}

// take empties the buffer.
func (b *buffer) take() []Refusal {
	b.mu.Lock()
	defer b.mu.Unlock()
	rows := b.rows
	b.rows = nil
	return rows
}

// Refused keeps the explanation of a refusal. It never blocks and never
// fails: a refusal that cannot be explained later is still a refusal.
func (l *Log) Refused(row Refusal) { l.refused.add(row) }

// Dropped counts the refusals that were too many to keep.
func (l *Log) Dropped() uint64 { return l.refused.dropped.Load() }

// Flush writes what waits, and waits for who is writing already: when it
// returns, every refusal that came before is on the disk or counted as lost.
// Rows that could not be written are gone: holding them would turn a full disk
// into a full memory.
func (l *Log) Flush(ctx context.Context) error {
	l.flushing.Lock()
	defer l.flushing.Unlock()
	rows := l.refused.take()
	if len(rows) == 0 {
		return nil
	}
	err := l.db.Update(ctx, func(tx *storage.Tx) error { return tx.InsertRefused(rows) })
	if err != nil {
		l.refused.dropped.Add(uint64(len(rows)))
	}
	return err
}

// Run writes refusals each second or each 256 until ctx ends, then once more.
func (l *Log) Run(ctx context.Context) {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			l.flushAndTell(context.Background())
			return
		case <-tick.C:
		case <-l.refused.wake:
		}
		l.flushAndTell(ctx)
	}
}

func (l *Log) flushAndTell(ctx context.Context) {
	if err := l.Flush(ctx); err != nil && ctx.Err() == nil {
		l.log.Warn("refusals were not kept", "component", "audit", "error", err)
	}
}

// Explanation is the refusal with this request id, or storage.ErrNotFound. It
// writes first what still waits, so that a refusal can be asked about at once.
func (l *Log) Explanation(ctx context.Context, requestID string) (Refusal, error) {
	if err := l.Flush(ctx); err != nil {
		return Refusal{}, err
	}
	return l.db.RefusedByID(ctx, requestID)
}

// Page returns events for an admin, newest first.
func (l *Log) Page(ctx context.Context, by access.Caller, filter storage.AuditFilter) ([]storage.AuditRow, error) {
	if err := by.MayAdminister(); err != nil {
		return nil, err
	}
	rows, err := l.db.AuditAfter(ctx, filter)
	if err != nil {
		return nil, fmt.Errorf("read audit log: %w", err)
	}
	return rows, nil
}

// Sweep forgets explanations past their week and the oldest beyond the bound,
// and events past the time that they are to be kept. It says whether there is
// more to forget.
func (l *Log) Sweep(ctx context.Context) (more bool, err error) {
	err = l.db.Update(ctx, func(tx *storage.Tx) error {
		if _, err := tx.DeleteRefusedBefore(l.now().Add(-KeepFor), KeepAtMost); err != nil {
			return err
		}
		n, err := tx.DeleteAuditBefore(l.now().Add(-l.keep), sweepAtOnce)
		more = n == sweepAtOnce
		return err
	})
	return more, err
}

// sweepAtOnce bounds one sweep's transaction.
const sweepAtOnce = 1000
