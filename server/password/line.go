package password

import (
	"container/list"
	"slices"
)

// line is a bounded queue that is fair by address: addresses are served in
// turn, each its own visitors in order of arrival. So ten thousand requests
// from one address delay another's one request by one hash. A line is guarded
// by the gate's lock.
//
// When it is full, a visitor takes the place of the newest one of the address
// with the most waiting, if that is at least two more than his own has. Whoever
// floods is refused first, and nobody else's refusal can be bought with it.
type line struct {
	room      int // visitors at most
	each      int // visitors of one address at most
	waiting   int
	addresses map[string]*list.Element // of *group
	turns     *list.List               // of *group, the next to be served first
}

// group is the visitors of one address, never empty while it is in a line.
type group struct {
	address string
	waiters []*waiter
}

func newLine(room, each int) line {
	return line{room: room, each: each, addresses: make(map[string]*list.Element), turns: list.New()}
}

// join queues w, pushing out another if need be, or answers false.
func (l *line) join(w *waiter) bool {
	element, queued := l.addresses[w.address]
	waiting := 0
	if queued {
		waiting = len(element.Value.(*group).waiters)
	}
	if waiting >= l.each || l.waiting >= l.room && !l.pushOut(waiting) {
		return false
	}
	if element, queued = l.addresses[w.address]; !queued {
		element = l.turns.PushBack(&group{address: w.address})
		l.addresses[w.address] = element
	}
	g := element.Value.(*group)
	g.waiters = append(g.waiters, w)
	w.line = l
	l.waiting++
	return true
}

// pushOut refuses the newest visitor of the address with the most waiting, if
// an address with waiting visitors of its own has the better claim.
func (l *line) pushOut(waiting int) bool {
	var most *group
	for e := l.turns.Front(); e != nil; e = e.Next() {
		if g := e.Value.(*group); most == nil || len(g.waiters) > len(most.waiters) {
			most = g
		}
	}
	if most == nil || len(most.waiters) < waiting+2 {
		return false
	}
	newest := most.waiters[len(most.waiters)-1]
	l.remove(newest)
	newest.admitted <- false
	return true
}

// next takes the visitor whose turn it is, or nil.
func (l *line) next() *waiter {
	front := l.turns.Front()
	if front == nil {
		return nil
	}
	w := front.Value.(*group).waiters[0]
	l.turns.MoveToBack(front)
	l.remove(w)
	return w
}

// remove takes a visitor out of the line, and its address when it was the last.
func (l *line) remove(w *waiter) {
	element := l.addresses[w.address]
	g := element.Value.(*group)
	at := slices.Index(g.waiters, w)
	g.waiters = slices.Delete(g.waiters, at, at+1)
	if len(g.waiters) == 0 {
		l.turns.Remove(element)
		delete(l.addresses, w.address)
	}
	w.line = nil
	l.waiting--
}
