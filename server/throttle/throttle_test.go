package throttle

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// clock is a time that only the test moves. It carries no monotonic reading.
type clock struct{ nanos atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.nanos.Store(time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC).UnixNano())
	return c
}

func (c *clock) now() time.Time       { return time.Unix(0, c.nanos.Load()) }
func (c *clock) move(d time.Duration) { c.nanos.Add(int64(d)) }

var fivePerMinute = &Limit{Name: "login", Burst: 5, Per: time.Minute}

func TestBurstThenEvenly(t *testing.T) {
	clock := newClock()
	l := New(clock.now, 1000)
	key := l.Key(fivePerMinute, "203.0.113.7", "ada@example.com")
	for i := range 5 {
		v := l.Take(fivePerMinute, key)
		if !v.Allowed || v.Limit != 5 || v.Remaining != 4-i || v.RetryAfter != 0 {
			t.Fatalf("taking %d: %+v", i+1, v)
		}
	}
	v := l.Take(fivePerMinute, key)
	if v.Allowed || v.Remaining != 0 || v.RetryAfter != 12*time.Second || v.Reset > v.RetryAfter {
		t.Fatalf("the sixth: %+v", v)
	}
	clock.move(v.RetryAfter - 1)
	if l.Take(fivePerMinute, key).Allowed {
		t.Fatal("allowed before RetryAfter")
	}
	clock.move(1)
	if v := l.Take(fivePerMinute, key); !v.Allowed || v.Remaining != 0 || v.Reset != 12*time.Second {
		t.Fatalf("refused after RetryAfter: %+v", v)
	}
	clock.move(time.Minute)
	if v := l.Peek(fivePerMinute, key); v.Remaining != 5 || v.Reset != 0 {
		t.Fatalf("not whole after Per: %+v", v)
	}
}

func TestSecondsAreRoundedUp(t *testing.T) {
	v := Verdict{Reset: time.Second + 1, RetryAfter: time.Second}
	if v.ResetSeconds() != 2 || v.RetryAfterSeconds() != 1 || (Verdict{}).ResetSeconds() != 0 {
		t.Fatalf("%d %d", v.ResetSeconds(), v.RetryAfterSeconds())
	}
}

func TestLimitsThatAllowNothing(t *testing.T) {
	l := New(newClock().now, 1000)
	for _, limit := range []*Limit{{Name: "a", Per: time.Minute}, {Name: "b", Burst: 3}, {Name: "c", Burst: -1, Per: -1}} {
		for _, v := range []Verdict{l.Take(limit, l.Key(limit, "x")), l.Peek(limit, l.Key(limit, "x"))} {
			if v.Allowed || v.Remaining != 0 || v.RetryAfter <= 0 {
				t.Errorf("%+v: %+v", limit, v)
			}
		}
		l.Return(limit, l.Key(limit, "x"))
	}
	if n := l.Figures().Keys; n != 0 {
		t.Errorf("%d keys held for nothing", n)
	}
}

func TestMoreThanOneANanosecond(t *testing.T) {
	limit := &Limit{Name: "wild", Burst: 100, Per: 10}
	l := New(newClock().now, 1000)
	if n := allowedOf(l, limit, l.Key(limit, "x"), 200); n != 100 {
		t.Fatalf("%d allowed", n)
	}
}

// allowedOf takes n times, one after the other.
func allowedOf(l *Limiter, limit *Limit, key Key, n int, coarser ...Key) (allowed int) {
	for range n {
		if l.Take(limit, key, coarser...).Allowed {
			allowed++
		}
	}
	return allowed
}

// together takes n times from as many goroutines, released at once.
func together(l *Limiter, limit *Limit, key Key, n int, coarser ...Key) int {
	var allowed atomic.Int64
	var ready, done sync.WaitGroup
	gate := make(chan struct{})
	for range n {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-gate
			if l.Take(limit, key, coarser...).Allowed {
				allowed.Add(1)
			}
		})
	}
	ready.Wait()
	close(gate)
	done.Wait()
	return int(allowed.Load())
}

func TestExactInParallel(t *testing.T) {
	l := New(newClock().now, 1000)
	for round := range 50 {
		key := l.Key(fivePerMinute, fmt.Sprint(round))
		if n := together(l, fivePerMinute, key, 200); n != 5 {
			t.Fatalf("round %d: %d of 200 allowed", round, n)
		}
	}
}

// pure is the algorithm for one key and nothing else.
type pure struct{ tat int64 }

func (p *pure) take(limit *Limit, now int64) bool {
	tat, allowed := limit.charge(p.tat, now)
	p.tat = tat
	return allowed
}

