package server_test

import (
	"strings"
	"testing"
	"time"

	"ostiary/server/config"
	"ostiary/server/credential"
	"ostiary/server/refusal"
	"ostiary/server/servertest"
)

const (
	sessionCookie = "ostiary_session" // names on plain http
	deviceCookie  = "ostiary_device"
	csrfCookie    = "ostiary_csrf"
	ada, ben      = "ada@example.com", "ben@example.com"
)

// absentSessions come without any credential that could count.
func absentSessions() []planted {
	return []planted{
		{refusal.SessionNone, "first visit", nil, func(x *scene) *servertest.Answer {
			return x.me(x.Browser())
		}},
		{refusal.SessionNone, "a scheme that is not ours", nil, func(x *scene) *servertest.Answer {
			return x.me(x.Browser(), "Authorization", "Basic dXNlcjpwYXNz")
		}},
		{refusal.SessionNone, "cookies are ignored wholly in header mode", nil, func(x *scene) *servertest.Answer {
			return x.me(signedIn(x.Server, ada), "X-Auth-Mode", "header")
		}},
		{refusal.SessionCookieMissing, "device and CSRF cookie alone", nil, func(x *scene) *servertest.Answer {
			b := signedIn(x.Server, ada)
			delete(b.Cookies, sessionCookie)
			return x.me(b)
		}},
		{refusal.SessionCookieMissing, "device cookie alone", nil, func(x *scene) *servertest.Answer {
			b := signedIn(x.Server, ada)
			b.Cookies = map[string]string{deviceCookie: b.Cookies[deviceCookie], "theme": "dark"}
			return x.me(b)
		}},
		{refusal.SessionCredentialsOmitted, "fetch without credentials", with(allowApp), func(x *scene) *servertest.Answer {
			return x.me(x.Browser(), "Origin", appPage, "Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "cors")
		}},
		{refusal.CookieBlockedCrossSite, "page of another site", with(allowApp), func(x *scene) *servertest.Answer {
			return x.me(x.Browser(), "Origin", appPage, "Sec-Fetch-Site", "cross-site")
		}},
		{refusal.SiteEmbedded, "iframe", nil, func(x *scene) *servertest.Answer {
			return x.me(x.Browser(), "Sec-Fetch-Dest", "iframe", "Sec-Fetch-Site", "cross-site")
		}},
		{refusal.SiteEmbedded, "no storage access", nil, func(x *scene) *servertest.Answer {
			return x.me(x.Browser(), "Sec-Fetch-Storage-Access", "none", "Sec-Fetch-Site", "cross-site")
		}},
	}
}

// withCookie is a visitor who sends this as the session cookie.
func withCookie(s *servertest.Server, value string) *servertest.Client {
	b := s.Browser()
	b.Cookies[sessionCookie] = value
	return b
}

// tag is the instance tag of a server, read off a token.
func tag(token string) string {
	parsed, err := credential.Parse([]byte(token))
	if err != nil {
		panic(err)
	}
	return string(parsed.Tag[:])
}

// deadSessions bring a credential that is none, or none any more.
func deadSessions() []planted {
	return []planted{
		{refusal.SessionCookieMalformed, "junk in the cookie", nil, func(x *scene) *servertest.Answer {
			a := x.me(withCookie(x.Server, "not-a-token"))
			wantCookieGone(x.T, a, sessionCookie)
			return a
		}},
		{refusal.SessionCookieMalformed, "cut short", nil, func(x *scene) *servertest.Answer {
			a := x.me(withCookie(x.Server, signedIn(x.Server, ada).Cookies[sessionCookie][:40]))
			if !strings.Contains(a.Raw, "cut short") {
				x.T.Error("it is not told that the value was cut")
			}
			return a
		}},
		{refusal.SessionCookieMalformed, "the form of another kind", nil, func(x *scene) *servertest.Answer {
			token := signedIn(x.Server, ada).Cookies[sessionCookie]
			return x.me(x.Browser(), "Authorization", "Bearer ost_k"+token[5:])
		}},
		{refusal.CredentialOtherInstance, "of another environment", nil, func(x *scene) *servertest.Answer {
			elsewhere := signedIn(servertest.New(x.T), ada).Cookies[sessionCookie]
			a := x.me(withCookie(x.Server, elsewhere))
			if a.Text("context.issued_by") != tag(elsewhere) {
				x.T.Errorf("it does not tell whose it is: %s", a.Raw)
			}
			return a
		}},
		{refusal.SessionUnknown, "well formed and never issued", nil, func(x *scene) *servertest.Answer {
			token, _ := credential.Mint(credential.Session, tag(signedIn(x.Server, ada).Cookies[sessionCookie]))
			return x.me(withCookie(x.Server, token))
		}},
		{refusal.SessionIdleExpired, "unused", nil, func(x *scene) *servertest.Answer {
			b := signedIn(x.Server, ada)
			x.Clock.Move(time.Duration(x.Config.Session.Idle))
			return x.me(b)
		}},
		{refusal.SessionMaxAgeReached, "busy to the end", with(func(c *config.Config) { c.Session.Max = config.Duration(48 * time.Hour) }),
			func(x *scene) *servertest.Answer {
				b := signedIn(x.Server, ada)
				x.Clock.Move(40 * time.Hour)
				b.Do("GET", meAt, nil).Want(200, "")
				x.Clock.Move(8 * time.Hour)
				return x.me(b)
			}},
		{refusal.SessionRevoked, "signed out", nil, func(x *scene) *servertest.Answer {
			b := signedIn(x.Server, ada)
			old := b.Fork()
			b.Do("POST", "/api/v1/auth/logout", nil).Want(204, "")
			return x.me(old)
		}},
	}
}

// conflicts bring more than one credential, or one of the wrong kind.
func conflicts() []planted {
	return []planted{
		{refusal.CredentialConflict, "header and cookie", nil, func(x *scene) *servertest.Answer {
			b := signedIn(x.Server, ada)
			b.Bearer = signedIn(x.Server, ben).Cookies[sessionCookie]
			return x.me(b)
		}},
		{refusal.CredentialConflict, "two Authorization headers", nil, func(x *scene) *servertest.Answer {
			bearer := "Bearer " + signedIn(x.Server, ada).Cookies[sessionCookie]
			return x.me(x.Browser(), "Authorization", bearer, "Authorization", bearer)
		}},
		{refusal.CredentialConflict, "key and token", nil, func(x *scene) *servertest.Answer {
			bearer := "Bearer " + signedIn(x.Server, ada).Cookies[sessionCookie]
			return x.me(x.Browser(), "Authorization", bearer, "X-API-Key", "ost_k_x")
		}},
		{refusal.CredentialConflict, "two cookies of two people", nil, func(x *scene) *servertest.Answer {
			a := x.me(signedIn(x.Server, ada), "Cookie", sessionCookie+"="+signedIn(x.Server, ben).Cookies[sessionCookie])
			wantCookieGone(x.T, a, sessionCookie)
			return a
		}},
		{refusal.CredentialNotAllowed, "an API key", nil, func(x *scene) *servertest.Answer {
			return x.me(x.Browser(), "X-API-Key", "ost_k_x")
		}},
		{refusal.CredentialNotAllowed, "the operator is no user", nil, func(x *scene) *servertest.Answer {
			return x.me(x.Operator())
		}},
	}
}

// wantCookieGone fails unless the answer takes the cookie away.
func wantCookieGone(t testing.TB, a *servertest.Answer, name string) {
	t.Helper()
	for _, c := range a.Cookies {
		if c.Name == name && c.MaxAge < 0 && c.Value == "" {
			return
		}
	}
	t.Errorf("the cookie %s is not taken away: %v", name, a.Header.Values("Set-Cookie"))
}
