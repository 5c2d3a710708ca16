package cache

import (
	"fmt"
	"testing"
)

func TestFence(t *testing.T) {
	f := NewFence()
	a, b := Slot(7), Slot(8)
	before := f.AsOf()
	if !f.Holds(before, []Slot{a, b}) || !f.Holds(before, nil) {
		t.Error("nothing was written and a snapshot does not hold")
	}
	f.Raise([]Slot{a, a})
	if f.Holds(before, []Slot{a}) || f.Holds(before, []Slot{b, a}) {
		t.Error("a snapshot from before the write holds")
	}
	if !f.Holds(before, []Slot{b}) {
		t.Error("a write to one thing reaches another")
	}
	after := f.AsOf()
	if after <= before || !f.Holds(after, []Slot{a, b}) {
		t.Error("a snapshot from after the write does not hold")
	}
	f.Raise(nil)
	if f.AsOf() <= after {
		t.Error("a commit that touched nobody was not counted")
	}
	if !f.Holds(after, []Slot{a, b}) {
		t.Error("a commit that touched nobody reaches somebody")
	}
}

// TestRaiseOrder: the counter goes up last, or a loader between the two would
// read the new number before the write is in the slots.
func TestRaiseOrder(t *testing.T) {
	f := NewFence()
	touched := make([]Slot, 2000) // many, so that there is a between
	for i := range touched {
		touched[i] = Slot(i)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 2000 {
			f.Raise(touched)
		}
	}()
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		asOf := f.AsOf()
		for _, s := range []Slot{touched[0], touched[len(touched)-1]} {
			if got := f.slots[s].Load(); got < asOf {
				t.Fatalf("slot %d is at %d while the counter says %d", s, got, asOf)
			}
		}
	}
}

func TestSlotOf(t *testing.T) {
	seen := make(map[Slot]int)
	for _, kind := range []Kind{User, Organization, Key} {
		for i := range 10_000 {
			id := fmt.Sprintf("id_%d", i)
			s := SlotOf(kind, id)
			if s == serverSlot || s >= slotCount {
				t.Fatalf("slot %d of %q", s, id)
			}
			if s != SlotOf(kind, id) {
				t.Fatalf("%q changes its slot", id)
			}
			seen[s]++
		}
	}
	// 30 000 over 16 383 slots: about 84 in 100 are hit, none very often.
	if len(seen) < 13_000 {
		t.Errorf("only %d slots are used", len(seen))
	}
	for s, n := range seen {
		if n > 15 {
			t.Errorf("slot %d is used %d times", s, n)
		}
	}
	if SlotOf(Server, "") != SlotOf(Server, "anything") {
		t.Error("the server has two slots")
	}
	if SlotOf(User, "x") == SlotOf(Organization, "x") && SlotOf(User, "y") == SlotOf(Organization, "y") {
		t.Error("the kind makes no difference")
	}
	if n := testing.AllocsPerRun(100, func() { SlotOf(User, "usr_0123456789") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
