package storage

import (
	"context"
	"crypto/sha256"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ostiary/cache"
)

// snapshot is what a session check keeps of a session and its user.
type snapshot struct {
	session Session
	user    User
}

// sessionRoom is the room of a session check: real rows, real fence.
func sessionRoom(t *testing.T, db *DB, fence *cache.Fence, bytes int64) (*cache.Store, *cache.Room[snapshot]) {
	t.Helper()
	store, err := cache.New(cache.Options{SizeMB: 1, Fence: fence})
	must(t, err)
	t.Cleanup(store.Close)
	room := cache.NewRoom(store, "session", func(*snapshot) int64 { return bytes },
		func(ctx context.Context, digest [32]byte) (*snapshot, []cache.Slot, error) {
			s, u, err := db.SessionByDigest(ctx, digest)
			if err != nil {
				return nil, nil, err
			}
			return &snapshot{s, u}, []cache.Slot{cache.SlotOf(cache.Server, ""), cache.SlotOf(cache.User, s.UserID)}, nil
		})
	return store, room
}

const (
	stressUsers    = 16
	stressSessions = 320
	stressReaders  = 32
)

// promises is what was answered, and so must be seen by whoever asks later.
type promises struct {
	revoked  [stressSessions]atomic.Bool
	renewed  [stressSessions]atomic.Int64 // the last renewal, in ms
	disabled [stressUsers]atomic.Bool

	broken   atomic.Int64 // answers that were older than what had been promised
	enough   bool         // one is enough
	finished atomic.Bool
}

// asked is what had been promised when a Load began.
type asked struct {
	revoked, disabled bool
	renewed           int64
}

func (p *promises) ask(n int) asked {
	return asked{p.revoked[n].Load(), p.disabled[n%stressUsers].Load(), p.renewed[n].Load()}
}

func (a asked) keptBy(s *snapshot) bool {
	return !(a.revoked && s.session.EndedAt.IsZero()) &&
		!(a.disabled && s.user.DisabledAt.IsZero()) &&
		!(a.renewed > 0 && s.session.RenewedAt.Before(time.UnixMilli(a.renewed)))
}

// stressDigest differs in its first bytes, as digests do.
func stressDigest(n int) [32]byte { return sha256.Sum256([]byte(ses(n).ID)) }

func stressUser(n int) string { return fmt.Sprintf("usr_%d", n%stressUsers+1) }

// stress runs readers through the room while writers renew, end and disable,
// and returns how many answers were older than what had been promised.
func stress(t *testing.T, db *DB, room *cache.Room[snapshot], promised *promises) (old int64) {
	t.Helper()
	var readers, writers sync.WaitGroup
	for g := range stressReaders {
		readers.Go(func() { stressReads(t, room, promised, g) })
	}
	for g := range 4 {
		writers.Go(func() { stressWrites(t, db, promised, g) })
	}
	writers.Wait()
	promised.finished.Store(true)
	readers.Wait()
	return promised.broken.Load()
}

func stressReads(t *testing.T, room *cache.Room[snapshot], promised *promises, g int) {
	for i := g; !promised.finished.Load(); i += 11 {
		n := i % stressSessions
		if i%3 == 0 {
			n = i % 8 // a few that everybody hammers
		}
		want := promised.ask(n)
		got, err := room.Load(context.Background(), stressDigest(n))
		if err != nil {
			t.Error(err)
			return
		}
		if !want.keptBy(got) {
			promised.broken.Add(1)
		}
		if i%64 == 0 {
			runtime.Gosched() // let the writers in
		}
	}
}

// stressWrites takes every fourth session through its life.
func stressWrites(t *testing.T, db *DB, promised *promises, g int) {
	update := func(fn func(*Tx) error) bool {
		err := db.Update(context.Background(), fn)
		if err != nil {
			t.Error(err)
		}
		return err == nil
	}
	for n := g; n < stressSessions; n += 4 {
		if promised.enough && promised.broken.Load() > 0 {
			return
		}
		s := ses(n)
		at := t0.Add(time.Duration(n+1) * time.Second)
		if !update(func(tx *Tx) error { return tx.RenewSession(s.ID, stressUser(n), at, at.Add(24*time.Hour)) }) {
			return
		}
		promised.renewed[n].Store(at.UnixMilli())
		if !update(func(tx *Tx) error { _, err := tx.EndSession(s.ID, stressUser(n), at, "logout", ""); return err }) {
			return
		}
		promised.revoked[n].Store(true)
		if n >= stressSessions-stressUsers {
			u, err := db.UserByID(context.Background(), stressUser(n))
			if err != nil {
				t.Error(err)
				return
			}
			u.DisabledAt = at
			if !update(func(tx *Tx) error { return tx.UpdateUser(u) }) {
				return
			}
			promised.disabled[n%stressUsers].Store(true)
		}
	}
}

func stressDB(t *testing.T) *DB {
	t.Helper()
	db := open(t)
	fillUsers(t, db, stressUsers)
	write(t, db, func(tx *Tx) error {
		for n := range stressSessions {
			s := ses(n)
			s.Digest = stressDigest(n)
			s.UserID = stressUser(n)
			if err := tx.InsertSession(s); err != nil {
				return err
			}
		}
		return nil
	})
	return db
}

// TestRevokedLetInIsZero: after a revoking Update has returned, every Load that
// starts sees it; with a cache that holds all, and with one that holds few.
func TestRevokedLetInIsZero(t *testing.T) {
	for name, bytes := range map[string]int64{"all fit": 500, "few fit": 40_000} {
		t.Run(name, func(t *testing.T) {
			db := stressDB(t)
			store, room := sessionRoom(t, db, db.writer.fence, bytes)
			if old := stress(t, db, room, new(promises)); old != 0 {
				t.Errorf("revoked let in: %d", old)
			}
			f := store.Figures()
			t.Logf("%+v", f)
			if f.Hits == 0 || f.Stale == 0 {
				t.Errorf("the cache took no part: %+v", f)
			}
		})
	}
}

// TestTheStressFindsAMissingFence runs the same against a fence that nobody
// raises: if that passed, the test above would prove nothing.
func TestTheStressFindsAMissingFence(t *testing.T) {
	db := stressDB(t)
	_, room := sessionRoom(t, db, cache.NewFence(), 500)
	if old := stress(t, db, room, &promises{enough: true}); old == 0 {
		t.Error("nothing old was let in without a fence")
	}
}
