package server_test

import (
	"slices"
	"strings"
	"testing"

	"ostiary/server/config"
	"ostiary/server/refusal"
	"ostiary/server/servertest"
)

// planted is one failure, planted in a server of its own: exactly its code is
// to be seen, and no other.
type planted struct {
	code    refusal.Code
	name    string
	options []servertest.Option
	plant   func(x *scene) *servertest.Answer // returns the answer that refuses
}

// scene is the server that a failure is planted in.
type scene struct {
	*servertest.Server
	warning string                                     // what must ride along, where the failure itself shows it
	again   func(headers ...string) *servertest.Answer // the refused request, once more
}

// do sends the request that is to be refused.
func (x *scene) do(c *servertest.Client, method, path string, body any, headers ...string) *servertest.Answer {
	x.T.Helper()
	same := c.Fork()
	x.again = func(more ...string) *servertest.Answer {
		return same.Do(method, path, body, append(headers, more...)...)
	}
	return c.Do(method, path, body, headers...)
}

// me is do for the question who is signed in.
func (x *scene) me(c *servertest.Client, headers ...string) *servertest.Answer {
	x.T.Helper()
	return x.do(c, "GET", meAt, nil, headers...)
}

// TestEveryRefusal plants every failure that a request can meet, and holds the
// answer to the whole contract. What is refused leaves nothing behind, so the
// same request meets the same refusal again, as a page when a browser asks.
func TestEveryRefusal(t *testing.T) {
	for _, p := range slices.Concat(absentSessions(), deadSessions(), conflicts(), crossOriginRefusals(), csrfRefusals(), loginRefusals(),
		passwordRefusals(), limitRefusals(), linkRefusals(), rightsRefusals(), adminRefusals(), bodyRefusals(), pathRefusals()) {
		t.Run(string(p.code)+"/"+p.name, func(t *testing.T) {
			t.Parallel()
			x := &scene{Server: servertest.New(t, p.options...)}
			a := p.plant(x)
			wantProblem(t, x.Server, a, string(p.code))
			if got := a.Header.Get("X-Auth-Warning"); got != x.warning {
				t.Errorf("the warnings are %q, want %q: one failure, one code", got, x.warning)
			}
			wantExplained(t, x.Server, a)
			wantRefusalPage(t, x.Server, x.again("Accept", "text/html,application/xhtml+xml;q=0.9"), string(p.code))
		})
	}
}

// wantExplained asks, as an operator would, for the private side of a refusal.
func wantExplained(t *testing.T, s *servertest.Server, a *servertest.Answer) {
	t.Helper()
	told := explain(s, a)
	if told.Text("code") != a.Code() || told.Get("status") != float64(a.Status) || told.Text("cause") == "" {
		t.Errorf("the explanation is %s", told.Raw)
	}
	if strings.Contains(told.Raw, servertest.Password) {
		t.Errorf("the explanation holds a password: %s", told.Raw)
	}
}

func explain(s *servertest.Server, a *servertest.Answer) *servertest.Answer {
	s.T.Helper()
	return s.Operator().Do("GET", "/api/v1/admin/requests/"+a.Header.Get("X-Request-Id"), nil).Want(200, "")
}

const (
	meAt     = "/api/v1/auth/me"
	loginAt  = "/api/v1/auth/login"
	signupAt = "/api/v1/auth/signup"
	appPage  = "https://app.example.test" // an origin that some tests put on the list
	evilPage = "https://evil.example.test"
)

// with gathers changes to the settings into one list of options.
func with(changes ...func(*config.Config)) []servertest.Option {
	options := make([]servertest.Option, len(changes))
	for i, change := range changes {
		options[i] = change
	}
	return options
}

func allowApp(c *config.Config)  { c.Origins = []string{appPage} }
func unlimited(c *config.Config) { c.Limits.Enabled = false }
func unlocked(c *config.Config)  { c.Limits.LockAfter = 1 << 20 }
func publicURL(url string) func(*config.Config) {
	return func(c *config.Config) { c.PublicURL = url }
}

// signedIn is a browser with a session of its own.
func signedIn(s *servertest.Server, email string) *servertest.Client {
	s.T.Helper()
	b := s.Browser()
	b.SignUp(email)
	return b
}

// newUser is made by the operator and returns the id.
func newUser(s *servertest.Server, email string, admin bool) string {
	s.T.Helper()
	body := map[string]any{"email": email, "password": servertest.Password, "admin": admin}
	return s.Operator().Do("POST", "/api/v1/admin/users", body).Want(201, "").Text("id")
}

// adminIn is a browser that an admin has signed in with.
func adminIn(s *servertest.Server, email string) *servertest.Client {
	s.T.Helper()
	newUser(s, email, true)
	b := s.Browser()
	b.Login(email)
	return b
}
