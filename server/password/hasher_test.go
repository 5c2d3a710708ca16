package password

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
)

// cheap are costs at which a hash takes a tenth of a millisecond.
var cheap = Params{MemoryKiB: 64, Iterations: 1, Parallelism: 1}

func cheapHasher() *Hasher { return New(Options{Params: cheap, Concurrency: 2}) }

var somebody = Visitor{Address: "203.0.113.7"}

func TestHashAndVerify(t *testing.T) {
	h, ctx := cheapHasher(), context.Background()
	phc, err := h.Hash(ctx, somebody, "pleasant walking weather")
	if err != nil || !strings.HasPrefix(phc, "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Fatalf("%q, %v", phc, err)
	}
	if again, _ := h.Hash(ctx, somebody, "pleasant walking weather"); again == phc {
		t.Fatal("two hashes have one salt")
	}
	if ok, rehash, err := h.Verify(ctx, somebody, phc, "pleasant walking weather"); !ok || rehash || err != nil {
		t.Fatalf("the right password: %v %v %v", ok, rehash, err)
	}
	for _, wrong := range []string{"", "pleasant walking weathe", "pleasant walking weather ", "Pleasant walking weather", "pleasant walking weather\x00"} {
		if ok, rehash, err := h.Verify(ctx, somebody, phc, wrong); ok || rehash || err != nil {
			t.Errorf("%q: %v %v %v", wrong, ok, rehash, err)
		}
	}
	if f := h.Figures(); f.Hashes != 8 || f.Running != 0 || f.Waiting != 0 || f.Busy <= 0 {
		t.Errorf("%+v", f)
	}
}

// Other software stops at 72 bytes or at a NUL; here every byte counts.
func TestWholePasswordCounts(t *testing.T) {
	h, ctx := cheapHasher(), context.Background()
	long := strings.Repeat("abcdefgh", 32)
	phc, err := h.Hash(ctx, somebody, long)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{72, 128, 255} {
		if ok, _, _ := h.Verify(ctx, somebody, phc, long[:n]); ok {
			t.Errorf("the first %d of 256 bytes are enough", n)
		}
	}
}

func TestOneFormOfUnicode(t *testing.T) {
	h, ctx := cheapHasher(), context.Background()
	composed, decomposed := "caf\u00e9 au lait, bitte", "cafe\u0301 au lait, bitte"
	phc, err := h.Hash(ctx, somebody, decomposed)
	if err != nil {
		t.Fatal(err)
	}
	for _, typed := range []string{composed, decomposed} {
		if ok, _, err := h.Verify(ctx, somebody, phc, typed); !ok || err != nil {
			t.Errorf("%q: %v %v", typed, ok, err)
		}
	}
}

func TestRehashWhenCostsDiffer(t *testing.T) {
	ctx := context.Background()
	phc, err := cheapHasher().Hash(ctx, somebody, "x")
	if err != nil {
		t.Fatal(err)
	}
	for _, params := range []Params{{128, 1, 1}, {64, 2, 1}, {64, 1, 2}, {32, 1, 1}} {
		h := New(Options{Params: params, Concurrency: 1})
		if ok, rehash, err := h.Verify(ctx, somebody, phc, "x"); !ok || !rehash || err != nil {
			t.Errorf("%+v: %v %v %v", params, ok, rehash, err)
		}
		if ok, rehash, _ := h.Verify(ctx, somebody, phc, "y"); ok || rehash {
			t.Errorf("%+v: a wrong password asks for a new hash", params)
		}
	}
	shortKey, err := argon2id.CreateHash("x", &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 16})
	if err != nil {
		t.Fatal(err)
	}
	if ok, rehash, _ := cheapHasher().Verify(ctx, somebody, shortKey, "x"); !ok || !rehash {
		t.Error("a short tag is not replaced")
	}
}

// The test vectors of the reference implementation.
func TestReferenceVectors(t *testing.T) {
	text, err := os.ReadFile("testdata/argon2id_phc.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Vectors []struct{ Password, Encoded string }
	}
	if err := json.Unmarshal(text, &file); err != nil || len(file.Vectors) < 8 {
		t.Fatalf("%d vectors, %v", len(file.Vectors), err)
	}
	h := New(Options{Params: cheap, Concurrency: 1})
	for _, v := range file.Vectors {
		if testing.Short() && strings.Contains(v.Encoded, "m=262144") {
			continue
		}
		if ok, rehash, err := h.Verify(context.Background(), somebody, v.Encoded, v.Password); !ok || !rehash || err != nil {
			t.Errorf("%s: %v %v %v", v.Encoded, ok, rehash, err)
		}
	}
	for _, v := range file.Vectors[2:4] {
		if ok, _, err := h.Verify(context.Background(), somebody, v.Encoded, v.Password+"x"); ok || err != nil {
			t.Errorf("%s with another password: %v %v", v.Encoded, ok, err)
		}
	}
}

