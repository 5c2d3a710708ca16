package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ostiary/server/access"
	"ostiary/server/audit"
	"ostiary/server/credential"
	"ostiary/server/refusal"
	"ostiary/storage"
)

// SetupLinkTTL is how long a setup link can be used.
const SetupLinkTTL = 30 * time.Minute

// NeedsSetup says whether no admin has ever been made who could still act.
func (a *Accounts) NeedsSetup(ctx context.Context) (bool, error) {
	_, admins, err := a.db.CountUsers(ctx)
	if err != nil {
		return false, fmt.Errorf("count admins: %w", err)
	}
	return admins == 0, nil
}

// SetupLink is a fresh code for the first admin; older ones are dead with it.
// Once an admin exists there is none to be had.
func (a *Accounts) SetupLink(ctx context.Context, by access.Caller) (code string, expires time.Time, err error) {
	if err := by.MayAdminister(); err != nil {
		return "", time.Time{}, err
	}
	code, digest := credential.Short()
	now := a.now()
	expires = now.Add(SetupLinkTTL)
	err = a.db.Update(ctx, func(tx *storage.Tx) error {
		if err := a.stillNoAdmin(ctx, tx); err != nil {
			return err
		}
		if err := tx.InsertSetupLink(digest, now, expires); err != nil {
			return fmt.Errorf("make setup link: %w", err)
		}
		return a.audit.Record(tx, by, audit.SetupLinkMade, "", "", nil)
	})
	return code, expires, err
}

// CheckSetup says whether a setup code would be taken now, without using it.
func (a *Accounts) CheckSetup(ctx context.Context, code string) error {
	digest, err := credential.ParseShort(code)
	if err != nil {
		return refusal.New(refusal.LinkMalformed).Wrap(err)
	}
	if err := a.stillNoAdmin(ctx, a.db); err != nil {
		return err
	}
	return a.judgeSetup(ctx, a.db, digest)
}

// setupReader is a place to read setup links from: the pool or a transaction.
type setupReader interface {
	SetupLink(ctx context.Context, digest credential.Digest) (storage.SetupLink, error)
	CountUsers(ctx context.Context) (all, admins int, err error)
}

// stillNoAdmin makes the link dead the moment any admin exists, however made.
func (a *Accounts) stillNoAdmin(ctx context.Context, from setupReader) error {
	_, admins, err := from.CountUsers(ctx)
	if err != nil {
		return fmt.Errorf("count admins: %w", err)
	}
	if admins > 0 {
		return refusal.New(refusal.LinkUsed).Because("This server has an administrator already; the setup link is dead.")
	}
	return nil
}

func (a *Accounts) judgeSetup(ctx context.Context, from setupReader, digest credential.Digest) error {
	link, err := from.SetupLink(ctx, digest)
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return refusal.New(refusal.LinkUnknown)
	case err != nil:
		return fmt.Errorf("read setup link: %w", err)
	case !link.UsedAt.IsZero():
		return refusal.New(refusal.LinkUsed)
	case !a.now().Before(link.ExpiresAt):
		return refusal.New(refusal.LinkExpired).With("expired_at", stamp(link.ExpiresAt))
	}
	return nil
}

// SetUp makes the first admin by a setup code and signs them in. Of any
// number of parallel calls one succeeds: the link is used by one conditional
// UPDATE in the transaction that makes the account.
func (a *Accounts) SetUp(ctx context.Context, by access.Caller, visitor Visitor, code string, wanted NewUser) (SignedIn, error) {
	if err := a.CheckSetup(ctx, code); err != nil {
		return SignedIn{}, err
	}
	digest, err := credential.ParseShort(code)
	if err != nil {
		return SignedIn{}, refusal.New(refusal.LinkMalformed).Wrap(err)
	}
	wanted.Admin, wanted.Verified = true, true // who reads the console owns the machine
	user, err := a.prepare(ctx, by, wanted)
	if err != nil {
		return SignedIn{}, err
	}
	var out SignedIn
	err = a.db.Update(ctx, func(tx *storage.Tx) error {
		if err := a.useSetupLink(ctx, tx, digest); err != nil {
			return err
		}
		if err := a.insert(tx, by, user); err != nil {
			return err
		}
		if err := a.audit.Record(tx, by, audit.SetupLinkUsed, user.ID, "", nil); err != nil {
			return err
		}
		out, err = a.open(tx, by, visitor, user, true)
		return err
	})
	return out, err
}

func (a *Accounts) useSetupLink(ctx context.Context, tx *storage.Tx, digest credential.Digest) error {
	if err := a.stillNoAdmin(ctx, tx); err != nil {
		return err
	}
	used, err := tx.UseSetupLink(digest, a.now())
	if err != nil {
		return fmt.Errorf("use setup link: %w", err)
	}
	if !used {
		return a.judgeSetup(ctx, tx, digest)
	}
	return nil
}
