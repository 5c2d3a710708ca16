package server_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"ostiary/server/config"
	"ostiary/server/servertest"
)

// generous takes the limits by rate out of the way of what a test is about.
func generous(c *config.Config) {
	many := config.Rate{Burst: 1_000_000, Per: time.Minute}
	c.Limits.Auth, c.Limits.AuthAddress, c.Limits.AuthNetwork = many, many, many
	c.Limits.Anonymous, c.Limits.User = many, many
}

func guess(c *servertest.Client, email, password string) *servertest.Answer {
	return c.Do("POST", "/api/v1/auth/login", map[string]any{"email": email, "password": password})
}

// LOG-03: no more than lock_after guesses are judged, wherever they come from;
// the lock grows, and 100 failures in a row close the account to passwords.
func TestLOG03GuessesAreBounded(t *testing.T) {
	s := servertest.New(t, generous, func(c *config.Config) { c.TrustedProxies = []string{"127.0.0.1"} })
	s.Browser().SignUp("ada@example.com")
	judged, locks := 0, []time.Duration{}
	for round := 0; judged < 100 && round < 20; round++ {
		for i := range 30 {
			a := s.Program().Do("POST", "/api/v1/auth/login", map[string]any{"email": "ada@example.com", "password": "wrong password here"},
				"X-Forwarded-For", fmt.Sprintf("198.51.100.%d", i))
			if a.Status == http.StatusUnauthorized {
				judged++
				continue
			}
			a.Want(429, "login.locked")
			var wait time.Duration
			fmt.Sscan(a.Header.Get("Retry-After"), (*int64)(&wait))
			locks = append(locks, wait*time.Second)
			break
		}
		if round < 9 && judged != 10*(round+1) {
			t.Fatalf("round %d: %d guesses were judged", round, judged)
		}
		s.Clock.Move(locks[len(locks)-1])
	}
	if judged != 100 {
		t.Errorf("%d guesses were judged, want 100", judged)
	}
	for i := 1; i < 8; i++ {
		if locks[i] < locks[i-1] {
			t.Errorf("lock %d is %v after %v", i, locks[i], locks[i-1])
		}
	}
	s.Clock.Move(400 * 24 * time.Hour)
	s.Restart()
	guess(s.Program(), "ada@example.com", servertest.Password).Want(429, "login.locked")
	id := s.Operator().Do("GET", "/api/v1/admin/users", nil).Want(200, "").Text("items.0.id")
	s.Operator().Do("POST", "/api/v1/admin/users/"+id+"/set-password", map[string]any{"password": "a new one that is long"}).Want(204, "")
	guess(s.Program(), "ada@example.com", "a new one that is long").Want(200, "")
}

// LOG-05: strangers who lock an account do not lock its owner out of a browser
// that the owner has used, nor anyone else behind the same address.
func TestLOG05StrangersCannotLockTheOwnerOut(t *testing.T) {
	s := servertest.New(t, generous)
	owner := s.Browser()
	owner.SignUp("ada@example.com")
	s.Browser().SignUp("ben@example.com")
	for range 10 {
		guess(s.Program(), "ada@example.com", "wrong password here").Want(401, "login.invalid_credentials")
	}
	guess(s.Program(), "ada@example.com", servertest.Password).Want(429, "login.locked")
	owner.Do("GET", "/api/v1/auth/me", nil).Want(200, "")
	owner.Do("POST", "/api/v1/auth/logout", nil).Want(204, "")
	owner.Login("ada@example.com")
	s.Browser().Login("ben@example.com")
	guess(s.Program(), "ada@example.com", servertest.Password).Want(429, "login.locked")
}

// A known device has a budget of its own, and it ends too.
func TestKnownDeviceHasABudgetOfItsOwn(t *testing.T) {
	s := servertest.New(t, generous)
	b := s.Browser()
	b.SignUp("ada@example.com")
	for range 10 {
		guess(b, "ada@example.com", "wrong password here").Want(401, "login.invalid_credentials")
	}
	guess(b, "ada@example.com", servertest.Password).Want(429, "login.locked")
	s.Browser().Login("ada@example.com")
}

// Addresses that nobody has run the same course, and a restart forgets nothing.
func TestLocksTellNothingAndSurviveARestart(t *testing.T) {
	s := servertest.New(t, generous)
	s.Browser().SignUp("ada@example.com")
	for _, email := range []string{"ada@example.com", "nobody@example.com"} {
		for range 10 {
			guess(s.Program(), email, "wrong password here").Want(401, "login.invalid_credentials")
		}
	}
	s.Restart()
	had := guess(s.Program(), "ada@example.com", "x").Want(429, "login.locked")
	hasNot := guess(s.Program(), "nobody@example.com", "x").Want(429, "login.locked")
	for _, name := range []string{"Retry-After", "X-RateLimit-Limit"} {
		if had.Header.Get(name) != hasNot.Header.Get(name) {
			t.Errorf("%s is %q and %q", name, had.Header.Get(name), hasNot.Header.Get(name))
		}
	}
	if had.Text("detail") != hasNot.Text("detail") || had.Text("cause") != hasNot.Text("cause") {
		t.Errorf("texts differ:\n%s\n%s", had.Raw, hasNot.Raw)
	}
}

// The stated bound holds exactly when 200 guesses come at once.
func TestLockHoldsInParallel(t *testing.T) {
	s := servertest.New(t, generous)
	s.Browser().SignUp("ada@example.com")
	var mu sync.Mutex
	judged := 0
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			a := guess(s.Program(), "ada@example.com", "wrong password here")
			mu.Lock()
			defer mu.Unlock()
			if a.Status == http.StatusUnauthorized {
				judged++
			}
		})
	}
	wg.Wait()
	if judged > 10 || judged == 0 {
		t.Errorf("%d of 200 parallel guesses were judged, want at most 10", judged)
	}
}

// A stolen session is no way to guess the password of its account.
func TestPasswordChangeIsNoWayToGuess(t *testing.T) {
	s := servertest.New(t, generous)
	b := s.Browser()
	b.SignUp("ada@example.com")
	change := func(current string) *servertest.Answer {
		return b.Do("POST", "/api/v1/auth/password/change", map[string]any{"current_password": current, "password": "a new one that is long"})
	}
	for range 10 {
		change("wrong password here").Want(403, "account.wrong_password")
	}
	change(servertest.Password).Want(429, "login.locked")
	b.Do("GET", "/api/v1/auth/me", nil).Want(200, "")
	s.Clock.Move(5 * time.Minute)
	change(servertest.Password).Want(200, "")
}
