package credential

import (
	"crypto/sha256"
	"errors"
)

// crockford is the alphabet of Douglas Crockford's base 32: no I, L, O, U, so
// that a code can be read from one screen and typed on another.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// shortDigits carry 128 bits: 25 digits of five bits and a first one of three.
const shortDigits = 26

// ErrShort: a text that is no short code.
var ErrShort = errors.New("malformed code")

// notCrockford marks a byte that stands for no digit.
const notCrockford = 0xff

// crockfordValue reads a digit as people type it: in either case, with I and L
// for 1 and O for 0, as Crockford's rules say.
var crockfordValue = func() (table [256]byte) {
	for i := range table {
		table[i] = notCrockford
	}
	for i := range len(crockford) {
		c := crockford[i]
		table[c] = byte(i)
		if c >= 'A' {
			table[c|0x20] = byte(i)
		}
	}
	for _, c := range []byte("iIlL") {
		table[c] = 1
	}
	table['o'], table['O'] = 0, 0
	return table
}()

// Short makes a one-use code of 128 random bits for a person to copy, in groups
// of four (9KXM-2V4T-…), and the digest to store for it.
func Short() (code string, digest Digest) {
	var bits [16]byte
	fresh(bits[:])
	digits := encode128(&bits)
	clear(bits[:])
	grouped := make([]byte, 0, shortDigits+shortDigits/4)
	for i, c := range digits {
		if i > 0 && i%4 == 0 {
			grouped = append(grouped, '-')
		}
		grouped = append(grouped, c)
	}
	return string(grouped), shortDigest(&digits)
}

// ParseShort reads a code in any case, with dashes and blanks anywhere, and
// gives the digest of its one canonical spelling. It allocates nothing.
//
// Errors: ErrShort.
func ParseShort(code string) (Digest, error) {
	var digits [shortDigits]byte
	n := 0
	for i := range len(code) {
		if c := code[i]; c == '-' || c == ' ' {
			continue
		}
		v := crockfordValue[code[i]]
		if v == notCrockford || n == shortDigits {
			return Digest{}, ErrShort
		}
		digits[n] = crockford[v]
		n++
	}
	// Beyond 7 the first digit would need a 129th bit: no code of ours.
	if n != shortDigits || digits[0] > '7' {
		return Digest{}, ErrShort
	}
	return shortDigest(&digits), nil
}

// encode128 writes b as a big-endian number in base 32, 26 digits wide.
func encode128(b *[16]byte) (digits [shortDigits]byte) {
	acc, held, at := uint(0), 0, shortDigits-1
	for i := len(b) - 1; i >= 0; i-- {
		acc |= uint(b[i]) << held
		for held += 8; held >= 5; held -= 5 {
			digits[at] = crockford[acc&31]
			acc >>= 5
			at--
		}
	}
	digits[at] = crockford[acc&31]
	return digits
}

// shortDigest sets a prefix before the digits, so that the digest of a code
// lies in another domain than that of any token.
func shortDigest(digits *[shortDigits]byte) Digest {
	var text [len("ost_u_") + shortDigits]byte
	copy(text[:], "ost_u_")
	copy(text[len("ost_u_"):], digits[:])
	return sha256.Sum256(text[:])
}
