//go:build linux

package faults

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// figure reads a line such as "VmRSS: 1234 kB" of what the kernel tells of the program, in
// bytes.
func (p *program) figure(name string) int64 {
	p.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.pid))
	must(p.t, err)
	for line := range strings.Lines(string(text)) {
		if key, value, _ := strings.Cut(line, ":"); key == name {
			n, err := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
			must(p.t, err)
			return n << 10
		}
	}
	p.t.Fatalf("the kernel tells no %s", name)
	return 0
}

// sockets counts the sockets that the program has open.
func (p *program) sockets() (n int) {
	p.t.Helper()
	paths, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", p.pid))
	must(p.t, err)
	for _, path := range paths {
		if target, err := os.Readlink(path); err == nil && strings.HasPrefix(target, "socket:") {
			n++
		}
	}
	return n
}

// RES-02: thousands of visitors who keep their connection after a request cost a bounded
// amount of memory, and keep nobody out.
func TestRES02IdleConnections(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	people := furnish(t, dir, 1)
	p := start(t, dir, launch{})
	token := people[0].Sessions[0].Token
	wantAlive(t, p, "a session", token)
	before := p.figure("VmRSS")
	n := few(1000, 10000)
	conns := make([]net.Conn, n)
	var all sync.WaitGroup
	for part := range 8 {
		all.Go(func() {
			for i := part; i < n; i += 8 {
				conn, err := net.Dial("tcp", p.addr)
				if err != nil {
					t.Error(err)
					return
				}
				conns[i] = conn
				if a := p.get(conn, token); a.status != 200 {
					t.Errorf("visitor %d: %v", i, a)
					return
				}
			}
		})
	}
	all.Wait()
	if got := p.sockets(); got < n {
		t.Errorf("%d connections are open, want %d", got, n)
	}
	grown := p.figure("VmRSS") - before
	began := time.Now()
	conn := dial(t, p)
	if a := p.get(conn, token); a.status != 200 {
		t.Errorf("a visitor beside %d others: %v", n, a)
	}
	t.Logf("%d idle connections: RSS %d MiB, grown by %d MiB, %d bytes each; a new request took %v",
		n, p.figure("VmRSS")>>20, grown>>20, grown/int64(n), time.Since(began).Round(10*time.Microsecond))
	if most := int64(40<<20) + int64(n)*28<<10; grown > most {
		t.Errorf("memory grew by %d MiB, want %d at most", grown>>20, most>>20)
	}
	for _, conn := range conns {
		if conn != nil {
			_ = conn.Close()
		}
	}
	p.stop()
}

// A slow visitor sends or takes a byte now and then, so that no silence gives him away.
type slow struct {
	what  string
	few   int
	open  func(t *testing.T, p *program) net.Conn
	again func(conn net.Conn) error // every half second; nil: he does nothing more
}

// slowest are the ways to be slow.
var slowest = []slow{
	{"header", few(50, 1000), func(t *testing.T, p *program) net.Conn {
		conn := dial(t, p)
		_, _ = io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Drip: ")
		return conn
	}, drip},
	{"body", few(50, 1000), func(t *testing.T, p *program) net.Conn {
		conn := dial(t, p)
		_, _ = io.WriteString(conn, "POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n")
		return conn
	}, drip},
	{"reader", few(10, 200), func(t *testing.T, p *program) net.Conn {
		conn := dialNarrow(t, p)
		_ = conn.SetWriteDeadline(time.Now().Add(2 * time.Second)) // the program stops reading
		_, _ = io.WriteString(conn, strings.Repeat("GET /e HTTP/1.1\r\nHost: "+strings.TrimPrefix(p.url, "http://")+"\r\nAccept: text/html\r\n\r\n", 400))
		return conn
	}, nil},
}

// dialNarrow opens a connection that takes very little before somebody reads from it.
func dialNarrow(t *testing.T, p *program) net.Conn {
	t.Helper()
	narrow := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) error {
		return raw.Control(func(fd uintptr) { _ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096) })
	}}
	conn, err := narrow.Dial("tcp", p.addr)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func drip(conn net.Conn) error {
	_, err := conn.Write([]byte("a"))
	return err
}

// RES-03: visitors who send or read too slowly are cut at the time-outs, whatever they do in
// between, while others are served.
func TestRES03SlowVisitors(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	people := furnish(t, dir, 1)
	p := start(t, dir, launch{})
	token := people[0].Sessions[0].Token
	wantAlive(t, p, "a session", token)
	p.public.CloseIdleConnections()
	before := p.sockets()
	conns, began, n := map[string][]net.Conn{}, time.Now(), 0
	for _, s := range slowest {
		list := make([]net.Conn, s.few)
		together(len(list), func(i int) answer { list[i] = s.open(t, p); return answer{} })
		conns[s.what], n = list, n+s.few
	}
	until(t, "the slow visitors are in", func() bool { return p.sockets()-before >= n })
	var stopped atomic.Bool
	var all sync.WaitGroup
	for _, s := range slowest {
		all.Go(func() { s.torment(conns[s.what], &stopped) })
	}
	all.Go(func() { others(t, p, token, &stopped) })
	for p.sockets() > before+3 && time.Since(began) < 4*soon {
		time.Sleep(100 * time.Millisecond)
	}
	t.Logf("all were cut after %v", time.Since(began).Round(100*time.Millisecond))
	stopped.Store(true)
	all.Wait()
	if open := p.sockets() - before; open > 3 {
		t.Errorf("%d slow visitors are still in after %v", open, 4*soon)
	}
	p.alive()
	p.stop()
}

// torment goes on until it is stopped.
func (s slow) torment(conns []net.Conn, stopped *atomic.Bool) {
	for s.again != nil && !stopped.Load() {
		for _, conn := range conns {
			_ = s.again(conn) // who was cut cannot
		}
		time.Sleep(500 * time.Millisecond)
	}
}

// others are visitors like everybody, each on a connection of his own.
func others(t *testing.T, p *program, token string, stopped *atomic.Bool) {
	var longest time.Duration
	for !stopped.Load() {
		began := time.Now()
		conn, err := net.Dial("tcp", p.addr)
		if err != nil {
			t.Error(err)
			return
		}
		if a := p.get(conn, token); a.status != 200 {
			t.Errorf("somebody beside the slow ones: %v", a)
		}
		_ = conn.Close()
		longest = max(longest, time.Since(began))
		time.Sleep(100 * time.Millisecond)
	}
	t.Logf("the longest that others waited: %v", longest.Round(time.Millisecond))
}
