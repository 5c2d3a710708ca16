package storage

import (
	"context"
	"time"
)

// Retired is a secret that a rotation replaced.
type Retired struct {
	SessionID, UserID string
	At                time.Time
	Why               string
}

// RetiredSecret returns what became of a secret that is no longer any
// session's, or ErrNotFound.
func (r reads) RetiredSecret(ctx context.Context, secret [32]byte) (Retired, error) {
	var x Retired
	err := r.one(ctx, "retired secret",
		`SELECT session_id, user_id, at, why FROM retired_secret WHERE digest = ?`,
		[]any{secret[:]}, &x.SessionID, &x.UserID, (*msTime)(&x.At), &x.Why)
	return x, err
}

// DeleteSessionsEndedBefore sweeps: tombstones that ended before ended,
// sessions that nobody ended and that expired before expired, and secrets
// retired before ended; at most limit rows of each. It returns how many rows
// went; call again while it is not 0.
func (tx *Tx) DeleteSessionsEndedBefore(ended, expired time.Time, limit int) (int, error) {
	tx.touchNobody("what is swept was dead before: every use judges ended and expired by itself")
	sweeps := []struct {
		query string
		limit time.Time
	}{
		{`DELETE FROM session WHERE rowid IN (SELECT rowid FROM session
			WHERE ended_at IS NOT NULL AND ended_at < ? ORDER BY ended_at LIMIT ?)`, ended},
		{`DELETE FROM session WHERE rowid IN (SELECT rowid FROM session
			WHERE ended_at IS NULL AND expires_at < ? ORDER BY expires_at LIMIT ?)`, expired},
		{`DELETE FROM retired_secret WHERE digest IN (SELECT digest FROM retired_secret
			WHERE at < ? ORDER BY at LIMIT ?)`, ended},
	}
	total := 0
	for _, s := range sweeps {
		n, err := tx.exec("sweep sessions", s.query, ms(s.limit), max(limit, 0))
		if err != nil {
			return total, err
		}
		total += int(n)
	}
	return total, nil
}
