package server_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"ostiary/server/config"
	"ostiary/server/servertest"
)

// Every well-known password that is long enough is refused, in capitals too.
func TestPWD02WellKnown(t *testing.T) {
	t.Parallel()
	const least = 8
	s := servertest.New(t, noLimits, func(c *config.Config) { c.Password.MinLength = least })
	from, tried := s.Program(), 0
	for _, password := range linesOf(t, "password/testdata/top10000.txt") {
		if utf8.RuneCountInString(password) < least {
			continue
		}
		tried++
		forms := []string{password}
		if tried%8 == 0 {
			forms = append(forms, strings.ToUpper(password), strings.ToUpper(password[:1])+password[1:])
		}
		for _, form := range forms {
			wantRefusedAs(t, from, "ada@example.com", form, "password.common")
		}
	}
	if tried < 2000 {
		t.Errorf("only %d entries are long enough: the list is not whole", tried)
	}
}

func wantRefusedAs(t *testing.T, from *servertest.Client, email, password, code string) {
	t.Helper()
	a := from.Do("POST", api+"/signup", map[string]any{"email": email, "password": password})
	if a.Status != 422 || !strings.Contains(a.Raw, `"`+code+`"`) {
		t.Errorf("%q for %s: %d %s, want %s", password, email, a.Status, a.Raw, code)
	}
}

// Of what the minimum of twelve lets through: what people make of the words
// that everybody uses.
func TestPWD02WellKnownAndLong(t *testing.T) {
	t.Parallel()
	from := servertest.New(t, noLimits).Program()
	for _, password := range []string{
		"123456789012", "password1234", "Password1234", "PASSWORD1234", "passwordpassword", "qwertyuiop123", "qwertyuiopasdf", "abcdefghijklmnop",
		"aaaaaaaaaaaa", "abcabcabcabc", "000000000000", "1q2w3e4r5t6y", "iloveyou1234", "zxcvbnmzxcvbnm", "            ", "............", "correct horse battery staple",
	} {
		wantRefusedAs(t, from, "ada@example.com", password, "password.common")
	}
}

// What the page or the address suggests is refused: the product, the host, the
// person's own address and the name in it, with digits and marks behind.
func TestPWD02Identity(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits, func(c *config.Config) { c.PublicURL = "https://auth.example.test" })
	from := s.Program()
	const email = "adalovelace@mathematics.example.org"
	for _, password := range []string{
		email, strings.ToUpper(email), "adalovelace12345", "AdaLovelace2026!", "adalovelace!!!!", "ada-lovelace-1815", "adalovelaceadalovelace",
		"mathematics.example.org", "mathematics1", "ostiary12345", "Ostiary2026!", "OSTIARY-OSTIARY", "auth.example.test", "auth.example.test1",
	} {
		wantRefusedAs(t, from, email, password, "password.is_identity")
	}
	for i, way := range passwordWays() {
		other := fmt.Sprintf("grace.hopper%d@example.com", i)
		if a := way.set(t, s, other, other); a.Status != 422 {
			t.Errorf("%s: the own address was taken: %d %s", way.name, a.Status, a.Raw)
		}
		tryLogin(s, other, other).Want(401, "login.invalid_credentials")
	}
	s.Browser().Do("POST", api+"/signup", map[string]any{"email": email, "password": "the analytical engine of mine"}).Want(201, "")
}
