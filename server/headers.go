package server

import (
	"strconv"
	"strings"
	"unicode"

	"ostiary/server/config"
	"ostiary/web"
)

// Header names and fixed values in their canonical bytes: the warm path writes
// them without normalising or converting anything.
var (
	hRequestID      = []byte("X-Request-Id")
	hAuthCode       = []byte("X-Auth-Code")
	hAuthWarning    = []byte("X-Auth-Warning")
	hAuthMode       = []byte("X-Auth-Mode")
	hCSRFSent       = []byte("X-Csrf-Token") // as fasthttp writes the name of a header that it read
	hAPIKey         = []byte("X-Api-Key")
	hAuthorization  = []byte("Authorization")
	hOrigin         = []byte("Origin")
	hReferer        = []byte("Referer")
	hFetchSite      = []byte("Sec-Fetch-Site")
	hFetchDest      = []byte("Sec-Fetch-Dest")
	hStorageAccess  = []byte("Sec-Fetch-Storage-Access")
	hCookie         = []byte("Cookie")
	hAccept         = []byte("Accept")
	hContentCoding  = []byte("Content-Encoding")
	hForwardedFor   = []byte("X-Forwarded-For")
	hForwardedProto = []byte("X-Forwarded-Proto")
	hForwarded      = []byte("Forwarded")

	hContentType      = []byte("Content-Type")
	hCacheControl     = []byte("Cache-Control")
	hVary             = []byte("Vary")
	hNoSniff          = []byte("X-Content-Type-Options")
	hCSP              = []byte("Content-Security-Policy")
	hReferrerPolicy   = []byte("Referrer-Policy")
	hFrameOptions     = []byte("X-Frame-Options")
	hResourcePolicy   = []byte("Cross-Origin-Resource-Policy")
	hTransport        = []byte("Strict-Transport-Security")
	hCSRFToken        = []byte("X-CSRF-Token")
	hLimit            = []byte("X-RateLimit-Limit")
	hRemaining        = []byte("X-RateLimit-Remaining")
	hReset            = []byte("X-RateLimit-Reset")
	hRateLimit        = []byte("RateLimit")
	hRateLimitPolicy  = []byte("RateLimit-Policy")
	hRetryAfter       = []byte("Retry-After")
	hAllowOrigin      = []byte("Access-Control-Allow-Origin")
	hAllowCredentials = []byte("Access-Control-Allow-Credentials")
	hExposeHeaders    = []byte("Access-Control-Expose-Headers")

	vJSON        = []byte("application/json; charset=utf-8")
	vProblem     = []byte("application/problem+json; charset=utf-8")
	vHTML        = []byte("text/html; charset=utf-8")
	vNoStore     = []byte("no-store")
	vVary        = []byte("Origin, Cookie, Authorization")
	vNoSniff     = []byte("nosniff")
	vCSP         = []byte("default-src 'none'; frame-ancestors 'none'")
	vPageCSP     = []byte(web.Policy)
	vNoReferrer  = []byte("no-referrer")
	vSameOrigin  = []byte("same-origin")
	vDeny        = []byte("DENY")
	vTransport   = []byte("max-age=31536000")
	vTrue        = []byte("true")
	vExpose      = []byte("X-Request-Id, X-Auth-Code, X-Auth-Warning, X-CSRF-Token, WWW-Authenticate, Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, RateLimit, RateLimit-Policy, ETag, Date, Server-Timing")
	crossSite    = []byte("cross-site")
	sameSite     = []byte("same-site")
	fetchIframe  = []byte("iframe")
	headerMode   = []byte("header")
	bearerPrefix = []byte("Bearer ")
)

// commonHeaders are on every answer, whatever it is: an error page without
// them would be the one that gets framed, sniffed or cached.
func (r *request) commonHeaders() {
	h := &r.f.Response.Header
	h.SetCanonical(hRequestID, r.id[:])
	h.SetCanonical(hCacheControl, vNoStore)
	h.SetCanonical(hVary, vVary)
	h.SetCanonical(hNoSniff, vNoSniff)
	h.SetCanonical(hReferrerPolicy, vNoReferrer)
	h.SetCanonical(hFrameOptions, vDeny)
	h.SetCanonical(hResourcePolicy, vSameOrigin)
	h.SetCanonical(hCSP, vCSP)
	if r.s.site.Secure {
		h.SetCanonical(hTransport, vTransport)
	}
}

// pageHeaders turn the headers of an API answer into those of a page. Under
// no-referrer browsers post forms with `Origin: null`, so pages that carry no
// secret in their address use same-origin.
func (r *request) pageHeaders() {
	h := &r.f.Response.Header
	h.SetCanonical(hContentType, vHTML)
	h.SetCanonical(hCSP, vPageCSP)
	h.SetCanonical(hReferrerPolicy, vSameOrigin)
}

// limitHeaders tell of the tightest limit that counted this request, in the
// old names and in those of draft-ietf-httpapi-ratelimit-headers.
func (r *request) limitHeaders() {
	if r.limit == nil {
		return
	}
	var room [96]byte
	h, v := &r.f.Response.Header, r.verdict
	reset := int64(v.ResetSeconds())
	h.SetCanonical(hLimit, strconv.AppendInt(room[:0], int64(v.Limit), 10))
	h.SetCanonical(hRemaining, strconv.AppendInt(room[:0], int64(v.Remaining), 10))
	h.SetCanonical(hReset, strconv.AppendInt(room[:0], reset, 10))
	b := append(append(append(room[:0], '"'), r.limit.Name...), `";r=`...)
	b = append(strconv.AppendInt(b, int64(v.Remaining), 10), ";t="...)
	h.SetCanonical(hRateLimit, strconv.AppendInt(b, reset, 10))
	b = append(append(append(room[:0], '"'), r.limit.Name...), `";q=`...)
	b = append(strconv.AppendInt(b, int64(v.Limit), 10), ";w="...)
	h.SetCanonical(hRateLimitPolicy, strconv.AppendInt(b, int64(r.limit.Per.Seconds()), 10))
}

// warningHeader carries the codes of what is wrong without being refused.
func (r *request) warningHeader() {
	if len(r.warnings) == 0 {
		return
	}
	codes := make([]string, len(r.warnings))
	for i, code := range r.warnings {
		codes[i] = string(code)
	}
	r.f.Response.Header.SetCanonical(hAuthWarning, []byte(strings.Join(codes, ", ")))
}

// cleanText makes text from a stranger safe to store and to log: valid UTF-8
// without control characters.
func cleanText(text string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || c == unicode.ReplacementChar || c == '\u2028' || c == '\u2029' {
			return ' '
		}
		return c
	}, text)
}

// cookieNames are the names of our cookies in the mode that public_url and
// cookie.domain decide (RFC 6265bis, 4.1.3): __Host- where the browser can
// promise that no sibling host planted them, __Secure- where a Domain is
// wanted, plain on http.
type cookieNames struct {
	session, csrf, device, setup, why, hop string
	others                                 []string // the session cookie's names in the other modes
}

func newCookieNames(cfg config.Config) cookieNames {
	mode := ""
	if cfg.Site().Secure {
		mode = "__Host-"
		if cfg.Cookie.Domain != "" {
			mode = "__Secure-"
		}
	}
	p := cfg.Cookie.Prefix
	names := cookieNames{session: mode + p + "_session", csrf: mode + p + "_csrf", device: mode + p + "_device", setup: mode + p + "_setup", why: mode + p + "_why", hop: p + "_hop"}
	for _, other := range []string{"", "__Secure-", "__Host-"} {
		if other != mode {
			names.others = append(names.others, other+p+"_session")
		}
	}
	return names
}
