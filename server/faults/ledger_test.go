//go:build linux

package faults

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// worker is a client that changes one thing after the other and writes down what was
// acknowledged. step makes one change; check holds the program to all that was acknowledged,
// and finds out how what was not answered has ended: whole, or not at all.
type worker interface {
	step(p *program) answer
	check(t *testing.T, p *program)
}

// errDone ends a worker that has nothing left to change.
var errDone = errors.New("nothing is left to do")

// crew is workers at work.
type crew struct {
	workers []worker
	acked   atomic.Int64 // changes that were acknowledged
	refused atomic.Int64 // storage faults that were told
}

// load lets the workers work until the program answers no more, or halt is called. Whatever
// is answered but for success, a storage fault and a busy server is a mistake.
func (c *crew) load(t *testing.T, p *program) (halt func()) {
	var all sync.WaitGroup
	var stopped atomic.Bool
	for _, w := range c.workers {
		all.Go(func() {
			for !stopped.Load() && c.step(t, p, w) {
			}
		})
	}
	return func() { stopped.Store(true); all.Wait() }
}

// step makes one change and says whether there may be a next one.
func (c *crew) step(t *testing.T, p *program, w worker) bool {
	a := w.step(p)
	switch {
	case a.ok():
		c.acked.Add(1)
	case a.err != nil:
		return false
	case a.busy():
	case a.status == 503:
		c.refused.Add(1)
		time.Sleep(time.Millisecond)
	default:
		t.Errorf("%T: %v", w, a)
		return false
	}
	return true
}

// check asks every worker.
func (c *crew) check(t *testing.T, p *program) {
	t.Helper()
	for _, w := range c.workers {
		w.check(t, p)
	}
}

// wantEnded fails unless the program says of the session that it has ended: not that it is
// unknown, and least of all that it lives.
func wantEnded(t *testing.T, p *program, what, token string) {
	t.Helper()
	if a := p.me(token); a.status != 401 || a.code != "session.revoked" {
		t.Errorf("%s: %v, want 401 session.revoked", what, a)
	}
}

func wantAlive(t *testing.T, p *program, what, token string) {
	t.Helper()
	if a := p.me(token); a.status != 200 {
		t.Errorf("%s: %v, want 200", what, a)
	}
}

// ended says how an end that was not answered has ended.
func ended(t *testing.T, p *program, token string) bool {
	t.Helper()
	a := p.me(token)
	if a.status != 200 && (a.status != 401 || a.code != "session.revoked") {
		t.Errorf("a session whose end was not answered: %v, want it alive or ended", a)
	}
	return a.status == 401
}

// ender ends the sessions of one person, one by one, in every way there is.
type ender struct {
	who    *person
	next   int // of who.Sessions; the first does the work and stays
	ended  []held
	unsure []held
}

func (e *ender) step(p *program) answer {
	e.next++
	if e.next >= len(e.who.Sessions) {
		return answer{err: errDone}
	}
	s, mine := e.who.Sessions[e.next], e.who.Sessions[0]
	var a answer
	switch e.next % 3 {
	case 0:
		a = p.do("DELETE", "/api/v1/auth/sessions/"+s.ID, nil, bearer(mine.Token))
	case 1:
		a = p.do("POST", "/api/v1/auth/logout", nil, bearer(s.Token))
	case 2:
		a = p.operate("DELETE", "/sessions/"+s.ID, nil)
	}
	if a.ok() {
		e.ended = append(e.ended, s)
	} else {
		e.unsure = append(e.unsure, s)
	}
	return a
}

func (e *ender) check(t *testing.T, p *program) {
	t.Helper()
	for _, s := range e.unsure {
		if ended(t, p, s.Token) {
			e.ended = append(e.ended, s)
		}
	}
	e.unsure = nil
	for _, s := range e.ended {
		wantEnded(t, p, "a session whose end was acknowledged", s.Token)
	}
	wantAlive(t, p, "the session that ended the others", e.who.Sessions[0].Token)
	untouched := e.who.Sessions[min(e.next+1, len(e.who.Sessions)):]
	for _, s := range untouched[:min(20, len(untouched))] {
		wantAlive(t, p, "a session that nobody ended", s.Token)
	}
}

// sweeper signs people out, each of all sessions in one transaction.
type sweeper struct {
	people []*person
	next   int
	ended  []*person
	unsure []*person
}

func (s *sweeper) step(p *program) answer {
	if s.next == len(s.people) {
		return answer{err: errDone}
	}
	who := s.people[s.next]
	s.next++
	a := p.operate("POST", "/users/"+who.ID+"/sign-out", nil)
	if a.ok() {
		s.ended = append(s.ended, who)
	} else {
		s.unsure = append(s.unsure, who)
	}
	return a
}

func (s *sweeper) check(t *testing.T, p *program) {
	t.Helper()
	for _, who := range s.unsure {
		over := 0
		for _, held := range who.Sessions {
			if ended(t, p, held.Token) {
				over++
			}
		}
		if over == len(who.Sessions) {
			s.ended = append(s.ended, who)
		} else if over > 0 {
			t.Errorf("of one sign-out %d of %d ends were stored", over, len(who.Sessions))
		}
	}
	s.unsure = nil
	for _, who := range s.ended {
		for _, held := range who.Sessions {
			wantEnded(t, p, "a session of somebody who was signed out", held.Token)
		}
	}
}

// renamer gives one person one name after the other.
type renamer struct {
	who    *person
	n      int
	acked  string   // the last name that was acknowledged
	unsure []string // those after it that were not
}

func (r *renamer) step(p *program) answer {
	r.n++
	name := fmt.Sprintf("Name the %dth", r.n)
	a := p.operate("PATCH", "/users/"+r.who.ID, map[string]string{"name": name})
	if a.ok() {
		r.acked, r.unsure = name, nil
	} else {
		r.unsure = append(r.unsure, name)
	}
	return a
}

func (r *renamer) check(t *testing.T, p *program) {
	t.Helper()
	var got struct{ Name string }
	a := p.operate("GET", "/users/"+r.who.ID, nil)
	if a.status != 200 {
		t.Errorf("read a user: %v", a)
		return
	}
	a.into(t, &got)
	for _, possible := range append(r.unsure, r.acked) {
		if got.Name == possible {
			r.acked, r.unsure = got.Name, nil
			return
		}
	}
	t.Errorf("the name is %q, acknowledged was %q, and not answered %q", got.Name, r.acked, r.unsure)
}
