package server

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"time"

	"ostiary/server/config"
)

// jar is what of ours a request's Cookie headers hold. The slices alias the
// request and are good until the handler returns.
type jar struct {
	read     bool
	present  bool      // some Cookie header came, whoever's cookies it holds
	sessions [5][]byte // distinct values of the session cookie; the fifth is one too many
	count    int
	repeated bool // the session cookie's name came more than once
	csrf     []byte
	device   []byte
	setup    []byte
	why      []byte
	hop      []byte
	others   [3]bool // which other mode's session cookie came
}

// cookies reads the Cookie headers, once. Fiber's own reader sees the first
// of several cookies of a name; which one is right is for the guard to decide.
func (r *request) cookies() *jar {
	if r.jar.read {
		return &r.jar
	}
	r.jar.read = true
	line := r.f.Request.Header.PeekCanonical(hCookie)
	if line == nil {
		return &r.jar
	}
	r.jar.present = true
	for _, line := range r.f.Request.Header.PeekAll("Cookie") {
		for len(line) > 0 {
			pair := line
			if i := bytes.IndexByte(line, ';'); i >= 0 {
				pair, line = line[:i], line[i+1:]
			} else {
				line = nil
			}
			r.jar.add(&r.s.names, bytes.TrimLeft(pair, " "))
		}
	}
	return &r.jar
}

// add takes one name=value pair into the jar. A credential counts only under
// its exact name and in its exact bytes: nothing is unquoted or trimmed.
func (j *jar) add(names *cookieNames, pair []byte) {
	eq := bytes.IndexByte(pair, '=')
	if eq < 0 {
		return
	}
	value := pair[eq+1:]
	switch name := pair[:eq]; string(name) {
	case names.session:
		j.addSession(value)
	case names.csrf:
		j.csrf = value
	case names.device:
		j.device = value
	case names.setup:
		j.setup = value
	case names.why:
		j.why = value
	case names.hop:
		j.hop = value
	default:
		for i, other := range names.others {
			if string(name) == other {
				j.others[i] = true
			}
		}
	}
}

// addSession keeps up to five distinct values: four may be judged, and a
// fifth shows that there were more.
func (j *jar) addSession(value []byte) {
	j.repeated = j.repeated || j.count > 0
	for _, have := range j.sessions[:j.count] {
		if bytes.Equal(have, value) {
			return
		}
	}
	if j.count < len(j.sessions) {
		j.sessions[j.count] = value
		j.count++
	}
}

// cookiePolicy is how our cookies are written: decided once, at start.
type cookiePolicy struct {
	attributes string   // "; Secure; SameSite=Lax" and the like
	domain     string   // "" for a host-only cookie
	known      []string // other domains under which older cookies of ours may lie
}

func newCookiePolicy(cfg config.Config, remembered []string) cookiePolicy {
	p := cookiePolicy{domain: strings.TrimPrefix(cfg.Cookie.Domain, ".")}
	if cfg.Site().Secure {
		p.attributes += "; Secure"
	}
	p.attributes += map[string]string{"lax": "; SameSite=Lax", "strict": "; SameSite=Strict", "none": "; SameSite=None"}[cfg.Cookie.SameSite]
	if cfg.Cookie.Partitioned {
		p.attributes += "; Partitioned"
	}
	for _, older := range slices.Concat(cfg.Cookie.OlderDomains, remembered) {
		older = strings.TrimPrefix(older, ".")
		if older != p.domain && !slices.Contains(p.known, older) {
			p.known = append(p.known, older)
		}
	}
	return p
}

// cookie is one Set-Cookie line. A zero life makes a cookie that ends with
// the browser session, a negative one takes it away.
func (p cookiePolicy) cookie(name, value, domain string, life time.Duration, readable bool) string {
	var b strings.Builder
	b.WriteString(name + "=" + value + "; Path=/")
	if domain != "" {
		b.WriteString("; Domain=" + domain)
	}
	switch {
	case life < 0:
		b.WriteString("; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT")
	case life > 0:
		b.WriteString("; Max-Age=" + strconv.FormatInt(int64(life/time.Second), 10))
	}
	if !readable {
		b.WriteString("; HttpOnly")
	}
	b.WriteString(p.attributes)
	return b.String()
}

const (
	gone       = -1 * time.Second
	deviceLife = 400 * 24 * time.Hour // the longest a browser keeps a cookie (RFC 6265bis)
)

func (r *request) addCookie(line string) { r.f.Response.Header.Add("Set-Cookie", line) }

func (r *request) setCookie(name, value string, life time.Duration, readable bool) {
	r.addCookie(r.s.cookiePolicy.cookie(name, value, r.s.cookiePolicy.domain, life, readable))
}

// sendSession sets the cookies of a session that was started, rotated or
// renewed, and the CSRF token that belongs to it. The CSRF cookie lives
// exactly as long as the session's.
func (r *request) sendSession(token []byte) {
	life := r.snap.ExpiresAt().Sub(r.s.now())
	if !r.snap.Session.Remember {
		life = 0
	}
	r.setCookie(r.s.names.session, string(token), life, false)
	csrf := r.s.csrfToken(r.snap)
	r.setCookie(r.s.names.csrf, csrf, life, true)
	r.f.Response.Header.SetCanonical(hCSRFToken, []byte(csrf))
}

// clearSession takes this browser's session away, with the attributes it was
// set with and from under every other domain where an older one may lie. The
// device cookie stays: it opens nothing.
func (r *request) clearSession() {
	r.setCookie(r.s.names.session, "", gone, false)
	r.setCookie(r.s.names.csrf, "", gone, true)
	r.expireStale()
}

// expireStale takes session cookies away that lie beside the right one: under
// other domains, and under the names of other modes, which nobody may plant.
func (r *request) expireStale() {
	p := r.s.cookiePolicy
	if p.domain != "" {
		r.addCookie(p.cookie(r.s.names.session, "", "", gone, false))
	}
	r.expireUnder(r.s.names.session, p.known)
	r.expireOthers()
}

// expireUnder takes a cookie away from under domains; one with the prefix
// __Host- lies under none (RFC 6265bis, 4.1.3.2).
func (r *request) expireUnder(name string, domains []string) {
	if strings.HasPrefix(name, "__Host-") {
		return
	}
	for _, domain := range domains {
		r.addCookie(r.s.cookiePolicy.cookie(name, "", domain, gone, false))
	}
}

// expireOthers takes away session cookies under the names of other modes, and
// from under every domain where an older setting may have put them. A browser
// refuses to change a prefixed cookie over http, so there it is told only by
// the warning.
func (r *request) expireOthers() {
	p := r.s.cookiePolicy
	for i, name := range r.s.names.others {
		if !r.jar.others[i] || (!r.s.site.Secure && strings.HasPrefix(name, "__")) {
			continue
		}
		r.jar.others[i] = false // once an answer
		r.addCookie(p.cookie(name, "", "", gone, false))
		if p.domain != "" {
			r.expireUnder(name, []string{p.domain})
		}
		r.expireUnder(name, p.known)
	}
}
