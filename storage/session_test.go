package storage

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"ostiary/cache"
)

func at(hours int) time.Time { return t0.Add(time.Duration(hours) * time.Hour) }

// ses is a session of usr_1 that was made at t0 and lives for a day.
func ses(n int) Session {
	return Session{
		ID: fmt.Sprintf("ses_%03d", n), Digest: [32]byte{31: byte(n)}, UserID: "usr_1", Kind: "session",
		CreatedAt: t0, ExpiresAt: at(24),
	}
}

func insertSessions(t *testing.T, db *DB, sessions ...Session) {
	t.Helper()
	write(t, db, func(tx *Tx) error {
		for _, s := range sessions {
			if err := tx.InsertSession(s); err != nil {
				return err
			}
		}
		return nil
	})
}

func sessionIDs(sessions []Session) []string {
	return ids(sessions, func(s Session) string { return s.ID })
}

func byID(t *testing.T, db *DB, id string) Session {
	t.Helper()
	s, err := db.SessionByID(context.Background(), id)
	must(t, err)
	return s
}

func TestSessionRoundTrip(t *testing.T) {
	db := openWithUser(t)
	ctx := context.Background()
	full := ses(1)
	full.Digest = [32]byte{1, 2, 3, 31: 0xff}
	full.Remember, full.IP, full.UserAgent = true, "2001:db8::1", "agent \xff"
	full.AuthenticatedAt, full.RenewedAt, full.RotatedAt, full.LastSeenAt = at(1), at(2), at(3), at(4)
	full.EndedAt, full.EndedWhy, full.EndedBy = at(5), "logout", "usr_1"
	bare := ses(2)
	insertSessions(t, db, full, bare)
	user, err := db.UserByID(ctx, "usr_1")
	must(t, err)
	for _, want := range []Session{full, bare} {
		same(t, "by id", byID(t, db, want.ID), want)
		s, u, err := db.SessionByDigest(ctx, want.Digest)
		must(t, err)
		same(t, "by digest", s, want)
		same(t, "its user", u, user)
	}
	_, _, err = db.SessionByDigest(ctx, [32]byte{9})
	wantNotFound(t, err)
	_, err = db.SessionByID(ctx, "ses_none")
	wantNotFound(t, err)
}

func TestLiveSessions(t *testing.T) {
	db := open(t)
	fillUsers(t, db, 2)
	ctx := context.Background()
	ended, expired, other, young := ses(2), ses(3), ses(4), ses(5)
	ended.EndedAt, ended.EndedWhy = at(1), "logout"
	expired.ExpiresAt = at(2)
	other.UserID = "usr_2"
	young.CreatedAt = at(1)
	insertSessions(t, db, ses(1), ended, expired, other, young)
	now := at(2) // exactly the end of the expired one
	got, err := db.SessionsOfUser(ctx, "usr_1", now)
	must(t, err)
	same(t, "of the user, newest first", sessionIDs(got), []string{"ses_005", "ses_001"})
	n, err := db.CountSessions(ctx, now)
	must(t, err)
	same(t, "count", n, 3)
	for name, c := range map[string]struct {
		filter SessionFilter
		want   []string
	}{
		"all":       {SessionFilter{Limit: 9, Now: now}, []string{"ses_001", "ses_004", "ses_005"}},
		"earlier":   {SessionFilter{Limit: 9, Now: at(1)}, []string{"ses_001", "ses_003", "ses_004", "ses_005"}},
		"page":      {SessionFilter{Limit: 1, Now: now, After: "ses_001"}, []string{"ses_004"}},
		"of a user": {SessionFilter{Limit: 9, Now: now, UserID: "usr_1", After: "ses_001"}, []string{"ses_005"}},
		"no limit":  {SessionFilter{Now: now}, nil},
	} {
		got, err := db.SessionsAfter(ctx, c.filter)
		must(t, err)
		if !slices.Equal(sessionIDs(got), c.want) {
			t.Errorf("%s: %v, want %v", name, sessionIDs(got), c.want)
		}
	}
}

func TestRenewConfirmRotate(t *testing.T) {
	db := openWithUser(t)
	ctx := context.Background()
	want := ses(1)
	insertSessions(t, db, want)
	write(t, db, func(tx *Tx) error {
		return errors.Join(tx.RenewSession(want.ID, "usr_1", at(1), at(25)), tx.ConfirmSession(want.ID, "usr_1", at(2)))
	})
	want.RenewedAt, want.ExpiresAt, want.AuthenticatedAt = at(1), at(25), at(2)
	same(t, "after renewal and confirmation", byID(t, db, want.ID), want)

	old := want.Digest
	write(t, db, func(tx *Tx) error { return tx.RotateSession(want.ID, "usr_1", [32]byte{77}, at(3), at(27), "login") })
	want.Digest, want.RotatedAt, want.RenewedAt, want.ExpiresAt = [32]byte{77}, at(3), at(3), at(27)
	same(t, "after rotation", byID(t, db, want.ID), want)
	if _, _, err := db.SessionByDigest(ctx, old); !errors.Is(err, ErrNotFound) {
		t.Errorf("the old secret still opens: %v", err)
	}
	retired, err := db.RetiredSecret(ctx, old)
	must(t, err)
	same(t, "retired", retired, Retired{SessionID: want.ID, UserID: "usr_1", At: at(3), Why: "login"})
	_, err = db.RetiredSecret(ctx, want.Digest)
	wantNotFound(t, err)
}

