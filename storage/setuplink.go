package storage

import (
	"context"
	"time"
)

// SetupLink is a link that makes the first administrator. UsedAt is zero while
// it was not used.
type SetupLink struct {
	Digest                       [32]byte
	CreatedAt, ExpiresAt, UsedAt time.Time
}

// SetupLink returns the link of a secret, or ErrNotFound.
func (r reads) SetupLink(ctx context.Context, secret [32]byte) (SetupLink, error) {
	var l SetupLink
	err := r.one(ctx, "setup link",
		`SELECT digest, created_at, expires_at, used_at FROM setup_link WHERE digest = ?`, []any{secret[:]},
		(*digest)(&l.Digest), (*msTime)(&l.CreatedAt), (*msTime)(&l.ExpiresAt), (*msTime)(&l.UsedAt))
	return l, err
}

// InsertSetupLink adds a link and forgets all others: only the last one that
// was printed works.
func (tx *Tx) InsertSetupLink(secret [32]byte, created, expires time.Time) error {
	tx.touchNobody("setup links are never cached")
	if err := tx.DeleteSetupLinks(); err != nil {
		return err
	}
	_, err := tx.exec("insert setup link",
		`INSERT INTO setup_link (digest, created_at, expires_at) VALUES (?, ?, ?)`,
		secret[:], ms(created), ms(expires))
	return err
}

// UseSetupLink spends a link that is there, was not used and has not expired.
// Of many at once one hears true.
func (tx *Tx) UseSetupLink(secret [32]byte, now time.Time) (ok bool, err error) {
	tx.touchNobody("setup links are never cached")
	n, err := tx.exec("use setup link",
		`UPDATE setup_link SET used_at = ?1 WHERE digest = ?2 AND used_at IS NULL AND expires_at > ?1`,
		ms(now), secret[:])
	return n == 1, err
}

// DeleteSetupLinks forgets every setup link.
func (tx *Tx) DeleteSetupLinks() error {
	tx.touchNobody("setup links are never cached")
	_, err := tx.exec("delete setup links", `DELETE FROM setup_link`)
	return err
}
