package cache

import (
	"context"
	"encoding/binary"
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// truth is what a database would be: versions by key, written with a fence.
type truth struct {
	fence *Fence
	mu    sync.Mutex
	rows  map[[32]byte]uint64
	reads atomic.Int64
}

type row struct {
	key     [32]byte
	version uint64
}

var errNone = errors.New("no such row")

func keyOf(n int) (key [32]byte) {
	binary.BigEndian.PutUint64(key[:], uint64(n)*0x9E3779B97F4A7C15)
	binary.BigEndian.PutUint64(key[24:], uint64(n))
	return key
}

func slotOfKey(key [32]byte) Slot {
	return Slot(1 + binary.BigEndian.Uint64(key[24:])%(slotCount-1))
}

// write is a commit: the row first, then the fence, then it is answered.
func (d *truth) write(key [32]byte, version uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rows[key] = version
	d.fence.Raise([]Slot{slotOfKey(key)})
}

func (d *truth) fetch(_ context.Context, key [32]byte) (*row, []Slot, error) {
	d.reads.Add(1)
	d.mu.Lock()
	version, ok := d.rows[key]
	d.mu.Unlock()
	if !ok {
		return nil, nil, errNone
	}
	runtime.Gosched() // the answer is on its way while others write
	return &row{key: key, version: version}, []Slot{slotOfKey(key)}, nil
}

// setup makes a store whose rows cost so many bytes each.
func setup(t testing.TB, cost int64) (*truth, *Store, *Room[row]) {
	t.Helper()
	d := &truth{fence: NewFence(), rows: make(map[[32]byte]uint64)}
	s, err := New(Options{SizeMB: 1, Fence: d.fence})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return d, s, NewRoom(s, "row", func(*row) int64 { return cost }, d.fetch)
}

func load(t testing.TB, r *Room[row], key [32]byte) *row {
	t.Helper()
	got, err := r.Load(context.Background(), key)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestLoadReadsOnceWhileNothingChanges(t *testing.T) {
	d, s, r := setup(t, 100)
	key := keyOf(1)
	d.write(key, 1)
	load(t, r, key)
	s.held.Wait()
	for range 10 {
		if got := load(t, r, key); got.version != 1 || got.key != key {
			t.Fatalf("got %+v", got)
		}
	}
	if got := d.reads.Load(); got != 1 {
		t.Errorf("%d reads, want 1", got)
	}
	f := s.Figures()
	if f.Hits != 10 || f.Misses != 1 || f.Stale != 0 || f.Cost == 0 {
		t.Errorf("figures %+v", f)
	}
	d.write(keyOf(2), 1) // another's change
	load(t, r, key)
	if got := d.reads.Load(); got != 1 {
		t.Errorf("another's change cost a read")
	}
	d.write(key, 2)
	if got := load(t, r, key); got.version != 2 {
		t.Errorf("version %d after its change", got.version)
	}
	if f := s.Figures(); f.Stale != 1 {
		t.Errorf("figures %+v", f)
	}
}

func TestErrorsAreNotKept(t *testing.T) {
	d, s, r := setup(t, 100)
	key := keyOf(1)
	for range 3 {
		if _, err := r.Load(context.Background(), key); !errors.Is(err, errNone) {
			t.Fatalf("got %v", err)
		}
	}
	s.held.Wait()
	d.write(key, 1)
	if got := load(t, r, key); got.version != 1 {
		t.Errorf("got %+v", got)
	}
}

// TestWholeKeyIsCompared: keys that share their first eight bytes, in one room,
// and the same key in two rooms, are found in one place and are not mixed up.
func TestWholeKeyIsCompared(t *testing.T) {
	d, s, r := setup(t, 100)
	a, b := keyOf(1), keyOf(1)
	b[31] ^= 1
	d.write(a, 10)
	d.write(b, 20)
	other := NewRoom(s, "other", func(*string) int64 { return 1 }, func(context.Context, [32]byte) (*string, []Slot, error) {
		text := "other"
		return &text, nil, nil
	})
	for range 200 {
		if got := load(t, r, a); got.version != 10 || got.key != a {
			t.Fatalf("a is %+v", got)
		}
		if got := load(t, r, b); got.version != 20 || got.key != b {
			t.Fatalf("b is %+v", got)
		}
		if got, err := other.Load(context.Background(), a); err != nil || *got != "other" {
			t.Fatalf("the other room: %v, %v", got, err)
		}
		s.held.Wait()
	}
	// Even where hash and room fall together, as an attacker would have it.
	clash := &Room[string]{store: s, name: "clash", mix: r.mix, cost: other.cost, fetch: other.fetch}
	for range 50 {
		if got, err := clash.Load(context.Background(), a); err != nil || *got != "other" {
			t.Fatalf("the clashing room: %v, %v", got, err)
		}
		s.held.Wait()
		if got := load(t, r, a); got.version != 10 {
			t.Fatalf("a is %+v", got)
		}
		s.held.Wait()
	}
}

func TestFetchThatPanics(t *testing.T) {
	s, err := New(Options{SizeMB: 1, Fence: NewFence()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r := NewRoom(s, "session", func(*row) int64 { return 1 }, func(context.Context, [32]byte) (*row, []Slot, error) { panic("planted") })
	_, err = r.Load(context.Background(), keyOf(1))
	if err == nil || !strings.Contains(err.Error(), "load session: panic: planted") {
		t.Errorf("got %v", err)
	}
	empty := NewRoom(s, "session", func(*row) int64 { return 1 }, func(context.Context, [32]byte) (*row, []Slot, error) { return nil, nil, nil })
	if _, err := empty.Load(context.Background(), keyOf(1)); err == nil {
		t.Error("neither a row nor an error passed")
	}
}

func TestLoadAfterClose(t *testing.T) {
	d, s, r := setup(t, 100)
	d.write(keyOf(1), 1)
	load(t, r, keyOf(1))
	s.Close()
	s.Close()
	for range 3 {
		if got := load(t, r, keyOf(1)); got.version != 1 {
			t.Errorf("got %+v", got)
		}
	}
	_ = s.Figures()
}

func TestOptions(t *testing.T) {
	for name, o := range map[string]Options{"no fence": {SizeMB: 1}, "no size": {Fence: NewFence()}, "negative": {SizeMB: -1, Fence: NewFence()}} {
		if s, err := New(o); err == nil {
			s.Close()
			t.Errorf("%s: accepted", name)
		}
	}
}

// TestWarmLoadAllocatesNothing is a promise, not a figure.
func TestWarmLoadAllocatesNothing(t *testing.T) {
	d, s, r := setup(t, 100)
	key := keyOf(1)
	d.write(key, 1)
	load(t, r, key)
	s.held.Wait()
	ctx := context.Background()
	if n := testing.AllocsPerRun(1000, func() { _, _ = r.Load(ctx, key) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
