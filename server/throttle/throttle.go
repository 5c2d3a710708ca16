package throttle

import (
	"hash/maphash"
	"sync"
	"time"
)

// shards spread the locks. A decision holds one for a tenth of a microsecond.
const shards = 64

// Limiter holds the buckets of all limits. Its methods may be called by many
// goroutines at once.
type Limiter struct {
	now    func() time.Time
	begun  time.Time
	seed   maphash.Seed
	shards [shards]shard
}

type shard struct {
	mu      sync.Mutex
	table   table
	spill   *spill // nil until there was no room for the first time
	allowed uint64
	denied  uint64
	_       [40]byte // no two locks on one pair of cache lines
}

// New makes a limiter that surely holds capacity keys at once, in 33 MB for a
// million, and never more than an eighth beyond that. Memory is taken as keys
// come. Readings of now that carry Go's monotonic clock, as time.Now's do, make
// it deaf to changes of the wall clock; readings without it are bounded by the
// rules of Limit.
func New(now func() time.Time, capacity int) *Limiter {
	l := &Limiter{now: now, begun: now(), seed: maphash.MakeSeed()}
	slots := firstSlots
	for slots/2*shards < capacity {
		slots *= 2
	}
	for i := range l.shards {
		l.shards[i].table = newTable(slots)
	}
	return l
}

// clock is nanoseconds since the limiter began.
func (l *Limiter) clock() int64 { return int64(l.now().Sub(l.begun)) }

func (l *Limiter) shard(key Key) *shard { return &l.shards[key%shards] }

// Take counts one for key and says whether it is allowed; what is refused
// counts nothing. When there is no room for a new key, the first of the coarser
// keys that has room is charged in its stead, by the same limit, and at last a
// bucket that the limit keeps for all of the shard: stricter, never unlimited.
// Coarser keys are made for this alone, of the same limit and of parts that no
// key of its own has.
//
// Take the wide limits first and stop at the first refusal: then one visitor
// cannot fill the tables with keys of his own making.
func (l *Limiter) Take(limit *Limit, key Key, coarser ...Key) Verdict {
	now := l.clock()
	s := l.shard(key)
	s.mu.Lock()
	tat, allowed := s.take(l, limit, key, coarser, now)
	if allowed {
		s.allowed++
	} else {
		s.denied++
	}
	s.mu.Unlock()
	return limit.verdict(allowed, tat, now)
}

// take charges the bucket that answers for key. The caller holds the lock.
func (s *shard) take(l *Limiter, limit *Limit, key Key, coarser []Key, now int64) (tat int64, allowed bool) {
	if at, found := s.table.find(key); found {
		tat, allowed = limit.charge(s.table.slots[at].tat, now)
		s.table.slots[at].tat = tat
		return tat, allowed
	}
	shared := func() Key { return l.Key(limit) }
	tat, allowed = limit.charge(s.spill.fullest(shared, coarser, now), now)
	if !allowed || s.table.insert(key, tat, now) {
		return tat, allowed
	}
	if s.spill == nil {
		s.spill = newSpill()
	}
	s.spill.charge(shared, coarser, tat, now)
	return tat, true
}

// Peek says what Take would, with what is left before it, and counts nothing.
func (l *Limiter) Peek(limit *Limit, key Key, coarser ...Key) Verdict {
	now := l.clock()
	s := l.shard(key)
	s.mu.Lock()
	var tat int64
	if at, found := s.table.find(key); found {
		tat = s.table.slots[at].tat
	} else {
		tat = s.spill.fullest(func() Key { return l.Key(limit) }, coarser, now)
	}
	s.mu.Unlock()
	_, allowed := limit.charge(tat, now)
	_, window := limit.interval()
	return limit.verdict(allowed, min(tat, now+window), now)
}

// Return gives back one taking that was allowed a moment ago, within Per: a
// successful login does not count against the address that others share. A
// bucket never becomes more than whole, and what was charged to a coarser key
// stays charged.
func (l *Limiter) Return(limit *Limit, key Key) {
	now := l.clock()
	each, window := limit.interval()
	s := l.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, found := s.table.find(key); found {
		tat := min(s.table.slots[at].tat, now+window)
		s.table.slots[at].tat = tat - each // before now says whole, no more
	}
}

// Figures are counts since the start, but for Keys, Slots and Spilled, which
// are as of now.
type Figures struct {
	Keys      int    // buckets held
	Slots     int    // slots allocated, 16 bytes each
	Spilled   int    // coarser buckets held for want of room
	Allowed   uint64 // takings allowed
	Denied    uint64 // takings refused
	Swept     uint64 // buckets dropped because their time had passed
	Spillings uint64 // takings that were charged to a coarser bucket
}

// Figures reads all shards, one after the other.
func (l *Limiter) Figures() Figures {
	var f Figures
	for i := range l.shards {
		s := &l.shards[i]
		s.mu.Lock()
		f.Keys += s.table.live
		f.Slots += len(s.table.slots)
		f.Allowed += s.allowed
		f.Denied += s.denied
		f.Swept += s.table.swept
		if s.spill != nil {
			f.Spilled += s.spill.networks.live + len(s.spill.shared)
			f.Spillings += s.spill.charged
		}
		s.mu.Unlock()
	}
	return f
}
