package bench

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"ostiary/server"
	"ostiary/server/config"
	"ostiary/server/servertest"
)

const (
	connections = 16
	pairsLeast  = 12
	pairsMost   = 40
	round       = time.Second
	spreadMost  = 0.06 // of the middle half of the ratios
)

// BenchmarkSessionCheckHTTP compares GET /me and /verify by cookie, warm, all
// of our own middleware on, with a bare Fiber handler in the same process that
// sends the same status, headers and body under the same fiber.Config.
func BenchmarkSessionCheckHTTP(b *testing.B) {
	runtime.GOMAXPROCS(runtime.NumCPU() + 1) // as `ostiary serve` does
	s := servertest.New(b, func(c *config.Config) {
		c.Limits.User = config.Rate{Burst: 1_000_000_000, Per: time.Minute}
		c.Log.Level = "info"
	})
	s.Quiet(slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelInfo})))
	browser := s.Browser()
	browser.SignUp("ada@example.com")
	for _, path := range []string{"/api/v1/auth/me", "/api/v1/auth/verify"} {
		b.Run(path[len("/api/v1/auth/"):], func(b *testing.B) {
			ours, bare := rawRequest(browser, path), bareServer(b, browser.Do("GET", path, nil).Want(200, ""), path)
			compare(b, load{Addr: s.URL[len("http://"):], Request: ours, Connections: connections, For: round},
				load{Addr: bare, Request: ours, Connections: connections, For: round})
		})
	}
}

func rawRequest(c *servertest.Client, path string) string {
	text := "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\nAccept: application/json\r\nCookie: "
	for name, value := range c.Cookies {
		text += name + "=" + value + "; "
	}
	return text + "\r\n\r\n"
}

// bareServer answers what ours answered, without doing anything for it.
func bareServer(b *testing.B, like *servertest.Answer, path string) string {
	app := fiber.New(server.FiberConfig(nil))
	type pair struct{ name, value []byte }
	var headers []pair
	for name, values := range like.Header {
		if name != "Date" && name != "Content-Length" {
			headers = append(headers, pair{[]byte(http.CanonicalHeaderKey(name)), []byte(values[0])})
		}
	}
	body := []byte(like.Raw)
	app.Get(path, func(c *fiber.Ctx) error {
		h := &c.Context().Response.Header
		for _, p := range headers {
			h.SetCanonical(p.name, p.value)
		}
		c.Context().Response.SetBodyRaw(body)
		return nil
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go func() { _ = app.Listener(listener) }()
	b.Cleanup(func() { _ = app.ShutdownWithTimeout(time.Second) })
	return listener.Addr().String()
}

// compare takes alternating rounds until the ratios agree, and reports their
// median.
func compare(b *testing.B, ours, bare load) {
	ours.run(b)
	bare.run(b)
	var ratios, cpuOurs, cpuBare, tails []float64
	var last [2]result
	for range b.N {
		for len(ratios) < pairsLeast || (spread(ratios) > spreadMost && len(ratios) < pairsMost) {
			first, second := ours, bare
			if len(ratios)%2 == 1 {
				first, second = bare, ours
			}
			a, cpuA := measured(b, first)
			z, cpuZ := measured(b, second)
			if len(ratios)%2 == 1 {
				a, z, cpuA, cpuZ = z, a, cpuZ, cpuA
			}
			ratios = append(ratios, a.rate()/z.rate())
			cpuOurs, cpuBare = append(cpuOurs, cpuA), append(cpuBare, cpuZ)
			tails = append(tails, float64(a.P99)/float64(z.P99))
			last = [2]result{a, z}
		}
	}
	b.ReportMetric(median(ratios), "ratio")
	b.ReportMetric(spread(ratios), "spread")
	b.ReportMetric(median(tails), "p99-ratio")
	b.ReportMetric(median(cpuOurs), "ours-µs-cpu/req")
	b.ReportMetric(median(cpuBare), "bare-µs-cpu/req")
	b.ReportMetric(0, "ns/op")
	fmt.Printf("  last round: ours %.0f/s p50 %d µs p99 %d µs; bare %.0f/s p50 %d µs p99 %d µs; %d pairs\n",
		last[0].rate(), last[0].P50, last[0].P99, last[1].rate(), last[1].P50, last[1].P99, len(ratios))
}

// measured runs a round and returns the CPU time of this process per request,
// in microseconds.
func measured(b *testing.B, l load) (result, float64) {
	before := cpuTime(b)
	r := l.run(b)
	return r, float64((cpuTime(b) - before).Microseconds()) / float64(r.Requests)
}

func cpuTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func median(values []float64) float64 { return quantile(values, 0.5) }

// spread is the width of the middle half.
func spread(values []float64) float64 { return quantile(values, 0.75) - quantile(values, 0.25) }

func quantile(values []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[int(q*float64(len(sorted)-1)+0.5)]
}
