package password

import (
	"strings"
	"unicode"
)

// product is the name that people see on the page where they choose a password.
const product = "ostiary"

// isIdentity reports whether a folded password is one of the words that the
// page or the address suggests, alone or repeated, whatever digits and
// punctuation follow and whatever separators stand inside.
func isIdentity(password string, identity []string) bool {
	core := bare(password)
	for unit := range units(core) {
		if unit == product {
			return true
		}
	}
	for _, word := range identity {
		for _, part := range identityParts(fold(word)) {
			if suggests(part, password, core) {
				return true
			}
		}
	}
	return false
}

// suggests compares one word of the identity with a password and its core.
func suggests(word, password, core string) bool {
	if word != "" && word == password {
		return true
	}
	word = bare(word)
	if len(word) < 2 { // one letter would refuse every password of digits
		return false
	}
	for unit := range units(core) {
		if unit == word {
			return true
		}
	}
	return false
}

// identityParts takes an e-mail address apart: the whole, the mailbox, the
// mailbox without its tag, and the domain. Of a host name, the labels count.
func identityParts(word string) []string {
	parts := []string{word}
	host := word
	if at := strings.LastIndexByte(word, '@'); at >= 0 {
		mailbox, _, _ := strings.Cut(word[:at], "+")
		parts, host = append(parts, word[:at], mailbox, word[at+1:]), word[at+1:]
	}
	if labels := strings.Split(host, "."); len(labels) > 1 {
		for _, label := range labels[:len(labels)-1] {
			if len(label) > 2 {
				parts = append(parts, label)
			}
		}
	}
	return parts
}

// bare drops what people add to a word: digits, punctuation, symbols and blanks
// at its end, punctuation and blanks within.
func bare(s string) string {
	s = strings.TrimRightFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
	return strings.Map(func(r rune) rune {
		if unicode.IsPunct(r) || unicode.IsSpace(r) || unicode.IsSymbol(r) {
			return -1
		}
		return r
	}, s)
}

// units yields every text that s repeats a whole number of times, shortest
// first, and s itself: "abababab" gives "ab", "abab" and "abababab".
func units(s string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		if s == "" {
			return
		}
		// s repeats its first n bytes exactly when it is found in itself, moved by n.
		n := strings.Index((s + s)[1:], s) + 1
		for end := n; end <= len(s); end += n {
			if len(s)%end == 0 && !yield(s[:end]) {
				return
			}
		}
	}
}

// fold makes letters equal that differ in case alone, by Unicode simple folding
// and not by ToLower: the Kelvin sign and the long s become the k and s that
// they are taken for.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		if r < 0x80 {
			return r
		}
		least := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		return unicode.ToLower(least)
	}, s)
}
