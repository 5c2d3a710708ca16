package e2e

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// product is the program at work.
type product struct {
	addr  string // where it listens
	url   string // where people find it
	setup string // the link that it printed; "" once there is an admin
}

// start runs the program in an empty folder, as nobody has configured it but for the
// variables given. When the test ends it must stop cleanly, and must not have logged an
// error.
func start(t *testing.T, environ ...string) product {
	t.Helper()
	if err := build(); err != nil {
		t.Fatal(err)
	}
	p := product{addr: freeAddress(t)}
	cmd := exec.Command(bin, "--listen", p.addr)
	cmd.Dir = t.TempDir()
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + cmd.Dir}, environ...)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ready, ended := make(chan struct{}), make(chan []string, 1)
	go func() { ended <- p.follow(stderr, ready) }()
	t.Cleanup(func() { stop(t, cmd, ended) })
	select {
	case <-ready:
	case <-time.After(30 * time.Second):
		t.Fatal("the server is not ready after 30 seconds")
	}
	return p
}

// follow reads the start's facts out of the log, and the faults out of all of it.
func (p *product) follow(log io.Reader, ready chan<- struct{}) (faults []string) {
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		var event struct {
			Level, Msg, URL string
			Setup           string `json:"setup_url"`
		}
		if err := json.Unmarshal(lines.Bytes(), &event); err != nil || event.Level == "ERROR" {
			faults = append(faults, lines.Text())
		}
		switch {
		case event.Msg == "sign in":
			p.url = event.URL
		case event.Setup != "":
			p.setup = event.Setup
		case event.Msg == "ready":
			close(ready)
		}
	}
	return faults
}

// stop ends the server, which must not have ended by itself before.
func stop(t *testing.T, cmd *exec.Cmd, ended <-chan []string) {
	var faults []string
	select {
	case faults = <-ended:
		t.Error("the server ended by itself")
	default:
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		faults = <-ended
	}
	for _, line := range faults {
		t.Errorf("the server logged: %s", line)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the server did not stop cleanly: %v", err)
	}
}

// freeAddress is an address on loopback that nobody listens on now. It is chosen here
// since a proxy in front must know it before the server starts.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// localhost is the same address under the name that browsers are given.
func localhost(addr string) string { return strings.Replace(addr, "127.0.0.1", "localhost", 1) }