// TestOnlyALiveSessionOfThisUserChanges: the fence knows a session by its
// user, so a change under another's name must change nothing.
func TestOnlyALiveSessionOfThisUserChanges(t *testing.T) {
	db := open(t)
	fillUsers(t, db, 2)
	ctx := context.Background()
	ended := ses(2)
	ended.EndedAt, ended.EndedWhy, ended.EndedBy = at(1), "logout", "usr_1"
	insertSessions(t, db, ses(1), ended)
	for _, who := range []struct{ id, user string }{{"ses_001", "usr_2"}, {"ses_002", "usr_1"}, {"ses_none", "usr_1"}} {
		for name, fn := range map[string]func(*Tx) error{
			"renew":   func(tx *Tx) error { return tx.RenewSession(who.id, who.user, at(5), at(99)) },
			"confirm": func(tx *Tx) error { return tx.ConfirmSession(who.id, who.user, at(5)) },
			"rotate":  func(tx *Tx) error { return tx.RotateSession(who.id, who.user, [32]byte{99}, at(5), at(99), "x") },
		} {
			if err := db.Update(ctx, fn); !errors.Is(err, ErrNotFound) {
				t.Errorf("%s of %s as %s: %v", name, who.id, who.user, err)
			}
		}
		write(t, db, func(tx *Tx) error {
			did, err := tx.EndSession(who.id, who.user, at(5), "theft", "x")
			if did {
				t.Errorf("%s was ended as %s", who.id, who.user)
			}
			return err
		})
	}
	same(t, "the live one", byID(t, db, "ses_001"), ses(1))
	same(t, "the ended one", byID(t, db, "ses_002"), ended)
}

func TestEndSessions(t *testing.T) {
	db := open(t)
	fillUsers(t, db, 2)
	other := ses(9)
	other.UserID = "usr_2"
	insertSessions(t, db, ses(1), ses(2), ses(3), ses(4), other)
	write(t, db, func(tx *Tx) error {
		did, err := tx.EndSession("ses_001", "usr_1", at(1), "admin", "usr_2")
		if !did {
			t.Error("a live session was not ended")
		}
		return err
	})
	write(t, db, func(tx *Tx) error {
		n, err := tx.EndSessionsOfUser("usr_1", "ses_003", at(2), "password_change", "usr_1")
		same(t, "ended", n, 2)
		return err
	})
	first := ses(1)
	first.EndedAt, first.EndedWhy, first.EndedBy = at(1), "admin", "usr_2"
	same(t, "it keeps its reason", byID(t, db, "ses_001"), first)
	for id, live := range map[string]bool{"ses_002": false, "ses_003": true, "ses_004": false, "ses_009": true} {
		if got := byID(t, db, id).EndedAt.IsZero(); got != live {
			t.Errorf("%s is live: %v, want %v", id, got, live)
		}
	}
	write(t, db, func(tx *Tx) error {
		n, err := tx.EndSessionsOfUser("usr_1", "", at(3), "disabled", "")
		same(t, "ended without exception", n, 1)
		return err
	})
	same(t, "nobody ended it", byID(t, db, "ses_003").EndedBy, "")
}

func TestSeeSessionsGoesForwardOnly(t *testing.T) {
	db := openWithUser(t)
	seen := ses(2)
	seen.LastSeenAt = at(5)
	insertSessions(t, db, ses(1), seen)
	write(t, db, func(tx *Tx) error {
		return tx.SeeSessions(map[string]time.Time{"ses_001": at(3), "ses_002": at(4), "ses_none": at(3)})
	})
	same(t, "first time", byID(t, db, "ses_001").LastSeenAt, at(3))
	same(t, "never back", byID(t, db, "ses_002").LastSeenAt, at(5))
	write(t, db, func(tx *Tx) error {
		return tx.SeeSessions(map[string]time.Time{"ses_001": at(6), "ses_002": at(6)})
	})
	same(t, "forward", byID(t, db, "ses_001").LastSeenAt, at(6))
	same(t, "forward", byID(t, db, "ses_002").LastSeenAt, at(6))
}

