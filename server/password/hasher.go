package password

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/alexedwards/argon2id"
	"golang.org/x/text/unicode/norm"
)

// Params are the costs of argon2id (RFC 9106, section 3.1).
type Params struct {
	MemoryKiB   uint32
	Iterations  uint32
	Parallelism uint8
}

// Options of a Hasher. Zero values take what the comment says.
type Options struct {
	Params                    // brought inside what argon2id can do; what is wise is config's business
	Concurrency int           // hashes at once; 0: one per core
	Queue       int           // visitors waiting at most; 0: 64 per hash at once
	Wait        time.Duration // how long one waits at most; 0: 5 s
}

const (
	saltBytes = 16 // RFC 9106, section 4: 128 bits of salt, 256 of tag
	keyBytes  = 32
)

// ErrMalformedHash: a stored hash that this server does not take. The visitor
// is told what a wrong password is told, and the same work was done.
var ErrMalformedHash = errors.New("stored password hash cannot be used")

// Hasher computes and checks hashes, a bounded number at once.
type Hasher struct {
	params Params
	dummy  string
	gate   *gate
	hashes atomic.Uint64
	nanos  atomic.Int64
}

// New makes a Hasher. Nothing is hashed: the hash that stands in for accounts
// that do not exist is put together from random bytes, since no password is
// ever meant to fit it, and computing one would cost a start 50 ms and 35 MB.
func New(o Options) *Hasher {
	if o.Concurrency < 1 {
		o.Concurrency = runtime.NumCPU()
	}
	if o.Queue < 1 {
		o.Queue = 64 * o.Concurrency
	}
	if o.Wait <= 0 {
		o.Wait = 5 * time.Second
	}
	params := o.Params.possible()
	return &Hasher{params: params, dummy: params.dummy(), gate: newGate(o.Concurrency, o.Queue, o.Wait)}
}

// dummy is a well-formed PHC string of these costs with a random tag.
func (p Params) dummy() string {
	var random [saltBytes + keyBytes]byte
	_, _ = rand.Read(random[:]) // never fails: it ends the process instead
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", p.MemoryKiB, p.Iterations, p.Parallelism,
		enc.EncodeToString(random[:saltBytes]), enc.EncodeToString(random[saltBytes:]))
}

// Hash gives the PHC string to store for a password that Normalize and the
// Rules let pass, under a new salt and the current costs.
//
// Errors: *refusal.Error server.busy when the gate is full, the wait too long or
// ctx ends before it is this visitor's turn. A hash that has begun is finished.
func (h *Hasher) Hash(ctx context.Context, who Visitor, password string) (phc string, err error) {
	if err := h.gate.enter(ctx, who); err != nil {
		return "", err
	}
	defer h.leave(time.Now())
	phc, err = argon2id.CreateHash(norm.NFC.String(password), h.params.library())
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return phc, nil
}

// Verify says whether password fits phc and, if so, whether it should be hashed
// anew because the costs have changed. With an empty phc (no such account, no
// password) it does the work of a current hash and says no. So it does with one
// that cannot be used, and adds an error that wraps ErrMalformedHash: for the
// private log, never for the visitor.
//
// Other errors: *refusal.Error server.busy, as for Hash.
func (h *Hasher) Verify(ctx context.Context, who Visitor, phc, password string) (ok, rehash bool, err error) {
	stored, malformed := shape{}, error(nil)
	if phc != "" {
		stored, malformed = readPHC(phc)
	}
	if err := h.gate.enter(ctx, who); err != nil {
		return false, false, err
	}
	defer h.leave(time.Now())
	password = norm.NFC.String(password)
	if phc != "" && malformed == nil {
		ok, malformed = check(password, phc)
	}
	if phc == "" || malformed != nil {
		_, _ = check(password, h.dummy)
	}
	if malformed != nil {
		return false, false, fmt.Errorf("verify password: %w", malformed)
	}
	return ok, ok && stored != h.params.shape(), nil
}

// check asks the library. It panics for some hashes; those that we know of are
// refused before, and one that we do not know must not end the process.
func check(password, phc string) (fits bool, err error) {
	defer func() {
		if r := recover(); r != nil {
			fits, err = false, fmt.Errorf("%w: argon2id: %v", ErrMalformedHash, r)
		}
	}()
	if fits, err = argon2id.ComparePasswordAndHash(password, phc); err != nil {
		return false, fmt.Errorf("%w: %w", ErrMalformedHash, err)
	}
	return fits, nil
}

// leave counts the hash that began at begun and lets the next visitor in.
func (h *Hasher) leave(begun time.Time) {
	took := time.Since(begun)
	h.hashes.Add(1)
	h.nanos.Add(int64(took))
	h.gate.leave(took)
}

func (p Params) library() *argon2id.Params {
	return &argon2id.Params{
		Memory: p.MemoryKiB, Iterations: p.Iterations, Parallelism: p.Parallelism,
		SaltLength: saltBytes, KeyLength: keyBytes,
	}
}

// Figures are for the metrics.
type Figures struct {
	Running int           // hashes under way
	Waiting int           // visitors at the gate
	Refused uint64        // visitors sent away with server.busy
	Hashes  uint64        // hashes computed
	Busy    time.Duration // time spent in them, all together
}

// Figures reads the counts.
func (h *Hasher) Figures() Figures {
	running, waiting, refused := h.gate.figures()
	return Figures{
		Running: running, Waiting: waiting, Refused: refused,
		Hashes: h.hashes.Load(), Busy: time.Duration(h.nanos.Load()),
	}
}
