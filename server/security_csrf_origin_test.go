package server_test

import (
	"net/http"
	"strings"
	"testing"

	"ostiary/server/config"
	"ostiary/server/servertest"
)

// friendly allows one other origin beside the server's own.
func friendly(c *config.Config) { c.Origins = []string{"https://good.test"} }

// headersOf are what a browser says about a page that sends a request. Several
// values of a header are sent as several lines.
type headersOf map[string][]string

func (h headersOf) on(r *http.Request) {
	for name, values := range h {
		r.Header[http.CanonicalHeaderKey(name)] = values
	}
}

// foreign are requests that a page of another site can cause, and such as no
// browser sends but a parser might misread.
func foreign(own string) map[string]headersOf {
	host := own[strings.Index(own, "//")+2:]
	return map[string]headersOf{
		"cross-site":                 {"Origin": {evil}, "Sec-Fetch-Site": {"cross-site"}},
		"origin alone":               {"Origin": {evil}},
		"fetch site alone":           {"Sec-Fetch-Site": {"cross-site"}},
		"own origin, cross-site":     {"Origin": {own}, "Sec-Fetch-Site": {"cross-site"}},
		"null":                       {"Origin": {"null"}},
		"null, cross-site":           {"Origin": {"null"}, "Sec-Fetch-Site": {"cross-site"}},
		"null, same-site":            {"Origin": {"null"}, "Sec-Fetch-Site": {"same-site"}},
		"null, none":                 {"Origin": {"null"}, "Sec-Fetch-Site": {"none"}},
		"own then evil":              {"Origin": {own, evil}},
		"evil then own":              {"Origin": {evil, own}},
		"own twice":                  {"Origin": {own, own}},
		"list":                       {"Origin": {own + " " + evil}},
		"list by comma":              {"Origin": {own + ", " + evil}},
		"empty":                      {"Origin": {""}},
		"sibling":                    {"Origin": {"https://evil.example.test"}, "Sec-Fetch-Site": {"same-site"}},
		"own as a prefix":            {"Origin": {own + ".evil.test"}},
		"own as a suffix":            {"Origin": {"https://evil" + host}},
		"own as a user":              {"Origin": {own + "@evil.test"}},
		"upper case":                 {"Origin": {strings.ToUpper(own)}},
		"slash":                      {"Origin": {own + "/"}},
		"path":                       {"Origin": {own + "/login"}},
		"port":                       {"Origin": {own + ":8443"}},
		"other scheme":               {"Origin": {"ftp://" + host}},
		"host alone":                 {"Origin": {host}},
		"scheme-relative":            {"Origin": {"//" + host}},
		"dot":                        {"Origin": {own + "."}},
		"extension":                  {"Origin": {"chrome-extension://abcdefghijklmnop"}},
		"file":                       {"Origin": {"file://"}},
		"same-site, nothing else":    {"Sec-Fetch-Site": {"same-site"}},
		"none, nothing else":         {"Sec-Fetch-Site": {"none"}},
		"unknown fetch site":         {"Sec-Fetch-Site": {"same origin"}},
		"referer":                    {"Referer": {evil + "/page"}},
		"referer, own as a prefix":   {"Referer": {own + ".evil.test/"}},
		"referer, own as a user":     {"Referer": {own + "@evil.test/"}},
		"referer, own in the query":  {"Referer": {evil + "/?" + own + "/"}},
		"referer, no address":        {"Referer": {"%zz"}},
		"referer, a path":            {"Referer": {"/login"}},
		"own referer, same-site":     {"Referer": {evil}, "Sec-Fetch-Site": {"same-site"}},
		"own referer, foreign":       {"Referer": {own + "/login"}, "Origin": {evil}},
		"own referer, null":          {"Referer": {own + "/login"}, "Origin": {"null"}},
		"own referer, cross-site":    {"Referer": {own + "/login"}, "Sec-Fetch-Site": {"cross-site"}},
		"frame of another site":      {"Origin": {evil}, "Sec-Fetch-Site": {"cross-site"}, "Sec-Fetch-Dest": {"iframe"}, "Sec-Fetch-Mode": {"navigate"}},
		"own origin under the proxy": {"Origin": {evil}, "X-Forwarded-Host": {"evil.test"}, "X-Forwarded-Proto": {"https"}},
	}
}

