// Package session owns signed-in sessions: it starts, checks, renews, lists
// and ends them, and tells the holder of a dead one how and when it ended.
//
// A session is a row. Its secret is known to its holder alone; the row keeps
// a digest. A check reads a snapshot of the row from the cache, which the
// fence keeps honest: once ending a session has been acknowledged, no check
// that begins afterwards sees it alive, whatever the cache lost or kept.
// Whether a session is good is judged at every use, by the clock of that use;
// the cache keeps rows, never verdicts.
//
// It must not know HTTP: cookies, headers and statuses belong to the server.
package session

import (
	"context"
	"log/slog"
	"time"

	"ostiary/cache"
	"ostiary/server/audit"
	"ostiary/server/credential"
	"ostiary/storage"
)

// Why a session ended, as stored and as told to its holder.
const (
	ByLogout         = "logout"
	ByLogoutAll      = "logout_all"
	ByOwner          = "revoked"          // its user ended it from another session
	ByAdmin          = "admin"            // an admin or the operator ended it
	ByLogin          = "login"            // a new login in the same browser took its place
	ByPasswordChange = "password_change"  // its user chose a new password
	ByPasswordSet    = "password_set"     // an admin set a new password
	ByUserDisabled   = "user_disabled"    // the account was disabled
	ByUserDeleted    = "user_deleted"     // the account was deleted
	ByRotation       = "secret_rotated"   // the session lives on under a newer secret
	ByRestore        = "restored"         // the database was restored from a backup
	shortLife        = 24 * time.Hour     // of a session that is not to be remembered
	tombstoneKeep    = 7 * 24 * time.Hour // how long a dead session tells why
	seenEvery        = time.Minute        // how often last_seen_at is stored
)

// Kind of a session that renews by itself and whose secret is its credential.
const Opaque = "session"

// Options are the life times of sessions. Zero Max means no end but idleness.
type Options struct {
	Tag        string        // instance tag that every secret of ours carries
	Idle       time.Duration // a session ends when unused for this long
	Max        time.Duration // and at this age, however busy; 0: never
	RenewAfter time.Duration // how old a renewal may grow before the next
}

// Sessions is the one place where sessions begin and end.
type Sessions struct {
	db    *storage.DB
	room  *cache.Room[Snapshot]
	audit *audit.Log
	now   func() time.Time
	log   *slog.Logger
	opts  Options
	seen  *seen
}

// New returns Sessions over db, with their snapshots kept in store. Run must
// be started for last-seen times to reach the disk.
func New(db *storage.DB, store *cache.Store, log *audit.Log, now func() time.Time, logger *slog.Logger, opts Options) *Sessions {
	s := &Sessions{db: db, audit: log, now: now, log: logger, opts: opts, seen: newSeen()}
	s.room = cache.NewRoom(store, "session", snapshotCost, s.fetch)
	return s
}

// fetch reads the row behind a secret's digest, and names what it depends on:
// its user, since everything that ends a session touches its user.
func (s *Sessions) fetch(ctx context.Context, digest [32]byte) (*Snapshot, []cache.Slot, error) {
	row, user, err := s.db.SessionByDigest(ctx, digest)
	if err != nil {
		return nil, nil, err
	}
	snapshot := s.snapshot(row, user)
	return snapshot, []cache.Slot{cache.SlotOf(cache.User, user.ID), cache.SlotOf(cache.Server, "")}, nil
}

// Tag is the instance tag that sessions made here carry.
func (s *Sessions) Tag() string { return s.opts.Tag }

// Idle is how long a session started now would live unused.
func (s *Sessions) Idle(remember bool) time.Duration {
	if !remember && s.opts.Idle > shortLife {
		return shortLife
	}
	return s.opts.Idle
}

// expiry is when a session that was created at created and renewed at renewed
// ends if it is not used again.
func (s *Sessions) expiry(created, renewed time.Time, remember bool) time.Time {
	end := renewed.Add(s.Idle(remember))
	if last := s.lastMoment(created, remember); !last.IsZero() && last.Before(end) {
		return last
	}
	return end
}

// lastMoment is the age limit of a session as a moment, zero for none. A
// session that is not to be remembered is never renewed past its day.
func (s *Sessions) lastMoment(created time.Time, remember bool) time.Time {
	life := s.opts.Max
	if !remember && (life == 0 || life > shortLife) {
		life = shortLife
	}
	if life == 0 {
		return time.Time{}
	}
	return created.Add(life)
}

// mint makes a new secret for a session.
func (s *Sessions) mint() (token string, digest credential.Digest) {
	return credential.Mint(credential.Session, s.opts.Tag)
}
