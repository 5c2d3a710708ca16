package server_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"ostiary/server/config"
	"ostiary/server/servertest"
)

const (
	api  = "/api/v1/auth"
	adm  = "/api/v1/admin"
	urls = "application/x-www-form-urlencoded"
	evil = "https://evil.test"

	secondPassword = "eleven amber foxes read the map"
)

// noLimits lets a test knock as often as it likes.
func noLimits(c *config.Config) { c.Limits.Enabled = false }

// onHTTPS is a public address behind https, with __Host- cookies.
func onHTTPS(c *config.Config) { c.PublicURL = "https://auth.example.test" }

// domainWide shares cookies with sibling hosts, which may then plant some.
func domainWide(c *config.Config) {
	onHTTPS(c)
	c.Cookie.Domain = "example.test"
}

// sessionName is the name of the session cookie in the mode of these settings.
func sessionName(s *servertest.Server) string { return cookieMode(s) + "ostiary_session" }

func cookieMode(s *servertest.Server) string {
	switch {
	case !strings.HasPrefix(s.Origin, "https://"):
		return ""
	case s.Config.Cookie.Domain != "":
		return "__Secure-"
	}
	return "__Host-"
}

// cookieOf is the cookie of this name that an answer sets, the last if it
// sets several.
func cookieOf(a *servertest.Answer, name string) *http.Cookie {
	var found *http.Cookie
	for _, c := range a.Cookies {
		if c.Name == name {
			found = c
		}
	}
	return found
}

// secretOf is the session secret that a sign-in gave, as cookie or in the body.
func secretOf(t *testing.T, s *servertest.Server, a *servertest.Answer) string {
	t.Helper()
	if c := cookieOf(a, sessionName(s)); c != nil {
		return c.Value
	}
	if token := a.Text("token"); token != "" {
		return token
	}
	t.Fatalf("no session in %s %v", a.Raw, a.Header["Set-Cookie"])
	return ""
}

// asCookie and asBearer ask who a secret is, by itself.
func asCookie(s *servertest.Server, secret string) *servertest.Answer {
	return s.Browser().Do("GET", api+"/me", nil, "Cookie", sessionName(s)+"="+secret)
}

func asBearer(s *servertest.Server, secret string) *servertest.Answer {
	return s.Browser().Do("GET", api+"/me", nil, "Authorization", "Bearer "+secret)
}

// wantDead fails unless a secret opens nothing, wherever it is sent.
func wantDead(t *testing.T, s *servertest.Server, secret, code string) {
	t.Helper()
	asCookie(s, secret).Want(401, code)
	asBearer(s, secret).Want(401, code)
	s.Browser().Do("GET", api+"/verify", nil, "Authorization", "Bearer "+secret).Want(401, code)
	s.Browser().Do("GET", api+"/sessions", nil, "Cookie", sessionName(s)+"="+secret).Want(401, code)
}

// newAdmin makes an administrator, signed in with a browser of their own.
func newAdmin(t *testing.T, s *servertest.Server, email string) *servertest.Client {
	t.Helper()
	s.Operator().Do("POST", adm+"/users", map[string]any{"email": email, "password": servertest.Password, "admin": true}).Want(201, "")
	b := s.Browser()
	b.Login(email)
	return b
}

// userID is the id of whoever has an address.
func userID(t *testing.T, s *servertest.Server, email string) string {
	t.Helper()
	id := s.Operator().Do("GET", adm+"/users?search="+email, nil).Want(200, "").Text("items.0.id")
	if id == "" {
		t.Fatalf("nobody has the address %s", email)
	}
	return id
}

// world is everything that requests could change, as the operator sees it.
func world(s *servertest.Server) string {
	o := s.Operator()
	return o.Do("GET", adm+"/users?deleted=true&limit=200", nil).Want(200, "").Raw + "\n" +
		o.Do("GET", adm+"/sessions?limit=200", nil).Want(200, "").Raw
}

// wantWorld fails when something changed since it was described.
func wantWorld(t *testing.T, s *servertest.Server, before, what string) {
	t.Helper()
	if after := world(s); after != before {
		t.Fatalf("%s changed something:\n%s\n%s", what, before, after)
	}
}

// carry puts the cookies of an answer into a browser's jar, those with a Domain
// too, which the jar does not keep by itself.
func carry(c *servertest.Client, a *servertest.Answer) {
	for _, cookie := range a.Cookies {
		if cookie.MaxAge >= 0 {
			c.Cookies[cookie.Name] = cookie.Value
		}
	}
	c.CSRF = a.Header.Get("X-Csrf-Token")
}

// changeTo is the body of a password change to another one.
func changeTo(password string) map[string]any {
	return map[string]any{"current_password": servertest.Password, "password": password}
}

// loginForm is what the sign-in page posts.
func loginForm(email string) string {
	return url.Values{"email": {email}, "password": {servertest.Password}, "remember": {"on"}}.Encode()
}

func asForm(r *http.Request) { r.Header.Set("Content-Type", urls) }

// together runs do n times at once and waits for all.
func together(n int, do func(i int)) {
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-start
			do(i)
		})
	}
	close(start)
	all.Wait()
}

// linesOf reads a file of test data, line by line.
func linesOf(t *testing.T, path string) (lines []string) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for scan := bufio.NewScanner(file); scan.Scan(); {
		lines = append(lines, scan.Text())
	}
	return lines
}

// fromJSON reads a file of test data into a value.
func fromJSON[T any](t *testing.T, path string) (value T) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &value)
	}
	if err != nil {
		t.Fatal(err)
	}
	return value
}
