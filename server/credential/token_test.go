package credential

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"math/big"
	"strings"
	"testing"
)

var kinds = []Kind{Session, Refresh, PreAuth, APIKey, Device, Setup}

func TestMintedTokensParse(t *testing.T) {
	tag := NewTag()
	if !ValidTag(tag) {
		t.Fatalf("tag %q", tag)
	}
	for _, kind := range kinds {
		token, digest := Mint(kind, tag)
		if len(token) != TokenLength || TokenLength != 56 {
			t.Fatalf("%q has %d bytes", token, len(token))
		}
		if digest != sha256.Sum256([]byte(token)) {
			t.Fatal("the digest is not that of the text")
		}
		got, err := Parse([]byte(token))
		if err != nil || got.Kind != kind || string(got.Tag[:]) != tag || got.Digest != digest {
			t.Fatalf("%q: %+v, %v", token, got, err)
		}
		if k, ok := KindOf([]byte(token)); !ok || k != kind {
			t.Fatalf("%q: kind %c %v", token, k, ok)
		}
		if again, _ := Mint(kind, tag); again == token {
			t.Fatal("the same token twice")
		}
	}
}

func TestMintRefusesWhatCouldNotBeRead(t *testing.T) {
	for _, c := range []struct {
		kind Kind
		tag  string
	}{{'x', "abcdef"}, {Session, "abcde"}, {Session, "abcdefg"}, {Session, "abc_ef"}, {Session, ""}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Mint(%c, %q) did not panic", c.kind, c.tag)
				}
			}()
			Mint(c.kind, c.tag)
		}()
	}
}

func TestParseRefusesOtherSpellings(t *testing.T) {
	token, _ := Mint(Session, "Ab3xY9")
	malformed := []string{
		"", "o", "ost_", "ost_s", "xst_s_Ab3xY9", token + "0", token + "\n", token + " ", " " + token,
		strings.ToUpper(token), strings.Replace(token, "ost", "OST", 1), strings.Replace(token, "_s_", "_x_", 1),
		strings.Replace(token, "_s_", "_S_", 1), strings.ReplaceAll(token, "_", "-"),
		token[:55] + "_", token[:55] + "\x00", token[:55] + "é", token[:55] + "+", token[:55] + "=",
		token[:12] + "0" + token[13:], "\"" + token[:54] + "\"", "Bearer " + token, token[:20] + "%", strings.Repeat(token, 2000),
	}
	for _, text := range malformed {
		if got, err := Parse([]byte(text)); !errors.Is(err, ErrMalformed) || got != (Parsed{}) {
			t.Errorf("%.80q: %v", text, err)
		}
	}
	for n := range len(token) {
		want := ErrTruncated
		if n < len("ost_s_") {
			want = ErrMalformed
		}
		if got, err := Parse([]byte(token[:n])); !errors.Is(err, want) || got != (Parsed{}) {
			t.Errorf("cut to %d: %v", n, err)
		}
	}
}

// Each single byte of a token, changed to each other value, gives another
// digest or a refusal.
func TestEveryByteCounts(t *testing.T) {
	token, digest := Mint(Refresh, NewTag())
	for i := range len(token) {
		for c := range 256 {
			changed := []byte(token)
			changed[i] = byte(c)
			got, err := Parse(changed)
			if byte(c) != token[i] && err == nil && got.Digest == digest {
				t.Fatalf("byte %d may also be %#x", i, c)
			}
		}
	}
}

func TestParsedKeepsNothing(t *testing.T) {
	token, digest := Mint(Session, "aaaaaa")
	buffer := []byte(token)
	got, err := Parse(buffer)
	if err != nil {
		t.Fatal(err)
	}
	for i := range buffer {
		buffer[i] = 'Z'
	}
	if got.Digest != digest || string(got.Tag[:]) != "aaaaaa" {
		t.Fatal("what was parsed changed with the buffer")
	}
	if n := testing.AllocsPerRun(100, func() { _, _ = Parse(buffer) }); n != 0 {
		t.Fatalf("%v allocations for a refused token", n)
	}
	copy(buffer, token)
	if n := testing.AllocsPerRun(100, func() { _, _ = Parse(buffer) }); n != 0 {
		t.Fatalf("%v allocations", n)
	}
}

