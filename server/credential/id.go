package credential

import (
	"sync"
	"time"
)

const (
	idTimeDigits   = 8  // milliseconds in base 62 reach the year 8888
	idRandomDigits = 14 // 83 bits
	requestDigits  = 22 // 130 bits
	refillBytes    = 4096
)

// NewID makes a public id: prefix (with its underscore, as in "usr_"), the time
// in milliseconds and 83 random bits. Ids sort by time as text. They are no
// secrets: who knows one has no right by it.
func NewID(prefix string, now time.Time) string {
	id := make([]byte, len(prefix)+idTimeDigits+idRandomDigits)
	n := copy(id, prefix)
	putDigits(id[n:n+idTimeDigits], uint64(max(0, now.UnixMilli())))
	randomDigits(id[n+idTimeDigits:])
	return string(id)
}

// RequestID is the id of one request as text: "req_" and 130 random bits. Who
// holds one may ask for the explanation of a refusal, so it cannot be guessed.
type RequestID [len("req_") + requestDigits]byte

// String is the id as it is shown.
func (id RequestID) String() string { return string(id[:]) }

// NewRequestID draws an id. Every request pays for this, so it allocates
// nothing and asks the system for 4 KiB at a time.
func NewRequestID() (id RequestID) {
	n := copy(id[:], "req_")
	randomDigits(id[n:])
	return id
}

// randomDigits fills dst with uniform base62 digits.
func randomDigits(dst []byte) {
	source := entropy.Get().(*reservoir)
	source.digits(dst)
	entropy.Put(source)
}

// entropy holds reservoirs that nobody is reading. The pool is no state that
// one caller could see of another: bytes are wiped as they are handed out.
var entropy = sync.Pool{New: func() any { return &reservoir{} }}

// reservoir is random bytes that were read in advance, for ids and never for
// secrets. One goroutine uses it at a time.
type reservoir struct {
	block [refillBytes]byte
	left  []byte
}

// digits takes six bits of each byte and throws the two values beyond the
// alphabet away; folding them back would make two digits likelier than others.
func (r *reservoir) digits(dst []byte) {
	for i := 0; i < len(dst); {
		if len(r.left) == 0 {
			fresh(r.block[:])
			r.left = r.block[:]
		}
		v := r.left[0] & 63
		r.left[0] = 0
		r.left = r.left[1:]
		if int(v) < len(alphabet) {
			dst[i] = alphabet[v]
			i++
		}
	}
}
