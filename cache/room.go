package cache

import (
	"context"
	"encoding/binary"
	"fmt"
	"runtime/debug"
	"time"

	"golang.org/x/sync/singleflight"
)

// loadTTL bounds one load. A load has a context of its own: those who joined
// it must not fail because the first caller went away.
const loadTTL = 5 * time.Second

// Room is one kind of snapshot in a Store: rows of type V by a 32-byte key.
// What Load returns is shared by all who ask and must not be changed, but for
// what V itself makes safe (an atomic pointer to something derived).
type Room[V any] struct {
	store  *Store
	name   string
	mix    uint64
	cost   func(*V) int64
	fetch  func(ctx context.Context, key [32]byte) (*V, []Slot, error)
	flight singleflight.Group
}

// snapshot is what ristretto holds. Hash and room are only where it is found;
// the whole key is compared.
type snapshot[V any] struct {
	key   [32]byte
	asOf  uint64
	slots []Slot
	value *V
}

// outcome is what a load brought: a snapshot or an error, and when it began.
type outcome[V any] struct {
	snap *snapshot[V]
	asOf uint64
	err  error
}

// NewRoom makes a room in s. cost is the size of a value in bytes. fetch reads
// one row, with the slots of all that the row depends on; its errors (no such
// row, too) are handed on and never kept. The name is for errors.
func NewRoom[V any](s *Store, name string, cost func(*V) int64, fetch func(ctx context.Context, key [32]byte) (*V, []Slot, error)) *Room[V] {
	return &Room[V]{
		store: s, name: name, cost: cost, fetch: fetch,
		mix: s.rooms.Add(1) * 0x9E3779B97F4A7C15,
	}
}

// Load returns the row of key: from memory while the fence says that nothing
// it depends on was written since it was read, else from fetch. Whatever was
// written before Load was called is seen. A warm hit allocates nothing.
func (r *Room[V]) Load(ctx context.Context, key [32]byte) (*V, error) {
	hash := binary.LittleEndian.Uint64(key[:]) ^ r.mix
	entry, _ := r.store.get(hash)
	snap, ok := entry.(*snapshot[V])
	if !ok || snap.key != key {
		r.store.count.misses.Add(1)
		return r.load(ctx, hash, key)
	}
	if !r.store.fence.Holds(snap.asOf, snap.slots) {
		r.store.count.stale.Add(1)
		return r.load(ctx, hash, key)
	}
	r.store.count.hits.add(hash)
	return snap.value, nil
}

// load reads the row, together with all who ask for it at this moment.
func (r *Room[V]) load(ctx context.Context, hash uint64, key [32]byte) (*V, error) {
	mine := false
	flight := r.flight.DoChan(string(key[:]), func() (any, error) {
		mine = true
		return r.read(hash, key), nil
	})
	select {
	case got := <-flight:
		out, ok := got.Val.(outcome[V])
		if !ok {
			return nil, fmt.Errorf("load %s: %w", r.name, got.Err)
		}
		// What this request itself read, after it began, is good for it.
		// Another's load may have begun before a write that this request
		// must see.
		if !mine {
			out = r.judge(out, hash, key)
		}
		return out.result()
	case <-ctx.Done():
		return nil, fmt.Errorf("load %s: %w", r.name, ctx.Err())
	}
}

// judge compares another's result with the fence now that it has arrived, and
// reads once more when it is old.
func (r *Room[V]) judge(out outcome[V], hash uint64, key [32]byte) outcome[V] {
	r.store.count.shared.Add(1)
	good := out.err != nil && out.asOf == r.store.fence.AsOf() ||
		out.err == nil && r.store.fence.Holds(out.asOf, out.snap.slots)
	if good {
		return out
	}
	r.store.count.rereads.Add(1)
	return r.read(hash, key)
}

// read asks fetch and offers what it brought to the store.
func (r *Room[V]) read(hash uint64, key [32]byte) (out outcome[V]) {
	ctx, cancel := context.WithTimeout(context.Background(), loadTTL)
	defer cancel()
	// Before the SELECT: see Fence.
	out.asOf = r.store.fence.AsOf()
	value, slots, err := r.guarded(ctx, key)
	if err != nil {
		out.err = err
		return out
	}
	out.snap = &snapshot[V]{key: key, asOf: out.asOf, slots: slots, value: value}
	r.store.set(hash, out.snap, r.cost(value)+int64(2*len(slots))+entryCost)
	return out
}

// guarded turns a panic of fetch into an error: it runs in a goroutine of its
// own, where a panic would end the process.
func (r *Room[V]) guarded(ctx context.Context, key [32]byte) (value *V, slots []Slot, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("load %s: panic: %v\n%s", r.name, p, debug.Stack())
		}
	}()
	value, slots, err = r.fetch(ctx, key)
	if err == nil && value == nil {
		err = fmt.Errorf("load %s: fetch returned neither a row nor an error", r.name)
	}
	return value, slots, err
}

func (o outcome[V]) result() (*V, error) {
	if o.err != nil {
		return nil, o.err
	}
	return o.snap.value, nil
}