// native are requests that our own pages and programs send.
func native(own string) map[string]headersOf {
	return map[string]headersOf{
		"origin":                 {"Origin": {own}},
		"origin and fetch site":  {"Origin": {own}, "Sec-Fetch-Site": {"same-origin"}},
		"null, same-origin":      {"Origin": {"null"}, "Sec-Fetch-Site": {"same-origin"}},
		"same-origin alone":      {"Sec-Fetch-Site": {"same-origin"}},
		"referer alone":          {"Referer": {own + "/login?x=y"}},
		"referer and fetch site": {"Referer": {own + "/login"}, "Sec-Fetch-Site": {"same-site"}},
		"program":                {},
	}
}

// Signing somebody in, up or out from a page of another site is refused, and
// leaves no cookie and no session behind, with or without one that came along.
func TestCSRF03LoginAndLogoutFromElsewhere(t *testing.T) {
	t.Parallel()
	for _, option := range []servertest.Option{onHTTPS, func(*config.Config) {}} {
		s := servertest.New(t, noLimits, friendly, option)
		x := newStage(t, s)
		before := world(s)
		for name, from := range foreign(s.Origin) {
			for _, c := range doors(x) {
				for _, b := range []*servertest.Client{s.Browser(), x.root} {
					a := c.send(b, b.CSRF, from.on)
					if a.Status != 403 || cookieOf(a, sessionName(s)) != nil {
						t.Errorf("%s, %s: %d %q %v", c, name, a.Status, a.Code(), a.Header["Set-Cookie"])
					}
				}
			}
		}
		wantWorld(t, s, before, "another site")
		x.root.Do("GET", api+"/me", nil).Want(200, "")
	}
}

// The control: from our own pages the same requests are let in.
func TestCSRF03LoginAndLogoutFromHere(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits, friendly, onHTTPS)
	x := newStage(t, s)
	for name, from := range native(s.Origin) {
		for _, c := range doors(x) {
			a := c.send(s.Browser(), "", from.on)
			if a.Status == 403 {
				t.Errorf("%s, %s: %d %s", c, name, a.Status, a.Raw)
			}
		}
	}
}

// doors are the rows that start or end a session.
func doors(x *stage) (all []change) {
	for _, row := range x.s.Inner.Table() {
		if !row.CheckOrigin {
			continue
		}
		c := change{row: row, path: row.Path}
		switch {
		case strings.HasSuffix(row.Path, "/login"):
			c.body = map[string]any{"email": x.rootEmail, "password": secondPassword}
		case strings.HasSuffix(row.Path, "/signup"):
			c.body = map[string]any{"email": "victim@example.com", "password": secondPassword}
		case row.Path == "/setup":
			c.body = map[string]any{"email": "victim@example.com", "password": secondPassword, "code": "9KXM-2V4T"}
		}
		all = append(all, c)
	}
	return all
}

// The second wall: with the right token, too, a change from a page of another
// site is refused.
func TestCSRF01RightTokenFromElsewhere(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits, friendly, onHTTPS)
	x := newStage(t, s)
	before := world(s)
	for name, from := range foreign(s.Origin) {
		for _, c := range x.changes() {
			if a := c.send(x.root, x.root.CSRF, from.on); a.Status != 403 || a.Code() != "csrf.origin_mismatch" {
				t.Errorf("%s, %s: %d %s", c, name, a.Status, a.Raw)
			}
		}
	}
	wantWorld(t, s, before, "another site with the right token")
}

// Admin routes and pages answer no origin but the server's own; another
// allowed one may ask everything else.
func TestCSRF01AllowedOriginIsNoAdmin(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits, friendly, onHTTPS)
	for name, from := range native("https://good.test") {
		if name == "program" || strings.Contains(name, "same-origin") || name == "origin and fetch site" {
			continue // says nothing of the origin, or would be a lie
		}
		x := newStage(t, s)
		before := world(s)
		for _, c := range x.changes() {
			if c.row.OwnOnly {
				if a := c.send(x.root, x.root.CSRF, from.on); a.Status != 403 || a.Code() != "csrf.origin_mismatch" {
					t.Errorf("%s, %s of an allowed origin: %d %s", c, name, a.Status, a.Raw)
				}
			}
		}
		wantWorld(t, s, before, "an allowed origin")
		x.root.DoWith("POST", api+"/logout-all", nil, from.on).Want(200, "")
	}
}
