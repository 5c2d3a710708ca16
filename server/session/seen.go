package session

import (
	"context"
	"sync"
	"time"

	"ostiary/storage"
)

// seen gathers when sessions were last used, to be stored together: the use
// of a session must cost no write.
type seen struct {
	mu      sync.Mutex
	pending map[string]time.Time
}

const (
	seenFlush  = 10 * time.Second
	seenAtMost = 100_000 // sessions between two flushes; the rest are told the next time
)

func newSeen() *seen { return &seen{pending: make(map[string]time.Time)} }

// see notes a use, at most once a minute a session. The atomic makes one of
// all concurrent requests the one that notes it.
func (s *Sessions) see(snap *Snapshot, now time.Time) {
	last := snap.seenAt.Load()
	if now.UnixMilli()-last < seenEvery.Milliseconds() || !snap.seenAt.CompareAndSwap(last, now.UnixMilli()) {
		return
	}
	s.seen.mu.Lock()
	defer s.seen.mu.Unlock()
	if len(s.seen.pending) < seenAtMost {
		s.seen.pending[snap.Session.ID] = now
	}
}

func (s *seen) take() map[string]time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.pending) == 0 {
		return nil
	}
	pending := s.pending
	s.pending = make(map[string]time.Time)
	return pending
}

// FlushSeen stores the last-seen times that wait. They decide nothing, so a
// failure loses them and says so in the log.
func (s *Sessions) FlushSeen(ctx context.Context) {
	pending := s.seen.take()
	if pending == nil {
		return
	}
	err := s.db.Update(ctx, func(tx *storage.Tx) error { return tx.SeeSessions(pending) })
	if err != nil {
		s.log.Warn("last-seen times were not stored", "component", "session", "error", err)
	}
}

// Run stores last-seen times until ctx ends, then once more.
func (s *Sessions) Run(ctx context.Context) {
	tick := time.NewTicker(seenFlush)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			s.FlushSeen(context.Background())
			return
		case <-tick.C:
			s.FlushSeen(ctx)
		}
	}
}
