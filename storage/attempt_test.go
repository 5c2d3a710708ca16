package storage

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestAttempts(t *testing.T) {
	db := open(t)
	ctx := context.Background()
	key := [32]byte{1}
	if _, err := db.Attempt(ctx, key); !errors.Is(err, ErrNotFound) {
		t.Fatalf("before the first: %v", err)
	}
	first := Attempt{Failures: 3, LastAt: t0}
	second := Attempt{Failures: 10, LastAt: t0.Add(time.Second), LockedUntil: t0.Add(time.Hour)}
	for _, want := range []Attempt{first, second} {
		if err := db.Update(ctx, func(tx *Tx) error { return tx.PutAttempt(key, want) }); err != nil {
			t.Fatal(err)
		}
		if got, err := db.Attempt(ctx, key); err != nil || got != want {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	}
	if err := db.Update(ctx, func(tx *Tx) error { return tx.DeleteAttempt(key) }); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Attempt(ctx, key); !errors.Is(err, ErrNotFound) {
		t.Errorf("after the end: %v", err)
	}
}

// A sweep leaves what is locked, recent, or closed for good.
func TestSweepAttempts(t *testing.T) {
	db := open(t)
	ctx := context.Background()
	old := t0.Add(-48 * time.Hour)
	rows := map[byte]Attempt{
		1: {Failures: 5, LastAt: old},
		2: {Failures: 10, LastAt: old, LockedUntil: t0.Add(time.Hour)},
		3: {Failures: 5, LastAt: t0},
		4: {Failures: 100, LastAt: old},
		5: {Failures: 10, LastAt: old, LockedUntil: old.Add(time.Hour)},
	}
	err := db.Update(ctx, func(tx *Tx) error {
		for k, a := range rows {
			if err := tx.PutAttempt([32]byte{k}, a); err != nil {
				return err
			}
		}
		n, err := tx.DeleteAttemptsBefore(t0.Add(-24*time.Hour), t0, 100, 10)
		if n != 2 {
			t.Errorf("%d rows went, want 2", n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for k, gone := range map[byte]bool{1: true, 2: false, 3: false, 4: false, 5: true} {
		if _, err := db.Attempt(ctx, [32]byte{k}); errors.Is(err, ErrNotFound) != gone {
			t.Errorf("row %d: %v", k, err)
		}
	}
}
