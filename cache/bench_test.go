package cache

import (
	"context"
	"fmt"
	"testing"
)

func warm(b *testing.B, keys int) (*Store, *Room[row]) {
	b.Helper()
	d := &truth{fence: NewFence(), rows: make(map[[32]byte]uint64)}
	s, err := New(Options{SizeMB: 64, Fence: d.fence})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(s.Close)
	r := NewRoom(s, "row", func(*row) int64 { return 300 }, d.fetch)
	for n := range keys {
		d.write(keyOf(n), 1)
	}
	for n := range keys {
		load(b, r, keyOf(n))
		if n%1000 == 0 {
			s.held.Wait() // or its queue refuses most of them
		}
	}
	s.held.Wait()
	return s, r
}

func BenchmarkLoadWarm(b *testing.B) {
	for _, keys := range []int{1, 100_000} {
		b.Run(fmt.Sprintf("keys=%d", keys), func(b *testing.B) {
			s, r := warm(b, keys)
			all := make([][32]byte, keys)
			for n := range all {
				all[n] = keyOf(n)
			}
			ctx := context.Background()
			before := s.Figures()
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if _, err := r.Load(ctx, all[i]); err != nil {
					b.Fatal(err)
				}
				if i++; i == keys {
					i = 0
				}
			}
			f := s.Figures()
			hits, misses := f.Hits-before.Hits, f.Misses-before.Misses
			b.ReportMetric(100*float64(hits)/float64(hits+misses), "%hits")
		})
	}
}

func BenchmarkLoadWarmParallel(b *testing.B) {
	_, r := warm(b, 1)
	key := keyOf(0)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		ctx := context.Background()
		for pb.Next() {
			if _, err := r.Load(ctx, key); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func BenchmarkLoadStale(b *testing.B) {
	d := &truth{fence: NewFence(), rows: make(map[[32]byte]uint64)}
	s, err := New(Options{SizeMB: 1, Fence: d.fence})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	r := NewRoom(s, "row", func(*row) int64 { return 300 }, d.fetch)
	key := keyOf(0)
	b.ReportAllocs()
	for version := uint64(1); b.Loop(); version++ {
		d.write(key, version)
		load(b, r, key)
	}
}

func BenchmarkHolds(b *testing.B) {
	f := NewFence()
	slots := []Slot{SlotOf(Server, ""), SlotOf(User, "usr_1"), SlotOf(Organization, "org_1")}
	f.Raise(slots)
	asOf := f.AsOf()
	b.ReportAllocs()
	for b.Loop() {
		if !f.Holds(asOf, slots) {
			b.Fatal("does not hold")
		}
	}
}

func BenchmarkSlotOf(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		SlotOf(User, "usr_0Abc123XyZdefGHIjk4567")
	}
}