// No stored text stops the server, opens an account or costs less than a hash.
func TestMalformedHashes(t *testing.T) {
	h := cheapHasher()
	for i, phc := range malformedHashes() {
		ok, rehash, err := h.Verify(context.Background(), somebody, phc, "password")
		if ok || rehash || !errors.Is(err, ErrMalformedHash) {
			t.Errorf("%q: %v %v %v", phc, ok, rehash, err)
		}
		if f := h.Figures(); f.Hashes != uint64(i+1) || f.Running != 0 {
			t.Fatalf("%q: %+v", phc, f)
		}
		if err != nil && (strings.Contains(err.Error(), goodKey) || strings.Contains(err.Error(), goodSalt)) {
			t.Errorf("%q: the error holds the hash", phc)
		}
	}
}

// What the checks before it might miss, the recover catches: these panic in the
// library itself.
func TestCheckRecovers(t *testing.T) {
	for _, costs := range []string{"m=64,t=0,p=1", "m=64,t=1,p=0"} {
		phc := "$argon2id$v=19$" + costs + "$" + goodSalt + "$" + goodKey
		if fits, err := check("password", phc); fits || !errors.Is(err, ErrMalformedHash) {
			t.Errorf("%s: %v %v", costs, fits, err)
		}
	}
}

func TestNoHashIsTheWorkOfOne(t *testing.T) {
	for _, params := range []Params{cheap, {MemoryKiB: 19456, Iterations: 2, Parallelism: 1}, {MemoryKiB: 64, Iterations: 3, Parallelism: 4}} {
		h := New(Options{Params: params})
		if f := h.Figures(); f.Hashes != 0 {
			t.Fatal("a start computes hashes")
		}
		got, err := readPHC(h.dummy)
		if err != nil || got != params.shape() {
			t.Fatalf("%q: %+v, %v", h.dummy, got, err)
		}
		if New(Options{Params: params}).dummy == h.dummy {
			t.Fatal("two servers have one dummy")
		}
	}
	h := cheapHasher()
	if ok, rehash, err := h.Verify(context.Background(), somebody, "", ""); ok || rehash || err != nil || h.Figures().Hashes != 1 {
		t.Fatalf("%v %v %v, %+v", ok, rehash, err, h.Figures())
	}
}

// The work is the same whatever is stored: the memory that a hash takes tells it
// without a clock.
func TestSameWorkWhateverIsStored(t *testing.T) {
	params := Params{MemoryKiB: 8192, Iterations: 1, Parallelism: 1}
	h := New(Options{Params: params, Concurrency: 1})
	stored, err := h.Hash(context.Background(), somebody, "right")
	if err != nil {
		t.Fatal(err)
	}
	for name, phc := range map[string]string{"a password": stored, "none": "", "junk": "junk", "no lanes": "$argon2id$v=19$m=64,t=1,p=0$" + goodSalt + "$" + goodKey} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _, _ = h.Verify(context.Background(), somebody, phc, "wrong")
		runtime.ReadMemStats(&after)
		if took := (after.TotalAlloc - before.TotalAlloc) >> 10; took < 8192 || took > 8192+1024 {
			t.Errorf("%s: %d KiB, a hash takes 8192", name, took)
		}
	}
}

// Costs that the library would panic at are brought inside its bounds, and what
// is hashed can be read again.
func TestImpossibleCosts(t *testing.T) {
	for _, params := range []Params{{}, {MemoryKiB: 1, Iterations: 0, Parallelism: 0}, {MemoryKiB: 8, Iterations: 99, Parallelism: 255}} {
		h := New(Options{Params: params, Concurrency: 1})
		phc, err := h.Hash(context.Background(), somebody, "x")
		if err != nil {
			t.Fatal(err)
		}
		if ok, rehash, err := h.Verify(context.Background(), somebody, phc, "x"); !ok || rehash || err != nil {
			t.Errorf("%+v: %q: %v %v %v", params, phc, ok, rehash, err)
		}
	}
}

// A storm never has more hashes under way than there are slots, and leaves
// nothing behind.
func TestStorm(t *testing.T) {
	h := New(Options{Params: cheap, Concurrency: 3, Queue: 40, Wait: time.Second})
	phc, err := h.Hash(context.Background(), somebody, "right")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 300 {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Duration(i%7)*time.Millisecond+1)
			defer cancel()
			if i%7 == 0 {
				ctx = context.Background()
			}
			who := Visitor{Address: fmt.Sprint(i % 11), Known: i%5 == 0}
			ok, _, err := h.Verify(ctx, who, phc, "right")
			if ok != (err == nil) {
				t.Errorf("%v %v", ok, err)
			}
			if f := h.Figures(); f.Running > 3 || f.Waiting > 40 {
				t.Errorf("%+v", f)
			}
		})
	}
	all.Wait()
	if f := h.Figures(); f.Running != 0 || f.Waiting != 0 || f.Hashes+f.Refused != 301 {
		t.Errorf("%+v", f)
	}
}

func BenchmarkVerifyDefault(b *testing.B) {
	h := New(Options{Params: Params{MemoryKiB: 19456, Iterations: 2, Parallelism: 1}})
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			_, _, _ = h.Verify(context.Background(), somebody, "", "password")
		}
	})
}

// The library alone, on as many goroutines: what Verify is compared with.
func BenchmarkRawArgon2id(b *testing.B) {
	dummy := Params{MemoryKiB: 19456, Iterations: 2, Parallelism: 1}.dummy()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			_, _ = argon2id.ComparePasswordAndHash("password", dummy)
		}
	})
}
