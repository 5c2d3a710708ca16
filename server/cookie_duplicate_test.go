package server_test

import (
	"strings"
	"testing"
	"time"

	"ostiary/server/config"
	"ostiary/server/credential"
	"ostiary/server/servertest"
)

// TestDuplicateCookies sends several session cookies, as browsers do that hold
// some under several domains and paths: as one line, and as one line each.
func TestDuplicateCookies(t *testing.T) {
	s := servertest.New(t, unlimited)
	tokens, sessions := map[string]string{"junk": "junk", "cut": "ost_s_"}, map[string]string{}
	for _, name := range []string{"older", "newer", "dead", "ben's"} {
		email := ada
		if name == "ben's" {
			email = ben
		}
		a := signIn(s, email)
		tokens[name], sessions[a.Text("session.id")] = tokenOf(a), name
		s.Clock.Move(time.Second)
	}
	bearer(s, tokens["dead"]).Do("POST", "/api/v1/auth/logout", nil).Want(204, "")
	tokens["unknown"], _ = credential.Mint(credential.Session, tag(tokens["older"]))
	const kept, cleared = true, false
	for _, c := range []struct {
		sent    string
		status  int
		code    string // or, of a 200, whose session it is
		warning string
		cookies bool // sent again, or taken away
	}{
		{"older older", 200, "older", "session.cookie_duplicate", kept},
		{"junk older", 200, "older", "session.cookie_duplicate", kept},
		{"older junk", 200, "older", "session.cookie_duplicate", kept},
		{"dead unknown older", 200, "older", "session.cookie_duplicate", kept},
		{"dead unknown junk older", 200, "older", "session.cookie_duplicate", kept},
		{"older dead older unknown junk older", 200, "older", "session.cookie_duplicate", kept},
		{"older newer", 200, "newer", "session.cookie_duplicate", kept},
		{"newer older", 200, "newer", "session.cookie_duplicate", kept},
		{"newer dead older junk", 200, "newer", "session.cookie_duplicate", kept},
		{"cut dead unknown junk older", 401, "session.cookie_malformed", "", cleared},
		{"older ben's", 401, "credential.conflict", "", cleared},
		{"ben's dead older", 401, "credential.conflict", "", cleared},
		{"dead junk", 401, "session.revoked", "session.cookie_duplicate", cleared},
		{"junk dead", 401, "session.cookie_malformed", "session.cookie_duplicate", cleared},
		{"unknown unknown", 401, "session.unknown", "session.cookie_duplicate", cleared},
	} {
		for _, how := range []string{"one line", "many lines"} {
			t.Run(c.sent+"/"+how, func(t *testing.T) {
				a := s.Browser().Do("GET", meAt, nil, cookieLines(how, c.sent, tokens)...)
				if c.status == 200 {
					a.Want(200, "")
					if got := sessions[a.Text("session.id")]; got != c.code {
						t.Errorf("the session is %q, want %q", got, c.code)
					}
				} else {
					wantProblem(t, s, a, c.code)
				}
				wantWarnings(t, a, c.warning)
				wantSorted(t, a, c.cookies, tokens[c.code])
			})
		}
	}
}

// cookieLines are the headers that send these tokens.
func cookieLines(how, names string, tokens map[string]string) (headers []string) {
	var pairs []string
	for name := range strings.FieldsSeq(names) {
		pairs = append(pairs, sessionCookie+"="+tokens[name])
		headers = append(headers, "Cookie", sessionCookie+"="+tokens[name])
	}
	if how == "one line" {
		return []string{"Cookie", "theme=dark; " + strings.Join(pairs, "; ") + "; lang=en"}
	}
	return headers
}

// wantSorted: the right cookie is sent again, or all are taken away.
func wantSorted(t *testing.T, a *servertest.Answer, kept bool, token string) {
	t.Helper()
	if !kept {
		wantCookieGone(t, a, sessionCookie)
		wantCookieGone(t, a, csrfCookie)
		return
	}
	for _, c := range a.Cookies {
		if c.Name == sessionCookie && c.MaxAge > 0 && c.Value == token {
			return
		}
	}
	t.Errorf("the right cookie is not sent again: %v", a.Header.Values("Set-Cookie"))
}

