//go:build linux

package faults

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// scarce starts the program with 64 descriptors.
func scarce(t *testing.T, env ...string) launch {
	t.Helper()
	return launch{before: []string{tool(t, "prlimit", "util-linux"), "--nofile=64:64"}, env: env}
}

// crowd opens connections that never finish their request, as far as it can.
func crowd(t *testing.T, network, addr string, n int) (release func()) {
	t.Helper()
	var conns []net.Conn
	for range n {
		conn, err := net.DialTimeout(network, addr, soon)
		if err != nil {
			break // a full backlog
		}
		_, _ = io.WriteString(conn, "GET /healthz HTTP/1.1\r\nX-Half: ") // some are turned away
		conns = append(conns, conn)
	}
	t.Logf("%d connections to %s", len(conns), addr)
	return func() {
		for _, conn := range conns {
			_ = conn.Close()
		}
	}
}

// servesAgain waits for an answer on a new connection, two seconds at most.
func servesAgain(t *testing.T, p *program) {
	t.Helper()
	began := time.Now()
	client := clientOf("tcp", p.addr)
	for a := ask(client, "GET", p.url+"/readyz", nil); a.status != 200; a = ask(client, "GET", p.url+"/readyz", nil) {
		if time.Since(began) > 2*time.Second {
			t.Fatalf("not after two seconds: %v", a)
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Logf("serves again after %v", time.Since(began).Round(time.Millisecond))
}

// RES-01: a program that runs out of descriptors by any of its doors stays alive, answers
// those who are in, and serves newcomers as soon as there are some again. What it cannot open
// is a storage fault and not the end of a session.
func TestRES01Descriptors(t *testing.T) {
	t.Parallel()
	metrics := freeAddress(t)
	dir := folder(t)
	people := furnish(t, dir, 50)
	p := start(t, dir, scarce(t, "OSTIARY_METRICS__LISTEN="+metrics))
	for door, addr := range map[string][2]string{
		"public": {"tcp", p.addr}, "operator": {"unix", filepath.Join(dir, "ostiary.sock")}, "metrics": {"tcp", metrics},
	} {
		t.Run(door, func(t *testing.T) {
			leave := p.served(t, people[0].Sessions, func() (release func()) { return crowd(t, addr[0], addr[1], 150) })
			p.alive()
			leave()
			servesAgain(t, p)
			if a := p.operate("GET", "/users/"+people[0].ID, nil); a.status != 200 {
				t.Errorf("the operator's socket: %v", a)
			}
		})
	}
	p.alive()
	if !strings.Contains(p.log.String(), "too many open files") {
		t.Error("the program never ran out of descriptors: this proves nothing")
	}
	for line := range strings.Lines(p.log.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("a line of the log that is none of ours: %.200q", line)
		}
	}
	p.stop()
}

// served sees that visitors who came before a crowd are served during it: with their data, or
// with the word that it cannot be reached.
func (p *program) served(t *testing.T, sessions []held, crowd func() func()) (leave func()) {
	t.Helper()
	regulars := make([]net.Conn, 4)
	for i := range regulars {
		regulars[i] = dial(t, p)
		if a := p.get(regulars[i], sessions[i].Token); a.status != 200 {
			t.Fatalf("a session check: %v", a)
		}
	}
	release := crowd()
	time.Sleep(100 * time.Millisecond)
	for range 10 {
		for _, a := range together(len(regulars), func(i int) answer { return p.get(regulars[i], sessions[10*(i+1)].Token) }) {
			if a.status != 200 {
				wantFault(t, "a session check", a, p.dir, "db.unavailable")
			}
		}
	}
	return func() {
		for _, conn := range regulars {
			_ = conn.Close()
		}
		release()
	}
}

// get asks on a connection that is open.
func (p *program) get(conn net.Conn, token string) answer {
	_, err := fmt.Fprintf(conn, "GET /api/v1/auth/me HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n", token)
	if err != nil {
		return answer{err: err}
	}
	return receive(conn)
}

// freeAddress is an address that nobody listens on now.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer listener.Close()
	return listener.Addr().String()
}
