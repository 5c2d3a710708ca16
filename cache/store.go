// Package cache keeps snapshots of database rows in memory so that a request
// need not ask the database. It owns the one ristretto of the process and the
// fence that tells old snapshots from good ones.
//
// It is never the truth and nothing may trust it: ristretto drops, delays and
// evicts entries and may keep an older value than the last one set, so it
// holds only what may be lost, late or old. Every snapshot that leaves this
// package was compared with the fence, or was read by the very request that
// gets it. It knows no domain types, makes no verdicts (expired, revoked and
// disabled are judged by the caller at every use), and must never be the only
// holder of a fact.
package cache

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/dgraph-io/ristretto/v2"
)

// entryCost is what an entry takes beside its value, in bytes: ristretto's
// item, its map cell, the policy's counters and our snapshot. Counted without
// it, 64 MB were 103 MB of heap.
const entryCost = 250

// Options of a Store.
type Options struct {
	SizeMB int    // memory for all rooms together, in MiB; at least 1
	Fence  *Fence // the fence that the one writer raises
}

// Store is one ristretto for all rooms. Safe for concurrent use.
type Store struct {
	fence *Fence
	held  *ristretto.Cache[uint64, any]
	rooms atomic.Uint64
	count counters

	// closing keeps Set and Close apart: ristretto panics when a Set meets a
	// Close. Warm hits never take it.
	closing sync.RWMutex
	closed  atomic.Bool
}

// New returns an empty store. It starts ristretto's goroutines; Close ends them.
func New(o Options) (*Store, error) {
	if o.Fence == nil {
		return nil, errors.New("cache: no fence")
	}
	if o.SizeMB < 1 {
		return nil, fmt.Errorf("cache: size of %d MB, at least 1 is needed", o.SizeMB)
	}
	s := &Store{fence: o.Fence}
	maxCost := int64(o.SizeMB) << 20
	held, err := ristretto.NewCache(&ristretto.Config[uint64, any]{
		// Ten counters for each entry that fits, as ristretto advises.
		NumCounters:        10 * max(maxCost/(2*entryCost), 100),
		MaxCost:            maxCost,
		BufferItems:        64,
		IgnoreInternalCost: true,
		// The key is a part of a digest already: no hashing, no boxing.
		KeyToHash: func(k uint64) (uint64, uint64) { return k, 0 },
		OnReject:  func(*ristretto.Item[any]) { s.count.rejects.Add(1) },
		OnEvict:   func(*ristretto.Item[any]) { s.count.evictions.Add(1) },
	})
	if err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	s.held = held
	return s, nil
}

// Close ends the store; a Load after it reads for itself. Stop whoever calls
// Load first: ristretto does not survive a Get that meets its Close.
func (s *Store) Close() {
	if s.closed.Swap(true) {
		return
	}
	s.closing.Lock()
	defer s.closing.Unlock()
	s.held.Close()
}

func (s *Store) get(hash uint64) (any, bool) {
	if s.closed.Load() {
		return nil, false
	}
	return s.held.Get(hash)
}

// set offers an entry. Whether ristretto takes it is its own affair; only the
// refusals are counted.
func (s *Store) set(hash uint64, entry any, cost int64) {
	s.closing.RLock()
	defer s.closing.RUnlock()
	if s.closed.Load() {
		return
	}
	if !s.held.Set(hash, entry, cost) {
		s.count.drops.Add(1)
	}
}

// Figures are counts since the start, but for Cost.
type Figures struct {
	Hits      uint64 // answered from memory
	Misses    uint64 // not in memory
	Stale     uint64 // in memory, but something it depends on was written since
	Shared    uint64 // answered by a load that another request had begun
	Rereads   uint64 // another's load was old when it arrived, read once more
	Drops     uint64 // entries that ristretto's queue refused
	Rejects   uint64 // entries that its policy refused
	Evictions uint64 // entries pushed out by others
	Cost      uint64 // bytes held now
}

// Figures returns the counts. Counters are read one by one, not at one moment.
func (s *Store) Figures() Figures {
	f := Figures{
		Hits:      s.count.hits.sum(),
		Misses:    s.count.misses.Load(),
		Stale:     s.count.stale.Load(),
		Shared:    s.count.shared.Load(),
		Rereads:   s.count.rereads.Load(),
		Drops:     s.count.drops.Load(),
		Rejects:   s.count.rejects.Load(),
		Evictions: s.count.evictions.Load(),
	}
	if !s.closed.Load() {
		f.Cost = uint64(max(s.held.MaxCost()-s.held.RemainingCost(), 0))
	}
	return f
}

type counters struct {
	hits                           tally
	misses, stale, shared, rereads atomic.Uint64
	drops, rejects, evictions      atomic.Uint64
}

// tally is a counter that many cores may raise at once without passing one
// cache line around.
type tally [8]struct {
	n atomic.Uint64
	_ [56]byte
}

func (t *tally) add(hash uint64) { t[hash>>32%uint64(len(t))].n.Add(1) }

func (t *tally) sum() (n uint64) {
	for i := range t {
		n += t[i].n.Load()
	}
	return n
}
