package bench

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"testing"
	"time"

	"ostiary/cache"
	"ostiary/server/access"
	"ostiary/server/audit"
	"ostiary/server/credential"
	"ostiary/server/session"
	"ostiary/storage"
)

// houseTag is the instance tag of every database made here.
const houseTag = "bench1"

// house is storage, cache and sessions without the edge.
type house struct {
	db       *storage.DB
	store    *cache.Store
	sessions *session.Sessions
	user     storage.User
}

func newHouse(b *testing.B, dir string, cacheMB int) *house {
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	fence := cache.NewFence()
	db, err := storage.Open(context.Background(), storage.Options{Dir: dir, Fence: fence, Log: quiet})
	if err != nil {
		b.Fatal(err)
	}
	store, err := cache.New(cache.Options{SizeMB: cacheMB, Fence: fence})
	if err != nil {
		b.Fatal(err)
	}
	log := audit.New(db, 365*24*time.Hour, time.Now, quiet)
	h := &house{db: db, store: store, sessions: session.New(db, store, log, time.Now, quiet,
		session.Options{Tag: houseTag, Idle: 30 * 24 * time.Hour, RenewAfter: 24 * time.Hour})}
	b.Cleanup(func() { store.Close(); _ = db.Close() })
	now := time.Now()
	h.user = storage.User{ID: credential.NewID("usr_", now), Email: fmt.Sprintf("ada%d@example.com", now.UnixNano()), CreatedAt: now, UpdatedAt: now}
	if err := db.Update(context.Background(), func(tx *storage.Tx) error { return tx.InsertUser(h.user) }); err != nil {
		b.Fatal(err)
	}
	return h
}

// start makes one durable session, with its audit row, as a login does.
func (h *house) start() (string, error) {
	var token string
	err := h.db.Update(context.Background(), func(tx *storage.Tx) error {
		started, err := h.sessions.Start(tx, access.Caller{Address: "203.0.113.9", UserAgent: "bench"}, h.user, true)
		token = started.Token
		return err
	})
	return token, err
}

// BenchmarkSessionCheck is a warm check inside the process. Reads of the
// database are counted by what the cache missed.
func BenchmarkSessionCheck(b *testing.B) {
	for _, count := range []int{1, 100_000} {
		b.Run(fmt.Sprint(count), func(b *testing.B) {
			h := newHouse(b, b.TempDir(), 512)
			tokens := h.many(b, count)
			h.warm(b, tokens)
			before := h.store.Figures()
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if _, err := h.sessions.Check(context.Background(), tokens[i%count], time.Now()); err != nil {
					b.Fatal(err)
				}
				i += 7919 // a prime: no two neighbours in a row
			}
			after := h.store.Figures()
			b.ReportMetric(float64(after.Misses+after.Stale-before.Misses-before.Stale)/float64(b.N), "db-reads/op")
		})
	}
}

// many makes sessions, a thousand in a transaction.
func (h *house) many(b *testing.B, count int) [][]byte {
	tokens := make([][]byte, 0, count)
	for len(tokens) < count {
		err := h.db.Update(context.Background(), func(tx *storage.Tx) error {
			for range min(1000, count-len(tokens)) {
				started, err := h.sessions.Start(tx, access.Caller{Address: "203.0.113.9", UserAgent: "bench"}, h.user, true)
				if err != nil {
					return err
				}
				tokens = append(tokens, []byte(started.Token))
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return tokens
}

// warm checks every session until the cache has taken them all: it refuses
// what comes too quickly.
func (h *house) warm(b *testing.B, tokens [][]byte) {
	for range 20 {
		before := h.store.Figures().Misses
		for i, token := range tokens {
			if _, err := h.sessions.Check(context.Background(), token, time.Now()); err != nil {
				b.Fatal(err)
			}
			if i%1000 == 999 {
				time.Sleep(time.Millisecond)
			}
		}
		if h.store.Figures().Misses == before {
			return
		}
	}
}
