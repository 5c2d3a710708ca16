package password

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"ostiary/server/refusal"
)

func TestNormalize(t *testing.T) {
	for typed, want := range map[string]string{
		"":                             "",
		"plain":                        "plain",
		" both ends stay ":             " both ends stay ",
		"cafe\u0301":                   "caf\u00e9",
		"\u212bngstro\u0308m":          "\u00c5ngstr\u00f6m",
		"\uff21 stays wide":            "\uff21 stays wide", // NFC, not NFKC
		strings.Repeat("x", 256):       strings.Repeat("x", 256),
		strings.Repeat("😀", 256):       strings.Repeat("😀", 256),
		strings.Repeat("e\u0301", 256): strings.Repeat("é", 256),
		strings.Repeat("\u03b1\u0313\u0301\u0345", 256): strings.Repeat("\u1f84", 256), // four into one
	} {
		if got, err := Normalize(typed); err != nil || got != want {
			t.Errorf("%.40q: %.40q, %v", typed, got, err)
		}
	}
}

func TestNormalizeRefuses(t *testing.T) {
	for typed, code := range map[string]refusal.Code{
		strings.Repeat("x", 257):        refusal.PasswordTooLong,
		strings.Repeat("😀", 257):        refusal.PasswordTooLong,
		strings.Repeat("x", 1<<20):      refusal.PasswordTooLong,
		"caf\u00e9\x00":                 refusal.RequestBadValue,
		"\xff\xfe":                      refusal.RequestBadValue,
		"a\xc3":                         refusal.RequestBadValue,
		"surrogate \xed\xa0\x80":        refusal.RequestBadValue,
		strings.Repeat("e\u0301x", 129): refusal.PasswordTooLong,
		strings.Repeat("\u0301", 400):   refusal.PasswordTooLong,
	} {
		got, err := Normalize(typed)
		var refused *refusal.Error
		if got != "" || !errors.As(err, &refused) || refused.Code != refusal.RequestInvalid ||
			len(refused.Fields) != 1 || refused.Fields[0].Code != code || refused.Fields[0].Pointer != "/password" {
			t.Errorf("%.40q: %v, want %s", typed, err, code)
		}
	}
}

func FuzzNormalize(f *testing.F) {
	for _, seed := range []string{"", "cafe\u0301", "\xff", "a\x00", strings.Repeat("\u0301", 300)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		once, err := Normalize(typed)
		if err != nil {
			return
		}
		twice, err := Normalize(once)
		if err != nil || twice != once || !utf8.ValidString(once) || utf8.RuneCountInString(once) > MaxLength {
			t.Fatalf("%q: %q, then %q, %v", typed, once, twice, err)
		}
		_ = Rules{MinLength: 12}.Check(once, "ada@example.com", once)
	})
}

var rules = Rules{MinLength: 12}

func codes(list ...refusal.Code) []refusal.Code { return list }

func TestLengthCountsCodePoints(t *testing.T) {
	for password, want := range map[string][]refusal.Code{
		"":             codes(refusal.PasswordTooShort),
		"sh0rt-secre":  codes(refusal.PasswordTooShort),
		"sh0rt-secret": nil,
		"😀🎈🚀🌍🍉🐙🦊🧭🪁🎻🛶":              codes(refusal.PasswordTooShort),
		"😀🎈🚀🌍🍉🐙🦊🧭🪁🎻🛶🧶":             nil,
		"ключ от дома":             nil,
		strings.Repeat("ab1x", 64): codes(),
		strings.Repeat("x", 257):   codes(refusal.PasswordTooLong),
	} {
		if got := rules.Check(password); !slices.Equal(got, want) {
			t.Errorf("%.40q: %v, want %v", password, got, want)
		}
	}
}

func TestEveryListEntryIsCommon(t *testing.T) {
	file, err := os.Open("testdata/top10000.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	n := 0
	for scan := bufio.NewScanner(file); scan.Scan(); n++ {
		for _, form := range []string{scan.Text(), strings.ToUpper(scan.Text()), strings.Repeat(scan.Text(), 2), strings.Repeat(scan.Text(), 3)} {
			if !slices.Contains(rules.Check(form), refusal.PasswordCommon) {
				t.Errorf("%q is let through", form)
			}
		}
	}
	if n != 10_000 {
		t.Fatalf("%d entries", n)
	}
}

// The search over the text against a map of it.
func TestListedAgreesWithAMap(t *testing.T) {
	all := map[string]bool{}
	list := strings.Split(strings.TrimSuffix(common, "\n"), "\n")
	if !slices.IsSorted(list) {
		t.Fatal("common.txt is not sorted by bytes")
	}
	for _, p := range list {
		all[p] = true
	}
	if len(all) != len(list) || len(all) < 30_000 || all[""] {
		t.Fatalf("%d lines, %d different", len(list), len(all))
	}
	for i, p := range list {
		if !listed(p) {
			t.Errorf("%q is not found", p)
		}
		for _, near := range []string{p + "0", p[:len(p)-1], p + "\n", "\n" + p, p + "\n" + list[(i+1)%len(list)], p + "\xff", " " + p} {
			if listed(near) != all[near] {
				t.Errorf("%q: %v", near, listed(near))
			}
		}
	}
	for _, edge := range []string{"", "\n", "\x00", "\xff", "zzzzzzzzzzzzzzzzzzzz"} {
		if listed(edge) {
			t.Errorf("%q is found", edge)
		}
	}
}

func TestCommon(t *testing.T) {
	for _, password := range []string{
		"aaaaaaaaaaaa", "111111111111", "            ", "............", "😀😀😀😀😀😀😀😀😀😀😀😀", "éééééééééééé", strings.Repeat("x", 256),
		"abababababab", "123123123123", "abcabcabcabc", "xyxyxyxyxyxy", "йцйцйцйцйцйц",
		"abcdefghijkl", "ABCDEFGHIJKL", "mnopqrstuvwx", "zyxwvutsrqpo", "uvwxyzabcdefg", "123456789012", "1234567890123456", "098765432109",
		"012345678901", "890123456789", "987654321098", strings.Repeat("0123456789", 5), "qwertyuiopqwertyuiop", "qwertyuiopas", "asdfghjklasdfghjkl", "poiuytrewqpoiuytrewq",
		"qwertyuiop12", "qwertyuiop123", "1q2w3e4r5t6y", "q1w2e3r4t5y6", "1qaz2wsx3edc", "1QAZ2WSX3EDC", "zaq1xsw2cde3", "qazwsxedcrfv", "qweasdzxc123", "123qweasdzxc",
		"a1b2c3d4e5f6", "1a2b3c4d5e6f", "112233445566", "aabbccddeeff", "111222333444", "123456654321", "abcdef123456", "123456abcdef", "qwerty123456", "123456qwerty",
		"passwordpassword", "PasswordPassword", "password1234", "password12345", "Password123!", "P@ssw0rd1234", "p@ssword2024", "Password2024", "Welcome12345", "Welcome2024!",
		"letmeinletmein", "iloveyouiloveyou", "iloveyou1234", "administrator", "Administrator1", "administrator123", "changeme1234", "football2019", "michael12345", "trustno1trustno1",
		"September2024", "september2025!", "December-2023", "Summer2024!!", "Donnerstag2024", "correcthorsebatterystaple", "correct horse battery staple", "Correct-Horse-Battery-Staple",
		"thisismypassword", "letmeinplease", "thequickbrownfox", "maytheforcebewithyou", "manchesterunited", "mon\u212aeymonkey", "pa\u017f\u017fwordpassword",
	} {
		if got := rules.Check(password); !slices.Equal(got, codes(refusal.PasswordCommon)) {
			t.Errorf("%q: %v", password, got)
		}
	}
}

// The whole candidate is compared: what only begins with, ends with or holds a
// common password, or looks regular at first, is let through.
func TestNotCommon(t *testing.T) {
	for _, password := range []string{
		"password of a green kettle", "my dog eats qwerty keyboards", "dragonfruit-tuesday-lamp", "123456 reasons to stay", "abcdefghijkm", "abcdefghijklX",
		"1234567890 quills", "aaaaaaaaaaab", "correct horse battery stable", "monkey8305719264", "passwordpasswore", "ada lovelace, 1843", "zzyzx-road-93-exit",
		"mnbvcxzlkjhq", "tr0ub4dor&3-and-more", "         x  ", "пароль из трёх слов", "密码是四个字的成语加上一些别的",
	} {
		if got := rules.Check(password, "someone@example.com", "auth.example.org"); len(got) != 0 {
			t.Errorf("%q: %v", password, got)
		}
	}
	for range 20_000 {
		if p := rand.Text()[:12]; len(rules.Check(p, "someone@example.com")) != 0 {
			t.Errorf("random %q is refused", p)
		}
	}
}

func TestIdentity(t *testing.T) {
	identity := []string{"Ben.Miller+shop@Acme-Corp.example", "auth.intranet.example", "Benjamin Miller"}
	for _, password := range []string{
		"Ben.Miller+shop@Acme-Corp.example", "ben.miller+shop@acme-corp.example", "ben.miller+shop", "ben.miller12", "benmiller1234", "Ben_Miller-2024!", "BEN MILLER 1979", "benmiller!!!!!",
		"ben.millerben.miller", "BenMillerBenMiller99", "acme-corp.example", "acmecorp2024", "Acme-Corp!2024",
		"auth.intranet.example", "intranet12345", "Intranet!2024", "ostiary12345", "Ostiary-2024!", "OSTIARYOSTIARY", "ostiary.ostiary", "o.s.t.i.a.r.y.",
		"Benjamin Miller", "benjaminmiller", "benjamin-miller-1979", "o\u017ftiary12345",
	} {
		if got := rules.Check(password, identity...); !slices.Contains(got, refusal.PasswordIsIdentity) {
			t.Errorf("%q: %v", password, got)
		}
	}
	for _, password := range []string{
		"ben miller likes tea", "the ostiary at the gate", "millerben-1234", "1234567 benmiller", "not the intranet", "exampleexamples", "my name is benjamin",
	} {
		if got := rules.Check(password, identity...); slices.Contains(got, refusal.PasswordIsIdentity) {
			t.Errorf("%q: %v", password, got)
		}
	}
}

// Addresses of digits, or of one letter, do not refuse what they do not suggest.
func TestOddIdentities(t *testing.T) {
	for _, c := range []struct {
		identity, password string
		refused            bool
	}{
		{"4711@example.com", "739105820746", false}, {"471147114711@example.com", "471147114711", true}, {"a@example.com", "a-739105820746", false},
		{"", "739105820746", false}, {"@", "@@-739105820746", false}, {"...@example.com", "......739105", false}, {"李@example.com", "李739105820746", true},
		{"x@@y", "739105820746", false}, {"ada42@example.com", "ada424242424", true}, {"jo@example.com", "jo7391058207", true}, {"localhost", "localhost1234", true},
	} {
		got := slices.Contains(rules.Check(c.password, c.identity), refusal.PasswordIsIdentity)
		if got != c.refused {
			t.Errorf("%q for %q: refused %v", c.password, c.identity, got)
		}
	}
}

func TestOrderOfCodes(t *testing.T) {
	got := rules.Check("ostiary", "ostiary@example.com")
	if want := codes(refusal.PasswordTooShort, refusal.PasswordIsIdentity); !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if got := rules.Check("password", "password@example.com"); !slices.Equal(got, codes(refusal.PasswordTooShort, refusal.PasswordCommon, refusal.PasswordIsIdentity)) {
		t.Errorf("%v", got)
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"ABCxyz": "abcxyz", "\u212aELVIN": "kelvin", "\u017fecret": "secret", "ÉCOLE": "école", "ПАРОЛЬ": "пароль", "ΣΑΣ": "σασ", "σας": "σασ", "straße": "straße", "12!": "12!",
	} {
		if got := fold(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func TestUnits(t *testing.T) {
	for in, want := range map[string]string{"": "", "a": "a", "aaaa": "a aa aaaa", "abab": "ab abab", "abcab": "abcab", "éé": "é éé", "abaaba": "aba abaaba"} {
		var got []string
		for unit := range units(in) {
			got = append(got, unit)
		}
		if fmt.Sprint(got) != "["+want+"]" {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func BenchmarkCheckRules(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		rules.Check("dragonfruit-tuesday-lamp", "ada@example.com", "auth.example.org")
	}
}

func BenchmarkListed(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		listed("dragonfruit-tuesday-lamp")
	}
}
