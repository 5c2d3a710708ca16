package server_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"ostiary/server/config"
	"ostiary/server/servertest"
)

// letters is a password of n hexadecimal digits that is on no list.
func letters(n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		sum := sha256.Sum256([]byte{byte(i), byte(i >> 8)})
		b.WriteString(hex.EncodeToString(sum[:]))
	}
	return b.String()[:n]
}

// emoji is a password of n code points of four bytes each.
func emoji(n int) string {
	var b strings.Builder
	for i := 0; utf8.RuneCountInString(b.String()) < n; i++ {
		sum := sha256.Sum256([]byte{byte(i), byte(i >> 8), 1})
		b.WriteRune(0x1F300 + rune(sum[0]))
	}
	return b.String()
}

// passwordWay is a way in which an account gets a password.
type passwordWay struct {
	name string
	set  func(t *testing.T, s *servertest.Server, email, password string) *servertest.Answer
}

func passwordWays() []passwordWay {
	made := func(t *testing.T, s *servertest.Server, email string) *servertest.Client {
		b := s.Browser()
		b.SignUp(email)
		return b
	}
	return []passwordWay{
		{"signup", func(_ *testing.T, s *servertest.Server, email, password string) *servertest.Answer {
			return s.Browser().Do("POST", api+"/signup", map[string]any{"email": email, "password": password})
		}},
		{"signup page", func(_ *testing.T, s *servertest.Server, email, password string) *servertest.Answer {
			return s.Browser().DoWith("POST", "/signup", url.Values{"email": {email}, "password": {password}}.Encode(), asForm)
		}},
		{"change", func(t *testing.T, s *servertest.Server, email, password string) *servertest.Answer {
			return made(t, s, email).Do("POST", api+"/password/change", changeTo(password))
		}},
		{"change page", func(t *testing.T, s *servertest.Server, email, password string) *servertest.Answer {
			b := made(t, s, email)
			form := url.Values{"csrf_token": {b.CSRF}, "current_password": {servertest.Password}, "new_password": {password}}
			return b.DoWith("POST", "/account/password", form.Encode(), asForm)
		}},
		{"set by the operator", func(t *testing.T, s *servertest.Server, email, password string) *servertest.Answer {
			made(t, s, email)
			return s.Operator().Do("POST", adm+"/users/"+userID(t, s, email)+"/set-password", map[string]any{"password": password})
		}},
		{"made by the operator", func(_ *testing.T, s *servertest.Server, email, password string) *servertest.Answer {
			return s.Operator().Do("POST", adm+"/users", map[string]any{"email": email, "password": password})
		}},
	}
}

func tryLogin(s *servertest.Server, email, password string) *servertest.Answer {
	return s.Browser().Do("POST", api+"/login", map[string]any{"email": email, "password": password})
}

// Length is counted in code points, whatever they weigh in bytes, and on
// every way to a password: below the minimum and above 256 nothing is taken,
// and what is taken is taken whole.
func TestPWD01LengthBoundaries(t *testing.T) {
	t.Parallel()
	const least = 12
	s := servertest.New(t, noLimits)
	n := 0
	for _, way := range passwordWays() {
		for _, alphabet := range []func(int) string{letters, emoji} {
			for _, c := range []struct {
				length int
				code   string
			}{{least - 1, "password.too_short"}, {least, ""}, {64, ""}, {128, ""}, {255, ""}, {256, ""}, {257, "password.too_long"}, {1000, "password.too_long"}} {
				n++
				email, password := fmt.Sprintf("p%d@example.com", n), alphabet(c.length)
				a := way.set(t, s, email, password)
				if c.code != "" {
					if a.Status != 422 || !strings.Contains(a.Raw, c.code) && a.JSON != nil {
						t.Errorf("%s, %d of %q: %d %s", way.name, c.length, password[:4], a.Status, a.Raw)
					}
					tryLogin(s, email, password).Want(401, "login.invalid_credentials")
					continue
				}
				if a.Status >= 400 {
					t.Errorf("%s, %d of %q: %d %s", way.name, c.length, password[:4], a.Status, a.Raw)
				}
				wantOnly(t, s, email, password)
			}
		}
	}
}

