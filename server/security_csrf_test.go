package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"ostiary/server/config"
	"ostiary/server/servertest"
)

// A change that a cookie authenticated needs the token of that very session:
// no other value, from wherever, and in no other place.
func TestCSRF01WrongTokens(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	x := newStage(t, s)
	own := x.root.CSRF
	issued, mac, _ := strings.Cut(own, ".")
	before := world(s)
	for name, token := range map[string]string{
		"none":                 "",
		"word":                 "x",
		"dot":                  ".",
		"no MAC":               issued + ".",
		"no time":              "." + mac,
		"MAC alone":            mac,
		"cut MAC":              own[:len(own)-1],
		"padded MAC":           own + "=",
		"longer MAC":           own + "A",
		"other time":           "1" + issued[1:] + "0." + mac,
		"time with a sign":     "+" + issued + "." + mac,
		"time with a zero":     "0" + issued + "." + mac,
		"upper case":           strings.ToUpper(own),
		"sibling session's":    x.sibling.CSRF,
		"other person's":       x.other.CSRF,
		"from before rotation": x.before,
		"the session secret":   x.root.Cookies[sessionName(s)],
		"twice":                own + own,
		"quoted":               `"` + own + `"`,
		"null":                 "null",
		"undefined":            "undefined",
	} {
		for _, c := range x.changes() {
			if a := c.send(x.root, token, asIs); a.Status != 403 || !strings.HasPrefix(a.Code(), "csrf.") {
				t.Errorf("%s with the token %s: %d %s", c, name, a.Status, a.Raw)
			}
		}
	}
	wantWorld(t, s, before, "a wrong token")
}

// A token in a place where a page of another site could put it counts nothing.
func TestCSRF01WrongPlaces(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	x := newStage(t, s)
	own := x.root.CSRF
	before := world(s)
	for name, place := range map[string]func(*http.Request){
		"query": func(r *http.Request) { r.URL.RawQuery = "csrf_token=" + own + "&X-CSRF-Token=" + own },
		"cookie": func(r *http.Request) {
			r.Header.Set("Cookie", r.Header.Get("Cookie")+"; csrf_token="+own+"; X-CSRF-Token="+own)
		},
		"other headers": func(r *http.Request) {
			r.Header.Set("X-XSRF-Token", own)
			r.Header.Set("X-CSRFToken", own)
			r.Header.Set("CSRF-Token", own)
		},
		"no cookie of ours": func(r *http.Request) {
			r.Header.Set("Cookie", sessionName(s)+"="+x.root.Cookies[sessionName(s)])
		},
		"empty cookie and empty header": func(r *http.Request) {
			r.Header.Set("Cookie", sessionName(s)+"="+x.root.Cookies[sessionName(s)]+"; ostiary_csrf=")
			r.Header.Set("X-CSRF-Token", "")
		},
		"basic": func(r *http.Request) { r.SetBasicAuth("root", "root") },
		"requested with": func(r *http.Request) {
			r.Header.Set("X-Requested-With", "XMLHttpRequest")
			r.Header.Set("X-Request-Id", "x")
		},
		"own origin": func(r *http.Request) { r.Header.Set("Origin", s.Origin); r.Header.Set("Sec-Fetch-Site", "same-origin") },
	} {
		for _, c := range x.changes() {
			if a := c.send(x.root, "", place); a.Status != 403 || !strings.HasPrefix(a.Code(), "csrf.") {
				t.Errorf("%s with the token in: %s: %d %s", c, name, a.Status, a.Raw)
			}
		}
	}
	wantWorld(t, s, before, "a token in the wrong place")
}

// The forgery that double-submit cookies invite (CVE-2023-45128): choose a
// value, plant it as the cookie, send it as the header. The token is bound to
// the session by a key of the server, so no choice helps.
func TestCSRF02DoubleSubmit(t *testing.T) {
	t.Parallel()
	for _, option := range []servertest.Option{func(*config.Config) {}, onHTTPS} {
		s := servertest.New(t, noLimits, option)
		x := newStage(t, s)
		before := world(s)
		for _, planted := range []string{"x", "1790000000000.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", x.other.CSRF, x.sibling.CSRF, x.before} {
			for _, c := range x.changes() {
				victim := x.root.Fork()
				victim.Cookies[cookieMode(s)+"ostiary_csrf"] = planted
				victim.Cookies["ostiary_csrf"] = planted
				if a := c.send(victim, planted, asIs); a.Status != 403 || !strings.HasPrefix(a.Code(), "csrf.") {
					t.Errorf("%s with %s planted: %d %s", c, planted, a.Status, a.Raw)
				}
			}
		}
		wantWorld(t, s, before, "a planted token")
	}
}

// A login replaces the token that somebody planted before it.
func TestCSRF02PlantedBeforeLogin(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	s.Browser().SignUp("ada@example.com")
	planted := s.Browser()
	planted.SignUp("mallory@example.com")
	b := s.Browser()
	b.Cookies["ostiary_csrf"] = planted.CSRF
	b.Login("ada@example.com")
	if b.Cookies["ostiary_csrf"] == planted.CSRF {
		t.Error("the planted token was left")
	}
	b.Do("POST", api+"/logout-all", nil).Want(200, "")
}

// A token as old as a session's life is refused, however busy the session
// was, and a fresh one comes along. One that missed a renewal is let in and
// told about.
func TestCSRF01ExpiredToken(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	b := s.Browser()
	b.SignUp("ada@example.com")
	old, all := b.CSRF, map[string]any{"keep_current": true}
	for i := range 31 {
		s.Clock.Move(25 * time.Hour)
		b.Do("GET", api+"/me", nil).Want(200, "")
		from := b.Fork()
		from.CSRF = old
		a := from.Do("POST", api+"/logout-all", all)
		switch young := time.Duration(i+1)*25*time.Hour <= 30*day; {
		case young && (a.Status != 200 || a.Header.Get("X-Auth-Warning") != "session.renewal_not_stored"):
			t.Fatalf("after %d renewals: %d %s %v", i+1, a.Status, a.Raw, a.Header)
		case !young:
			a.Want(403, "csrf.expired")
			b.CSRF = a.Header.Get("X-Csrf-Token")
			b.Do("POST", api+"/logout-all", all).Want(200, "")
		}
	}
}

// With csrf.mode = "header" any value will do, since a page of another site
// cannot send the header; but it must be there. A form has no header, so it
// keeps its token.
func TestCSRF01HeaderMode(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits, func(c *config.Config) { c.CSRF.Mode = "header" })
	x := newStage(t, s)
	before := world(s)
	for _, c := range x.changes() {
		tokens := []string{""}
		if c.row.Page {
			tokens = []string{"", "x", x.other.CSRF, x.sibling.CSRF}
		}
		for _, token := range tokens {
			if a := c.send(x.root, token, asIs); a.Status != 403 || !strings.HasPrefix(a.Code(), "csrf.") {
				t.Errorf("%s with the token %q: %d %s", c, token, a.Status, a.Raw)
			}
		}
		evilPage := func(r *http.Request) { r.Header.Set("Origin", evil) }
		if a := c.send(x.root, x.root.CSRF, evilPage); a.Status != 403 {
			t.Errorf("%s from another site: %d %s", c, a.Status, a.Raw)
		}
	}
	wantWorld(t, s, before, "a missing header")
	x.root.Do("POST", api+"/logout-all", map[string]any{"keep_current": true}, "X-CSRF-Token", "any").Want(200, "")
}
