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

const sessionReplaced = session.ByLogin

// Login opens an account by its password. email is canonical. Whatever is
// wrong, the answer is login.invalid_credentials and the work is the same:
// one look-up and one hash. Why is kept privately.
func (a *Accounts) Login(ctx context.Context, by access.Caller, visitor Visitor, email, typed string, remember bool) (SignedIn, error) {
	user, budget, err := a.authenticate(ctx, by, visitor, email, typed)
	if err != nil {
		return SignedIn{}, err
	}
	var out SignedIn
	err = a.db.Update(ctx, func(tx *storage.Tx) error {
		// Read again: while we hashed, the password may have been changed or
		// the account disabled, and the old password must not open it after.
		now, err := tx.UserByID(ctx, user.ID)
		if err != nil || !sameAccount(user, now) {
			return invalidCredentials("the account changed while the password was checked").Wrap(err)
		}
		if err := a.locks.Clear(tx, budget); err != nil {
			return err
		}
		out, err = a.open(tx, by, visitor, now, remember)
		return err
	})
	if fault := storageFault(err); fault != nil {
		return SignedIn{}, fmt.Errorf("login: %w", fault)
	}
	return out, err
}

// authenticate finds the account behind an address and a password. The attempt
// is counted before it is judged, in the budget that it returns.
func (a *Accounts) authenticate(ctx context.Context, by access.Caller, visitor Visitor, email, typed string) (storage.User, [32]byte, error) {
	user, err := a.db.UserByEmail(ctx, email)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return storage.User{}, [32]byte{}, fmt.Errorf("login: %w", err)
	}
	unknown := err != nil
	who := password.Visitor{Address: by.Address, Known: a.sessions.KnownDevice(ctx, visitor.Device, user.ID)}
	budget := a.budget(email, visitor, who.Known)
	if err := a.locks.Count(ctx, budget); err != nil {
		return storage.User{}, budget, err
	}
	normal, normalErr := password.Normalize(typed)
	stored := user.PasswordHash
	if normalErr != nil {
		stored = "" // no password of ours looks like this; the work is done all the same
	}
	ok, rehash, err := a.hasher.Verify(ctx, who, stored, normal)
	if refused := (*refusal.Error)(nil); errors.As(err, &refused) {
		return storage.User{}, budget, err
	}
	if why := whyNot(unknown, user, ok, err); why != "" {
		return storage.User{}, budget, invalidCredentials(why)
	}
	if rehash {
		a.rehash(ctx, by, &user, normal)
	}
	return user, budget, nil
}

// budget is what an attempt is counted in: the account's, which strangers
// anywhere share, or that of a device which its user has signed in with, whom
// strangers then cannot lock out.
func (a *Accounts) budget(email string, visitor Visitor, known bool) [32]byte {
	if known {
		return a.locks.Digest("device", email, string(visitor.Device))
	}
	return a.locks.Digest("account", email)
}

// whyNot is the private reason for which a password does not open an account,
// or "" when it does.
func whyNot(unknown bool, user storage.User, ok bool, err error) string {
	switch {
	case unknown:
		return "no account has this address"
	case !user.DisabledAt.IsZero():
		return "the account is disabled"
	case user.PasswordHash == "":
		return "the account has no password"
	case err != nil:
		return "the stored hash cannot be read: " + err.Error()
	case !ok:
		return "the password is wrong"
	}
	return ""
}

// rehash stores the password under today's parameters. It may fail: the old
// hash goes on working, and the next login tries again.
func (a *Accounts) rehash(ctx context.Context, by access.Caller, user *storage.User, normal string) {
	hash, err := a.hasher.Hash(ctx, password.Visitor{Address: by.Address}, normal)
	if err != nil {
		return
	}
	err = a.db.Update(ctx, func(tx *storage.Tx) error {
		changed, err := tx.RehashPassword(user.ID, user.PasswordHash, hash)
		if err != nil || !changed {
			return err
		}
		user.PasswordHash = hash
		return a.audit.Record(tx, by, audit.PasswordRehashed, user.ID, "", nil)
	})
	if err != nil {
		a.log.Warn("a password could not be rehashed", "component", "session", "user", user.ID, "error", err)
	}
}

// sameAccount says whether what the password proved still holds.
func sameAccount(before, now storage.User) bool {
	return now.PasswordHash == before.PasswordHash && now.DisabledAt.IsZero() && now.DeletedAt.IsZero() && now.Email == before.Email
}

func invalidCredentials(why string) *refusal.Error {
	return refusal.New(refusal.LoginInvalidCredentials).Privately("%s", why)
}

// storageFault is the storage fault inside err, if that is what it is.
func storageFault(err error) error {
	var fault *storage.Fault
	if errors.As(err, &fault) {
		return fault
	}
	return nil
}