// wantOnly fails unless this password opens the account, and nothing near it.
func wantOnly(t *testing.T, s *servertest.Server, email, password string) {
	t.Helper()
	runes := []rune(password)
	for _, near := range []string{
		string(runes[:len(runes)-1]), string(runes[1:]), password + "x", password + " ", " " + password, strings.ToUpper(password),
		string(runes[:min(72, len(runes)-1)]), password + password,
	} {
		if near != password {
			tryLogin(s, email, near).Want(401, "login.invalid_credentials")
		}
	}
	for _, cut := range []string{password + "\x00", password + "\x00x", "\x00" + password} {
		tryLogin(s, email, cut).Want(422, "request.invalid")
	}
	tryLogin(s, email, password).Want(200, "")
}

// The minimum is a setting, and counts code points too.
func TestPWD01MinimumIsASetting(t *testing.T) {
	t.Parallel()
	for _, least := range []int{8, 15, 64} {
		s := servertest.New(t, noLimits, func(c *config.Config) { c.Password.MinLength = least })
		for i, alphabet := range []func(int) string{letters, emoji} {
			body := map[string]any{"email": fmt.Sprintf("ada%d@example.com", i), "password": alphabet(least - 1)}
			s.Browser().Do("POST", api+"/signup", body).Want(422, "request.invalid")
			body["password"] = alphabet(least)
			s.Browser().Do("POST", api+"/signup", body).Want(201, "")
		}
	}
}

// One password typed on two systems is one password (NFC); what merely looks
// alike is another one (no NFKC, no folding, no trimming).
func TestPWD01Normalization(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	for i, c := range []struct{ set, same, other string }{
		{"Ångström réunion für", "A\u030angstro\u0308m re\u0301union fu\u0308r", "Angstrom reunion fur"},
		{"A\u030angstro\u0308m re\u0301union fu\u0308r 2", "Ångström réunion für 2", "Ångström réunion fur 2"},
		{"한국어 비밀번호 열두 글자 넘게", "\u1112\u1161\u11ab\u1100\u116e\u11a8\u110b\u1165 비밀번호 열두 글자 넘게", "한국어 비밀번호 열두 글자 넘기"},
		{"\u212bngstrom in kelvin", "\u00c5ngstrom in kelvin", "\u00e5ngstrom in kelvin"},
		{"ﬁnancial oﬃce hours", "ﬁnancial oﬃce hours", "financial office hours"},
		{"ｆｕｌｌ ｗｉｄｔｈ ｔｅｘｔ", "ｆｕｌｌ ｗｉｄｔｈ ｔｅｘｔ", "full width text"},
		{"Groß und klein bleibt", "Groß und klein bleibt", "groß und klein bleibt"},
		{"no\u00a0break\u00a0spaces here", "no\u00a0break\u00a0spaces here", "no break spaces here"},
		{"zero\u200bwidth\u200bspaces", "zero\u200bwidth\u200bspaces", "zerowidthspaces"},
		{"  blanks at the ends  ", "  blanks at the ends  ", "blanks at the ends"},
		{"line\nbreak and\ttab inside", "line\nbreak and\ttab inside", "line break and tab inside"},
		{"fractions \u00bd and x\u00b2 stay", "fractions \u00bd and x\u00b2 stay", "fractions 1/2 and x2 stay"},
	} {
		email := fmt.Sprintf("u%d@example.com", i)
		s.Browser().Do("POST", api+"/signup", map[string]any{"email": email, "password": c.set}).Want(201, "")
		tryLogin(s, email, c.set).Want(200, "")
		tryLogin(s, email, c.same).Want(200, "")
		tryLogin(s, email, c.other).Want(401, "login.invalid_credentials")
	}
	// Length counts after composing: 256 letters of two code points each fit.
	twice := strings.Repeat("e\u0301", 250) + "a\u030ao\u0308u\u0308i\u0302A\u0300N\u0303"
	s.Browser().Do("POST", api+"/signup", map[string]any{"email": "long@example.com", "password": twice}).Want(201, "")
	tryLogin(s, "long@example.com", twice).Want(200, "")
	s.Browser().Do("POST", api+"/signup", map[string]any{"email": "longer@example.com", "password": twice + "x"}).Want(422, "request.invalid")
}

