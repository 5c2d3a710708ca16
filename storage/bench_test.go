package storage

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ostiary/cache"
)

// createSession is what a login writes: a session and its audit row.
func createSession(db *DB, n int64) error {
	id := fmt.Sprintf("ses_%012d", n)
	now := time.UnixMilli(1_700_000_000_000 + n)
	return db.Update(context.Background(), func(tx *Tx) error {
		err := tx.InsertSession(Session{
			ID: id, Digest: sha256.Sum256([]byte(id)), UserID: "usr_1", Kind: "session", Remember: true,
			CreatedAt: now, AuthenticatedAt: now, RenewedAt: now, LastSeenAt: now, ExpiresAt: now.Add(30 * 24 * time.Hour),
			IP: "203.0.113.7", UserAgent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36",
		})
		if err != nil {
			return err
		}
		return tx.InsertAudit(AuditRow{
			At: now, Event: "session.created", ActorKind: "user", ActorID: "usr_1", ActorSession: id, UserID: "usr_1",
			Object: id, IP: "203.0.113.7", RequestID: "req_" + id, Detail: `{"method":"password"}`,
		})
	})
}

// createMany makes n sessions by clients at once and returns how long it took.
func createMany(b *testing.B, db *DB, clients int, from, n int64) time.Duration {
	b.Helper()
	var next atomic.Int64
	next.Store(from)
	var failed atomic.Pointer[error]
	start := time.Now()
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for {
				i := next.Add(1) - 1
				if i >= from+n {
					return
				}
				if err := createSession(db, i); err != nil {
					failed.Store(&err)
					return
				}
			}
		})
	}
	all.Wait()
	if err := failed.Load(); err != nil {
		b.Fatal(*err)
	}
	return time.Since(start)
}

func BenchmarkUpdate(b *testing.B) {
	for _, clients := range []int{1, 64} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			db := openWithUser(b)
			b.ResetTimer()
			createMany(b, db, clients, 0, int64(b.N))
			f := db.Figures()
			b.ReportMetric(float64(f.Updates)/float64(f.Commits), "updates/commit")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "durable/s")
		})
	}
}

// BenchmarkGroupCommit prints how many times the durable creations of one
// client 64 clients reach. Under
//
//	strace -f --seccomp-bpf -e trace=fsync,fdatasync -e inject=fsync,fdatasync:delay_exit=5000
//
// it tells the same for a disk of 5 ms.
func BenchmarkGroupCommit(b *testing.B) {
	db := openWithUser(b)
	slow := createMany(b, db, 1, 1<<40, 20) / 20
	n := max(int64(500*time.Millisecond/slow), 50)
	var from int64
	var one, many time.Duration
	for b.Loop() {
		one += createMany(b, db, 1, from, n)
		many += createMany(b, db, 64, from+n, 8*n) / 8
		from += 9 * n
	}
	b.ReportMetric(float64(one)/float64(many), "times")
}

func BenchmarkReadPrepared(b *testing.B) {
	db := openWithUser(b)
	createMany(b, db, 64, 0, 10_000)
	ctx := context.Background()
	b.Run("session", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			digest := sha256.Sum256(fmt.Appendf(nil, "ses_%012d", i%10_000))
			if _, _, err := db.SessionByDigest(ctx, digest); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("state", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := db.StateValue(ctx, "storage.probes"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := db.UserByID(ctx, "usr_1"); err != nil {
					b.Error(err)
					return
				}
			}
		})
	})
}

// BenchmarkOpen opens an existing database of 1 000 users.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	db := openIn(b, dir)
	fillUsers(b, db, 1000)
	mustClose(b, db)
	for b.Loop() {
		db, err := Open(context.Background(), Options{Dir: dir, Fence: cache.NewFence()})
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		mustClose(b, db)
		b.StartTimer()
	}
}
