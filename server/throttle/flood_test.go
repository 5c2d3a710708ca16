package throttle

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

// A flood of other keys, more than there is room for, neither resets a limit
// nor gives a newcomer more than its burst.
func TestExactUnderFlood(t *testing.T) {
	const capacity, flood = 1 << 14, 1 << 17
	l := New(newClock().now, capacity)
	early := l.Key(fivePerMinute, "early")
	network := l.Key(fivePerMinute, "network")
	allowed := allowedOf(l, fivePerMinute, early, 3, network)

	var floods sync.WaitGroup
	for part := range 4 {
		floods.Go(func() {
			for i := part; i < flood; i += 4 {
				l.Take(fivePerMinute, l.Key(fivePerMinute, "flood", fmt.Sprint(i)), l.Key(fivePerMinute, "flood"))
			}
		})
	}
	allowed += together(l, fivePerMinute, early, 200, network)
	late := 0
	for i := range 20 {
		late = max(late, together(l, fivePerMinute, l.Key(fivePerMinute, "late", fmt.Sprint(i)), 200, network))
	}
	floods.Wait()
	allowed += allowedOf(l, fivePerMinute, early, 10, network)
	if allowed != 5 {
		t.Errorf("%d allowed for a key that was there before the flood", allowed)
	}
	if late > 5 {
		t.Errorf("%d allowed for a key that came in the flood", late)
	}
	f := l.Figures()
	if f.Keys > capacity*9/8 || f.Spillings == 0 {
		t.Errorf("%+v", f)
	}
}

// With far too little room, whatever is allowed is also allowed by an algorithm
// that knows of nothing but that key's allowed takings: never looser.
func TestNeverLooserWhenFull(t *testing.T) {
	clock := newClock()
	l := New(clock.now, 1) // the least there is: 64 shards of 36
	model := map[Key]*pure{}
	random := rand.New(rand.NewPCG(3, 4))
	networks := []Key{l.Key(fivePerMinute, "n", "0"), l.Key(fivePerMinute, "n", "1"), l.Key(fivePerMinute, "n", "2")}
	wide := l.Key(fivePerMinute, "wide")
	allowed := 0
	for step := range 100_000 {
		clock.move(time.Duration(random.IntN(10)) * time.Millisecond)
		n := random.IntN(6000)
		key := l.Key(fivePerMinute, fmt.Sprint(n))
		if model[key] == nil {
			model[key] = &pure{}
		}
		if !l.Take(fivePerMinute, key, networks[n%3], wide).Allowed {
			continue
		}
		allowed++
		if !model[key].take(fivePerMinute, l.clock()) {
			t.Fatalf("step %d: key %d got more than its limit", step, n)
		}
	}
	f := l.Figures()
	if f.Spillings == 0 || f.Swept == 0 || allowed < 4_000 {
		t.Fatalf("the test shows nothing: %d allowed, %+v", allowed, f)
	}
}

// filler is a limit whose keys stay live for as long as a test needs.
var filler = &Limit{Name: "filler", Burst: 1, Per: time.Minute}

// fill makes every shard refuse new keys, all buckets live.
func fill(t *testing.T, l *Limiter, limit *Limit) {
	t.Helper()
	for i := range 20_000 {
		l.Take(limit, l.Key(limit, "fill", fmt.Sprint(i)))
	}
	if n := l.Figures().Keys; n != shards*room(firstSlots) {
		t.Fatalf("%d live keys held", n)
	}
}

// newcomers makes n keys of one shard, which the wind of a flood blows together.
func newcomers(l *Limiter, limit *Limit, name string, n int) (keys []Key) {
	for i := 0; len(keys) < n; i++ {
		if key := l.Key(limit, name, fmt.Sprint(i)); l.shard(key) == &l.shards[7] {
			keys = append(keys, key)
		}
	}
	return keys
}

func TestFullChargesTheCoarserKey(t *testing.T) {
	clock := newClock()
	l := New(clock.now, 1)
	fill(t, l, filler)
	network := l.Key(fivePerMinute, "198.51.100.0/24")
	keys := newcomers(l, fivePerMinute, "198.51.100", 2)
	a, b := keys[0], keys[1]
	if n := allowedOf(l, fivePerMinute, a, 3, network) + allowedOf(l, fivePerMinute, b, 10, network); n != 5 {
		t.Fatalf("two newcomers of one network got %d between them", n)
	}
	if v := l.Peek(fivePerMinute, a, network); v.Allowed || v.RetryAfter != 12*time.Second {
		t.Fatalf("peek: %+v", v)
	}
	other := l.Key(fivePerMinute, "203.0.113.0/24")
	if n := allowedOf(l, fivePerMinute, newcomers(l, fivePerMinute, "203.0.113", 1)[0], 10, other); n != 5 {
		t.Fatalf("a newcomer of another network got %d", n)
	}
	clock.move(13 * time.Second)
	if n := allowedOf(l, fivePerMinute, a, 10, network); n != 1 {
		t.Fatalf("%d allowed after 13 s", n)
	}
	// Room again: each key gets a bucket of its own, which begins as full as the
	// coarser one is, for its own takings may be what filled that.
	clock.move(48 * time.Second)
	if n := allowedOf(l, fivePerMinute, a, 10, network); n != 4 {
		t.Fatalf("%d allowed 48 s later", n)
	}
	if n := allowedOf(l, fivePerMinute, b, 10, network); n != 4 {
		t.Fatalf("%d allowed for the other", n)
	}
	clock.move(time.Minute)
	if n := allowedOf(l, fivePerMinute, a, 10, network) + allowedOf(l, fivePerMinute, b, 10, network); n != 10 {
		t.Fatalf("%d allowed when all is past", n)
	}
}

