package session_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"ostiary/cache"
	"ostiary/server/access"
	"ostiary/server/audit"
	"ostiary/server/credential"
	"ostiary/server/refusal"
	"ostiary/server/session"
	"ostiary/storage"
)

// room is Sessions over a real database, with a clock that stands still until
// it is moved.
type room struct {
	*session.Sessions
	t    *testing.T
	db   *storage.DB
	now  time.Time
	user storage.User
}

func newRoom(t *testing.T, opts session.Options) *room {
	t.Helper()
	fence := cache.NewFence()
	quiet := slog.New(slog.DiscardHandler)
	db, err := storage.Open(context.Background(), storage.Options{Dir: t.TempDir(), Fence: fence, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	store, err := cache.New(cache.Options{SizeMB: 1, Fence: fence})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close(); _ = db.Close() })
	r := &room{t: t, db: db, now: time.Date(2026, 11, 21, 17, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return r.now }
	opts.Tag = "abc123"
	r.Sessions = session.New(db, store, audit.New(db, time.Hour, clock, quiet), clock, quiet, opts)
	r.user = storage.User{ID: credential.NewID("usr_", r.now), Email: "ada@example.com", CreatedAt: r.now, UpdatedAt: r.now}
	r.update(func(tx *storage.Tx) error { return tx.InsertUser(r.user) })
	return r
}

func (r *room) update(fn func(*storage.Tx) error) {
	r.t.Helper()
	if err := r.db.Update(context.Background(), fn); err != nil {
		r.t.Fatal(err)
	}
}

func (r *room) start(remember bool) session.Started {
	r.t.Helper()
	var started session.Started
	r.update(func(tx *storage.Tx) (err error) {
		started, err = r.Start(tx, access.Caller{}, r.user, remember)
		return err
	})
	return started
}

// want checks a secret now, and wants this code, "" for a living session.
func (r *room) want(token string, code refusal.Code) *session.Snapshot {
	r.t.Helper()
	snap, err := r.Check(context.Background(), []byte(token), r.now)
	var refused *refusal.Error
	switch {
	case code == "" && err != nil:
		r.t.Fatalf("got %v, want a living session", err)
	case code != "" && (!errors.As(err, &refused) || refused.Code != code):
		r.t.Fatalf("got %v, want %s", err, code)
	}
	return snap
}

const day = 24 * time.Hour

func TestIdleEndsASessionAndUseDoesNotRenewTooOften(t *testing.T) {
	r := newRoom(t, session.Options{Idle: 10 * day, RenewAfter: day})
	token := r.start(true).Token
	r.now = r.now.Add(day - time.Millisecond)
	if r.want(token, "").RenewalDue(r.now) {
		t.Error("it is to be renewed before renew_after")
	}
	r.now = r.now.Add(time.Millisecond)
	snap := r.want(token, "")
	if !snap.RenewalDue(r.now) {
		t.Fatal("it is not to be renewed at renew_after")
	}
	if _, renewed, err := r.Renew(context.Background(), snap); err != nil || !renewed {
		t.Fatalf("renew: %v, %v", renewed, err)
	}
	if _, renewed, err := r.Renew(context.Background(), snap); err != nil || renewed {
		t.Errorf("the same snapshot renewed twice: %v, %v", renewed, err)
	}
	r.now = r.now.Add(10*day - time.Millisecond)
	r.want(token, "")
	r.now = r.now.Add(time.Millisecond)
	r.want(token, refusal.SessionIdleExpired)
}

func TestMaxAgeEndsABusySession(t *testing.T) {
	r := newRoom(t, session.Options{Idle: 10 * day, Max: 3 * day, RenewAfter: day})
	token := r.start(true).Token
	end := r.now.Add(3 * day)
	for r.now.Before(end.Add(-day)) {
		r.now = r.now.Add(12 * time.Hour)
		if snap := r.want(token, ""); snap.RenewalDue(r.now) {
			if _, _, err := r.Renew(context.Background(), snap); err != nil {
				t.Fatal(err)
			}
		}
	}
	r.now = end.Add(-time.Millisecond)
	if r.want(token, "").RenewalDue(r.now) {
		t.Error("it is to be renewed though it cannot live longer")
	}
	r.now = end
	r.want(token, refusal.SessionMaxAgeReached)
}

func TestForgottenSessionLivesADay(t *testing.T) {
	r := newRoom(t, session.Options{Idle: 10 * day, RenewAfter: time.Hour})
	token := r.start(false).Token
	r.now = r.now.Add(day - time.Millisecond)
	if r.want(token, "").RenewalDue(r.now) {
		t.Error("it slides")
	}
	r.now = r.now.Add(time.Millisecond)
	r.want(token, refusal.SessionMaxAgeReached)
}

func TestRotationKillsTheOldSecret(t *testing.T) {
	r := newRoom(t, session.Options{Idle: day, RenewAfter: time.Hour})
	first := r.start(true)
	r.want(first.Token, "")
	var second session.Started
	r.update(func(tx *storage.Tx) (err error) {
		second, err = r.Rotate(tx, first.Snapshot.Session, r.user, session.ByPasswordChange)
		return err
	})
	r.want(first.Token, refusal.SessionRevoked)
	if got := r.want(second.Token, ""); got.Session.ID != first.Snapshot.Session.ID {
		t.Errorf("the public id changed from %s to %s", first.Snapshot.Session.ID, got.Session.ID)
	}
}

func TestNotASessionOfOurs(t *testing.T) {
	r := newRoom(t, session.Options{Idle: day, RenewAfter: time.Hour})
	token := r.start(true).Token
	foreign, _ := credential.Mint(credential.Session, "zzz999")
	unknown, _ := credential.Mint(credential.Session, "abc123")
	device, _ := credential.Mint(credential.Device, "abc123")
	for text, code := range map[string]refusal.Code{
		"": refusal.SessionCookieMalformed, "x": refusal.SessionCookieMalformed, token[:len(token)-1]: refusal.SessionCookieMalformed,
		token + "x": refusal.SessionCookieMalformed, " " + token: refusal.SessionCookieMalformed, device: refusal.SessionCookieMalformed,
		foreign: refusal.CredentialOtherInstance, unknown: refusal.SessionUnknown,
	} {
		r.want(text, code)
	}
}

func TestKnownDevices(t *testing.T) {
	r := newRoom(t, session.Options{Idle: day, RenewAfter: time.Hour})
	var device session.Device
	remember := func(presented string) {
		r.update(func(tx *storage.Tx) (err error) {
			device, err = r.Remember(tx, r.user.ID, []byte(presented))
			return err
		})
	}
	remember("")
	first := device
	if first.Known || !r.KnownDevice(context.Background(), []byte(first.Token), r.user.ID) {
		t.Error("a new device is known before, or not after")
	}
	if remember(first.Token); !device.Known || device.Token != first.Token {
		t.Error("the same browser is not known again, or got another secret")
	}
	foreign, _ := credential.Mint(credential.Device, "zzz999")
	if remember(foreign); device.Token == foreign {
		t.Error("a secret of another instance was taken over")
	}
	if r.KnownDevice(context.Background(), []byte(first.Token), "usr_other") {
		t.Error("one user's device is another's")
	}
	r.update(func(tx *storage.Tx) error { return r.ForgetDevices(tx, r.user.ID) })
	if r.KnownDevice(context.Background(), []byte(first.Token), r.user.ID) {
		t.Error("a forgotten device is known")
	}
}
