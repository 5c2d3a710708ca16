// Package account owns people: how they sign up and in, their passwords, and
// what an admin may do with an account.
//
// Every operation takes the Caller on whose behalf it acts, decides inside
// its own transaction whether that caller may, and records what it did there
// too. Whoever is not signed in learns nothing that tells one address from
// another: the same work is done and the same answer given whether an account
// is unknown, disabled, deleted, without a password, or merely guessed at.
//
// It must not know HTTP, and it must not hash before the limits of the edge
// have let the request through.
package account

import (
	"log/slog"
	"time"

	"ostiary/server/audit"
	"ostiary/server/password"
	"ostiary/server/session"
	"ostiary/server/throttle"
	"ostiary/storage"
)

// Options are the rules for accounts.
type Options struct {
	SignupEnabled bool
	Rules         password.Rules
	Host          string // host name of public_url, refused as a password
}

// Accounts is the one place where accounts are made, opened and changed.
type Accounts struct {
	db       *storage.DB
	sessions *session.Sessions
	hasher   *password.Hasher
	locks    *throttle.Locks
	audit    *audit.Log
	now      func() time.Time
	log      *slog.Logger
	opts     Options
}

// New returns Accounts over db.
func New(db *storage.DB, sessions *session.Sessions, hasher *password.Hasher, locks *throttle.Locks, log *audit.Log,
	now func() time.Time, logger *slog.Logger, opts Options) *Accounts {
	return &Accounts{db: db, sessions: sessions, hasher: hasher, locks: locks, audit: log, now: now, log: logger, opts: opts}
}

// SignedIn is the outcome of a login or a sign-up.
type SignedIn struct {
	User    storage.User
	Started session.Started
	Device  session.Device
}

// Visitor is the browser or client that tries to sign in.
type Visitor struct {
	Device  []byte            // its device cookie, as sent
	Current *session.Snapshot // the living session that came along, to be replaced
}
