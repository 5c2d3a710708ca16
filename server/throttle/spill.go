package throttle

// spillSlots bounds the coarser buckets of one shard: 288 networks, 18 432 in
// all shards together, half a megabyte that only a flood takes.
const spillSlots = 512

// spill counts for the keys of one shard that found no room. The shard's lock
// guards it. A key is always of the same shard, so whatever was charged here in
// its stead is here; a coarser key has a bucket in each shard that it spilled in.
//
// A new key begins where the fullest of its coarser buckets stands, since
// takings of its own may be counted there; and what is charged to one of them is
// put on top of the fullest. By that no key gets more than it would alone. When
// there is room again nothing more is charged, and the spill drains within Per.
type spill struct {
	networks table
	shared   map[Key]int64 // one bucket a limit; limits are few and named in the program
	until    int64         // the latest TAT of all: past it the spill says nothing
	charged  uint64        // takings charged here
}

func newSpill() *spill {
	return &spill{networks: newTable(spillSlots), shared: make(map[Key]int64)}
}

// fullest is the latest TAT of the buckets that may have counted for a key, or
// now when none says anything. shared gives the limit's own bucket.
func (p *spill) fullest(shared func() Key, coarser []Key, now int64) int64 {
	if p == nil || p.until <= now {
		return now
	}
	tat := max(now, p.shared[shared()])
	for _, key := range coarser {
		if at, found := p.networks.find(key); found {
			tat = max(tat, p.networks.slots[at].tat)
		}
	}
	return tat
}

// charge notes tat, the fullest and one taking, in the first coarser bucket
// that there is room for, else in the limit's own.
func (p *spill) charge(shared func() Key, coarser []Key, tat, now int64) {
	p.charged++
	p.until = max(p.until, tat)
	for _, key := range coarser {
		if p.networks.put(key, tat, now) {
			return
		}
	}
	p.shared[shared()] = tat
}
