package throttle

import (
	"math/rand/v2"
	"testing"
)

// The table against a map, with keys that crowd together, wrap around the end
// and expire in all orders.
func TestTableAgreesWithAMap(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 10 {
		table := newTable(firstSlots << random.IntN(3))
		model := map[Key]int64{}
		for now := range int64(5000) {
			key := Key(random.Uint64N(200)<<56 | random.Uint64N(3)) // few homes
			key = max(1, key)
			at, found := table.find(key)
			if tat, known := model[key]; found != (known && table.has(key)) || found && table.slots[at].tat != tat {
				t.Fatalf("key %x: found %v, model %v %v", key, found, tat, known)
			}
			tat := now + random.Int64N(60)
			if table.put(key, tat, now) {
				model[key] = tat
			}
			for key, tat := range model {
				if !table.has(key) {
					if tat > now {
						t.Fatalf("key %x was dropped before its time", key)
					}
					delete(model, key)
				}
			}
			if table.live != len(model) || table.live > room(len(table.slots)) || len(table.slots) > table.most {
				t.Fatalf("live %d of %d slots, model %d", table.live, len(table.slots), len(model))
			}
		}
		if table.swept == 0 {
			t.Fatal("nothing was ever dropped")
		}
	}
}

func (t *table) has(key Key) bool {
	_, found := t.find(key)
	return found
}

func TestTableRefusesWhenFullOfLive(t *testing.T) {
	table := newTable(firstSlots)
	n := 0
	for table.put(Key(n+1)<<40, 100, 0) {
		n++
	}
	if n != room(firstSlots) {
		t.Fatalf("held %d", n)
	}
	if !table.put(1<<63, 200, 100) {
		t.Fatal("no room although the time of all has passed")
	}
}
