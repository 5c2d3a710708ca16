package password

import (
	"context"
	"math"
	"sync"
	"time"

	"ostiary/server/refusal"
)

// Visitor is who waits at the gate. Address is what counts as one visitor, an
// IPv4 address or an IPv6 /64 as text; Known says that this browser was signed
// in to this account before.
type Visitor struct {
	Address string
	Known   bool
}

// gate lets a fixed number of hashes run and holds a bounded number of visitors
// in two lines: one for known devices, one for everybody. While both wait they
// take turns, so a storm of strangers takes half of the rate at most from
// people who come back, and those never shut strangers out.
type gate struct {
	wait time.Duration

	mu       sync.Mutex
	slots    int
	running  int
	known    line
	everyone line
	turn     bool          // the line of known devices was served last
	usual    time.Duration // how long one hash takes, smoothed
	refused  uint64
}

// waiter is one visitor in a line. Its fields are guarded by the gate's lock.
type waiter struct {
	admitted chan bool // capacity 1: true, a slot is yours; false, you were pushed out
	line     *line     // where it waits, nil once it does not
	address  string
}

func newGate(slots, queue int, wait time.Duration) *gate {
	kept := max(1, queue/8)
	rest := max(1, queue-kept)
	return &gate{
		wait: wait, slots: slots, usual: 25 * time.Millisecond,
		known:    newLine(kept, max(1, kept/2)),
		everyone: newLine(rest, max(1, rest-rest/8)),
	}
}

// enter waits for a slot. After nil the caller holds one and must leave.
func (g *gate) enter(ctx context.Context, who Visitor) error {
	if err := ctx.Err(); err != nil {
		return g.refuse("the request ended before its turn", err)
	}
	w := g.arrive(who)
	if w == nil {
		return g.refuse("the line at the hashing gate is full", nil)
	}
	select {
	case admitted := <-w.admitted:
		return g.outcome(admitted)
	default:
	}
	return g.await(ctx, w)
}

func (g *gate) await(ctx context.Context, w *waiter) error {
	timer := time.NewTimer(g.wait)
	defer timer.Stop()
	select {
	case admitted := <-w.admitted:
		return g.outcome(admitted)
	case <-timer.C:
		if g.withdraw(w) {
			return g.refuse("no slot at the hashing gate became free in time", nil)
		}
	case <-ctx.Done():
		if g.withdraw(w) {
			return g.refuse("the request ended before its turn", ctx.Err())
		}
	}
	// It was decided in the same moment; a slot that we were given is used.
	return g.outcome(<-w.admitted)
}

func (g *gate) outcome(admitted bool) error {
	if admitted {
		return nil
	}
	return g.refuse("pushed out of the full line by an address with fewer waiting", nil)
}

// arrive gives a visitor a slot or a place in a line, or nil.
func (g *gate) arrive(who Visitor) *waiter {
	g.mu.Lock()
	defer g.mu.Unlock()
	w := &waiter{admitted: make(chan bool, 1), address: who.Address}
	if g.running < g.slots {
		g.running++
		w.admitted <- true
		return w
	}
	if who.Known && g.known.join(w) || g.everyone.join(w) {
		return w
	}
	return nil
}

// withdraw takes a visitor out of its line; false when it is in none any more.
func (g *gate) withdraw(w *waiter) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if w.line == nil {
		return false
	}
	w.line.remove(w)
	return true
}

// leave gives the slot to the next visitor. It goes from hand to hand: nobody
// who comes in this moment can overtake the line.
func (g *gate) leave(took time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.usual += (took - g.usual) / 8
	if w := g.next(); w != nil {
		w.admitted <- true
		return
	}
	g.running--
}

func (g *gate) next() *waiter {
	first, second := &g.known, &g.everyone
	if g.turn {
		first, second = second, first
	}
	w := first.next()
	if w == nil {
		w, first = second.next(), second
	}
	g.turn = first == &g.known
	return w
}

// refuse is server.busy. Wait is when the line that is there now will have
// passed, in whole seconds from 1 to 60, so that clients come back to a free gate.
func (g *gate) refuse(why string, err error) error {
	g.mu.Lock()
	g.refused++
	ahead := 1 + (g.known.waiting+g.everyone.waiting)/g.slots
	clears := time.Duration(ahead) * g.usual
	g.mu.Unlock()
	after := min(max(math.Ceil(clears.Seconds()), 1), 60)
	return refusal.New(refusal.ServerBusy).Wait(time.Duration(after)*time.Second).Privately("%s", why).Wrap(err)
}

func (g *gate) figures() (running, waiting int, refused uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.running, g.known.waiting + g.everyone.waiting, g.refused
}
