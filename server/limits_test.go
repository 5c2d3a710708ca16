package server_test

import (
	"fmt"
	"regexp"
	"strconv"
	"testing"
	"time"

	"ostiary/server/config"
	"ostiary/server/servertest"
)

// budget is what the headers of a limited route say.
type budget struct{ limit, remaining, reset int }

var (
	rateLimit       = regexp.MustCompile(`^"([a-z_]+)";r=(\d+);t=(\d+)$`)
	rateLimitPolicy = regexp.MustCompile(`^"([a-z_]+)";q=(\d+);w=(\d+)$`)
)

// budgetOf reads the headers in both spellings, which must agree, and wants
// the limit of this name.
func budgetOf(t *testing.T, a *servertest.Answer, name string, window int) budget {
	t.Helper()
	number := func(text string) int {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatalf("%q is no number: %v", text, a.Header)
		}
		return n
	}
	b := budget{number(a.Header.Get("X-RateLimit-Limit")), number(a.Header.Get("X-RateLimit-Remaining")), number(a.Header.Get("X-RateLimit-Reset"))}
	now := rateLimit.FindStringSubmatch(a.Header.Get("RateLimit"))
	policy := rateLimitPolicy.FindStringSubmatch(a.Header.Get("RateLimit-Policy"))
	if now == nil || policy == nil {
		t.Fatalf("RateLimit %q, RateLimit-Policy %q", a.Header.Get("RateLimit"), a.Header.Get("RateLimit-Policy"))
	}
	if now[1] != name || policy[1] != name || number(policy[3]) != window {
		t.Errorf("told of %s and of %s, want %q in %d s", a.Header.Get("RateLimit"), a.Header.Get("RateLimit-Policy"), name, window)
	}
	if number(now[2]) != b.remaining || number(now[3]) != b.reset || number(policy[2]) != b.limit {
		t.Errorf("the two spellings differ: %v", a.Header)
	}
	return b
}

func limit(set func(*config.Limits)) servertest.Option {
	return func(c *config.Config) { set(&c.Limits) }
}

// TestRL01EachLimitByOne goes up to each limit and one beyond: every answer of
// the way tells what is left, the last how long to wait, and who waits exactly
// that long is let in, a millisecond less is not.
func TestRL01EachLimitByOne(t *testing.T) {
	wrong := map[string]any{"email": ada, "password": "wrong"}
	for _, c := range []struct {
		name, code string
		window     int
		set        func(*config.Limits)
		ask        func(s *servertest.Server, i int) *servertest.Answer
	}{
		{"auth", "rate.account", 60, func(l *config.Limits) { l.Auth = config.Rate{Burst: 4, Per: time.Minute} },
			func(s *servertest.Server, _ int) *servertest.Answer { return s.Browser().Do("POST", loginAt, wrong) }},
		{"auth_address", "rate.ip", 120, func(l *config.Limits) { l.AuthAddress = config.Rate{Burst: 4, Per: 2 * time.Minute} },
			func(s *servertest.Server, i int) *servertest.Answer {
				return s.Browser().Do("POST", loginAt, map[string]any{"email": fmt.Sprintf("u%d@example.com", i), "password": "wrong"})
			}},
		{"auth_network", "rate.ip", 60, func(l *config.Limits) { l.AuthNetwork = config.Rate{Burst: 4, Per: time.Minute} },
			func(s *servertest.Server, _ int) *servertest.Answer { return s.Browser().Do("POST", signupAt, "{}") }},
		{"anonymous", "rate.ip", 60, func(l *config.Limits) { l.Anonymous = config.Rate{Burst: 4, Per: time.Minute} },
			func(s *servertest.Server, _ int) *servertest.Answer { return s.Browser().Do("GET", "/api/health", nil) }},
		{"anonymous", "rate.ip", 3600, func(l *config.Limits) { l.Anonymous = config.Rate{Burst: 4, Per: time.Hour} },
			func(s *servertest.Server, _ int) *servertest.Answer { return s.Browser().Do("GET", meAt, nil) }},
		{"user", "rate.user", 60, func(l *config.Limits) { l.User = config.Rate{Burst: 4, Per: time.Minute} }, nil},
	} {
		t.Run(fmt.Sprint(c.name, c.window), func(t *testing.T) {
			s := servertest.New(t, limit(c.set))
			ask := c.ask
			if ask == nil {
				b := signedIn(s, ada)
				ask = func(*servertest.Server, int) *servertest.Answer { return b.Do("GET", meAt, nil) }
			}
			for i := range 4 {
				if got := budgetOf(t, ask(s, i), c.name, c.window); got.limit != 4 || got.remaining != 3-i {
					t.Errorf("after %d: %+v", i+1, got)
				}
			}
			refused := ask(s, 4)
			wantProblem(t, s, refused, c.code)
			got := budgetOf(t, refused, c.name, c.window)
			wait, _ := strconv.Atoi(refused.Header.Get("Retry-After"))
			if got.remaining != 0 || wait < got.reset || wait != c.window/4 {
				t.Errorf("refused with %+v and Retry-After %d", got, wait)
			}
			if refused.Text("context.limit") != c.name || refused.Get("context.allowed") != 4.0 || refused.Get("context.window_s") != float64(c.window) {
				t.Errorf("the context is %v", refused.Get("context"))
			}
			s.Clock.Move(time.Duration(wait)*time.Second - time.Millisecond)
			ask(s, 5).Want(429, c.code)
			s.Clock.Move(time.Millisecond)
			if a := ask(s, 6); a.Status == 429 {
				t.Errorf("who waited %d s is refused: %v", wait, a.Header)
			}
			ask(s, 7).Want(429, c.code)
		})
	}
}

