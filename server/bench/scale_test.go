package bench

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"ostiary/cache"
	"ostiary/server/config"
	"ostiary/server/servertest"
)

const askedTokens = 20_000 // of which the cold checks take one after the other

// BenchmarkColdCheck compares session checks that find nothing in the cache at
// 1 000 and at 1 000 000 sessions in the file, through HTTP, and measures the
// start on the large one. The fence is raised all the time, so that every
// snapshot is old when it is looked at again.
func BenchmarkColdCheck(b *testing.B) {
	small, large := b.TempDir(), b.TempDir()
	smallTokens, largeTokens := sessionsIn(b, small, 1000), sessionsIn(b, large, 1_000_000)
	for range b.N {
		few, many := coldRate(b, small, smallTokens), coldRate(b, large, largeTokens)
		b.ReportMetric(few.rate()/many.rate(), "cost-1e6/cost-1e3")
		fmt.Printf("  cold: %.0f/s at 1 000, %.0f/s at 1 000 000 sessions\n", few.rate(), many.rate())
	}
	var took []float64
	binary := build(b)
	for range 5 {
		ms, _ := startOnce(b, binary, large)
		took = append(took, ms)
	}
	b.ReportMetric(median(took), "ms-to-ready-1e6")
	b.ReportMetric(0, "ns/op")
}

// sessionsIn makes sessions in a data folder and a file with some of their
// secrets.
func sessionsIn(b *testing.B, dir string, count int) string {
	h := newHouse(b, dir, 1)
	tokens := h.many(b, count)
	step := max(1, count/askedTokens)
	var text strings.Builder
	for i := 0; i < count; i += step {
		text.WriteString(cookieOf(string(tokens[i])) + "\x00")
	}
	if err := h.db.Close(); err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(b.TempDir(), "requests")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

func coldRate(b *testing.B, dir, requests string) result {
	s := servertest.New(b, func(c *config.Config) { c.Limits.Enabled = false })
	s.Dir, s.Instance = dir, houseTag
	s.Quiet(slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelError})))
	stop := make(chan struct{})
	go func() {
		slots := []cache.Slot{cache.SlotOf(cache.Server, "")}
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
				s.Fence.Raise(slots)
			}
		}
	}()
	defer close(stop)
	r := load{Addr: s.URL[len("http://"):], RequestFile: requests, Connections: connections, For: 5 * time.Second}.run(b)
	s.Stop()
	return r
}

// BenchmarkIdleConnections is the memory of the binary under 10 000 connections
// that made one request each, and the time of a new request then.
func BenchmarkIdleConnections(b *testing.B) {
	raiseFiles(b)
	p := launch(b, build(b), b.TempDir(), nil)
	const count = 10_000
	conns := make([]net.Conn, 0, count)
	defer func() {
		for _, conn := range conns {
			_ = conn.Close()
		}
	}()
	request := []byte("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
	for len(conns) < count {
		conn, err := net.Dial("tcp", p.address)
		if err != nil {
			b.Fatal(err)
		}
		conns = append(conns, conn)
		if _, err := conn.Write(request); err != nil {
			b.Fatal(err)
		}
		if _, err := conn.Read(make([]byte, 4096)); err != nil {
			b.Fatal(err)
		}
	}
	var took []float64
	for range b.N {
		for range 100 {
			begin := time.Now()
			if !isReady(p.address) {
				b.Fatal("not ready")
			}
			took = append(took, float64(time.Since(begin).Microseconds())/1000)
		}
	}
	b.ReportMetric(residentKiB(b, p.pid)*1024/1e6, "MB-resident")
	b.ReportMetric(quantile(took, 0.99), "new-request-p99-ms")
	b.ReportMetric(0, "ns/op")
}

func raiseFiles(b *testing.B) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		b.Fatal(err)
	}
	limit.Cur = limit.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		b.Fatal(err)
	}
	if limit.Cur < 10_500 {
		b.Skipf("only %d files may be open", limit.Cur)
	}
}
