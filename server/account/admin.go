package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ostiary/server/access"
	"ostiary/server/audit"
	"ostiary/server/refusal"
	"ostiary/server/session"
	"ostiary/storage"
)

// byID is a read of one user, in a transaction or outside.
type byID func(ctx context.Context, id string) (storage.User, error)

// find returns a user in whatever state, or user.unknown.
func (a *Accounts) find(ctx context.Context, read byID, id string) (storage.User, error) {
	user, err := read(ctx, id)
	if errors.Is(err, storage.ErrNotFound) {
		return user, refusal.New(refusal.UserUnknown)
	}
	if err != nil {
		return user, fmt.Errorf("find user: %w", err)
	}
	return user, nil
}

// living returns a user who is not deleted.
func (a *Accounts) living(ctx context.Context, read byID, id string) (storage.User, error) {
	user, err := a.find(ctx, read, id)
	if err == nil && !user.DeletedAt.IsZero() {
		return user, refusal.New(refusal.UserDeleted).With("deleted_at", stamp(user.DeletedAt))
	}
	return user, err
}

// User returns one user for an admin, deleted ones too.
func (a *Accounts) User(ctx context.Context, by access.Caller, id string) (storage.User, error) {
	if err := by.MayAdminister(); err != nil {
		return storage.User{}, err
	}
	return a.find(ctx, a.db.UserByID, id)
}

// Users returns a page of users for an admin.
func (a *Accounts) Users(ctx context.Context, by access.Caller, filter storage.UserFilter) ([]storage.User, error) {
	if err := by.MayAdminister(); err != nil {
		return nil, err
	}
	users, err := a.db.UsersAfter(ctx, filter)
	if err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	return users, nil
}

// change runs one admin operation on a user: permission first, then the
// change and its audit row in one transaction. edit returns what ended, if
// the operation ends anything.
func (a *Accounts) change(ctx context.Context, by access.Caller, id string, event audit.Event,
	edit func(tx *storage.Tx, user *storage.User) error) (storage.User, error) {
	if err := by.MayAdminister(); err != nil {
		return storage.User{}, err
	}
	var user storage.User
	err := a.db.Update(ctx, func(tx *storage.Tx) (err error) {
		if user, err = a.find(ctx, tx.UserByID, id); err != nil {
			return err
		}
		if err = edit(tx, &user); err != nil {
			return err
		}
		user.UpdatedAt = a.now()
		if err = tx.UpdateUser(user); errors.Is(err, storage.ErrTaken) {
			return refusal.New(refusal.SignupEmailTaken)
		} else if err != nil {
			return fmt.Errorf("%s: %w", event, err)
		}
		return a.audit.Record(tx, by, event, id, "", nil)
	})
	return user, err
}

// Disable closes an account and ends everything it has open. Enable brings
// none of that back.
func (a *Accounts) Disable(ctx context.Context, by access.Caller, id string) (storage.User, error) {
	return a.change(ctx, by, id, audit.UserDisabled, func(tx *storage.Tx, user *storage.User) error {
		if !user.DeletedAt.IsZero() {
			return refusal.New(refusal.UserDeleted)
		}
		if !user.DisabledAt.IsZero() {
			return refusal.New(refusal.UserDisabled)
		}
		if err := a.keepAnAdmin(ctx, tx, *user); err != nil {
			return err
		}
		user.DisabledAt = a.now()
		return a.endEverything(tx, by, id, session.ByUserDisabled)
	})
}

// Enable opens a disabled account again.
func (a *Accounts) Enable(ctx context.Context, by access.Caller, id string) (storage.User, error) {
	return a.change(ctx, by, id, audit.UserEnabled, func(_ *storage.Tx, user *storage.User) error {
		if !user.DeletedAt.IsZero() {
			return refusal.New(refusal.UserDeleted)
		}
		user.DisabledAt = time.Time{}
		return nil
	})
}

