package account

import (
	"context"
	"errors"
	"fmt"

	"ostiary/server/access"
	"ostiary/server/audit"
	"ostiary/server/password"
	"ostiary/server/refusal"
	"ostiary/server/session"
	"ostiary/storage"
)

// ChangePassword gives the caller a new password after the current one was
// proved. All other sessions and every known device end with it; the session
// that asked goes on under a new secret.
func (a *Accounts) ChangePassword(ctx context.Context, by access.Caller, device []byte, current, wanted string) (SignedIn, error) {
	user, err := a.db.UserByID(ctx, by.UserID)
	if err != nil {
		return SignedIn{}, fmt.Errorf("change password: %w", err)
	}
	if err := a.prove(ctx, by, user, current); err != nil {
		return SignedIn{}, err
	}
	if same(current, wanted) {
		return SignedIn{}, refusal.New(refusal.RequestInvalid).
			At("/password", refusal.RequestBadValue, "The new password is the one you already have.")
	}
	hash, err := a.hashNew(ctx, by, wanted, user.Email)
	if err != nil {
		return SignedIn{}, err
	}
	var out SignedIn
	err = a.db.Update(ctx, func(tx *storage.Tx) error {
		now, err := tx.UserByID(ctx, user.ID)
		if err != nil || !sameAccount(user, now) {
			return refusal.New(refusal.AccountWrongPassword).Privately("the account changed while the password was checked").Wrap(err)
		}
		out, err = a.changePassword(tx, by, device, now, hash)
		return err
	})
	return out, err
}

// changePassword stores the new hash and ends what the old one had opened.
func (a *Accounts) changePassword(tx *storage.Tx, by access.Caller, device []byte, user storage.User, hash string) (out SignedIn, err error) {
	row, err := a.sessions.Living(tx, by.SessionID)
	if err != nil {
		return out, err
	}
	if err = tx.UpdatePassword(user.ID, hash, false, a.now()); err != nil {
		return out, fmt.Errorf("change password: %w", err)
	}
	if err = a.audit.Record(tx, by, audit.PasswordChanged, user.ID, "", nil); err != nil {
		return out, err
	}
	if _, err = a.sessions.EndAll(tx, by, user.ID, by.SessionID, session.ByPasswordChange); err != nil {
		return out, err
	}
	if err = a.sessions.ForgetDevices(tx, user.ID); err != nil {
		return out, err
	}
	user.MustChangePassword, user.PasswordHash = false, hash
	out.User = user
	if err = a.locks.Clear(tx, a.locks.Digest("session", by.SessionID)); err != nil {
		return out, err
	}
	if out.Device, err = a.sessions.Remember(tx, user.ID, device); err != nil {
		return out, err
	}
	out.Started, err = a.sessions.Rotate(tx, row, user, session.ByPasswordChange)
	return out, err
}

// prove checks the caller's own password again.
func (a *Accounts) prove(ctx context.Context, by access.Caller, user storage.User, typed string) error {
	// A stolen session must not become a way to guess the password.
	if err := a.locks.Count(ctx, a.locks.Digest("session", by.SessionID)); err != nil {
		return err
	}
	normal, normalErr := password.Normalize(typed)
	stored := user.PasswordHash
	if normalErr != nil {
		stored = ""
	}
	ok, _, err := a.hasher.Verify(ctx, password.Visitor{Address: by.Address, Known: true}, stored, normal)
	if refused := (*refusal.Error)(nil); errors.As(err, &refused) {
		return err
	}
	if !ok {
		return refusal.New(refusal.AccountWrongPassword)
	}
	return nil
}

func same(current, wanted string) bool {
	a, errA := password.Normalize(current)
	b, errB := password.Normalize(wanted)
	return errA == nil && errB == nil && a == b
}

// SetPassword gives someone else a new password, for an admin. It ends every
// session and device, and asks for a change at the next login: an admin may
// open the door again but should not go on knowing the key.
func (a *Accounts) SetPassword(ctx context.Context, by access.Caller, userID, wanted string) error {
	if err := by.MayAdminister(); err != nil {
		return err
	}
	user, err := a.living(ctx, a.db.UserByID, userID)
	if err != nil {
		return err
	}
	hash, err := a.hashNew(ctx, by, wanted, user.Email)
	if err != nil {
		return err
	}
	return a.db.Update(ctx, func(tx *storage.Tx) error {
		if _, err := a.living(ctx, tx.UserByID, userID); err != nil {
			return err
		}
		if err := tx.UpdatePassword(userID, hash, true, a.now()); err != nil {
			return fmt.Errorf("set password: %w", err)
		}
		if err := a.audit.Record(tx, by, audit.PasswordSet, userID, "", nil); err != nil {
			return err
		}
		if err := a.locks.Clear(tx, a.locks.Digest("account", user.Email)); err != nil {
			return err
		}
		return a.endEverything(tx, by, userID, session.ByPasswordSet)
	})
}

// endEverything ends all that an account has open: its sessions and devices.
func (a *Accounts) endEverything(tx *storage.Tx, by access.Caller, userID, why string) error {
	if _, err := a.sessions.EndAll(tx, by, userID, "", why); err != nil {
		return err
	}
	return a.sessions.ForgetDevices(tx, userID)
}