// With room for all keys every verdict is the pure algorithm's.
func TestAgreesWithThePureAlgorithm(t *testing.T) {
	clock := newClock()
	l := New(clock.now, 1<<14)
	model := map[Key]*pure{}
	random := rand.New(rand.NewPCG(1, 2))
	for step := range 80_000 {
		clock.move(time.Duration(random.IntN(20)) * time.Millisecond)
		key := l.Key(fivePerMinute, fmt.Sprint(random.IntN(4000)))
		if model[key] == nil {
			model[key] = &pure{}
		}
		want := model[key].take(fivePerMinute, l.clock())
		if got := l.Take(fivePerMinute, key); got.Allowed != want {
			t.Fatalf("step %d: %+v, want %v", step, got, want)
		}
	}
	if l.Figures().Swept == 0 {
		t.Error("the sweep never dropped anything: the test shows nothing about it")
	}
}

func TestClockSetBack(t *testing.T) {
	clock := newClock()
	l := New(clock.now, 1000)
	key := l.Key(fivePerMinute, "x")
	allowedOf(l, fivePerMinute, key, 5)
	clock.move(-time.Hour)
	if v := l.Take(fivePerMinute, key); v.Allowed || v.RetryAfter > time.Minute {
		t.Fatalf("an hour back: %+v", v)
	}
	for i := range 1000 { // sweeps pass over it
		l.Take(fivePerMinute, l.Key(fivePerMinute, fmt.Sprint(i)))
	}
	if l.Take(fivePerMinute, key).Allowed {
		t.Fatal("a clock that was set back freed the limit")
	}
	clock.move(12 * time.Second)
	if v := l.Take(fivePerMinute, key); !v.Allowed || v.Remaining != 0 {
		t.Fatalf("locked for longer than the limit says: %+v", v)
	}
}

// With readings of time.Now the wall clock does not matter at all; that Sub
// takes the monotonic part is what New relies on.
func TestMonotonicReadingsAreUsed(t *testing.T) {
	begun := time.Now()
	l := New(func() time.Time { return time.Now().UTC() }, 1000)
	if d := l.clock(); d < 0 || d > int64(time.Since(begun)) {
		t.Fatalf("clock reads %d", d)
	}
}

func TestLimitThatBecomesStricterKeepsCounts(t *testing.T) {
	clock := newClock()
	l := New(clock.now, 1000)
	wide := &Limit{Name: "login", Burst: 100, Per: time.Hour}
	key := l.Key(wide, "x")
	if n := allowedOf(l, wide, key, 100); n != 100 {
		t.Fatal(n)
	}
	if v := l.Take(fivePerMinute, key); v.Allowed || v.RetryAfter > 12*time.Second {
		t.Fatalf("%+v", v)
	}
}

func TestReturn(t *testing.T) {
	clock := newClock()
	l := New(clock.now, 1000)
	key := l.Key(fivePerMinute, "x")
	l.Return(fivePerMinute, key) // nothing there
	for range 100 {              // a hundred that all succeed
		if !l.Take(fivePerMinute, key).Allowed {
			t.Fatal("refused")
		}
		l.Return(fivePerMinute, key)
	}
	for range 20 {
		l.Return(fivePerMinute, key)
	}
	if n := allowedOf(l, fivePerMinute, key, 10); n != 5 {
		t.Fatalf("%d allowed after too many returns", n)
	}
	clock.move(-time.Hour)
	l.Return(fivePerMinute, key)
	if n := allowedOf(l, fivePerMinute, key, 10); n != 1 {
		t.Fatalf("%d allowed after one return with the clock set back", n)
	}
}

func TestPeekCountsNothing(t *testing.T) {
	l := New(newClock().now, 1000)
	key := l.Key(fivePerMinute, "x")
	for range 20 {
		if v := l.Peek(fivePerMinute, key); !v.Allowed || v.Remaining != 5 {
			t.Fatalf("%+v", v)
		}
	}
	l.Take(fivePerMinute, key)
	if v := l.Peek(fivePerMinute, key); v.Remaining != 4 || v.Reset != 12*time.Second {
		t.Fatalf("%+v", v)
	}
	if f := l.Figures(); f.Keys != 1 || f.Allowed != 1 || f.Denied != 0 {
		t.Fatalf("%+v", f)
	}
}

func TestTakeAllocatesNothing(t *testing.T) {
	l := New(newClock().now, 1000)
	address, account := "203.0.113.7", "ada@example.com"
	allocs := testing.AllocsPerRun(1000, func() {
		l.Take(fivePerMinute, l.Key(fivePerMinute, address, account), l.Key(fivePerMinute, address))
	})
	if allocs != 0 {
		t.Fatalf("%v allocations", allocs)
	}
}
