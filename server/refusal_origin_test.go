package server_test

import (
	"ostiary/server/config"
	"ostiary/server/refusal"
	"ostiary/server/servertest"
)

const logoutAllAt = "/api/v1/auth/logout-all"

// crossOriginRefusals are calls from pages that are not on the list, and ways
// to leave it.
func crossOriginRefusals() []planted {
	return []planted{
		{refusal.CORSOriginNotAllowed, "a page reads", nil, func(x *scene) *servertest.Answer {
			return wantNoCORS(x, x.me(x.Browser(), "Origin", evilPage))
		}},
		{refusal.CORSOriginNotAllowed, "a page signs in", nil, func(x *scene) *servertest.Answer {
			return wantNoCORS(x, x.do(x.Browser(), "POST", loginAt, map[string]any{"email": ada, "password": "x"}, "Origin", evilPage))
		}},
		{refusal.CORSOriginNotAllowed, "a preflight", nil, func(x *scene) *servertest.Answer {
			return wantNoCORS(x, x.do(x.Browser(), "OPTIONS", meAt, nil, "Origin", evilPage, "Access-Control-Request-Method", "GET"))
		}},
		{refusal.CORSOriginNotAllowed, "an app asks for what is for our own pages", with(allowApp), func(x *scene) *servertest.Answer {
			return wantNoCORS(x, x.do(x.Browser(), "OPTIONS", "/api/v1/admin/users", nil, "Origin", appPage, "Access-Control-Request-Method", "GET"))
		}},
		{refusal.CORSLoopbackAlias, "127.0.0.1 for localhost", nil, func(x *scene) *servertest.Answer {
			return wantNoCORS(x, x.me(x.Browser(), "Origin", "http://127.0.0.1"))
		}},
		{refusal.CORSLoopbackAlias, "an alias of an app's origin", with(func(c *config.Config) { c.Origins = []string{"http://localhost:5173"} }),
			func(x *scene) *servertest.Answer {
				return wantNoCORS(x, x.me(x.Browser(), "Origin", "http://[::1]:5173"))
			}},
		{refusal.RedirectNotAllowed, "elsewhere", nil, func(x *scene) *servertest.Answer {
			return x.do(x.Browser(), "GET", "/login?redirect=https%3A%2F%2Fevil.example.test%2F", nil)
		}},
		{refusal.RedirectNotAllowed, "elsewhere without a scheme", with(allowApp), func(x *scene) *servertest.Answer {
			return x.do(x.Browser(), "GET", "/login?redirect=%2F%2Fapp.example.test%2F", nil)
		}},
	}
}

// wantNoCORS: the browser must keep the answer from the page.
func wantNoCORS(x *scene, a *servertest.Answer) *servertest.Answer {
	x.T.Helper()
	for name := range a.Header {
		if len(name) > 15 && name[:15] == "Access-Control-" {
			x.T.Errorf("%s is %q for an origin that is not allowed", name, a.Header.Get(name))
		}
	}
	return a
}

// csrfRefusals are changes that a cookie authenticates and that lack the proof
// of being wanted. None of them may have changed anything.
func csrfRefusals() []planted {
	change := func(code refusal.Code, name string, spoil func(x *scene, b *servertest.Client) []string) planted {
		return planted{code, name, with(allowApp), func(x *scene) *servertest.Answer {
			b := signedIn(x.Server, ada)
			headers := spoil(x, b)
			a := x.do(b, "POST", logoutAllAt, nil, headers...)
			b.Do("GET", meAt, nil).Want(200, "")
			return a
		}}
	}
	sends := func(headers ...string) func(*scene, *servertest.Client) []string {
		return func(*scene, *servertest.Client) []string { return headers }
	}
	carries := func(token func(x *scene, b *servertest.Client) string) func(*scene, *servertest.Client) []string {
		return func(x *scene, b *servertest.Client) []string { b.CSRF = token(x, b); return nil }
	}
	return []planted{
		change(refusal.CSRFCookieMissing, "neither header nor cookie", func(_ *scene, b *servertest.Client) []string {
			b.CSRF = ""
			delete(b.Cookies, csrfCookie)
			return nil
		}),
		change(refusal.CSRFHeaderMissing, "the cookie alone", carries(func(*scene, *servertest.Client) string { return "" })),
		change(refusal.CSRFHeaderMissing, "which other headers are there exempts nothing, CSRF-05", func(_ *scene, b *servertest.Client) []string {
			b.CSRF = ""
			return []string{"X-Requested-With", "XMLHttpRequest", "Authorization", "Basic eDp5"}
		}),
		change(refusal.CSRFMismatch, "another session's", carries(func(x *scene, _ *servertest.Client) string { return signedIn(x.Server, ben).CSRF })),
		change(refusal.CSRFMismatch, "one digit changed", carries(func(_ *scene, b *servertest.Client) string { return "1" + b.CSRF })),
		change(refusal.CSRFMismatch, "one planted as cookie and header alike, CSRF-02", carries(func(_ *scene, b *servertest.Client) string {
			b.Cookies[csrfCookie] = "planted"
			return "planted"
		})),
		change(refusal.CSRFMismatch, "a planted one of the right form, CSRF-02", carries(func(_ *scene, b *servertest.Client) string {
			b.Cookies[csrfCookie] = b.CSRF[:len(b.CSRF)-43] + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
			return b.Cookies[csrfCookie]
		})),
		change(refusal.CSRFExpired, "from before the secret changed", carries(changePassword)),
		change(refusal.CSRFOriginMismatch, "a foreign page", sends("Origin", evilPage)),
		change(refusal.CSRFOriginMismatch, "the browser says cross-site", sends("Origin", appPage, "Sec-Fetch-Site", "cross-site")),
		change(refusal.CSRFOriginMismatch, "two Origins", sends("Origin", "http://localhost", "Origin", "http://localhost")),
		change(refusal.CSRFOriginMismatch, "a page without an origin", sends("Origin", "null")),
		change(refusal.CSRFOriginMismatch, "a page without an origin on the same site", sends("Origin", "null", "Sec-Fetch-Site", "same-site")),
		change(refusal.CSRFOriginMismatch, "no Origin, no Referer, same site", sends("Sec-Fetch-Site", "same-site")),
		change(refusal.CSRFOriginMismatch, "a foreign Referer", sends("Referer", evilPage+"/a")),
		change(refusal.CSRFOriginMismatch, "a Referer that begins alike", sends("Referer", appPage+".evil.test/a")),
		change(refusal.CSRFOriginMismatch, "http for https", sends("Origin", "http://app.example.test")),
	}
}

// changePassword changes it, which changes the session's secret, and returns
// the CSRF token from before.
func changePassword(x *scene, b *servertest.Client) string {
	old := b.CSRF
	x.Clock.Move(1e6) // a millisecond: tokens are told apart by theirs
	b.Do("POST", "/api/v1/auth/password/change", map[string]any{"current_password": servertest.Password, "password": "salt marsh, seven lamps"}).Want(200, "")
	return old
}