func TestSweepSessions(t *testing.T) {
	db := openWithUser(t)
	old, fresh, expired := ses(1), ses(2), ses(3)
	old.EndedAt, fresh.EndedAt, expired.ExpiresAt = at(1), at(9), at(2)
	oldEndedLong := ses(4) // ended lately, expired long ago: its tombstone stays
	oldEndedLong.EndedAt, oldEndedLong.ExpiresAt = at(9), at(1)
	insertSessions(t, db, old, fresh, expired, oldEndedLong, ses(5), ses(6), ses(7))
	write(t, db, func(tx *Tx) error {
		return errors.Join(
			tx.RotateSession("ses_006", "usr_1", [32]byte{106}, at(1), at(24), "login"),
			tx.RotateSession("ses_007", "usr_1", [32]byte{107}, at(8), at(24), "login"))
	})
	total := 0
	for rounds := 0; ; rounds++ {
		n := 0
		write(t, db, func(tx *Tx) (err error) { n, err = tx.DeleteSessionsEndedBefore(at(5), at(3), 1); return err })
		total += n
		if n == 0 || rounds > 10 {
			break
		}
	}
	same(t, "swept: a tombstone, an expired one and a retired secret", total, 3)
	for id, stays := range map[string]bool{"ses_001": false, "ses_002": true, "ses_003": false, "ses_004": true, "ses_005": true, "ses_006": true} {
		_, err := db.SessionByID(context.Background(), id)
		if got := err == nil; got != stays {
			t.Errorf("%s is there: %v, want %v", id, got, stays)
		}
	}
	_, err := db.RetiredSecret(context.Background(), ses(6).Digest)
	wantNotFound(t, err)
	_, err = db.RetiredSecret(context.Background(), ses(7).Digest)
	must(t, err)
	write(t, db, func(tx *Tx) error {
		n, err := tx.DeleteSessionsEndedBefore(time.Time{}, time.Time{}, 100)
		same(t, "the zero times sweep nothing", n, 0)
		return err
	})
}

// TestWhoIsTouched holds the writes of sessions and users to what the fence
// must hear of them.
func TestWhoIsTouched(t *testing.T) {
	db := open(t)
	fillUsers(t, db, 2)
	insertSessions(t, db, ses(1))
	user1, user2 := cache.SlotOf(cache.User, "usr_1"), cache.SlotOf(cache.User, "usr_2")
	server := cache.SlotOf(cache.Server, "")
	if user1 == user2 {
		t.Skip("the two users share a slot in this process")
	}
	own := map[string]func(*Tx) error{
		"update":   func(tx *Tx) error { return tx.UpdateUser(User{ID: "usr_1", Email: "n@example.org", UpdatedAt: t0}) },
		"password": func(tx *Tx) error { return tx.UpdatePassword("usr_1", "h", false, t0) },
		"renew":    func(tx *Tx) error { return tx.RenewSession("ses_001", "usr_1", t0, at(24)) },
		"confirm":  func(tx *Tx) error { return tx.ConfirmSession("ses_001", "usr_1", t0) },
		"rotate":   func(tx *Tx) error { return tx.RotateSession("ses_001", "usr_1", [32]byte{50}, t0, at(24), "x") },
		"end":      func(tx *Tx) error { _, err := tx.EndSession("ses_001", "usr_1", t0, "x", "y"); return err },
		"end all":  func(tx *Tx) error { _, err := tx.EndSessionsOfUser("usr_1", "", t0, "x", "y"); return err },
		"devices":  func(tx *Tx) error { _, err := tx.DeleteDevicesOfUser("usr_1"); return err },
	}
	nobody := map[string]func(*Tx) error{
		"insert session": func(tx *Tx) error { return tx.InsertSession(ses(2)) },
		"see":            func(tx *Tx) error { return tx.SeeSessions(map[string]time.Time{"ses_001": t0}) },
		"rehash":         func(tx *Tx) error { _, err := tx.RehashPassword("usr_1", "h", "h2"); return err },
		"audit":          func(tx *Tx) error { return tx.InsertAudit(AuditRow{At: t0, Event: "x", UserID: "usr_1"}) },
		"sweep":          func(tx *Tx) error { _, err := tx.DeleteSessionsEndedBefore(t0, t0, 10); return err },
	}
	check := func(name string, fn func(*Tx) error, want ...cache.Slot) {
		t.Helper()
		asOf := db.writer.fence.AsOf()
		// An order that the test does not choose may end the session before.
		if err := db.Update(context.Background(), fn); err != nil && !errors.Is(err, ErrNotFound) {
			t.Fatalf("%s: %v", name, err)
		}
		for _, slot := range []cache.Slot{user1, user2, server} {
			holds := db.writer.fence.Holds(asOf, []cache.Slot{slot})
			if holds == slices.Contains(want, slot) {
				t.Errorf("%s: slot %d holds: %v", name, slot, holds)
			}
		}
	}
	for name, fn := range nobody {
		check(name, fn)
	}
	for name, fn := range own {
		check(name, fn, user1)
	}
	check("state", func(tx *Tx) error { return tx.SetState("k", "v") }, server)
}
