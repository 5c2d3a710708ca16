package account

import (
	"context"
	"errors"
	"fmt"

	"ostiary/server/access"
	"ostiary/server/audit"
	"ostiary/server/credential"
	"ostiary/server/password"
	"ostiary/server/refusal"
	"ostiary/storage"
)

// NewUser is what a sign-up, the setup page or an admin asks for.
type NewUser struct {
	Email    string // canonical
	Name     string
	Password string // as typed; may be empty when an admin makes the account
	Admin    bool
	Verified bool
}

// SignUp makes an account for a stranger and signs it in.
func (a *Accounts) SignUp(ctx context.Context, by access.Caller, visitor Visitor, wanted NewUser) (SignedIn, error) {
	if !a.opts.SignupEnabled {
		return SignedIn{}, refusal.New(refusal.SignupDisabled)
	}
	wanted.Admin, wanted.Verified = false, false
	user, err := a.prepare(ctx, by, wanted)
	if err != nil {
		return SignedIn{}, err
	}
	var out SignedIn
	err = a.db.Update(ctx, func(tx *storage.Tx) (err error) {
		if err = a.insert(tx, by, user); err != nil {
			return err
		}
		out, err = a.open(tx, by, visitor, user, true)
		return err
	})
	return out, err
}

// Create makes an account for an admin. Without a password the account can be
// opened only once one was set.
func (a *Accounts) Create(ctx context.Context, by access.Caller, wanted NewUser) (storage.User, error) {
	if err := by.MayAdminister(); err != nil {
		return storage.User{}, err
	}
	user, err := a.prepare(ctx, by, wanted)
	if err != nil {
		return storage.User{}, err
	}
	err = a.db.Update(ctx, func(tx *storage.Tx) error { return a.insert(tx, by, user) })
	return user, err
}

// prepare checks the password and hashes it, before any transaction: a
// function that runs in one must not take 25 ms of everybody's time.
func (a *Accounts) prepare(ctx context.Context, by access.Caller, wanted NewUser) (storage.User, error) {
	now := a.now()
	user := storage.User{
		ID: credential.NewID("usr_", now), Email: wanted.Email, Name: wanted.Name,
		Admin: wanted.Admin, EmailVerified: wanted.Verified, CreatedAt: now, UpdatedAt: now,
	}
	if wanted.Password == "" && by.MayAdminister() == nil {
		return user, nil
	}
	hash, err := a.hashNew(ctx, by, wanted.Password, wanted.Email)
	user.PasswordHash = hash
	return user, err
}

// hashNew holds a new password to the rules and hashes it.
func (a *Accounts) hashNew(ctx context.Context, by access.Caller, typed, email string) (string, error) {
	normal, err := password.Normalize(typed)
	if err != nil {
		return "", err
	}
	if codes := a.opts.Rules.Check(normal, email, a.opts.Host); len(codes) > 0 {
		return "", a.badPassword(codes)
	}
	return a.hasher.Hash(ctx, password.Visitor{Address: by.Address}, normal)
}

// badPassword names every rule that a new password breaks.
func (a *Accounts) badPassword(codes []refusal.Code) error {
	r := refusal.New(refusal.RequestInvalid)
	for _, code := range codes {
		entry, _ := refusal.Lookup(code)
		text := entry.Cause
		if code == refusal.PasswordTooShort {
			text = fmt.Sprintf("A password here has at least %d characters.", a.opts.Rules.MinLength)
		}
		r.At("/password", code, text)
	}
	return r
}

// insert stores the account. The unique index on the canonical address is
// what decides who has it: two sign-ups at once make one account.
func (a *Accounts) insert(tx *storage.Tx, by access.Caller, user storage.User) error {
	err := tx.InsertUser(user)
	if errors.Is(err, storage.ErrTaken) {
		return refusal.New(refusal.SignupEmailTaken)
	}
	if err != nil {
		return fmt.Errorf("create account: %w", err)
	}
	if by.Method == access.Nobody {
		by.UserID = user.ID
	}
	return a.audit.Record(tx, by, audit.UserCreated, user.ID, "", audit.Details{"admin": user.Admin})
}

// open starts the session of a finished login: it ends the one that came
// along, remembers the browser, and starts afresh.
func (a *Accounts) open(tx *storage.Tx, by access.Caller, visitor Visitor, user storage.User, remember bool) (out SignedIn, err error) {
	out.User = user
	if visitor.Current != nil {
		if err = a.sessions.EndIn(tx, by, visitor.Current.Session, sessionReplaced); err != nil {
			return out, err
		}
	}
	if out.Device, err = a.sessions.Remember(tx, user.ID, visitor.Device); err != nil {
		return out, err
	}
	out.Started, err = a.sessions.Start(tx, by, user, remember)
	return out, err
}
