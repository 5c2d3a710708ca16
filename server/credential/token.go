package credential

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
)

// Kind is the letter that tells what a token is for.
type Kind byte

// The kinds. A letter is never reused.
const (
	Session Kind = 's'
	Refresh Kind = 'r'
	PreAuth Kind = 'p'
	APIKey  Kind = 'k'
	Device  Kind = 'd'
	Setup   Kind = 'u'
)

// Valid reports whether k is one of the kinds above.
func (k Kind) Valid() bool {
	switch k {
	case Session, Refresh, PreAuth, APIKey, Device, Setup:
		return true
	}
	return false
}

// Digest is SHA-256 of a whole token text: what is stored and looked up.
type Digest = [32]byte

// TagLength is the number of base62 digits of an instance tag.
const TagLength = 6

// TokenLength is the length of every token in bytes.
const TokenLength = len("ost_k_") + TagLength + len("_") + secretDigits

const (
	tagAt    = len("ost_k_")
	secretAt = tagAt + TagLength + 1
)

var (
	// ErrMalformed: this is no token of ours, in no instance.
	ErrMalformed = errors.New("malformed token")
	// ErrTruncated: it begins as one of ours and ends too early. A cookie or a
	// header was cut on its way, which is worth telling its holder.
	ErrTruncated = errors.New("truncated token")
)

// NewTag makes an instance tag. It is made once for a database and tells its
// credentials from those of other environments; it is no secret.
func NewTag() string {
	var tag [TagLength]byte
	randomDigits(tag[:])
	return string(tag[:])
}

// ValidTag reports whether tag has the form that NewTag makes.
func ValidTag(tag string) bool { return len(tag) == TagLength && allBase62(tag) }

// Mint makes a new token and the digest to store for it. The token exists
// nowhere else: hand it out and forget it. A wrong kind or tag is a bug of the
// caller and panics, for such a token could never be read again.
func Mint(kind Kind, tag string) (token string, digest Digest) {
	if !kind.Valid() || !ValidTag(tag) {
		panic("credential: mint with an invalid kind or tag")
	}
	var text [TokenLength]byte
	copy(text[:], "ost_k_")
	text[4] = byte(kind)
	copy(text[tagAt:], tag)
	text[secretAt-1] = '_'
	var secret [32]byte
	fresh(secret[:])
	encode256((*[secretDigits]byte)(text[secretAt:]), &secret)
	clear(secret[:])
	return string(text[:]), sha256.Sum256(text[:])
}

// Parsed is what a token tells about itself. It holds no part of the secret
// and does not alias the bytes that it was read from.
type Parsed struct {
	Kind   Kind
	Tag    [TagLength]byte
	Digest Digest
}

// Parse reads a token. Length and alphabet are checked, byte for byte, before
// anything else happens: there is one spelling of a token, so none gets around
// a denial by being written differently, and junk costs no hash and no look-up.
// Parse allocates nothing and keeps nothing of token, which may be a buffer of
// the HTTP server that is used again after the request.
//
// Errors: ErrTruncated, ErrMalformed.
func Parse(token []byte) (Parsed, error) {
	if err := checkForm(token); err != nil {
		return Parsed{}, err
	}
	return Parsed{
		Kind:   Kind(token[4]),
		Tag:    [TagLength]byte(token[tagAt:]),
		Digest: sha256.Sum256(token),
	}, nil
}

func checkForm(token []byte) error {
	if len(token) == TokenLength && wellFormed((*[TokenLength]byte)(token)) {
		return nil
	}
	if len(token) < tagAt || len(token) >= TokenLength {
		return ErrMalformed
	}
	for i, c := range token {
		if !fits(i, c) {
			return ErrMalformed
		}
	}
	return ErrTruncated
}

// wellFormed is fits for a whole token. Every request pays for it, so it is
// written out: a tenth of the time.
func wellFormed(token *[TokenLength]byte) bool {
	if string(token[:4]) != "ost_" || !Kind(token[4]).Valid() || token[5] != '_' || token[secretAt-1] != '_' {
		return false
	}
	ok := true
	for _, c := range token[tagAt : secretAt-1] {
		ok = ok && isBase62[c]
	}
	for _, c := range token[secretAt:] {
		ok = ok && isBase62[c]
	}
	return ok
}

// fits reports whether byte c may stand at place i of a token.
func fits(i int, c byte) bool {
	switch {
	case i >= tagAt && i != secretAt-1:
		return isBase62[c]
	case i == secretAt-1:
		return c == '_'
	case i == 4:
		return Kind(c).Valid()
	default:
		return c == "ost_k_"[i]
	}
}

// KindOf tells what kind a text claims to be by its first six bytes, whatever
// follows; for messages about a credential in the wrong place.
func KindOf(token []byte) (Kind, bool) {
	if len(token) < tagAt {
		return 0, false
	}
	for i, c := range token[:tagAt] {
		if !fits(i, c) {
			return 0, false
		}
	}
	return Kind(token[4]), true
}

// Equal compares two secrets or digests in a time that depends on their
// lengths alone.
func Equal(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }
