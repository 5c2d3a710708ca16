package credential

import (
	"crypto/rand"
	"encoding/binary"
	"math/bits"
)

// alphabet is in ASCII order, so that fixed-width numbers sort as their text.
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// isBase62 is a table, not comparisons: it is read 49 times a request.
var isBase62 = func() (table [256]bool) {
	for i := range len(alphabet) {
		table[alphabet[i]] = true
	}
	return table
}()

// secretDigits is the smallest n with 62^n >= 2^256.
const secretDigits = 43

// tenDigits is 62^10, the largest power of 62 whose quotient digits fit a word.
const tenDigits = 839299365868340224

// encode256 writes b as a big-endian number in base 62, 43 digits wide. A change
// of base maps every value to one text, so the bits stay uniform: there is no
// modulo bias as with "random byte % 62".
func encode256(dst *[secretDigits]byte, b *[32]byte) {
	var n [4]uint64
	for i := range n {
		n[i] = binary.BigEndian.Uint64(b[8*i:])
	}
	for end := secretDigits; end > 0; end -= 10 {
		var chunk uint64
		for i := range n {
			n[i], chunk = bits.Div64(chunk, n[i], tenDigits)
		}
		putDigits(dst[max(0, end-10):end], chunk)
	}
}

// putDigits fills dst with the lowest digits of n, most significant first.
func putDigits(dst []byte, n uint64) {
	for i := len(dst) - 1; i >= 0; i-- {
		dst[i] = alphabet[n%62]
		n /= 62
	}
}

// fresh reads from the operating system. crypto/rand.Read never returns an
// error: it ends the process when there is no entropy, which is what we want.
func fresh(b []byte) { _, _ = rand.Read(b) }

// allBase62 reports whether every byte of s is a digit of the alphabet.
func allBase62[T string | []byte](s T) bool {
	for i := range len(s) {
		if !isBase62[s[i]] {
			return false
		}
	}
	return true
}
