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

// startOnce is the time to readiness in milliseconds, and the resident memory
// two seconds later in KiB.
func startOnce(b *testing.B, binary, dir string) (ms, kib float64) {
	address := freeAddress(b)
	command := exec.Command(binary, "serve", "--data", dir, "--listen", address)
	command.Dir = b.TempDir()
	begin := time.Now()
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		_ = command.Wait()
	}()
	for !isReady(address) {
		if time.Since(begin) > 10*time.Second {
			b.Fatal("not ready after 10 s")
		}
		time.Sleep(time.Millisecond)
	}
	ms = float64(time.Since(begin).Microseconds()) / 1000
	time.Sleep(2 * time.Second)
	return ms, residentKiB(b, command.Process.Pid)
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
