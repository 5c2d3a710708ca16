package bench

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"ostiary/cache"
	"ostiary/server/credential"
	"ostiary/storage"
)

// BenchmarkStart measures the binary as people run it, on a database of 1 000
// users: its size, the time from its start to the first 200 of /readyz (asked
// for each millisecond), and the memory that it holds when nothing happens.
func BenchmarkStart(b *testing.B) {
	binary := build(b)
	dir := b.TempDir()
	seedUsers(b, dir, 1000)
	var took, resident []float64
	for range b.N {
		for range 10 {
			ms, kib := startOnce(b, binary, dir)
			took, resident = append(took, ms), append(resident, kib)
		}
	}
	info, err := os.Stat(binary)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size())/1e6, "MB-binary")
	b.ReportMetric(median(took), "ms-to-ready")
	b.ReportMetric(median(resident)*1024/1e6, "MB-resident")
	b.ReportMetric(0, "ns/op")
}

func build(b *testing.B) string {
	binary := filepath.Join(b.TempDir(), "ostiary")
	command := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, "ostiary")
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := command.CombinedOutput(); err != nil {
		b.Fatalf("build: %v\n%s", err, out)
	}
	return binary
}

func seedUsers(b *testing.B, dir string, count int) {
	fence := cache.NewFence()
	db, err := storage.Open(context.Background(), storage.Options{Dir: dir, Fence: fence, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		b.Fatal(err)
	}
	err = db.Update(context.Background(), func(tx *storage.Tx) error {
		for i := range count {
			now := time.Now()
			user := storage.User{ID: credential.NewID("usr_", now), Email: fmt.Sprintf("user%d@example.com", i), Admin: i == 0, CreatedAt: now, UpdatedAt: now}
			if err := tx.InsertUser(user); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
}

// process is the binary at work.
type process struct {
	binary, dir, address string
	env                  []string
	pid                  int
	end                  func()        // stops it and waits
	ready                time.Duration // from its start to the first 200 of /readyz
}

// launch starts the binary and ends it with the benchmark.
func launch(b *testing.B, binary, dir string, env []string) *process {
	p := &process{binary: binary, dir: dir, address: freeAddress(b), env: append(os.Environ(), env...)}
	command := exec.Command(binary, "serve", "--data", dir, "--listen", p.address)
	command.Dir, command.Env = b.TempDir(), p.env
	begin := time.Now()
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	p.pid = command.Process.Pid
	p.end = sync.OnceFunc(func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		_ = command.Wait()
	})
	b.Cleanup(p.end)
	for !isReady(p.address) {
		if time.Since(begin) > 10*time.Second {
			b.Fatal("not ready after 10 s")
		}
		time.Sleep(time.Millisecond)
	}
	p.ready = time.Since(begin)
	return p
}

// command runs another command on the same data.
func (p *process) command(b *testing.B, args ...string) {
	command := exec.Command(p.binary, append([]string{"--data", p.dir}, args...)...)
	command.Env = p.env
	if out, err := command.CombinedOutput(); err != nil {
		b.Fatalf("%v: %v\n%s", args, err, out)
	}
}

// startOnce is the time to readiness in milliseconds, and the resident memory
// two seconds later in KiB. The process has ended when it returns.
func startOnce(b *testing.B, binary, dir string) (ms, kib float64) {
	p := launch(b, binary, dir, nil)
	defer p.end()
	time.Sleep(2 * time.Second)
	return float64(p.ready.Microseconds()) / 1000, residentKiB(b, p.pid)
}

func freeAddress(b *testing.B) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func isReady(address string) bool {
	response, err := http.Get("http://" + address + "/readyz")
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == 200
}

func residentKiB(b *testing.B, pid int) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if err != nil {
				b.Fatal(err)
			}
			return kib
		}
	}
	b.Fatal("no VmRSS")
	return 0
}
