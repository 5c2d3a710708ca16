package server_test

import (
	"strings"
	"testing"
	"time"

	"ostiary/server/config"
	"ostiary/server/servertest"
)

// The client's address, as its own session list shows it.

// trustNet trusts the test's own peer, and a network of proxies behind it.
func trustNet(c *config.Config) {
	c.TrustedProxies = []string{"127.0.0.1", "10.0.0.0/8", "2001:db8:ffff::/48"}
}

// seenFrom signs in with these headers and returns the address that was seen.
func seenFrom(s *servertest.Server, headers ...string) string {
	s.T.Helper()
	a := s.Browser().Do("POST", loginAt, loginBody(true), append(headers, "X-Auth-Mode", "header")...).Want(200, "")
	list := bearer(s, tokenOf(a)).Do("GET", "/api/v1/auth/sessions", nil).Want(200, "")
	items, _ := list.Get("items").([]any)
	for _, item := range items {
		if row := item.(map[string]any); row["current"] == true {
			return row["ip"].(string)
		}
	}
	s.T.Fatalf("the session is not on its own list: %s", list.Raw)
	return ""
}

const forwardedFor = "X-Forwarded-For"

// TestRL02ClientBehindTrustedProxies walks the chain from the right: what a
// client wrote at its left counts for nothing.
func TestRL02ClientBehindTrustedProxies(t *testing.T) {
	s := servertest.New(t, unlimited, trustNet)
	newUser(s, ada, false)
	for _, c := range []struct {
		name string
		sent []string
		want string
	}{
		{"nothing", nil, "127.0.0.1"},
		{"an empty line", []string{""}, "127.0.0.1"},
		{"one", []string{"203.0.113.7"}, "203.0.113.7"},
		{"a forged one at the left", []string{"198.51.100.1, 203.0.113.7"}, "203.0.113.7"},
		{"through another proxy", []string{"203.0.113.7, 10.0.0.2"}, "203.0.113.7"},
		{"through two, forged at the left", []string{"127.0.0.1, 203.0.113.7,10.1.1.1 , 10.0.0.2"}, "203.0.113.7"},
		{"two lines", []string{"198.51.100.1", "203.0.113.7"}, "203.0.113.7"},
		{"two lines, the last a proxy's", []string{"198.51.100.1, 203.0.113.7", "10.0.0.2"}, "203.0.113.7"},
		{"proxies only", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"a port", []string{"203.0.113.7:4711"}, "203.0.113.7"},
		{"IPv6", []string{"2001:db8::1"}, "2001:db8::1"},
		{"IPv6, written long", []string{"2001:0DB8:0:0::0001"}, "2001:db8::1"},
		{"IPv6 in brackets", []string{"[2001:db8::1]"}, "2001:db8::1"},
		{"IPv6 and a port", []string{"[2001:db8::1]:4711"}, "2001:db8::1"},
		{"IPv6 through an IPv6 proxy", []string{"2001:db8::1, 2001:db8:ffff::2"}, "2001:db8::1"},
		{"IPv4 in IPv6", []string{"::ffff:203.0.113.7"}, "203.0.113.7"},
		{"a proxy's IPv4 in IPv6", []string{"203.0.113.7, ::ffff:10.0.0.2"}, "203.0.113.7"},
		{"a zone", []string{"fe80::1%eth0"}, "fe80::1"},
		{"junk", []string{"unknown"}, "127.0.0.1"},
		{"junk at the left", []string{"unknown, 203.0.113.7"}, "203.0.113.7"},
		{"junk at the right", []string{"203.0.113.7, unknown"}, "127.0.0.1"},
		{"junk before a proxy", []string{"203.0.113.7, unknown, 10.0.0.2"}, "10.0.0.2"},
		{"nothing after a comma", []string{"203.0.113.7,"}, "127.0.0.1"},
		{"no such port", []string{"203.0.113.7:99999"}, "127.0.0.1"},
		{"leading zeros", []string{"203.0.113.007"}, "127.0.0.1"},
		{"a line break's remains", []string{"203.0.113.7\t, 10.0.0.2"}, "203.0.113.7"},
		{"very many", []string{strings.Repeat("198.51.100.1, ", 500) + "203.0.113.7"}, "203.0.113.7"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.Clock.Move(time.Second)
			var headers []string
			for _, line := range c.sent {
				headers = append(headers, forwardedFor, line)
			}
			if got := seenFrom(s, headers...); got != c.want {
				t.Errorf("%q is taken for %q, want %q", c.sent, got, c.want)
			}
		})
	}
	if s.Logged("proxy.untrusted") != 0 {
		t.Error("a trusted proxy is told to be none")
	}
}

