package bench

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ostiary/server/credential"
)

// BenchmarkDurableSessions compares sessions made by 64 writers at once, each
// acknowledged only when it is on disk, with one writer that commits each by
// itself under synchronous=FULL and does nothing else.
func BenchmarkDurableSessions(b *testing.B) {
	if os.Getenv("BENCH_SLOW") == "" {
		b.Run("fast-fsync", func(b *testing.B) { durable(b, 3*time.Second) })
		b.Run("fsync-5ms", slowDurable)
		return
	}
	durable(b, 10*time.Second)
}

// slowDurable runs both sides in a child whose every fsync takes 5 ms more.
func slowDurable(b *testing.B) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		b.Skip("strace is not installed: apt-get install strace")
	}
	child := exec.Command(strace, "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync",
		"-e", "inject=fsync,fdatasync:delay_exit=5000", os.Args[0], "-test.run=^$", "-test.bench=DurableSessions", "-test.benchtime=1x")
	child.Env = append(os.Environ(), "BENCH_SLOW=1")
	out, err := child.CombinedOutput()
	if err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	fmt.Printf("  under strace, fsync + 5 ms:\n%s", out)
	b.ReportMetric(0, "ns/op")
}

func durable(b *testing.B, each time.Duration) {
	alone := commitSingly(b, each)
	together := commitTogether(b, each)
	b.ReportMetric(together/alone, "ratio")
	b.ReportMetric(together, "together/s")
	b.ReportMetric(alone, "alone/s")
	b.ReportMetric(0, "ns/op")
}

// commitTogether is how many sessions a second 64 writers make.
func commitTogether(b *testing.B, each time.Duration) float64 {
	h := newHouse(b, b.TempDir(), 16)
	var count atomic.Int64
	var wg sync.WaitGroup
	end := time.Now().Add(each)
	for range 64 {
		wg.Go(func() {
			for time.Now().Before(end) {
				if _, err := h.start(); err != nil {
					b.Error(err)
					return
				}
				count.Add(1)
			}
		})
	}
	wg.Wait()
	return float64(count.Load()) / each.Seconds()
}

// commitSingly is how many one writer makes with the same statements and
// nothing of ours between it and the driver.
func commitSingly(b *testing.B, each time.Duration) float64 {
	dir := b.TempDir()
	h := newHouse(b, dir, 16)
	if err := h.db.Close(); err != nil {
		b.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "ostiary.db")+
		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_txlock=immediate")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	insert, err := newRawInsert(db, h.user.ID)
	if err != nil {
		b.Fatal(err)
	}
	count := 0
	for end := time.Now().Add(each); time.Now().Before(end); count++ {
		if err := insert.one(); err != nil {
			b.Fatal(err)
		}
	}
	return float64(count) / each.Seconds()
}

// rawInsert writes a session and its audit row by plain prepared statements.
type rawInsert struct {
	db             *sql.DB
	session, audit *sql.Stmt
	user           string
}

func newRawInsert(db *sql.DB, user string) (*rawInsert, error) {
	session, err1 := db.Prepare(`INSERT INTO session (id, digest, user_id, kind, remember, created_at, authenticated_at, renewed_at, rotated_at,
		last_seen_at, expires_at, ip, user_agent) VALUES (?,?,?,'session',1,?,?,?,?,?,?,'203.0.113.9','bench')`)
	audit, err2 := db.Prepare(`INSERT INTO audit (at, event, actor_kind, actor_id, actor_session, user_id, object, ip, user_agent, request_id, detail)
		VALUES (?,'session.started','session',?,?,?,?,'203.0.113.9','bench','','')`)
	return &rawInsert{db, session, audit, user}, errors.Join(err1, err2)
}

func (r *rawInsert) one() error {
	now := time.Now()
	_, digest := credential.Mint(credential.Session, "bench1")
	id, ms := credential.NewID("ses_", now), now.UnixMilli()
	tx, err := r.db.Begin()
	if err != nil {
		return err
	}
	if _, err := tx.Stmt(r.session).Exec(id, digest[:], r.user, ms, ms, ms, ms, ms, ms+1); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	if _, err := tx.Stmt(r.audit).Exec(ms, r.user, id, r.user, id); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}
