package cache

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

// TestSetOldSetNew is ristretto's trap: a second Set of a key whose first is
// still queued is refused, and the old value stays.
func TestSetOldSetNew(t *testing.T) {
	d, s, r := setup(t, 10)
	for n := range 3000 {
		key := keyOf(n)
		d.write(key, 1)
		load(t, r, key) // Set(old)
		d.write(key, 2)
		for range 3 { // Set(new), and whatever came of it
			if got := load(t, r, key); got.version != 2 {
				t.Fatalf("key %d: an old snapshot passed", n)
			}
		}
	}
	if s.Figures().Rejects == 0 {
		t.Error("the trap never snapped: does the test still do what it says?")
	}
}

// TestFloodOfEvictions: nothing that is pushed out, or refused, lets an old
// snapshot in.
func TestFloodOfEvictions(t *testing.T) {
	d, s, r := setup(t, 20_000) // some fifty fit
	const keys = 500
	for n := range keys {
		d.write(keyOf(n), 1)
	}
	for version := uint64(2); version < 12; version++ {
		for n := range keys {
			d.write(keyOf(n), version)
			for _, m := range []int{n, (n * 7) % keys, n % 10} {
				want := version
				if m > n {
					want--
				}
				if got := load(t, r, keyOf(m)); got.version != want {
					t.Fatalf("key %d is at version %d, want %d", m, got.version, want)
				}
			}
		}
	}
	f := s.Figures()
	if f.Evictions == 0 {
		t.Errorf("nothing was evicted: %+v", f)
	}
	if f.Cost > 1<<20 {
		t.Errorf("%d bytes are held in a store of one MB", f.Cost)
	}
}

// TestNoOldSnapshotUnderLoad has readers hammer keys while they are written:
// whatever was written before a Load began is in what it returns.
func TestNoOldSnapshotUnderLoad(t *testing.T) {
	for _, cost := range []int64{10, 30_000} { // all fit, and few do
		t.Run(fmt.Sprint(cost), func(t *testing.T) {
			d, s, r := setup(t, cost)
			const keys, writes, readers = 40, 4000, 16
			var answered [keys]atomic.Uint64
			for n := range keys {
				d.write(keyOf(n), 1)
				answered[n].Store(1)
			}
			var stop atomic.Bool
			var old atomic.Int64
			var all sync.WaitGroup
			for g := range readers {
				all.Go(func() {
					for i := g; !stop.Load(); i += 7 {
						n := i % keys
						want := answered[n].Load()
						got, err := r.Load(context.Background(), keyOf(n))
						if err != nil {
							t.Error(err)
							return
						}
						if got.version < want {
							old.Add(1)
						}
					}
				})
			}
			for i := range writes {
				n := i * 13 % keys
				d.write(keyOf(n), uint64(i+2))
				answered[n].Store(uint64(i + 2))
				runtime.Gosched()
			}
			stop.Store(true)
			all.Wait()
			if n := old.Load(); n != 0 {
				t.Errorf("%d old snapshots passed", n)
			}
			if f := s.Figures(); f.Hits+f.Stale+f.Shared == 0 {
				t.Errorf("the cache took no part: %+v", f)
			}
		})
	}
}
