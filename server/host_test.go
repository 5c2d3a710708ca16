package server_test

import (
	"testing"

	"ostiary/server/config"
	"ostiary/server/servertest"
)

// A page that is opened under another name of the server leads to public_url,
// once: behind a proxy that renames us it would lead round in circles.
func TestPagesLeadToPublicURLOnce(t *testing.T) {
	s := servertest.New(t)
	b := s.Browser()
	alias := []string{"Accept", "text/html", "Host", "127.0.0.1"}
	first := b.Do("GET", "/login?redirect=/account", nil, alias...).Want(303, "")
	if got := first.Header.Get("Location"); got != "http://localhost/login?redirect=/account" {
		t.Errorf("leads to %q", got)
	}
	second := b.Do("GET", "/login", nil, alias...).Want(200, "")
	if got := second.Header.Get("X-Auth-Warning"); got != "url.host_mismatch" {
		t.Errorf("warns of %q", got)
	}
	b.Do("GET", "/login", nil, "Accept", "text/html").Want(200, "")
	b.Do("GET", "/api/v1/auth/me", nil, alias...).Want(401, "session.none")
}

// With session.transport = "cookie" no secret goes into a body.
func TestCookieTransportIgnoresHeaderMode(t *testing.T) {
	s := servertest.New(t, func(c *config.Config) { c.Session.Transport = "cookie" })
	b := s.Browser()
	b.Header.Set("X-Auth-Mode", "header")
	a := b.SignUp("ada@example.com")
	if a.Text("token") != "" || b.Cookies["ostiary_session"] == "" {
		t.Errorf("a token in the body, or no cookie: %s", a.Raw)
	}
}