// Delete takes an account away and frees its address. The row stays, so that
// the audit log keeps its meaning and Restore is possible.
func (a *Accounts) Delete(ctx context.Context, by access.Caller, id string) (storage.User, error) {
	return a.change(ctx, by, id, audit.UserDeleted, func(tx *storage.Tx, user *storage.User) error {
		if !user.DeletedAt.IsZero() {
			return refusal.New(refusal.UserDeleted)
		}
		if err := a.keepAnAdmin(ctx, tx, *user); err != nil {
			return err
		}
		user.DeletedAt = a.now()
		if err := a.endEverything(tx, by, id, session.ByUserDeleted); err != nil {
			return err
		}
		// What they did stays known, from where they did it does not.
		return errors.Join(tx.RedactSessions(id), tx.RedactAudit(id))
	})
}

// Restore brings a deleted account back, unless someone else has its address
// by now (signup.email_taken).
func (a *Accounts) Restore(ctx context.Context, by access.Caller, id string) (storage.User, error) {
	return a.change(ctx, by, id, audit.UserRestored, func(_ *storage.Tx, user *storage.User) error {
		user.DeletedAt = time.Time{}
		return nil
	})
}

// Changes are what an admin may edit; nil leaves a thing as it is.
type Changes struct {
	Name     *string
	Admin    *bool
	Verified *bool
}

// Edit changes an account's plain facts.
func (a *Accounts) Edit(ctx context.Context, by access.Caller, id string, changes Changes) (storage.User, error) {
	return a.change(ctx, by, id, audit.UserUpdated, func(tx *storage.Tx, user *storage.User) error {
		if !user.DeletedAt.IsZero() {
			return refusal.New(refusal.UserDeleted)
		}
		if changes.Name != nil {
			user.Name = *changes.Name
		}
		if changes.Verified != nil {
			user.EmailVerified = *changes.Verified
		}
		if changes.Admin != nil {
			if user.Admin && !*changes.Admin {
				if err := a.keepAnAdmin(ctx, tx, *user); err != nil {
					return err
				}
			}
			user.Admin = *changes.Admin
		}
		return nil
	})
}

// Rename gives the caller's own account another name.
func (a *Accounts) Rename(ctx context.Context, by access.Caller, name string) error {
	return a.db.Update(ctx, func(tx *storage.Tx) error {
		user, err := a.living(ctx, tx.UserByID, by.UserID)
		if err != nil {
			return err
		}
		user.Name, user.UpdatedAt = name, a.now()
		if err := tx.UpdateUser(user); err != nil {
			return fmt.Errorf("rename: %w", err)
		}
		return a.audit.Record(tx, by, audit.UserUpdated, user.ID, "", nil)
	})
}

// SignOut ends every session and known device of a user.
func (a *Accounts) SignOut(ctx context.Context, by access.Caller, id string) (n int, err error) {
	if err := by.MayAdminister(); err != nil {
		return 0, err
	}
	err = a.db.Update(ctx, func(tx *storage.Tx) (err error) {
		if _, err = a.find(ctx, tx.UserByID, id); err != nil {
			return err
		}
		if n, err = a.sessions.EndAll(tx, by, id, "", session.ByAdmin); err != nil {
			return err
		}
		if err = a.sessions.ForgetDevices(tx, id); err != nil {
			return err
		}
		return a.audit.Record(tx, by, audit.UserSignedOut, id, "", audit.Details{"sessions": n})
	})
	return n, err
}

// IsLastAdmin says whether user is the one enabled admin there is.
func (a *Accounts) IsLastAdmin(ctx context.Context, user storage.User) (bool, error) {
	if !user.Admin || !user.DisabledAt.IsZero() || !user.DeletedAt.IsZero() {
		return false, nil
	}
	_, admins, err := a.db.CountUsers(ctx)
	return admins <= 1, err
}

// keepAnAdmin refuses what would leave the server without an enabled admin.
// It is asked inside the transaction, so two admins cannot remove each other.
func (a *Accounts) keepAnAdmin(ctx context.Context, tx *storage.Tx, user storage.User) error {
	if !user.Admin || !user.DisabledAt.IsZero() || !user.DeletedAt.IsZero() {
		return nil
	}
	_, admins, err := tx.CountUsers(ctx)
	if err != nil {
		return fmt.Errorf("count admins: %w", err)
	}
	if admins <= 1 {
		return refusal.New(refusal.UserLastAdmin)
	}
	return nil
}

func stamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }
