package credential

import (
	"encoding/base32"
	"errors"
	"regexp"
	"strings"
	"testing"
)

func TestShortCodesParse(t *testing.T) {
	form := regexp.MustCompile(`^([0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{2}$`)
	seen := map[string]bool{}
	for range 500 {
		code, digest := Short()
		if !form.MatchString(code) || seen[code] {
			t.Fatalf("code %q", code)
		}
		seen[code] = true
		for _, typed := range []string{
			code, strings.ToLower(code), strings.ReplaceAll(code, "-", ""), strings.ReplaceAll(code, "-", " "),
			" " + code + " ", strings.ReplaceAll(code, "0", "O"), strings.ReplaceAll(code, "0", "o"),
			strings.ReplaceAll(code, "1", "l"), strings.ReplaceAll(code, "1", "I"),
		} {
			if got, err := ParseShort(typed); err != nil || got != digest {
				t.Fatalf("%q for %q: %v", typed, code, err)
			}
		}
	}
}

func TestParseShortRefuses(t *testing.T) {
	code, _ := Short()
	for _, text := range []string{
		"", "-", code[:len(code)-1], code + "0", "8" + code[1:], "Z" + code[1:], "u" + code[1:], code[:5] + "é" + code[7:],
		code + "\n", code + "\x00", strings.Repeat("-", 100), strings.Repeat(code, 100),
	} {
		if got, err := ParseShort(text); !errors.Is(err, ErrShort) || got != (Digest{}) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// encode128 against the standard library: base 32 aligns bits to the left, so
// 128 bits are set two bits further right by two bytes before them.
func TestCrockfordAgreesWithBase32(t *testing.T) {
	crockfordStd := base32.NewEncoding(crockford).WithPadding(base32.NoPadding)
	for range 200 {
		var b [16]byte
		fresh(b[:])
		// 130 bits are 26 digits: put 30 zero bits before to fill 20 bytes.
		wide := append(make([]byte, 4), b[:]...) // 160 bits = 32 digits
		want := crockfordStd.EncodeToString(wide)[6:]
		if got := encode128(&b); string(got[:]) != want {
			t.Fatalf("%x: %s, want %s", b, got, want)
		}
	}
}

func TestParseShortAllocatesNothing(t *testing.T) {
	code, _ := Short()
	if n := testing.AllocsPerRun(100, func() { _, _ = ParseShort(code) }); n != 0 {
		t.Fatalf("%v allocations", n)
	}
}

func FuzzParseShort(f *testing.F) {
	code, _ := Short()
	for _, seed := range []string{code, strings.ToLower(code), "", "---", "9KXM-2V4T"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseShort(text)
		if err != nil {
			if !errors.Is(err, ErrShort) || got != (Digest{}) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		plain := strings.Map(func(r rune) rune {
			switch {
			case r == '-' || r == ' ':
				return -1
			case strings.ContainsRune("iIlL", r):
				return '1'
			case r == 'o' || r == 'O':
				return '0'
			}
			return r
		}, text)
		if again, err := ParseShort(strings.ToUpper(plain)); err != nil || again != got || len(plain) != shortDigits {
			t.Fatalf("%q and %q differ: %v", text, plain, err)
		}
	})
}

func BenchmarkParseShort(b *testing.B) {
	code, _ := Short()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseShort(code); err != nil {
			b.Fatal(err)
		}
	}
}
