package bench

import (
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"ostiary/server/config"
	"ostiary/server/password"
	"ostiary/server/servertest"
)

// defaults are the parameters of [password] as they are without settings.
var defaults = password.Params{MemoryKiB: 19456, Iterations: 2, Parallelism: 1}

const stormFor = 10 * time.Second

// BenchmarkLoginStorm compares logins with the bare rate of their hash on the
// same cores, and session checks beside that storm with their quiet rate.
func BenchmarkLoginStorm(b *testing.B) {
	runtime.GOMAXPROCS(runtime.NumCPU() + 1) // as `ostiary serve` does
	s := servertest.New(b, func(c *config.Config) { c.Limits.Enabled = false })
	s.Hasher = password.New(password.Options{Params: defaults})
	s.Quiet(slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelError})))
	browser := s.Browser()
	browser.SignUp("ada@example.com")
	address := s.URL[len("http://"):]
	checks := load{Addr: address, Request: rawRequest(browser, "/api/v1/auth/me"), Connections: connections, For: stormFor}
	logins := load{Addr: address, Request: loginRequest("ada@example.com", servertest.Password), Connections: connections, For: stormFor}
	for range b.N {
		raw := rawHashes(stormFor)
		alone := logins.run(b)
		quiet := checks.run(b)
		var stormy, beside result
		var wg sync.WaitGroup
		wg.Go(func() { beside = logins.run(b) })
		wg.Go(func() { stormy = checks.run(b) })
		wg.Wait()
		b.ReportMetric(alone.rate()/raw, "login/raw-hash")
		b.ReportMetric(stormy.rate()/quiet.rate(), "checks-in-storm/quiet")
		b.ReportMetric(float64(stormy.P99)/1000, "checks-in-storm-p99-ms")
		fmt.Printf("  raw argon2id %.1f/s; logins alone %.1f/s, beside checks %.1f/s; checks quiet %.0f/s p99 %.1f ms, in the storm %.0f/s p50 %.1f ms p99 %.1f ms\n",
			raw, alone.rate(), beside.rate(), quiet.rate(), float64(quiet.P99)/1000, stormy.rate(), float64(stormy.P50)/1000, float64(stormy.P99)/1000)
	}
	b.ReportMetric(0, "ns/op")
}

func loginRequest(email, password string) string {
	body := fmt.Sprintf(`{"email":%q,"password":%q}`, email, password)
	return fmt.Sprintf("POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\nX-Auth-Mode: header\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// rawHashes is how many hashes a second the cores do, one each at a time, with
// nothing around them.
func rawHashes(each time.Duration) float64 {
	var count atomic.Int64
	var wg sync.WaitGroup
	begin := time.Now()
	for range runtime.NumCPU() {
		wg.Go(func() {
			salt := make([]byte, 16)
			_, _ = rand.Read(salt)
			for time.Since(begin) < each {
				argon2.IDKey([]byte(servertest.Password), salt, defaults.Iterations, defaults.MemoryKiB, defaults.Parallelism, 32)
				count.Add(1)
			}
		})
	}
	wg.Wait()
	return float64(count.Load()) / time.Since(begin).Seconds()
}

// BenchmarkLoginMemory is what 100 clients who log in at once add to the
// resident memory of the binary, in units of the gate's own memory.
func BenchmarkLoginMemory(b *testing.B) {
	binary, dir := build(b), b.TempDir()
	env := []string{"OSTIARY_LIMITS__ENABLED=false", "OSTIARY_LOG__LEVEL=error"}
	p := launch(b, binary, dir, env)
	p.command(b, "user", "create", "--email", "ada@example.com", "--password", servertest.Password)
	logins := load{Addr: p.address, Request: loginRequest("ada@example.com", servertest.Password), Connections: 100, For: stormFor, Lenient: true}
	for range b.N {
		before := residentKiB(b, p.pid)
		most := atomic.Int64{}
		stop := make(chan struct{})
		go func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(20 * time.Millisecond):
					most.Store(max(most.Load(), int64(residentKiB(b, p.pid))))
				}
			}
		}()
		r := logins.run(b)
		close(stop)
		added := float64(most.Load()) - before
		gate := float64(runtime.NumCPU()) * float64(defaults.MemoryKiB)
		b.ReportMetric(added/gate, "added/gate")
		b.ReportMetric(added*1024/1e6, "MB-added")
		fmt.Printf("  %.1f answers/s, resident %.1f MB before, %.1f MB at most\n", r.rate(), before*1024/1e6, float64(most.Load())*1024/1e6)
	}
	b.ReportMetric(0, "ns/op")
}

// cookieOf is the request of a session check with this secret.
func cookieOf(token string) string {
	return "GET /api/v1/auth/me HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\nCookie: ostiary_session=" + strings.TrimSpace(token) + "\r\n\r\n"
}