// TestRL02NobodyElseIsBelieved: from a peer that is not trusted no header
// counts, and other products' headers never do.
func TestRL02NobodyElseIsBelieved(t *testing.T) {
	forged := []string{forwardedFor, "203.0.113.7", "X-Real-IP", "203.0.113.7", "Forwarded", "for=203.0.113.7", "CF-Connecting-IP", "203.0.113.7",
		"True-Client-IP", "203.0.113.7", "X-Client-IP", "203.0.113.7", "X-Forwarded", "203.0.113.7"}
	for name, c := range map[string]struct {
		options []servertest.Option
		headers []string
		warned  int
	}{
		"an untrusted peer":              {nil, forged, 1},
		"a peer beside the trusted ones": {with(func(c *config.Config) { c.TrustedProxies = []string{"127.0.0.2", "10.0.0.0/8"} }), forged, 1},
		"a trusted peer, other headers":  {with(trustNet), forged[2:], 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := servertest.New(t, append(c.options, unlimited)...)
			newUser(s, ada, false)
			for range 3 {
				if got := seenFrom(s, c.headers...); got != "127.0.0.1" {
					t.Errorf("taken for %q", got)
				}
			}
			if got := s.Logged("proxy.untrusted"); got != c.warned {
				t.Errorf("proxy.untrusted is logged %d times, want %d", got, c.warned)
			}
			s.Clock.Move(time.Minute)
			seenFrom(s, c.headers...)
			if got := s.Logged("proxy.untrusted"); got != 2*c.warned {
				t.Errorf("a minute later it is logged %d times", got)
			}
		})
	}
}

// TestUntrustedProxyIsNotToldToVisitors: it is an admin's business (contract,
// proxies), and never changes an answer.
func TestUntrustedProxyIsNotToldToVisitors(t *testing.T) {
	s := servertest.New(t)
	plain := s.Browser().Do("GET", "/healthz", nil).Want(200, "")
	forged := s.Browser().Do("GET", "/healthz", nil, forwardedFor, "203.0.113.7", "X-Forwarded-Proto", "https").Want(200, "")
	if plain.Raw != forged.Raw || forged.Header.Get("X-Auth-Warning") != "" {
		t.Errorf("the answer tells: %q %v", forged.Raw, forged.Header)
	}
}

// TestLimitsCountTheClientBehindTheProxy: each address has a budget of its
// own, an IPv6 visitor's whole /64 one, and IPv4 in IPv6 is IPv4.
func TestLimitsCountTheClientBehindTheProxy(t *testing.T) {
	two := func(c *config.Config) { c.Limits.Anonymous = config.Rate{Burst: 2, Per: time.Minute} }
	s := servertest.New(t, trustNet, two)
	for _, c := range []struct {
		from string
		code string
	}{
		{"203.0.113.7", "session.none"}, {"203.0.113.7", "session.none"}, {"203.0.113.7", "rate.ip"}, {"::ffff:203.0.113.7", "rate.ip"},
		{"203.0.113.8", "session.none"},
		{"2001:db8:1:1::1", "session.none"}, {"2001:db8:1:1::2", "session.none"}, {"2001:db8:1:1:ffff::3", "rate.ip"}, {"2001:db8:1:2::1", "session.none"},
	} {
		if a := s.Browser().Do("GET", meAt, nil, forwardedFor, c.from); a.Code() != c.code {
			t.Errorf("%s: %q, want %q", c.from, a.Code(), c.code)
		}
	}
}