// There are no rules about kinds of characters, and no password grows stale.
func TestPWD01NoOtherRules(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	for i, password := range []string{
		"wlqzkvnmrtpxhjdgbcfs", "83026917450263918475", "🦊🌵🍋🎻🚲🧭🪁🦉🌊🧶🍄🎈", "!?#%&/()=*+~<>|^_-.:", "UKQWZPLMVXTRNJHGDCFB", "мой пароль не простой",
	} {
		email := fmt.Sprintf("r%d@example.com", i)
		s.Browser().Do("POST", api+"/signup", map[string]any{"email": email, "password": password}).Want(201, "")
		s.Clock.Move(400 * day)
		tryLogin(s, email, password).Want(200, "")
	}
}

// A password change needs the current password of this very account, and
// another new one; guessing at the current one is limited as logins are.
func TestPWD04ChangeNeedsTheCurrentOne(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	b, bob := s.Browser(), s.Browser()
	b.SignUp("ada@example.com")
	bob.Do("POST", api+"/signup", map[string]any{"email": "bob@example.com", "password": secondPassword}).Want(201, "")
	before := world(s)
	for _, c := range []struct {
		body   any
		status int
		code   string
	}{
		{map[string]any{"current_password": "not this one at all", "password": letters(20)}, 403, "account.wrong_password"},
		{map[string]any{"current_password": secondPassword, "password": letters(20)}, 403, "account.wrong_password"},
		{map[string]any{"current_password": strings.ToUpper(servertest.Password), "password": letters(20)}, 403, "account.wrong_password"},
		{map[string]any{"current_password": servertest.Password + " ", "password": letters(20)}, 403, "account.wrong_password"},
		{map[string]any{"current_password": strings.Repeat("x", 5000), "password": letters(20)}, 403, "account.wrong_password"},
		{map[string]any{"password": letters(20)}, 422, "request.invalid"},
		{map[string]any{"current_password": "", "password": letters(20)}, 422, "request.invalid"},
		{map[string]any{"current_password": nil, "password": letters(20)}, 422, "request.invalid"},
		{map[string]any{"current_password": []string{servertest.Password}, "password": letters(20)}, 422, "request.invalid"},
		{map[string]any{"current_password": true, "password": letters(20)}, 422, "request.invalid"},
		{map[string]any{"current_password": servertest.Password}, 422, "request.invalid"},
		{map[string]any{"current_password": servertest.Password, "password": servertest.Password}, 422, "request.invalid"},
		{map[string]any{"current_password": servertest.Password, "password": "short"}, 422, "request.invalid"},
		{map[string]any{"current_password": servertest.Password, "password": letters(20), "user_id": userID(t, s, "bob@example.com")}, 422, "request.invalid"},
		{map[string]any{"current_password": servertest.Password, "password": letters(20), "email": "bob@example.com"}, 422, "request.invalid"},
		{`{"current_password":"x","current_password":"` + servertest.Password + `","password":"` + letters(20) + `"}`, 422, "request.invalid"},
	} {
		b.Do("POST", api+"/password/change", c.body).Want(c.status, c.code)
	}
	wantWorld(t, s, before, "a refused password change")
	tryLogin(s, "ada@example.com", servertest.Password).Want(200, "")
	tryLogin(s, "bob@example.com", secondPassword).Want(200, "")
}

// The same password in another spelling is still the same.
func TestPWD04SameInAnotherSpelling(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	b := s.Browser()
	b.Do("POST", api+"/signup", map[string]any{"email": "ada@example.com", "password": "Ångström réunion"}).Want(201, "")
	b.Do("POST", api+"/password/change", map[string]any{"current_password": "Ångström réunion", "password": "A\u030angstro\u0308m re\u0301union"}).Want(422, "request.invalid")
}

// Wrong current passwords and wrong logins spend one budget, so that a stolen
// session is no way around the limit on guessing.
func TestPWD04GuessingIsLimited(t *testing.T) {
	t.Parallel()
	s := servertest.New(t)
	b := s.Browser()
	b.SignUp("ada@example.com")
	s.Clock.Move(time.Minute)
	for range 2 {
		tryLogin(s, "ada@example.com", "not this one at all").Want(401, "login.invalid_credentials")
	}
	for range 3 {
		b.Do("POST", api+"/password/change", map[string]any{"current_password": "not this one at all", "password": secondPassword}).Want(403, "account.wrong_password")
	}
	b.Do("POST", api+"/password/change", changeTo(secondPassword)).Want(429, "rate.account")
	tryLogin(s, "ada@example.com", servertest.Password).Want(429, "rate.account")
	s.Clock.Move(time.Minute)
	b.Do("POST", api+"/password/change", changeTo(secondPassword)).Want(200, "")
}
