package throttle

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"ostiary/server/refusal"
	"ostiary/storage"
)

const (
	// closedAt is how many failures in a row close an account to passwords on
	// unknown devices for good: SP 800-63B-4, 3.2.2 allows no more than 100.
	closedAt = 100
	// longestLock bounds the lock between two rounds of failures.
	longestLock = 24 * time.Hour
	// forgetAfter is how long after the last failure the count begins anew.
	forgetAfter = 24 * time.Hour
	// sweepAtOnce bounds one sweep's transaction.
	sweepAtOnce = 1000
)

// never is the end of a lock that only a mailed link, a reset or an
// administrator ends.
var never = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// Locks stop the guessing of passwords from ever new addresses. Each account,
// whether anybody has it or not, may fail After times in a row; then it is
// locked, for longer each time (after below one: never). The count is raised on disk before an attempt
// is judged, so parallel attempts and crashes win nothing.
type Locks struct {
	db    *storage.DB
	now   func() time.Time
	key   [32]byte // of the digests: whoever reads the file learns no addresses
	after atomic.Int64
	first atomic.Int64
}

// NewLocks locks for the time first after so many failures.
func NewLocks(db *storage.DB, now func() time.Time, key [32]byte, after int, first time.Duration) *Locks {
	l := &Locks{db: db, now: now, key: key}
	l.Set(after, first)
	return l
}

// Set changes when and for how long is locked, from the next failure on.
func (l *Locks) Set(after int, first time.Duration) {
	l.after.Store(int64(after))
	l.first.Store(int64(first))
}

// Digest is what stands for the account named by parts.
func (l *Locks) Digest(parts ...string) (digest [32]byte) {
	mac := hmac.New(sha256.New, l.key[:])
	for _, part := range parts {
		fmt.Fprintf(mac, "%d:%s", len(part), part)
	}
	mac.Sum(digest[:0])
	return digest
}

// Count counts an attempt before it is judged. It returns login.locked, and
// counts nothing, while there is a lock.
func (l *Locks) Count(ctx context.Context, account [32]byte) error {
	if l.after.Load() < 1 {
		return nil // limits are off
	}
	// A look first: a flood of attempts on a locked account must not wait in
	// the writer's queue.
	have, err := l.db.Attempt(ctx, account)
	if err == nil {
		err = l.locked(have)
	}
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	return l.db.Update(ctx, func(tx *storage.Tx) error {
		have, err := tx.Attempt(context.Background(), account)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return fmt.Errorf("count attempt: %w", err)
		}
		if err := l.locked(have); err != nil {
			return err
		}
		return tx.PutAttempt(account, l.next(have))
	})
}

// locked is the refusal while there is a lock. A clock that was set back is
// inside every lock.
func (l *Locks) locked(a storage.Attempt) error {
	now := l.now()
	if a.LockedUntil.IsZero() || !now.Before(a.LockedUntil) {
		return nil
	}
	refused := refusal.New(refusal.LoginLocked)
	if a.LockedUntil.Equal(never) {
		return refused.Wait(longestLock).Because("There were too many failed sign-ins in a row; only a new password ends this lock.")
	}
	return refused.Wait(a.LockedUntil.Sub(now))
}

// next is the count with one more attempt, as if it failed.
func (l *Locks) next(a storage.Attempt) storage.Attempt {
	now, after := l.now(), max(1, int(l.after.Load()))
	if now.Sub(a.LastAt) > forgetAfter && a.Failures < closedAt {
		a = storage.Attempt{}
	}
	a.Failures, a.LastAt = a.Failures+1, now
	switch {
	case a.Failures >= closedAt:
		a.LockedUntil = never
	case a.Failures%after == 0:
		a.LockedUntil = now.Add(l.lockFor(a.Failures / after))
	}
	return a
}

// lockFor doubles with each round.
func (l *Locks) lockFor(round int) time.Duration {
	first := time.Duration(l.first.Load())
	d := first
	for ; round > 1 && d < longestLock; round-- {
		d *= 2
	}
	return min(d, max(first, longestLock))
}

// Clear forgets the failures of an account that was opened, in the transaction
// that opens it.
func (l *Locks) Clear(tx *storage.Tx, account [32]byte) error { return tx.DeleteAttempt(account) }

// Sweep forgets counts that would begin anew anyway, and says whether there
// are more.
func (l *Locks) Sweep(ctx context.Context) (more bool, err error) {
	err = l.db.Update(ctx, func(tx *storage.Tx) error {
		n, err := tx.DeleteAttemptsBefore(l.now().Add(-forgetAfter), l.now(), closedAt, sweepAtOnce)
		more = n == sweepAtOnce
		return err
	})
	return more, err
}
