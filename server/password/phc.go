package password

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

// What a stored or imported hash may ask for. The library takes the costs from
// the string and panics or allocates as it says: one imported row with m=4 GiB
// would take the server down at every login attempt.
const (
	maxMemoryKiB   = 1 << 20
	maxIterations  = 16
	maxParallelism = 16
	minSalt        = 8 // RFC 9106, section 3.1
	maxSalt        = 64
	minKey         = 16
	maxKey         = 128
	blocksPerLane  = 8 // RFC 9106, section 3.1: m is at least 8·p KiB
)

// shape is what Hash would decide anew: it tells an outdated hash.
type shape struct {
	Params
	salt, key int
}

func (p Params) shape() shape { return shape{p, saltBytes, keyBytes} }

// possible brings costs inside the bounds of a hash that can be read again.
func (p Params) possible() Params {
	p.Iterations = min(max(p.Iterations, 1), maxIterations)
	p.Parallelism = min(max(p.Parallelism, 1), maxParallelism)
	p.MemoryKiB = min(max(p.MemoryKiB, blocksPerLane*uint32(p.Parallelism)), maxMemoryKiB)
	return p
}

// readPHC checks a PHC string of argon2id, version 19, in the one spelling that
// the reference implementation writes:
//
//	$argon2id$v=19$m=<KiB>,t=<iterations>,p=<lanes>$<salt>$<tag>
//
// All errors wrap ErrMalformedHash and hold no part of salt or tag.
func readPHC(phc string) (shape, error) {
	rest, ok := strings.CutPrefix(phc, "$argon2id$v=19$")
	costs, rest, ok2 := strings.Cut(rest, "$")
	salt, key, ok3 := strings.Cut(rest, "$")
	if !ok || !ok2 || !ok3 {
		return shape{}, fmt.Errorf("%w: it is no PHC string of argon2id, version 19", ErrMalformedHash)
	}
	s, err := readCosts(costs)
	if err != nil {
		return shape{}, err
	}
	if s.salt, ok = decodedLength(salt, minSalt, maxSalt); !ok {
		return shape{}, fmt.Errorf("%w: the salt is not base64 of %d to %d bytes", ErrMalformedHash, minSalt, maxSalt)
	}
	if s.key, ok = decodedLength(key, minKey, maxKey); !ok {
		return shape{}, fmt.Errorf("%w: the tag is not base64 of %d to %d bytes", ErrMalformedHash, minKey, maxKey)
	}
	return s, nil
}

func readCosts(text string) (s shape, err error) {
	memory, rest, _ := strings.Cut(text, ",")
	iterations, lanes, _ := strings.Cut(rest, ",")
	if s.MemoryKiB, err = cost(memory, "m=", blocksPerLane, maxMemoryKiB); err != nil {
		return s, err
	}
	if s.Iterations, err = cost(iterations, "t=", 1, maxIterations); err != nil {
		return s, err
	}
	p, err := cost(lanes, "p=", 1, maxParallelism)
	if err != nil {
		return s, err
	}
	s.Parallelism = uint8(p)
	if s.MemoryKiB < blocksPerLane*p {
		return s, fmt.Errorf("%w: m is below 8·p", ErrMalformedHash)
	}
	return s, nil
}

// cost reads "m=19456": plain digits, no sign, no leading zero.
func cost(text, name string, least, most uint32) (uint32, error) {
	digits, ok := strings.CutPrefix(text, name)
	n, err := strconv.ParseUint(digits, 10, 32)
	if !ok || err != nil || digits[0] == '0' || uint32(n) < least || uint32(n) > most {
		return 0, fmt.Errorf("%w: %s must be a number from %d to %d", ErrMalformedHash, name, least, most)
	}
	return uint32(n), nil
}

// decodedLength is the length of unpadded base64. Line breaks, which Go's
// decoder skips, and stray bits in the last character are refused.
func decodedLength(text string, least, most int) (int, bool) {
	if len(text) > base64.RawStdEncoding.EncodedLen(most) || strings.ContainsAny(text, "\r\n") {
		return 0, false
	}
	raw, err := base64.RawStdEncoding.Strict().DecodeString(text)
	return len(raw), err == nil && len(raw) >= least
}