// encode256 against math/big, at the ends and at random.
func TestBase62AgreesWithBig(t *testing.T) {
	check := func(b [32]byte) {
		t.Helper()
		var got [secretDigits]byte
		encode256(&got, &b)
		// math/big writes digits as 0-9a-zA-Z: swap the cases.
		want := strings.Map(func(r rune) rune {
			switch {
			case r >= 'a' && r <= 'z':
				return r - 'a' + 'A'
			case r >= 'A' && r <= 'Z':
				return r - 'A' + 'a'
			}
			return r
		}, new(big.Int).SetBytes(b[:]).Text(62))
		want = strings.Repeat("0", secretDigits-len(want)) + want
		if string(got[:]) != want {
			t.Fatalf("%x: %s, want %s", b, got, want)
		}
	}
	check([32]byte{})
	check([32]byte{31: 1})
	check([32]byte(bytes.Repeat([]byte{0xff}, 32)))
	for range 1000 {
		var b [32]byte
		fresh(b[:])
		check(b)
	}
}

// Digits drawn one by one are uniform: chi square with 61 degrees of freedom
// passes 150 once in 10^9 runs, and a modulo of bytes would give 2 600.
func TestRandomDigitsAreUniform(t *testing.T) {
	const draws = 620_000
	digits := make([]byte, draws)
	randomDigits(digits)
	counts := map[byte]int{}
	for _, c := range digits {
		counts[c]++
	}
	chi := 0.0
	for _, c := range []byte(alphabet) {
		d := float64(counts[c]) - draws/62.0
		chi += d * d / (draws / 62.0)
	}
	if len(counts) != 62 || chi > 150 {
		t.Fatalf("chi square %.0f over %d digits", chi, len(counts))
	}
}

func TestEqual(t *testing.T) {
	if !Equal([]byte("abc"), []byte("abc")) || Equal([]byte("abc"), []byte("abd")) || Equal([]byte("abc"), []byte("abcd")) || Equal(nil, []byte("a")) {
		t.Fatal("Equal is wrong")
	}
}

func FuzzParse(f *testing.F) {
	token, _ := Mint(Session, "Ab3xY9")
	for _, seed := range []string{token, token[:30], "", "ost_k_", strings.Repeat("ost_", 20), token + "\x00"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		before := bytes.Clone(text)
		got, err := Parse(text)
		if !bytes.Equal(before, text) {
			t.Fatal("the input was changed")
		}
		switch {
		case err == nil:
			form := "ost_" + string(byte(got.Kind)) + "_" + string(got.Tag[:]) + "_"
			if len(text) != TokenLength || !strings.HasPrefix(string(text), form) || !got.Kind.Valid() ||
				!allBase62(text[len(form):]) || got.Digest != sha256.Sum256(text) {
				t.Fatalf("accepted %q as %+v", text, got)
			}
		case errors.Is(err, ErrTruncated):
			if len(text) >= TokenLength || !bytes.HasPrefix(text, []byte("ost_")) {
				t.Fatalf("%q is said to be cut", text)
			}
		case !errors.Is(err, ErrMalformed):
			t.Fatal(err)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	text, _ := Mint(Session, NewTag())
	token := []byte(text)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(token); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseJunk(b *testing.B) {
	text, _ := Mint(Session, NewTag())
	token := []byte(text[:55] + "-")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(token); err == nil {
			b.Fatal("accepted")
		}
	}
}

func BenchmarkMint(b *testing.B) {
	tag := NewTag()
	b.ReportAllocs()
	for b.Loop() {
		Mint(Session, tag)
	}
}
