package account

import (
	"errors"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// The reasons why a text is no address that this server takes.
var (
	errEmailEmpty  = errors.New("an e-mail address is needed")
	errEmailForm   = errors.New("this is not an e-mail address: it needs one @ with a name before it and a host after it")
	errEmailASCII  = errors.New("the part before the @ may hold unaccented letters, digits and marks such as . _ + - only, and no dot at its ends")
	errEmailDomain = errors.New("the part after the @ is not a host name")
	errEmailLong   = errors.New("the address is too long: 64 characters before the @ and 254 in all are the most")
)

// CanonicalEmail is the one form of an address: trimmed, lower case, an ASCII
// local part, the domain in its IDNA ASCII form (RFC 5891, UTS 46). It is
// applied before every look-up, limit and comparison, so that no spelling of
// an address is a second account or a second budget. Quoted local parts are
// refused, and so is everything in Unicode that only looks like an ASCII
// letter: `strings.ToLower` would turn a KELVIN SIGN into a k.
func CanonicalEmail(text string) (string, error) {
	text = strings.Trim(text, " \t")
	if text == "" {
		return "", errEmailEmpty
	}
	local, domain, found := strings.Cut(text, "@")
	if !found || local == "" || domain == "" || strings.Contains(domain, "@") {
		return "", errEmailForm
	}
	if !plainLocal(local) {
		return "", errEmailASCII
	}
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil || !plausibleHost(ascii) || lookalike(domain, ascii) || !utf8.ValidString(domain) {
		return "", errEmailDomain
	}
	if again, err := idna.Lookup.ToASCII(ascii); err != nil || again != ascii {
		return "", errEmailDomain // it would be another address the next time
	}
	canonical := lowerASCII(local) + "@" + ascii
	if len(local) > 64 || len(canonical) > 254 {
		return "", errEmailLong
	}
	return canonical, nil
}

// plainLocal allows the dot-atom of RFC 5322, less the characters that only
// ever appear in attacks on mail programs and shells.
func plainLocal(local string) bool {
	if local[0] == '.' || local[len(local)-1] == '.' || strings.Contains(local, "..") {
		return false
	}
	for i := 0; i < len(local); i++ {
		c := local[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		digit := c >= '0' && c <= '9'
		if !letter && !digit && strings.IndexByte("._+-'=~&#$*/?^{|}!%", c) < 0 {
			return false
		}
	}
	return true
}

// plausibleHost wants labels of letters, digits and hyphens. One label is
// enough: people sign in as ada@localhost on their own machine.
func plausibleHost(host string) bool {
	if len(host) > 253 {
		return false
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := 0; i < len(label); i++ {
			c := label[i]
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
				return false
			}
		}
	}
	return true
}

// lookalike refuses a domain with characters that IDNA folds into plain
// ASCII, such as full-width letters: mail for it would go to the plain one.
func lookalike(domain, ascii string) bool {
	return !isASCII(domain) && !strings.Contains(ascii, "xn--")
}

func isASCII(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}

func lowerASCII(text string) string {
	lowered := []byte(text)
	for i, c := range lowered {
		if c >= 'A' && c <= 'Z' {
			lowered[i] = c + 'a' - 'A'
		}
	}
	return string(lowered)
}
