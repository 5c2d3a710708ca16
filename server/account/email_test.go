package account

import (
	"strings"
	"testing"
)

func TestCanonicalEmail(t *testing.T) {
	for in, want := range map[string]string{
		"ada@example.com":            "ada@example.com",
		"  Ada.Lovelace@Example.COM": "ada.lovelace@example.com",
		"ada+tag@example.com":        "ada+tag@example.com",
		"ada@localhost":              "ada@localhost",
		"ada@bücher.example":         "ada@xn--bcher-kva.example",
		"o'hara@example.com":         "o'hara@example.com",
	} {
		if got, err := CanonicalEmail(in); err != nil || got != want {
			t.Errorf("%q: got %q, %v, want %q", in, got, err, want)
		}
	}
}

// MAG-05, MAG-06: what only looks like an address, is several, or turns into
// another one when it is folded, has no canonical form.
func TestMAG06NoCanonicalForm(t *testing.T) {
	for _, in := range []string{
		"", " ", "ada", "@", "ada@", "@example.com", "ada@@example.com", "a@b@example.com",
		"mi\u212Ae@example.com", "ada＠example.com", "ａda@example.com", "ada@ｅxample.com", "ada@example。com",
		`"ada"@example.com`, "ada b@example.com", "ada@exa mple.com", "ada@example.com,evil@example.net", "ada@example.com;b@example.net",
		"<ada@example.com>", "Ada <ada@example.com>", "ada@example.com\r\nBcc: x@example.net", "ada\n@example.com", "ada\x00@example.com",
		".ada@example.com", "ada.@example.com", "a..da@example.com", "ada@-example.com", "ada@example-.com", "ada@.example.com", "ada@example..com",
		"ada@[127.0.0.1]", "ada@exam_ple.com", "ada@example.com.", "ada@\u200bexample.com", "ada\u00ad@example.com",
		strings.Repeat("a", 65) + "@example.com", "ada@" + strings.Repeat("a", 64) + ".com", "ada@" + strings.Repeat("abc.", 80) + "com",
	} {
		if got, err := CanonicalEmail(in); err == nil {
			t.Errorf("%q became %q", in, got)
		}
	}
}

// FuzzCanonicalEmail holds every accepted address to what all code relies on:
// it is its own canonical form, plain lower-case ASCII with one @, and short.
func FuzzCanonicalEmail(f *testing.F) {
	for _, seed := range []string{"ada@example.com", "ADA@Bücher.example", "a@b", "x@xn--bcher-kva.example", "mi\u212Ae@example.com"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got, err := CanonicalEmail(in)
		if err != nil {
			return
		}
		again, err := CanonicalEmail(got)
		if err != nil || again != got {
			t.Errorf("%q became %q, which becomes %q, %v", in, got, again, err)
		}
		if len(got) > 254 || strings.Count(got, "@") != 1 || strings.ToLower(got) != got {
			t.Errorf("%q became %q", in, got)
		}
		for _, c := range got {
			if c <= ' ' || c >= 0x7f || strings.ContainsRune(`<>,;:"()[]\`, c) {
				t.Errorf("%q became %q with %q in it", in, got, c)
			}
		}
	})
}
