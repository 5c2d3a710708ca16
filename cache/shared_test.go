package cache

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestSharedLoadThatIsOld: a load began before a write; a request that comes
// after the write joins it and must not get what it brings.
func TestSharedLoadThatIsOld(t *testing.T) {
	for name, first := range map[string]struct {
		version uint64
		err     error
	}{"row": {1, nil}, "error": {0, errNone}} {
		t.Run(name, func(t *testing.T) {
			fence := NewFence()
			s, err := New(Options{SizeMB: 1, Fence: fence})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			reading, answer := make(chan struct{}), make(chan struct{})
			var reads atomic.Int64
			r := NewRoom(s, "row", func(*row) int64 { return 1 }, func(context.Context, [32]byte) (*row, []Slot, error) {
				if reads.Add(1) == 1 {
					close(reading)
					<-answer
					return &row{version: first.version}, []Slot{5}, first.err
				}
				return &row{version: 2}, []Slot{5}, nil
			})
			var all sync.WaitGroup
			all.Go(func() { // its read began after it did: whatever it brings is good for it
				got, err := r.Load(context.Background(), keyOf(1))
				if !errors.Is(err, first.err) || err == nil && got.version != 1 {
					t.Errorf("the first: %+v, %v", got, err)
				}
			})
			<-reading
			fence.Raise([]Slot{5}) // version 2 is written and answered
			const late = 8
			for range late {
				all.Go(func() {
					got, err := r.Load(context.Background(), keyOf(1))
					if err != nil || got.version != 2 {
						t.Errorf("a late one: %+v, %v", got, err)
					}
				})
			}
			for s.Figures().Misses < late+1 {
				runtime.Gosched()
			}
			time.Sleep(5 * time.Millisecond) // from the count to the flight
			close(answer)
			all.Wait()
			if f := s.Figures(); f.Shared == 0 || f.Rereads == 0 {
				t.Errorf("nobody joined the old load: %+v", f)
			}
		})
	}
}

func TestSharedLoadIsOneRead(t *testing.T) {
	fence := NewFence()
	s, err := New(Options{SizeMB: 1, Fence: fence})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	answer := make(chan struct{})
	var reads atomic.Int64
	r := NewRoom(s, "row", func(*row) int64 { return 1 }, func(context.Context, [32]byte) (*row, []Slot, error) {
		reads.Add(1)
		<-answer
		return nil, nil, errNone
	})
	var all sync.WaitGroup
	const callers = 20
	for range callers {
		all.Go(func() {
			if _, err := r.Load(context.Background(), keyOf(1)); !errors.Is(err, errNone) {
				t.Errorf("got %v", err)
			}
		})
	}
	for s.Figures().Misses < callers {
		runtime.Gosched()
	}
	time.Sleep(5 * time.Millisecond)
	close(answer)
	all.Wait()
	if n := reads.Load(); n != 1 {
		t.Errorf("%d reads for %d callers of one moment", n, callers)
	}
}

// TestOneCallersContext: who goes away is answered at once, and takes nobody
// along.
func TestOneCallersContext(t *testing.T) {
	fence := NewFence()
	s, err := New(Options{SizeMB: 1, Fence: fence})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	reading, answer := make(chan struct{}), make(chan struct{})
	var failed atomic.Bool
	r := NewRoom(s, "row", func(*row) int64 { return 1 }, func(ctx context.Context, _ [32]byte) (*row, []Slot, error) {
		close(reading)
		<-answer
		failed.Store(ctx.Err() != nil)
		if _, has := ctx.Deadline(); !has {
			t.Error("the loader has no deadline of its own")
		}
		return &row{version: 1}, nil, nil
	})
	ctx, cancel := context.WithCancel(context.Background())
	left := make(chan error)
	go func() { _, err := r.Load(ctx, keyOf(1)); left <- err }()
	<-reading
	second := make(chan error)
	go func() { _, err := r.Load(context.Background(), keyOf(1)); second <- err }()
	cancel()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("the one who left got %v", err)
	}
	for s.Figures().Misses < 2 {
		runtime.Gosched()
	}
	time.Sleep(5 * time.Millisecond)
	close(answer)
	if err := <-second; err != nil || failed.Load() {
		t.Errorf("the one who stayed got %v", err)
	}
}
