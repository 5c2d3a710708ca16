package storage

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"ostiary/cache"
)

// t0 is the time of every row that does not care.
var t0 = time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)

func openIn(tb testing.TB, dir string) *DB {
	tb.Helper()
	db, err := Open(context.Background(), Options{Dir: dir, Fence: cache.NewFence()})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	return db
}

func open(tb testing.TB) *DB {
	tb.Helper()
	return openIn(tb, tb.TempDir())
}

func openWithUser(tb testing.TB) *DB {
	tb.Helper()
	db := open(tb)
	fillUsers(tb, db, 1)
	return db
}

var filledOnce struct {
	sync.Once
	bytes []byte
}

// filledBytes is a database of 500 users, made once for all tests.
func filledBytes(tb testing.TB) []byte {
	tb.Helper()
	filledOnce.Do(func() {
		db := open(tb)
		fillUsers(tb, db, 500)
		mustClose(tb, db)
		var err error
		filledOnce.bytes, err = os.ReadFile(db.Path())
		must(tb, err)
	})
	return filledOnce.bytes
}

// fillUsers adds usr_1 … usr_n.
func fillUsers(tb testing.TB, db *DB, n int) {
	tb.Helper()
	must(tb, db.Update(context.Background(), func(tx *Tx) error {
		for i := 1; i <= n; i++ {
			err := tx.InsertUser(User{
				ID: fmt.Sprintf("usr_%d", i), Email: fmt.Sprintf("user%d@example.org", i), CreatedAt: t0, UpdatedAt: t0,
			})
			if err != nil {
				return err
			}
		}
		return nil
	}))
}

func mustClose(tb testing.TB, db *DB) {
	tb.Helper()
	must(tb, db.Close())
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
