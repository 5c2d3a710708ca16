package throttle

// slot is one bucket: 16 bytes a key, nothing else.
type slot struct {
	key Key
	tat int64 // theoretical arrival time, nanoseconds since the limiter began
}

// table is an open-addressing hash table with linear probing, at most 9/16
// full. It begins small and doubles up to its greatest size: an idle server
// pays nothing. The caller holds the lock.
type table struct {
	slots  []slot
	shift  uint8  // the top bits of a key choose its first slot
	live   int    // slots in use
	most   int    // slots that the table may grow to
	cursor uint32 // where the sweep goes on
	swept  uint64 // entries dropped because their time had passed
}

const (
	firstSlots = 64
	sweepStep  = 8 // slots looked at for each new key: a round takes slots/8 insertions
	sweepHard  = 256
)

func newTable(most int) table {
	t := table{most: max(most, firstSlots)}
	t.resize(firstSlots)
	return t
}

// room is the number of entries that n slots may hold.
func room(n int) int { return n/2 + n/16 }

// find gives the slot of a key, or the empty slot where its search ended.
func (t *table) find(key Key) (at uint32, found bool) {
	mask := uint32(len(t.slots) - 1)
	for at = t.home(key); ; at = (at + 1) & mask {
		switch t.slots[at].key {
		case key:
			return at, true
		case 0:
			return at, false
		}
	}
}

// home is where the search for a key begins. The shard is chosen by the low
// bits of the key, so this takes the high ones.
func (t *table) home(key Key) uint32 { return uint32(uint64(key) >> t.shift) }

// insert adds a key that find did not find. It answers false when the table is
// full of entries whose time has not passed.
func (t *table) insert(key Key, tat, now int64) bool {
	t.sweep(sweepStep, now)
	if t.live >= room(len(t.slots)) && !t.makeRoom(now) {
		return false
	}
	at, _ := t.find(key) // the sweep may have moved the place
	t.slots[at] = slot{key, tat}
	t.live++
	return true
}

// put is insert for a key that may be there already.
func (t *table) put(key Key, tat, now int64) bool {
	if at, found := t.find(key); found {
		t.slots[at].tat = tat
		return true
	}
	return t.insert(key, tat, now)
}

// makeRoom drops what says nothing, looking further than the sweep does, or
// grows the table.
func (t *table) makeRoom(now int64) bool {
	if t.sweep(sweepHard, now); t.live < room(len(t.slots)) {
		return true
	}
	if len(t.slots) >= t.most {
		return false
	}
	t.resize(2 * len(t.slots))
	return true
}

// sweep looks at the next n slots and drops entries whose time has passed. A
// slot that was filled again by the removal is looked at once more.
func (t *table) sweep(n int, now int64) {
	mask := uint32(len(t.slots) - 1)
	for range n {
		s := t.slots[t.cursor&mask]
		if s.key != 0 && s.tat <= now {
			t.remove(t.cursor & mask)
			t.swept++
			continue
		}
		t.cursor++
	}
}

// remove empties a slot and moves back what its presence had pushed on, so that
// no tombstones are needed (Knuth, TAOCP volume 3, 6.4, algorithm R).
func (t *table) remove(hole uint32) {
	mask := uint32(len(t.slots) - 1)
	for at := (hole + 1) & mask; t.slots[at].key != 0; at = (at + 1) & mask {
		// It may fill the hole unless its home lies after the hole.
		home := t.home(t.slots[at].key)
		if (at-home)&mask >= (at-hole)&mask {
			t.slots[hole] = t.slots[at]
			hole = at
		}
	}
	t.slots[hole] = slot{}
	t.live--
}

func (t *table) resize(n int) {
	old := t.slots
	t.slots = make([]slot, n)
	t.shift = 64
	for ; n > 1; n >>= 1 {
		t.shift--
	}
	for _, s := range old {
		if s.key != 0 {
			at, _ := t.find(s.key)
			t.slots[at] = s
		}
	}
}
