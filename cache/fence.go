package cache

import (
	"hash/maphash"
	"sync/atomic"
)

// Kind says what a slot is about: the nouns whose change can make a snapshot
// wrong.
type Kind byte

// The kinds of things that a snapshot can depend on.
const (
	User Kind = iota + 1
	Organization
	Key
	Server
)

// Slot is one of the fence's numbers. Several things share a slot; that costs
// them a look-up now and then and nothing else.
type Slot uint16

const (
	slotCount = 16384
	// serverSlot is kept for the server alone. Everything depends on the
	// server, so a busy user who shared its slot would make everybody read
	// again whenever he changes.
	serverSlot Slot = 0
)

// slotSeed keeps anyone outside from choosing identifiers that share a slot.
// It is made once and never changes.
var slotSeed = maphash.MakeSeed()

// SlotOf names the slot of one thing. It is stable within the process, differs
// between processes and does not allocate. The server has one slot whatever
// the id.
func SlotOf(kind Kind, id string) Slot {
	if kind == Server {
		return serverSlot
	}
	h := maphash.String(slotSeed, id) + uint64(kind)*0x9E3779B97F4A7C15
	h ^= h >> 29
	return Slot(1 + h%(slotCount-1))
}

// Fence tells old snapshots from good ones. It is one commit counter and a
// fixed array of numbers: nothing is loaded at start, nothing grows, nothing
// expires.
//
// Why it holds: a reader that did not see write n began before its COMMIT, and
// read the counter before that; so its asOf is below n. Whoever asks after n
// was answered finds n, or more, in the slot.
type Fence struct {
	commit atomic.Uint64
	_      [56]byte // the counter and the slots are written together but read apart
	slots  [slotCount]atomic.Uint64
}

// NewFence returns a fence at which nothing was written yet.
func NewFence() *Fence { return new(Fence) }

// AsOf is the number of the last commit. Whoever loads reads it BEFORE the
// SELECT and keeps it with what was read.
func (f *Fence) AsOf() uint64 { return f.commit.Load() }

// Raise says that everything in touched may have changed. The one writer calls
// it after every COMMIT, whatever that answered, and before it answers anyone:
// a commit that reported an error may be on the disk all the same. It is not
// safe for two callers at once.
func (f *Fence) Raise(touched []Slot) {
	n := f.commit.Load() + 1
	for _, s := range touched {
		f.slots[s].Store(n)
	}
	// Only now: who reads n as its asOf begins to select after this commit.
	f.commit.Store(n)
}

// Holds reports whether nothing in slots was written after asOf.
func (f *Fence) Holds(asOf uint64, slots []Slot) bool {
	for _, s := range slots {
		if f.slots[s].Load() > asOf {
			return false
		}
	}
	return true
}
