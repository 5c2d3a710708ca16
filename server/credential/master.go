package credential

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
)

// Master is the one secret from which the server derives all others that need
// not be kept apart. Every way of printing it gives its fingerprint; Text alone
// gives the secret.
type Master [32]byte

// masterText is the length of 32 bytes in unpadded base64url.
const masterText = 43

// ErrWeak: a master secret that somebody typed instead of drawing it.
var ErrWeak = errors.New("secret is weak")

// NewMaster draws a master secret.
func NewMaster() Master {
	var m Master
	fresh(m[:])
	return m
}

// ParseMaster reads the text form: 32 bytes in unpadded base64url (RFC 4648,
// section 5), 43 characters; white space around it is allowed, since files end
// with a newline. What is typed by a person rather than random is refused with
// an error that wraps ErrWeak and says why. No error repeats the text.
func ParseMaster(text string) (Master, error) {
	text = strings.TrimSpace(text)
	if len(text) != masterText {
		return Master{}, fmt.Errorf("%w: %d characters where %d are needed (32 random bytes in base64url)", ErrWeak, len(text), masterText)
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != len(Master{}) {
		return Master{}, errors.New("secret is not base64url of 32 bytes: only A-Z, a-z, 0-9, - and _ may appear")
	}
	if why := predictable(raw); why != "" {
		return Master{}, fmt.Errorf("%w: %s", ErrWeak, why)
	}
	return Master(raw), nil
}

// predictable says why 32 bytes look made by hand, or nothing. Random bytes
// fail with a probability below 2^-40 for each test: 32 draws give 30 distinct
// values on average, and one byte in three is printable.
func predictable(raw []byte) string {
	var seen [256]bool
	distinct, printable := 0, 0
	for _, c := range raw {
		if !seen[c] {
			seen[c] = true
			distinct++
		}
		if c >= ' ' && c <= '~' {
			printable++
		}
	}
	switch {
	case distinct < len(raw)/2:
		return fmt.Sprintf("only %d different bytes of %d", distinct, len(raw))
	case printable == len(raw):
		return "it is readable text, not random bytes"
	}
	return ""
}

// Text is the form that ParseMaster reads. It is the secret itself.
func (m Master) Text() string { return base64.RawURLEncoding.EncodeToString(m[:]) }

// Derive gives the key for one purpose by HKDF-SHA256 (RFC 5869) without salt:
// the master is uniform already. Keys of different purposes tell nothing about
// each other or about the master. A purpose is a constant of the program and,
// once used, is never changed.
func (m Master) Derive(purpose string) [32]byte {
	key, err := hkdf.Key(sha256.New, m[:], nil, "ostiary/"+purpose, 32)
	if err != nil {
		panic("credential: HKDF of 32 bytes cannot fail: " + err.Error())
	}
	return [32]byte(key)
}

// Fingerprint tells secrets apart without telling them: the first 8 hex digits
// of HMAC-SHA256 (RFC 2104) keyed by the purpose. The purpose keeps equal
// secrets in two settings from showing as equal. Only for secrets of 128 random
// bits or more: 32 bits of a hash would confirm a guess of a weaker one.
func Fingerprint(purpose string, secret []byte) string {
	mac := hmac.New(sha256.New, []byte(purpose))
	mac.Write(secret)
	return hex.EncodeToString(mac.Sum(nil)[:4])
}

// Fingerprint names the master in messages.
func (m Master) Fingerprint() string { return Fingerprint("master", m[:]) }

// Format prints the fingerprint for every verb, so that no log, error or panic
// can hold the secret.
func (m Master) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, "secret ", m.Fingerprint()) }

// LogValue is the fingerprint.
func (m Master) LogValue() slog.Value { return slog.StringValue("secret " + m.Fingerprint()) }

// MarshalText is the fingerprint: encoders never see the secret.
func (m Master) MarshalText() ([]byte, error) { return []byte("secret " + m.Fingerprint()), nil }
