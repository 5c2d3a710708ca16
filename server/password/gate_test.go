package password

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ostiary/server/refusal"
)

// stranger and friend come from an address.
func stranger(address string) Visitor { return Visitor{Address: address} }
func friend(address string) Visitor   { return Visitor{Address: address, Known: true} }

// busyGate has its one slot taken.
func busyGate(t *testing.T, queue int) *gate {
	t.Helper()
	g := newGate(1, queue, time.Second)
	if err := g.enter(context.Background(), stranger("first")); err != nil {
		t.Fatal(err)
	}
	return g
}

// arrivals lets visitors come one after the other; nil stands for one who was
// sent away at once.
func arrivals(g *gate, who ...Visitor) (waiters []*waiter) {
	for _, v := range who {
		waiters = append(waiters, g.arrive(v))
	}
	return waiters
}

func times(n int, v Visitor) (list []Visitor) {
	for range n {
		list = append(list, v)
	}
	return list
}

// served lets the slot go from hand to hand n times and tells to whom.
func served(t *testing.T, g *gate, waiters []*waiter, n int) string {
	t.Helper()
	var order []string
	for range n {
		g.leave(time.Millisecond)
		for _, w := range waiters {
			if w == nil {
				continue
			}
			select {
			case admitted := <-w.admitted:
				if admitted {
					order = append(order, w.address)
				}
			default:
			}
		}
	}
	return strings.Join(order, " ")
}

func TestAddressesTakeTurns(t *testing.T) {
	g := busyGate(t, 64)
	waiters := arrivals(g, append(times(5, stranger("flood")), stranger("b"), stranger("c"), stranger("b"))...)
	if got := served(t, g, waiters, 9); got != "flood b c flood b flood flood flood" {
		t.Fatal(got)
	}
	if running, waiting, _ := g.figures(); running != 0 || waiting != 0 {
		t.Fatalf("%d running, %d waiting", running, waiting)
	}
}

func TestKnownDevicesAndStrangersTakeTurns(t *testing.T) {
	g := busyGate(t, 64)
	waiters := arrivals(g, append(times(6, stranger("s")), times(3, friend("k"))...)...)
	if got := served(t, g, waiters, 9); got != "k s k s k s s s s" {
		t.Fatal(got)
	}
}

// Strangers cannot fill the places that are kept for known devices, and these
// may also wait with everybody.
func TestShareKeptForKnownDevices(t *testing.T) {
	g := busyGate(t, 16) // 2 kept, 14 for everybody
	var flood []Visitor
	for i := range 100 {
		flood = append(flood, stranger(fmt.Sprint("s", i)))
	}
	if n := count(arrivals(g, flood...)); n != 14 {
		t.Fatalf("%d strangers wait", n)
	}
	if n := count(arrivals(g, friend("k1"), friend("k2"), friend("k3"))); n != 2 {
		t.Fatalf("%d known devices got in beside them", n)
	}
	g = busyGate(t, 16)
	if n := count(arrivals(g, friend("a"), friend("b"), friend("c"), friend("d"), friend("e"))); n != 5 {
		t.Fatalf("%d of 5 known devices wait where there is room", n)
	}
}

func count(waiters []*waiter) (n int) {
	for _, w := range waiters {
		if w != nil {
			n++
		}
	}
	return n
}

func TestOneAddressCannotFillTheLine(t *testing.T) {
	g := busyGate(t, 64) // 56 for everybody, 49 for one address
	if n := count(arrivals(g, times(100, stranger("flood"))...)); n != 49 {
		t.Fatalf("one address has %d places", n)
	}
	if n := count(arrivals(g, stranger("a"), stranger("b"), stranger("c"))); n != 3 {
		t.Fatalf("%d of 3 others found a place", n)
	}
}

// Few addresses that together fill the line are pushed out, the newest first,
// by whoever has fewer waiting; equals are not.
func TestFloodIsPushedOut(t *testing.T) {
	g := busyGate(t, 16) // 14 for everybody
	one := arrivals(g, times(8, stranger("one"))...)
	two := arrivals(g, times(6, stranger("two"))...)
	newcomer := g.arrive(stranger("new"))
	if newcomer == nil {
		t.Fatal("a newcomer was sent away from a line that two addresses fill")
	}
	if admitted, told := tell(one[7]); !told || admitted {
		t.Fatal("the newest of the fullest address was not pushed out")
	}
	for _, w := range append(one[:7:7], two...) {
		if _, told := tell(w); told {
			t.Fatal("somebody else was pushed out")
		}
	}
	if w := g.arrive(stranger("two")); w != nil {
		t.Fatal("an address with as many waiting pushed another out")
	}
	g = busyGate(t, 16)
	for i := range 14 {
		g.arrive(stranger(fmt.Sprint(i)))
	}
	if g.arrive(stranger("late")) != nil {
		t.Fatal("with one place each nobody may be pushed out")
	}
}

