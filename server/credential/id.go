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

// RequestID is the id of one request as text: "req_" and 130 random bits. Who
// holds one may ask for the explanation of a refusal, so it cannot be guessed.
type RequestID [len("req_") + requestDigits]byte

// String is the id as it is shown.
func (id RequestID) String() string { return string(id[:]) }

// NewRequestID draws an id. Every request pays for this, so it allocates
// nothing and asks the system for 4 KiB at a time.
func NewRequestID() (id RequestID) {
	source := entropy.Get().(*reservoir)
	for i := copy(id[:], "req_"); i < len(id); {
		if v := source.next() & 63; v < 62 {
			id[i] = alphabet[v]
			i++
		}
	}
	entropy.Put(source)
	return id
}

// entropy holds reservoirs that nobody is reading. The pool is no state that
// one caller could see of another: bytes are wiped as they are handed out.
var entropy = sync.Pool{New: func() any { return &reservoir{used: refillBytes} }}

// reservoir is random bytes that were read in advance, for ids and never for
// secrets. One goroutine uses it at a time.
type reservoir struct {
	block [refillBytes]byte
	used  int
}

func (r *reservoir) next() byte {
	if r.used == len(r.block) {
		fresh(r.block[:])
		r.used = 0
	}
	b := r.block[r.used]
	r.block[r.used] = 0
	r.used++
	return b
}
