package server_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ostiary/server/password"
	"ostiary/server/servertest"
	"ostiary/storage"
)

const hammers = 32

// While 32 clients use one session as fast as they can, through a warm cache,
// it ends. No request that began after the end was acknowledged is let in.
func TestSES11EndedWhileHammered(t *testing.T) {
	t.Parallel()
	for _, way := range endings() {
		t.Run(way.name, func(t *testing.T) {
			s := servertest.New(t, noLimits)
			victim := s.Browser()
			secret := secretOf(t, s, victim.SignUp("ada@example.com"))
			h := hammer(s, secret)
			h.wait(t, 10*hammers)
			way.end(t, s, victim)
			h.acknowledged.Store(true)
			h.wait(t, 4*hammers)
			h.stop(t)
			wantDead(t, s, secret, "session.revoked")
		})
	}
}

// hammering is 32 clients that use one secret until they are stopped.
type hammering struct {
	acknowledged, done        atomic.Bool
	asked, let, late, strange atomic.Int64
	all                       sync.WaitGroup
}

func hammer(s *servertest.Server, secret string) *hammering {
	h := &hammering{}
	for i := range hammers {
		h.all.Go(func() {
			c := s.Browser()
			for !h.done.Load() {
				after := h.acknowledged.Load()
				status := 0
				if i%2 == 0 {
					status = c.Do("GET", api+"/me", nil, "Cookie", sessionName(s)+"="+secret).Status
				} else {
					status = c.Do("GET", api+"/verify", nil, "Authorization", "Bearer "+secret).Status
				}
				h.count(after, status)
			}
		})
	}
	return h
}

func (h *hammering) count(after bool, status int) {
	switch {
	case status == 200 && after:
		h.late.Add(1)
	case status == 200:
		h.let.Add(1)
	case status != 401:
		h.strange.Add(1)
	}
	h.asked.Add(1)
}

// wait returns when n more requests were answered.
func (h *hammering) wait(t *testing.T, n int64) {
	t.Helper()
	for until := h.asked.Load() + n; h.asked.Load() < until; time.Sleep(time.Millisecond) {
		if t.Failed() {
			return
		}
	}
}

func (h *hammering) stop(t *testing.T) {
	t.Helper()
	h.done.Store(true)
	h.all.Wait()
	if h.let.Load() == 0 {
		t.Error("the session was never let in: nothing was tested")
	}
	if h.late.Load() > 0 || h.strange.Load() > 0 {
		t.Errorf("%d requests were let in after the end, %d had a status that is none of 200 and 401", h.late.Load(), h.strange.Load())
	}
}

// A login that is on its way while the account is disabled, deleted or given
// another password does not come through afterwards.
func TestSES11LoginOvertaken(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(o *servertest.Client, user string){
		"disabled": func(o *servertest.Client, user string) { o.Do("POST", user+"/disable", nil).Want(200, "") },
		"deleted":  func(o *servertest.Client, user string) { o.Do("DELETE", user, nil).Want(200, "") },
		"other password": func(o *servertest.Client, user string) {
			o.Do("POST", user+"/set-password", map[string]any{"password": secondPassword}).Want(204, "")
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := servertest.New(t, noLimits)
			s.Browser().SignUp("ada@example.com")
			id := userID(t, s, "ada@example.com")
			slowPassword(t, s, id)
			answer := make(chan *servertest.Answer)
			go func() {
				answer <- s.Browser().Do("POST", api+"/login", map[string]any{"email": "ada@example.com", "password": servertest.Password})
			}()
			letItHash()
			change(s.Operator(), adm+"/users/"+id)
			(<-answer).Want(401, "login.invalid_credentials")
			if name == "other password" {
				tryLogin(s, "ada@example.com", secondPassword).Want(200, "") // the rehash that was under way did not bring the old one back
				return
			}
			if n := s.Operator().Do("GET", adm+"/users/"+id, nil).Get("sessions"); n != 0.0 {
				t.Errorf("%v sessions are open", n)
			}
		})
	}
}

// A password change that is on its way while its session ends is refused, and
// changes nothing.
func TestSES07ChangeOvertaken(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(b, o *servertest.Client, user string){
		"logout":   func(b, _ *servertest.Client, _ string) { b.Fork().Do("POST", api+"/logout", nil).Want(204, "") },
		"disabled": func(_, o *servertest.Client, user string) { o.Do("POST", user+"/disable", nil).Want(200, "") },
		"sign-out": func(_, o *servertest.Client, user string) { o.Do("POST", user+"/sign-out", nil).Want(200, "") },
	} {
		t.Run(name, func(t *testing.T) {
			s := servertest.New(t, noLimits)
			b := s.Browser()
			secret := secretOf(t, s, b.SignUp("ada@example.com"))
			id := userID(t, s, "ada@example.com")
			slowPassword(t, s, id)
			answer := make(chan *servertest.Answer)
			go func() { answer <- b.Fork().Do("POST", api+"/password/change", changeTo(secondPassword)) }()
			letItHash()
			end(b, s.Operator(), adm+"/users/"+id)
			if a := <-answer; a.Status != 401 && a.Status != 403 {
				t.Errorf("the change was answered %d %s", a.Status, a.Raw)
			}
			wantDead(t, s, secret, "session.revoked")
			s.Browser().Do("POST", api+"/login", map[string]any{"email": "ada@example.com", "password": secondPassword}).Want(401, "login.invalid_credentials")
		})
	}
}

// slowPassword stores the password that everyone has as a hash that takes long
// to check, so that something can happen meanwhile.
func slowPassword(t *testing.T, s *servertest.Server, userID string) {
	t.Helper()
	slow := password.New(password.Options{Params: password.Params{MemoryKiB: 32 << 10, Iterations: 12, Parallelism: 1}})
	hash, err := slow.Hash(context.Background(), password.Visitor{}, servertest.Password)
	if err != nil {
		t.Fatal(err)
	}
	storeHash(t, s, userID, hash)
}

// storeHash puts a hash into a user's row, as an import would.
func storeHash(t *testing.T, s *servertest.Server, userID, hash string) {
	t.Helper()
	err := s.DB.Update(context.Background(), func(tx *storage.Tx) error { return tx.UpdatePassword(userID, hash, false, s.Clock.Now()) })
	if err != nil {
		t.Fatal(err)
	}
}

// letItHash gives a request the time to reach its slow hash. If it should not
// be there yet, the test loses its point but not its truth.
func letItHash() { time.Sleep(150 * time.Millisecond) }