// TestSuccessGivesItsCountBack: a school behind one address can sign in.
func TestSuccessGivesItsCountBack(t *testing.T) {
	three := config.Rate{Burst: 3, Per: time.Minute}
	s := servertest.New(t, limit(func(l *config.Limits) { l.AuthAddress, l.AuthNetwork = three, three }))
	for i := range 8 {
		s.Browser().SignUp(fmt.Sprintf("u%d@example.com", i))
	}
	for i := range 8 {
		s.Browser().Login(fmt.Sprintf("u%d@example.com", i))
	}
	for range 3 {
		s.Browser().Do("POST", loginAt, map[string]any{"email": ben, "password": "wrong"}).Want(401, "login.invalid_credentials")
	}
	s.Browser().Do("POST", loginAt, map[string]any{"email": "u0@example.com", "password": servertest.Password}).Want(429, "rate.ip")
}

// TestBucketFollowsWhatWasProved: a wrong token counts against the address, a
// good one against its user; neither stops the other.
func TestBucketFollowsWhatWasProved(t *testing.T) {
	two := config.Rate{Burst: 2, Per: time.Minute}
	s := servertest.New(t, limit(func(l *config.Limits) { l.Anonymous, l.User = two, two }))
	a, b := signedIn(s, ada), signedIn(s, ben)
	for range 2 {
		withCookie(s, "junk").Do("GET", meAt, nil).Want(401, "session.cookie_malformed")
	}
	bearer(s, "junk").Do("GET", meAt, nil).Want(429, "rate.ip")
	s.Browser().Do("GET", "/api/health", nil).Want(429, "rate.ip")
	for range 2 {
		a.Do("GET", meAt, nil).Want(200, "")
	}
	a.Fork().Do("GET", "/api/v1/auth/sessions", nil).Want(429, "rate.user")
	b.Do("GET", meAt, nil).Want(200, "")
	s.Browser().Do("GET", "/healthz", nil).Want(200, "")
}

// TestRL07LimitsTellNothingOfAccounts: budget and lock of an address that
// nobody has run out like those of one that somebody has.
func TestRL07LimitsTellNothingOfAccounts(t *testing.T) {
	for _, lockAfter := range []int{3, 10} {
		s := servertest.New(t, limit(func(l *config.Limits) { l.LockAfter = lockAfter }))
		newUser(s, ada, false)
		for i := range 7 {
			known := s.Browser().Do("POST", loginAt, map[string]any{"email": ada, "password": "wrong"})
			unknown := s.Browser().Do("POST", loginAt, map[string]any{"email": ben, "password": "wrong"})
			wantAlike(t, fmt.Sprintf("try %d of %d", i+1, lockAfter), known, unknown)
		}
		s.Clock.Move(5 * time.Minute) // the lock ends, and the budget is whole
		s.Browser().Do("POST", loginAt, map[string]any{"email": ben, "password": "wrong"}).Want(401, "login.invalid_credentials")
		s.Browser().Login(ada)
	}
}

// TestRL03OneBucketForEverySpelling: another writing of the address or the
// path is the same bucket, or nothing at all.
func TestRL03OneBucketForEverySpelling(t *testing.T) {
	s := servertest.New(t)
	for i, email := range []string{ada, "ADA@EXAMPLE.COM", " ada@example.com", "Ada@Example.Com ", "ada@EXAMPLE.com"} {
		a := s.Browser().Do("POST", loginAt+"?x="+strconv.Itoa(i), map[string]any{"email": email, "password": "wrong"}).Want(401, "login.invalid_credentials")
		if got := budgetOf(t, a, "auth", 60); got.remaining != 4-i {
			t.Errorf("%q: %+v", email, got)
		}
	}
	for _, path := range []string{loginAt, loginAt + "?a=b"} {
		s.Browser().Do("POST", path, map[string]any{"email": ada, "password": "wrong"}).Want(429, "rate.account")
	}
	for _, path := range []string{"/api/v1/auth/login/", "/api/v1/auth/Login", "/API/v1/auth/login", "/api/v1/auth/%6cogin", "/api/v1/auth/login;x", "/api/v1/auth/login%00"} {
		if a := s.Browser().Do("POST", path, map[string]any{"email": ada, "password": "wrong"}); a.Status != 404 {
			t.Errorf("%s: %d %s", path, a.Status, a.Code())
		}
	}
}

// TestUnlimitedRoutesSayNothing: no limit, no headers; and none at all where
// limits are off.
func TestUnlimitedRoutesSayNothing(t *testing.T) {
	silent := func(a *servertest.Answer) {
		t.Helper()
		for _, name := range []string{"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "RateLimit", "RateLimit-Policy"} {
			if a.Header.Get(name) != "" {
				t.Errorf("%s is %q", name, a.Header.Get(name))
			}
		}
	}
	s := servertest.New(t)
	silent(s.Browser().Do("GET", "/healthz", nil).Want(200, ""))
	silent(s.Operator().Do("GET", usersAt, nil).Want(200, ""))
	off := servertest.New(t, unlimited)
	silent(off.Browser().Do("GET", "/api/health", nil).Want(200, ""))
	silent(off.Browser().SignUp(ada))
}