// signIn opens a session in header mode, making the account when there is none.
func signIn(s *servertest.Server, email string) *servertest.Answer {
	s.T.Helper()
	p := s.Program()
	a := p.Do("POST", signupAt, map[string]any{"email": email, "password": servertest.Password})
	if a.Status == 409 {
		a = p.Login(email)
	}
	return a
}

// bearer is a program with this token.
func bearer(s *servertest.Server, token string) *servertest.Client {
	p := s.Program()
	p.Bearer = token
	return p
}

// TestCookiesCountByTheirBytes: a credential counts under its exact name and
// in its exact bytes.
func TestCookiesCountByTheirBytes(t *testing.T) {
	s := servertest.New(t, unlimited)
	token := tokenOf(signIn(s, ada))
	for _, c := range []struct {
		name, line string
		code       string
	}{
		{"plain", sessionCookie + "=" + token, ""},
		{"after others", "a=b;  " + sessionCookie + "=" + token + ";c", ""},
		{"another case", "Ostiary_Session=" + token, "session.none"},
		{"a longer name", "x" + sessionCookie + "=" + token, "session.none"},
		{"a space in the name", sessionCookie + " =" + token, "session.none"},
		{"quoted", sessionCookie + `="` + token + `"`, "session.cookie_malformed"},
		{"percent-encoded", sessionCookie + "=ost%5Fs" + token[5:], "session.cookie_malformed"},
		{"a space at its end", "a=b; " + sessionCookie + "=" + token + " ; c=d", "session.cookie_malformed"},
		{"empty", sessionCookie + "=", "session.cookie_malformed"},
		{"of 5 KB", sessionCookie + "=" + strings.Repeat("x", 5<<10), "session.cookie_malformed"},
		{"another server's product", "ostiary=" + token, "session.none"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := s.Browser().Do("GET", meAt, nil, "Cookie", c.line)
			if c.code == "" {
				a.Want(200, "")
				return
			}
			wantProblem(t, s, a, c.code)
		})
	}
}

// TestTransport narrows where a credential may come from. What does not count
// there is no credential.
func TestTransport(t *testing.T) {
	for _, c := range []struct {
		transport                            string
		byCookie, byHeader, both, headerMode string
		token, cookies                       bool // what a login in the default mode gives
	}{
		{"any", "", "", "credential.conflict", "session.none", false, true},
		{"cookie", "", "session.none", "", "", false, true},
		{"header", "session.none", "", "", "session.none", true, false},
	} {
		t.Run(c.transport, func(t *testing.T) {
			s := servertest.New(t, unlimited, func(c2 *config.Config) { c2.Session.Transport = c.transport })
			newUser(s, ada, false)
			newUser(s, ben, false)
			in := s.Browser().Do("POST", loginAt, loginBody(true)).Want(200, "")
			if (in.Text("token") != "") != c.token || (len(in.Cookies) > 0) != c.cookies {
				t.Errorf("login gives token %q and %v", in.Text("token"), in.Header.Values("Set-Cookie"))
			}
			mine, other := anyToken(in), anyToken(s.Browser().Do("POST", loginAt, map[string]any{"email": ben, "password": servertest.Password}).Want(200, ""))
			cookie, header := []string{"Cookie", sessionCookie + "=" + mine}, []string{"Authorization", "Bearer " + other}
			for what, ask := range map[string]struct {
				headers []string
				code    string
			}{
				"a cookie": {cookie, c.byCookie}, "a header": {header, c.byHeader}, "both": {append(cookie, header...), c.both},
				"a cookie in header mode": {append(cookie, "X-Auth-Mode", "header"), c.headerMode},
			} {
				if a := s.Browser().Do("GET", meAt, nil, ask.headers...); a.Code() != ask.code {
					t.Errorf("%s: %d %q, want %q", what, a.Status, a.Code(), ask.code)
				}
			}
		})
	}
}

// anyToken is the session's secret, wherever a login put it.
func anyToken(a *servertest.Answer) string {
	for _, c := range a.Cookies {
		if c.Name == sessionCookie {
			return c.Value
		}
	}
	return tokenOf(a)
}
