package session

import (
	"context"
	"errors"
	"fmt"

	"ostiary/server/access"
	"ostiary/server/audit"
	"ostiary/server/refusal"
	"ostiary/storage"
)

// End ends the session with this public id for its own user. An id of someone
// else's session is answered as if it did not exist, and so is one that has
// ended already. When End returns nil the end is on disk and in force.
func (s *Sessions) End(ctx context.Context, by access.Caller, id, why string) error {
	return s.db.Update(ctx, func(tx *storage.Tx) error {
		row, err := tx.SessionByID(ctx, id)
		if errors.Is(err, storage.ErrNotFound) || (err == nil && row.UserID != by.UserID) {
			return unknownID(id)
		}
		if err != nil {
			return fmt.Errorf("end session: %w", err)
		}
		return s.end(tx, by, row, why)
	})
}

// EndAny ends anyone's session, for an admin.
func (s *Sessions) EndAny(ctx context.Context, by access.Caller, id string) error {
	return s.db.Update(ctx, func(tx *storage.Tx) error {
		if err := by.MayAdminister(); err != nil {
			return err
		}
		row, err := tx.SessionByID(ctx, id)
		if errors.Is(err, storage.ErrNotFound) {
			return unknownID(id)
		}
		if err != nil {
			return fmt.Errorf("end session: %w", err)
		}
		return s.end(tx, by, row, ByAdmin)
	})
}

// EndIn ends one living session inside a transaction that has its own reason,
// such as a login that takes its place. Ending a dead one is not an error.
func (s *Sessions) EndIn(tx *storage.Tx, by access.Caller, row storage.Session, why string) error {
	err := s.end(tx, by, row, why)
	if refusal.Is(err, refusal.RequestUnknownID) {
		return nil
	}
	return err
}

func (s *Sessions) end(tx *storage.Tx, by access.Caller, row storage.Session, why string) error {
	ended, err := tx.EndSession(row.ID, row.UserID, s.now(), why, who(by))
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	if !ended {
		return unknownID(row.ID)
	}
	return s.audit.Record(tx, by, audit.SessionEnded, row.UserID, row.ID, audit.Details{"why": why})
}

// EndAll ends every session of a user but the one with id keep, which may be
// empty, and returns how many there were. It runs inside the transaction of
// what called for it: a password change, a disabled account.
func (s *Sessions) EndAll(tx *storage.Tx, by access.Caller, userID, keep, why string) (int, error) {
	n, err := tx.EndSessionsOfUser(userID, keep, s.now(), why, who(by))
	if err != nil {
		return 0, fmt.Errorf("end all sessions: %w", err)
	}
	if n == 0 {
		return 0, nil
	}
	return n, s.audit.Record(tx, by, audit.SessionsEnded, userID, "", audit.Details{"why": why, "count": n})
}

// EndEveryone ends every session on the server and forgets every known device,
// for an admin: also the admin's own. Everybody signs in again.
func (s *Sessions) EndEveryone(ctx context.Context, by access.Caller) (n int, err error) {
	err = s.db.Update(ctx, func(tx *storage.Tx) (err error) {
		if err := by.MayAdminister(); err != nil {
			return err
		}
		if n, err = tx.EndAllSessions(s.now(), ByAdmin, who(by)); err != nil {
			return fmt.Errorf("end everyone's sessions: %w", err)
		}
		if _, err = tx.DeleteDevices(); err != nil {
			return fmt.Errorf("forget everyone's devices: %w", err)
		}
		return s.audit.Record(tx, by, audit.SessionsEnded, "", "everyone", audit.Details{"why": ByAdmin, "count": n})
	})
	return n, err
}

// LogoutAll ends the caller's own sessions, all or all but the current one,
// and forgets every browser that was known: who signs out everywhere does not
// trust them any more.
func (s *Sessions) LogoutAll(ctx context.Context, by access.Caller, keepCurrent bool) (n int, err error) {
	keep := ""
	if keepCurrent {
		keep = by.SessionID
	}
	err = s.db.Update(ctx, func(tx *storage.Tx) (err error) {
		if n, err = s.EndAll(tx, by, by.UserID, keep, ByLogoutAll); err != nil {
			return err
		}
		return s.ForgetDevices(tx, by.UserID)
	})
	return n, err
}

// List returns the living sessions of a user, newest first.
func (s *Sessions) List(ctx context.Context, userID string) ([]storage.Session, error) {
	rows, err := s.db.SessionsOfUser(ctx, userID, s.now())
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return rows, nil
}

// Page returns living sessions of all users, or of one, for an admin.
func (s *Sessions) Page(ctx context.Context, by access.Caller, filter storage.SessionFilter) ([]storage.Session, error) {
	if err := by.MayAdminister(); err != nil {
		return nil, err
	}
	filter.Now = s.now()
	rows, err := s.db.SessionsAfter(ctx, filter)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return rows, nil
}

// Sweep frees the rows of sessions that ended more than a week ago, and says
// whether there are more. It only frees space: no sweep makes anything valid
// or invalid.
func (s *Sessions) Sweep(ctx context.Context) (more bool, err error) {
	before := s.now().Add(-tombstoneKeep)
	err = s.db.Update(ctx, func(tx *storage.Tx) error {
		n, err := tx.DeleteSessionsEndedBefore(before, before, sweepAtOnce)
		more = n >= sweepAtOnce
		return err
	})
	return more, err
}

// sweepAtOnce bounds one sweep's transaction, so that logins wait for it only
// a few milliseconds.
const sweepAtOnce = 500

// who names the actor for the private side of a tombstone.
func who(by access.Caller) string {
	if by.UserID != "" {
		return by.UserID
	}
	return string(by.Method)
}

func unknownID(id string) error {
	return refusal.New(refusal.RequestUnknownID).Privately("no living session %q of this caller", id)
}