func tell(w *waiter) (admitted, told bool) {
	select {
	case admitted = <-w.admitted:
		return admitted, true
	default:
		return false, false
	}
}

// busy asserts that an error is server.busy with a wait in whole seconds.
func busy(t *testing.T, err error) *refusal.Error {
	t.Helper()
	var refused *refusal.Error
	if !errors.As(err, &refused) || refused.Code != refusal.ServerBusy {
		t.Fatalf("got %v", err)
	}
	if refused.RetryAfter < time.Second || refused.RetryAfter > time.Minute || refused.RetryAfter%time.Second != 0 {
		t.Fatalf("retry after %v", refused.RetryAfter)
	}
	return refused
}

func TestWaitEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := busyGate(t, 64)
		begun := time.Now()
		busy(t, g.enter(context.Background(), stranger("a")))
		if waited := time.Since(begun); waited != time.Second {
			t.Fatalf("waited %v", waited)
		}
		g.leave(time.Millisecond)
		if running, waiting, refused := g.figures(); running != 0 || waiting != 0 || refused != 1 {
			t.Fatalf("%d running, %d waiting, %d refused", running, waiting, refused)
		}
		if err := g.enter(context.Background(), stranger("a")); err != nil {
			t.Fatal(err)
		}
	})
}

func TestRequestEndsWhileItWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := busyGate(t, 64)
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error)
		go func() { done <- g.enter(ctx, friend("a")) }()
		synctest.Wait()
		if _, waiting, _ := g.figures(); waiting != 1 {
			t.Fatal("nobody waits")
		}
		cancel()
		if err := <-done; !errors.Is(busy(t, err), context.Canceled) {
			t.Fatal(err)
		}
		busy(t, g.enter(ctx, friend("a")))
		if _, waiting, _ := g.figures(); waiting != 0 {
			t.Fatal("still in the line")
		}
	})
}

// A slot given in the very moment of the deadline is used or given on, not lost.
func TestNoSlotIsLostAtTheDeadline(t *testing.T) {
	for range 300 {
		synctest.Test(t, func(t *testing.T) {
			g := busyGate(t, 64)
			done := make(chan error, 2)
			for _, who := range []Visitor{stranger("a"), friend("b")} {
				go func() {
					err := g.enter(context.Background(), who)
					if err == nil {
						g.leave(time.Millisecond)
					}
					done <- err
				}()
			}
			time.Sleep(time.Second) // wakes together with both timers
			g.leave(time.Millisecond)
			<-done
			<-done
			if running, waiting, _ := g.figures(); running != 0 || waiting != 0 {
				t.Fatalf("%d running, %d waiting", running, waiting)
			}
		})
	}
}

func TestRetryAfterGrowsWithTheLine(t *testing.T) {
	g := busyGate(t, 4000)
	g.usual = 100 * time.Millisecond
	short := busy(t, g.refuse("", nil)).RetryAfter
	for i := range 100 {
		g.arrive(stranger(fmt.Sprint(i)))
	}
	longer := busy(t, g.refuse("", nil)).RetryAfter
	if short != time.Second || longer != 11*time.Second {
		t.Fatalf("%v with nobody waiting, %v with a hundred", short, longer)
	}
	for i := range 3000 {
		g.arrive(stranger(fmt.Sprint("x", i)))
	}
	if most := busy(t, g.refuse("", nil)).RetryAfter; most != time.Minute {
		t.Fatalf("%v", most)
	}
}

func TestSmallestGate(t *testing.T) {
	g := newGate(1, 1, time.Second)
	waiters := arrivals(g, stranger("a"), stranger("b"), friend("c"), stranger("d"), friend("e"))
	if got := count(waiters); got != 3 {
		t.Fatalf("%d let in: a slot and a place in each line are three", got)
	}
}
