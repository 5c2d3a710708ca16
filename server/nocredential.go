package server

import (
	"bytes"

	"ostiary/server/refusal"
)

// noCredential says why a request came without any credential: the first of
// the reasons, in the order of their certainty, that the request itself shows.
// Sec-Fetch-* are the browser's own verdict; our device and CSRF cookies show
// that this browser was given a session cookie once. In header mode cookies
// are ignored wholly, so none of them can be the reason.
func (r *request) noCredential() error {
	origin := r.header(hOrigin)
	site := r.header(hFetchSite)
	jar := r.cookies()
	switch {
	case len(origin) > 0 && string(origin) != "null" && !r.mayRead(string(origin)):
		return r.live.origins.refusal(truncate(cleanText(string(origin)), 256))
	case r.headerMode():
		return refusal.New(refusal.SessionNone)
	case bytes.Equal(r.header(hFetchDest), fetchIframe) || bytes.Equal(r.header(hStorageAccess), []byte("none")):
		return r.refuseBrowser(refusal.SiteEmbedded)
	case bytes.Equal(site, crossSite):
		return r.refuseBrowser(refusal.CookieBlockedCrossSite)
	case len(origin) > 0 && bytes.Equal(site, sameSite) && !jar.present:
		return r.refuseBrowser(refusal.SessionCredentialsOmitted)
	case jar.device != nil || jar.csrf != nil:
		return r.refuseBrowser(refusal.SessionCookieMissing)
	}
	return refusal.New(refusal.SessionNone)
}

// refuseBrowser adds the evidence: what the browser said of this request.
func (r *request) refuseBrowser(code refusal.Code) error {
	e := refusal.New(code)
	for _, name := range []string{"Origin", "Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest"} {
		if value := r.f.Request.Header.Peek(name); len(value) > 0 {
			e.With(name, truncate(cleanText(string(value)), 256))
		}
	}
	return e
}
