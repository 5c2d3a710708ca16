package credential

import (
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"
)

func TestIDsSortByTime(t *testing.T) {
	form := regexp.MustCompile(`^usr_[0-9A-Za-z]{22}$`)
	at := time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	var ids []string
	for range 60 {
		ids = append(ids, NewID("usr_", at))
		at = at.Add(time.Millisecond + at.Sub(time.Unix(0, 0))/3) // up to some hundred years on
	}
	for _, id := range ids {
		if !form.MatchString(id) {
			t.Fatalf("id %q", id)
		}
	}
	if !slices.IsSorted(ids) {
		t.Fatalf("not in the order of their times: %q", ids)
	}
	if a, b := NewID("usr_", at), NewID("usr_", at); a == b {
		t.Fatal("two ids of one millisecond are one")
	}
	if id := NewID("usr_", time.Unix(-5, 0)); id[:12] != "usr_00000000" {
		t.Fatalf("before 1970: %q", id)
	}
}

func TestRequestIDsDiffer(t *testing.T) {
	form := regexp.MustCompile(`^req_[0-9A-Za-z]{22}$`)
	var mu sync.Mutex
	seen := map[string]bool{}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 5000 {
				id := NewRequestID().String()
				mu.Lock()
				if seen[id] || !form.MatchString(id) {
					t.Errorf("id %q", id)
				}
				seen[id] = true
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if len(seen) != 40_000 {
		t.Fatalf("%d ids", len(seen))
	}
}

// Bytes that were handed out are not kept where a later reader could find them.
func TestReservoirWipes(t *testing.T) {
	r := &reservoir{}
	before := make([]byte, 200)
	for range 100 { // through several refills
		got := make([]byte, 200)
		r.digits(got)
		if slices.Equal(got, before) || !allBase62(got) {
			t.Fatalf("%q after %q", got, before)
		}
		used := refillBytes - len(r.left)
		if !slices.Equal(r.block[:used], make([]byte, used)) {
			t.Fatal("bytes stay after they were handed out")
		}
		before = got
	}
}

func BenchmarkNewRequestID(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		NewRequestID()
	}
}

func BenchmarkNewID(b *testing.B) {
	now := time.Now()
	b.ReportAllocs()
	for b.Loop() {
		NewID("usr_", now)
	}
}
