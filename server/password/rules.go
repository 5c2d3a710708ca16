package password

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"ostiary/server/refusal"
)

// MaxLength is the most code points that a password may have. It is far beyond
// the 64 that NIST SP 800-63B-4, section 3.1.1.2, asks for, and bounds the work.
const MaxLength = 256

// maxBytes bounds the work of normalising. No code point composes from more
// than four, so whatever is longer has more than MaxLength after it as well.
const maxBytes = MaxLength * 4 * utf8.UTFMax

// Normalize gives the form in which passwords are compared, set and checked
// alike: Unicode NFC (SP 800-63B-4, section 3.1.1.2), so that é typed on one
// system equals é typed on another. Nothing is trimmed, cut or folded.
//
// Errors: *refusal.Error request.invalid, for text that is no UTF-8, holds NUL
// (which other software takes for the end) or is longer than MaxLength.
func Normalize(password string) (string, error) {
	if len(password) > maxBytes {
		return "", invalid(refusal.PasswordTooLong, "A password has 256 characters at most.")
	}
	if !utf8.ValidString(password) || strings.IndexByte(password, 0) >= 0 {
		return "", invalid(refusal.RequestBadValue, "A password is valid Unicode text without NUL characters.")
	}
	password = norm.NFC.String(password)
	if utf8.RuneCountInString(password) > MaxLength {
		return "", invalid(refusal.PasswordTooLong, "A password has 256 characters at most.")
	}
	return password, nil
}

func invalid(code refusal.Code, text string) error {
	return refusal.New(refusal.RequestInvalid).At("/password", code, text)
}

// Rules are what a new password is held to, after SP 800-63B-4, section 3.1.1.2:
// a length, a blocklist against which the whole candidate is compared, and no
// rule about kinds of characters. Passwords that exist are never held to them.
type Rules struct{ MinLength int } // code points

// Check gives every rule that a normalised password breaks, in fixed order, or
// nothing. identity is what an attacker would try first: the own address, the
// name, the host; the product's name is always among it.
func (r Rules) Check(normalized string, identity ...string) (broken []refusal.Code) {
	length := utf8.RuneCountInString(normalized)
	if length < r.MinLength {
		broken = append(broken, refusal.PasswordTooShort)
	}
	if length > MaxLength {
		return append(broken, refusal.PasswordTooLong)
	}
	folded := fold(normalized)
	if isCommon(folded) {
		broken = append(broken, refusal.PasswordCommon)
	}
	if isIdentity(folded, identity) {
		broken = append(broken, refusal.PasswordIsIdentity)
	}
	return broken
}
