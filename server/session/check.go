package session

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"ostiary/server/credential"
	"ostiary/server/refusal"
	"ostiary/storage"
)

// Snapshot is a session and its user as they were read together. It is
// shared between requests and never changed, but for its two atomics.
type Snapshot struct {
	Session storage.Session
	User    storage.User

	// Edge is one slot for what the HTTP edge makes of this snapshot (the
	// body of /me, the CSRF token): it lives and dies with the snapshot.
	Edge atomic.Value

	expiresAt  time.Time // the earlier of the stored end and today's settings
	lastMoment time.Time // age limit, zero for none
	renewAt    time.Time // a use from here on renews
	seenAt     atomic.Int64
}

// snapshotCost is about what a snapshot weighs, in bytes.
func snapshotCost(s *Snapshot) int64 {
	return int64(900 + len(s.Session.UserAgent) + len(s.User.Name) + len(s.User.Email) + len(s.User.PasswordHash))
}

// snapshot works out once per row what every check of it compares.
func (s *Sessions) snapshot(row storage.Session, user storage.User) *Snapshot {
	user.PasswordHash = "" // no check needs it, and what is not held cannot leak
	snap := &Snapshot{Session: row, User: user}
	snap.lastMoment = s.lastMoment(row.CreatedAt, row.Remember)
	snap.expiresAt = row.ExpiresAt
	if end := s.expiry(row.CreatedAt, row.RenewedAt, row.Remember); end.Before(snap.expiresAt) {
		snap.expiresAt = end // the setting was shortened since
	}
	snap.renewAt = row.RenewedAt.Add(min(s.opts.RenewAfter, s.Idle(row.Remember)/2))
	snap.seenAt.Store(row.LastSeenAt.UnixMilli())
	return snap
}

// ExpiresAt is when the session ends if it is not used again.
func (s *Snapshot) ExpiresAt() time.Time { return s.expiresAt }

// Check says whether token is, at the moment now, a living session of a living
// user, and whose.
// It returns a *refusal.Error that tells the holder what is wrong, or the
// storage fault that kept it from knowing; the latter never means "signed
// out". A warm check does no I/O, takes no lock and allocates nothing.
func (s *Sessions) Check(ctx context.Context, token []byte, now time.Time) (*Snapshot, error) {
	parsed, err := credential.Parse(token)
	if err != nil || parsed.Kind != credential.Session {
		return nil, malformed(err)
	}
	if string(parsed.Tag[:]) != s.opts.Tag {
		return nil, s.otherInstance(string(parsed.Tag[:]))
	}
	snap, err := s.room.Load(ctx, parsed.Digest)
	if err != nil {
		return nil, s.absent(ctx, parsed.Digest, err)
	}
	if err := s.judge(snap, now); err != nil {
		return nil, err
	}
	s.see(snap, now)
	return snap, nil
}

// judge decides whether the session may be used at this moment.
func (s *Sessions) judge(snap *Snapshot, now time.Time) error {
	switch {
	case !snap.Session.EndedAt.IsZero():
		return ended(snap.Session.EndedWhy, snap.Session.EndedAt, snap.Session.EndedBy)
	case !snap.User.DeletedAt.IsZero():
		return ended(ByUserDeleted, snap.User.DeletedAt, "")
	case !snap.User.DisabledAt.IsZero():
		return ended(ByUserDisabled, snap.User.DisabledAt, "")
	case !snap.lastMoment.IsZero() && !now.Before(snap.lastMoment):
		return s.tooOld(snap)
	case !now.Before(snap.expiresAt):
		return s.idle(snap)
	}
	return nil
}

// absent tells what a secret without a row means: one that was rotated away,
// one that this server never made or has forgotten, or a storage fault.
func (s *Sessions) absent(ctx context.Context, digest credential.Digest, err error) error {
	if !errors.Is(err, storage.ErrNotFound) {
		return fmt.Errorf("check session: %w", err)
	}
	retired, err := s.db.RetiredSecret(ctx, digest)
	switch {
	case err == nil:
		return ended(retired.Why, retired.At, "")
	case errors.Is(err, storage.ErrNotFound):
		return refusal.New(refusal.SessionUnknown)
	}
	return fmt.Errorf("check session: %w", err)
}

// RenewalDue says whether a use at the moment now should renew the session:
// it is not when the session already lives to its age limit.
func (s *Snapshot) RenewalDue(now time.Time) bool {
	return !now.Before(s.renewAt) && (s.lastMoment.IsZero() || s.expiresAt.Before(s.lastMoment))
}
