package server

import (
	"bytes"
	"net/url"
	"strings"

	"ostiary/server/config"
	"ostiary/server/refusal"
)

// origins is the one list that decides CORS, CSRF and redirects: ours, and
// those that the setting `origins` names. An origin is compared whole, never
// by its beginning or end.
type origins struct {
	own  string
	list map[string]bool
}

func newOrigins(cfg config.Config) origins {
	o := origins{own: cfg.Site().Origin, list: map[string]bool{cfg.Site().Origin: true}}
	for _, origin := range cfg.Origins {
		o.list[origin] = true
	}
	return o
}

// alias is the allowed origin that this one is but another loopback name of:
// to a browser localhost and 127.0.0.1 are different sites.
func (o origins) alias(origin string) (string, bool) {
	asked, err := url.Parse(origin)
	if err != nil || !loopbackName(asked.Hostname()) {
		return "", false
	}
	for allowed := range o.list {
		u, err := url.Parse(allowed)
		if err == nil && u.Scheme == asked.Scheme && u.Port() == asked.Port() && loopbackName(u.Hostname()) && allowed != origin {
			return allowed, true
		}
	}
	return "", false
}

func loopbackName(host string) bool {
	return host == "localhost" || host == "127.0.0.1" || host == "::1" || strings.HasSuffix(host, ".localhost")
}

// originRefusal says that an origin may not call. The list is never shown;
// the one line to add for the origin that asks is.
func (o origins) refusal(origin string) *refusal.Error {
	if allowed, ok := o.alias(origin); ok {
		return refusal.New(refusal.CORSLoopbackAlias).With("origin", origin).
			Because(origin + " and " + allowed + " are different sites to a browser, though both are this machine.").
			Fix(refusal.Fix{Who: "developer", Text: "Open the app as " + allowed + ", the name that is allowed."})
	}
	return refusal.New(refusal.CORSOriginNotAllowed).With("origin", origin).
		Fix(refusal.Fix{Who: "admin", Text: "If this origin is yours, add it to origins in config.toml.", Cmd: `origins = ["` + origin + `"]`})
}

// Redirect returns target if a browser may be sent there: a path of ours, or
// an address whose origin is on the list. It is parsed and compared, never
// matched by prefix; what is not plainly good is redirect.not_allowed.
func (o origins) redirect(target string) (string, error) {
	refused := refusal.New(refusal.RedirectNotAllowed)
	if len(target) > 2048 || strings.ContainsFunc(target, func(c rune) bool { return c <= ' ' || c == '\\' || c == 0x7f }) {
		return "", refused
	}
	u, err := url.Parse(target)
	if err != nil || u.User != nil || u.Opaque != "" {
		return "", refused
	}
	if u.Scheme == "" && u.Host == "" {
		if strings.HasPrefix(target, "/") && !strings.HasPrefix(target, "//") {
			return target, nil
		}
		return "", refused
	}
	if !o.list[u.Scheme+"://"+u.Host] {
		return "", refused
	}
	return target, nil
}

// checkOrigin demands of a browser that it asks from a page of an allowed
// origin. A caller that sends none of Origin, Sec-Fetch-Site and Referer is
// no browser; nothing is to be defended there, since nobody made it send a
// cookie against its will.
func (r *request) checkOrigin() error {
	site := r.header(hFetchSite)
	if bytes.Equal(site, crossSite) && r.s.cfg.Cookie.SameSite != "none" && !r.headerMode() {
		return r.originMismatch("the browser calls this request cross-site")
	}
	sent := r.f.Request.Header.PeekAll("Origin")
	switch {
	case len(sent) > 1:
		return r.originMismatch("Origin was sent twice")
	case len(sent) == 1:
		return r.checkSentOrigin(string(sent[0]), site)
	case len(site) > 0:
		return r.checkFetchSite(site)
	}
	return r.checkReferer(r.header(hReferer))
}

func (r *request) checkSentOrigin(origin string, site []byte) error {
	if origin == "null" {
		if bytes.Equal(site, vSameOrigin) {
			return nil
		}
		return r.originMismatch("Origin is null")
	}
	if r.mayRead(origin) {
		return nil
	}
	if r.source != fromCookie && r.cookies().count == 0 {
		return r.live.origins.refusal(origin)
	}
	return r.originMismatch("the origin is not allowed").With("origin", origin)
}

func (r *request) checkFetchSite(site []byte) error {
	if bytes.Equal(site, vSameOrigin) {
		return nil
	}
	return r.checkReferer(r.header(hReferer))
}

// checkReferer is the last resort, for browsers that send neither Origin nor
// Sec-Fetch-Site. It judges the origin in it as Origin is judged.
func (r *request) checkReferer(referer []byte) error {
	if len(referer) == 0 {
		if len(r.header(hFetchSite)) > 0 {
			return r.originMismatch("the browser sent no Origin and no Referer")
		}
		return nil
	}
	u, err := url.Parse(string(referer))
	if err != nil || !r.mayRead(u.Scheme+"://"+u.Host) {
		return r.originMismatch("the Referer's origin is not allowed")
	}
	return nil
}

func (r *request) originMismatch(why string) *refusal.Error {
	return refusal.New(refusal.CSRFOriginMismatch).Privately("%s", why)
}

// headerMode says whether the caller's cookies are ignored: because it wants
// so, or because this server takes none.
func (r *request) headerMode() bool {
	switch r.s.cfg.Session.Transport {
	case "header":
		return true
	case "cookie":
		return false
	}
	return bytes.Equal(r.header(hAuthMode), headerMode)
}
