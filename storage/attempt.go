package storage

import (
	"context"
	"time"
)

// Attempt is how many sign-ins for one account failed in a row. LockedUntil is
// zero while there is no lock.
type Attempt struct {
	Failures            int
	LastAt, LockedUntil time.Time
}

// Attempt returns the failures under a digest, or ErrNotFound.
func (r reads) Attempt(ctx context.Context, account [32]byte) (Attempt, error) {
	var a Attempt
	err := r.one(ctx, "attempt", `SELECT failures, last_at, locked_until FROM attempt WHERE digest = ?`, []any{account[:]},
		&a.Failures, (*msTime)(&a.LastAt), (*msTime)(&a.LockedUntil))
	return a, err
}

// PutAttempt stores the failures under a digest, in place of what was there.
func (tx *Tx) PutAttempt(account [32]byte, a Attempt) error {
	tx.touchNobody("attempts are never cached")
	_, err := tx.exec("put attempt",
		`INSERT INTO attempt (digest, failures, last_at, locked_until) VALUES (?, ?, ?, ?)
		 ON CONFLICT (digest) DO UPDATE SET failures = excluded.failures, last_at = excluded.last_at, locked_until = excluded.locked_until`,
		account[:], a.Failures, ms(a.LastAt), ms(a.LockedUntil))
	return err
}

// DeleteAttempt forgets the failures under a digest; that there were none is
// no error.
func (tx *Tx) DeleteAttempt(account [32]byte) error {
	tx.touchNobody("attempts are never cached")
	_, err := tx.exec("delete attempt", `DELETE FROM attempt WHERE digest = ?`, account[:])
	return err
}

// DeleteAttemptsBefore sweeps at most limit rows of which the last failure is
// older than t, that have fewer than keep failures and no lock at the moment
// now. It tells how many went.
func (tx *Tx) DeleteAttemptsBefore(t, now time.Time, keep, limit int) (int, error) {
	tx.touchNobody("attempts are never cached")
	n, err := tx.exec("sweep attempts",
		`DELETE FROM attempt WHERE digest IN (SELECT digest FROM attempt
			WHERE last_at < ? AND failures < ? AND (locked_until IS NULL OR locked_until < ?) ORDER BY last_at LIMIT ?)`,
		ms(t), keep, ms(now), limit)
	return int(n), err
}