func TestFullWithoutCoarserSharesOneBucket(t *testing.T) {
	l := New(newClock().now, 1)
	fill(t, l, filler)
	other := &Limit{Name: "other", Burst: 7, Per: time.Hour}
	total := 0
	for _, key := range newcomers(l, other, "x", 20) {
		total += allowedOf(l, other, key, 3)
	}
	if total != 7 {
		t.Fatalf("%d allowed", total)
	}
	// Its own shared bucket, not the one of another limit.
	third := &Limit{Name: "third", Burst: 2, Per: time.Hour}
	if n := allowedOf(l, third, newcomers(l, third, "x", 1)[0], 5); n != 2 {
		t.Fatalf("%d allowed for a third limit", n)
	}
}

func TestManyNetworksFallToTheSharedBucket(t *testing.T) {
	l := New(newClock().now, 1)
	fill(t, l, filler)
	total := 0
	for i := range 40_000 {
		total += allowedOf(l, fivePerMinute, l.Key(fivePerMinute, fmt.Sprint(i)), 1, l.Key(fivePerMinute, "net", fmt.Sprint(i)))
	}
	networks := shards * room(spillSlots)
	if held := l.Figures().Spilled; total > networks+5*shards || held > networks+2*shards { // two limits spilled
		t.Fatalf("%d allowed, %d coarser buckets", total, held)
	}
}

// A key whose takings lie in two coarser buckets does not begin anew with the
// emptier one.
func TestFullestOfTheCoarserBucketsCounts(t *testing.T) {
	l := New(newClock().now, 1)
	fill(t, l, filler)
	wide, narrow := l.Key(fivePerMinute, "wide"), l.Key(fivePerMinute, "narrow")
	keys := newcomers(l, fivePerMinute, "x", 2)
	allowedOf(l, fivePerMinute, keys[0], 1, narrow)
	for _, order := range [][]Key{{wide}, {narrow, wide}, {wide, narrow}} {
		allowedOf(l, fivePerMinute, keys[1], 2, order...)
	}
	if n := allowedOf(l, fivePerMinute, keys[1], 10, narrow, wide) + allowedOf(l, fivePerMinute, keys[1], 10, wide, narrow); n != 0 {
		t.Fatalf("%d more than the limit", n)
	}
}

// A short limit that spills does not make the spill of a long one forgotten.
func TestSpillOfTwoLimits(t *testing.T) {
	clock := newClock()
	l := New(clock.now, 1)
	fill(t, l, &Limit{Name: "filler", Burst: 1, Per: 24 * time.Hour})
	daily, brief := &Limit{Name: "daily", Burst: 3, Per: 24 * time.Hour}, &Limit{Name: "brief", Burst: 3, Per: time.Second}
	key := newcomers(l, daily, "x", 1)[0]
	if n := allowedOf(l, daily, key, 5); n != 3 {
		t.Fatal(n)
	}
	allowedOf(l, brief, newcomers(l, brief, "x", 1)[0], 1)
	clock.move(time.Minute)
	if n := allowedOf(l, daily, key, 5); n != 0 {
		t.Fatalf("%d allowed anew", n)
	}
}

// After a flood newcomers are free of the spill within Per, however many come.
func TestSpillDrains(t *testing.T) {
	clock := newClock()
	l := New(clock.now, 1)
	fill(t, l, fivePerMinute)
	for i := range 5000 {
		l.Take(fivePerMinute, l.Key(fivePerMinute, "flood", fmt.Sprint(i)))
	}
	for i := range 600 { // newcomers all the while
		clock.move(100 * time.Millisecond)
		l.Take(fivePerMinute, l.Key(fivePerMinute, "after", fmt.Sprint(i)))
	}
	for _, key := range newcomers(l, fivePerMinute, "late", 20) {
		if n := allowedOf(l, fivePerMinute, key, 6); n != 5 {
			t.Fatalf("%d allowed a minute after the flood", n)
		}
	}
}
