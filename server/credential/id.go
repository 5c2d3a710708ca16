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
	randomDigits(id[n+idTimeDigits:], fresh)
	return string(id)
}

// NewRequestID makes the id of one request, "req_" and 130 random bits: who
// holds one may ask for the explanation of a refusal, so it cannot be guessed.
// Every request pays for this, so the system is asked for 4 KiB at a time.
func NewRequestID() string {
	var id [len("req_") + requestDigits]byte
	copy(id[:], "req_")
	source := entropy.Get().(*reservoir)
	randomDigits(id[len("req_"):], source.read)
	entropy.Put(source)
	return string(id[:])
}

// entropy holds reservoirs that nobody is reading. The pool is no state that
// one caller could see of another: bytes are wiped as they are handed out.
var entropy = sync.Pool{New: func() any { return &reservoir{left: nil} }}

// reservoir is random bytes that were read in advance, for ids and never for
// secrets. One goroutine uses it at a time.
type reservoir struct {
	block [refillBytes]byte
	left  []byte
}

func (r *reservoir) read(b []byte) {
	if len(r.left) < len(b) {
		fresh(r.block[:])
		r.left = r.block[:]
	}
	n := copy(b, r.left)
	clear(r.left[:n])
	r.left = r.left[n:]
}
