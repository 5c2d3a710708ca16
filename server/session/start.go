package session

import (
	"context"
	"fmt"

	"ostiary/server/access"
	"ostiary/server/audit"
	"ostiary/server/credential"
	"ostiary/storage"
)

// Started is a session that was just made or given a new secret. Token is the
// secret, to be shown to its holder this once.
type Started struct {
	Token    string
	Snapshot *Snapshot
}

// Start makes a session for user, inside the transaction that decided that
// the user may have one. remember chooses between the ordinary life and a day.
func (s *Sessions) Start(tx *storage.Tx, by access.Caller, user storage.User, remember bool) (Started, error) {
	token, digest := s.mint()
	now := s.now()
	row := storage.Session{
		ID: credential.NewID("ses_", now), Digest: digest, UserID: user.ID, Kind: Opaque, Remember: remember,
		CreatedAt: now, AuthenticatedAt: now, RenewedAt: now, RotatedAt: now, LastSeenAt: now,
		ExpiresAt: s.expiry(now, now, remember), IP: by.Address, UserAgent: by.UserAgent,
	}
	if err := tx.InsertSession(row); err != nil {
		return Started{}, fmt.Errorf("start session: %w", err)
	}
	by.Method, by.UserID, by.SessionID = access.Session, user.ID, row.ID
	if err := s.audit.Record(tx, by, audit.SessionStarted, user.ID, row.ID, nil); err != nil {
		return Started{}, fmt.Errorf("start session: %w", err)
	}
	return Started{Token: token, Snapshot: s.snapshot(row, user)}, nil
}

// Living returns the row of a session that an operation goes on with, inside
// its transaction: the session may have ended while a password was hashed.
// Its holder is told how.
func (s *Sessions) Living(tx *storage.Tx, id string) (storage.Session, error) {
	row, err := tx.SessionByID(context.Background(), id)
	if err != nil {
		return row, fmt.Errorf("find session: %w", err)
	}
	if !row.EndedAt.IsZero() {
		return row, ended(row.EndedWhy, row.EndedAt, row.EndedBy)
	}
	return row, nil
}

// Rotate gives a living session a new secret, inside the transaction that
// called for it; the old one is dead with its commit and tells why.
func (s *Sessions) Rotate(tx *storage.Tx, row storage.Session, user storage.User, why string) (Started, error) {
	token, digest := s.mint()
	now := s.now()
	expires := s.expiry(row.CreatedAt, now, row.Remember)
	if err := tx.RotateSession(row.ID, row.UserID, digest, now, expires, why); err != nil {
		return Started{}, fmt.Errorf("rotate session: %w", err)
	}
	if err := tx.ConfirmSession(row.ID, row.UserID, now); err != nil {
		return Started{}, fmt.Errorf("rotate session: %w", err)
	}
	row.Digest, row.RotatedAt, row.RenewedAt, row.AuthenticatedAt, row.ExpiresAt = digest, now, now, now, expires
	return Started{Token: token, Snapshot: s.snapshot(row, user)}, nil
}

// Renew slides the end of a session that is due, and returns it as it is now.
// Of parallel callers one renews and hears true; to the others it is the same
// session, renewed by someone else.
func (s *Sessions) Renew(ctx context.Context, snap *Snapshot) (now *Snapshot, renewed bool, err error) {
	row := snap.Session
	err = s.db.Update(ctx, func(tx *storage.Tx) error {
		stored, err := tx.SessionByID(context.Background(), row.ID)
		if err != nil || !stored.EndedAt.IsZero() || !stored.RenewedAt.Equal(row.RenewedAt) {
			return err
		}
		at := s.now()
		row.RenewedAt, row.LastSeenAt, row.ExpiresAt = at, at, s.expiry(row.CreatedAt, at, row.Remember)
		renewed = true
		return tx.RenewSession(row.ID, row.UserID, row.RenewedAt, row.ExpiresAt)
	})
	if err != nil || !renewed {
		return snap, false, err
	}
	return s.snapshot(row, snap.User), true, nil
}
