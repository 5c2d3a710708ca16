package command

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"ostiary/cache"
	"ostiary/storage"
)

// process is a server that a test runs as people do.
type process struct {
	*exec.Cmd
	t       *testing.T
	dir     string
	address string
	said    *transcript
}

// transcript is what a process wrote so far.
type transcript struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *transcript) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *transcript) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// await waits until the transcript holds a text.
func (b *transcript) await(t *testing.T, text string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if strings.Contains(b.String(), text) {
			return
		}
	}
	t.Fatalf("no %q in\n%s", text, b)
}

// startServer starts `ostiary` on a port of its own and waits until it is ready.
func startServer(t *testing.T, environ ...string) *process {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, dir: t.TempDir(), address: listener.Addr().String(), said: &transcript{}}
	_ = listener.Close()
	p.Cmd = exec.Command("ostiary", "--data", filepath.Join(p.dir, "data"), "--listen", p.address)
	p.Dir = p.dir
	p.Env = append(os.Environ(), append(environ, "GORACE=atexit_sleep_ms=10")...)
	p.Stderr = p.said
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if p.ProcessState == nil {
			_ = p.Process.Kill()
			_ = p.Wait()
		}
	})
	p.said.await(t, `"msg":"ready"`)
	return p
}

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// half opens a request and leaves its last byte out.
func (p *process) half() net.Conn {
	p.t.Helper()
	conn, err := net.Dial("tcp", p.address)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = conn.Close() })
	const body = `{"email":"ada@example.com","password":"x"`
	_, err = fmt.Fprintf(conn, "POST /api/v1/auth/login HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		p.address, len(body)+1, body)
	if err != nil {
		p.t.Fatal(err)
	}
	return conn
}

// settle makes sure that the server has taken what was sent so far: a request
// on a connection that was opened later has been answered.
func (p *process) settle() {
	p.t.Helper()
	for range 3 {
		answer, err := http.Get("http://" + p.address + "/readyz")
		if err != nil {
			p.t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
	}
}

func TestStopFinishesWhatWasAccepted(t *testing.T) {
	p := startServer(t)
	conn := p.half()
	p.settle()
	p.signal(syscall.SIGTERM)
	p.said.await(t, `"msg":"stopping"`)
	if _, err := io.WriteString(conn, "}"); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("the request that was accepted got no answer: %v", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("it was answered with %s", answer.Status)
	}
	_ = conn.Close()
	if err := p.Wait(); err != nil {
		t.Errorf("the server ended with %v\n%s", err, p.said)
	}
}

func TestSecondSignalEndsAtOnce(t *testing.T) {
	p := startServer(t)
	p.half()
	p.settle()
	p.signal(os.Interrupt)
	p.said.await(t, `"msg":"stopping"`)
	p.signal(os.Interrupt)
	_ = p.Wait()
	status, ok := p.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() || status.Signal() != syscall.SIGINT {
		t.Fatalf("the second signal did not end it: %v\n%s", p.ProcessState, p.said)
	}
	// What was stored is whole, and the next one may have the folder.
	out, err := exec.Command("ostiary", "--data", filepath.Join(p.dir, "data"), "user", "create",
		"--email", "ada@example.com", "--password", "correct horse battery").CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestServiceManagerIsTold(t *testing.T) {
	dir, err := os.MkdirTemp("", "ost")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "notify")
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer manager.Close()
	p := startServer(t, "NOTIFY_SOCKET="+path)
	buf := make([]byte, 64)
	for _, want := range []string{"READY=1", "STOPPING=1"} {
		_ = manager.SetReadDeadline(time.Now().Add(20 * time.Second))
		n, err := manager.Read(buf)
		if err != nil || string(buf[:n]) != want {
			t.Fatalf("told %q, want %s (%v)", buf[:n], want, err)
		}
		if want == "READY=1" {
			p.settle()
			p.signal(syscall.SIGTERM)
		}
	}
	if err := p.Wait(); err != nil {
		t.Error(err)
	}
}

// A start that meets a command at work in its folder waits for it: cron must
// not be able to keep a service from starting.
func TestStartWaitsForACommand(t *testing.T) {
	dir := t.TempDir()
	db, err := storage.Open(t.Context(), storage.Options{Dir: dir, Fence: cache.NewFence()})
	if err != nil {
		t.Fatal(err)
	}
	said := &transcript{}
	cmd := exec.Command("ostiary", "--data", dir, "--listen", "127.0.0.1:0")
	cmd.Env, cmd.Stderr = append(os.Environ(), "GORACE=atexit_sleep_ms=10"), said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond) // what such a command takes, about
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	said.await(t, `"msg":"ready"`)
	_ = cmd.Process.Signal(os.Interrupt)
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, said)
	}
}

// Two commands that find no server open the data one after the other: the
// second waits for the first instead of failing.
func TestCommandsWaitForEachOther(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			cmd := exec.Command("ostiary", "--data", dir, "user", "create", "--email", fmt.Sprintf("u%d@example.com", i), "--password", "correct horse battery")
			cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=10")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	all.Wait()
}
