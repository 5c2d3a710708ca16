//go:build linux

package faults

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// dial opens a connection to the public door.
func dial(t *testing.T, p *program) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", p.addr)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// rawLogin is a login as it goes over the wire.
func rawLogin(p *program, who *person) string {
	body := fmt.Sprintf(`{"email":%q,"password":%q}`, who.Email, who.Password)
	return fmt.Sprintf("POST /api/v1/auth/login HTTP/1.1\r\nHost: %s\r\nX-Auth-Mode: header\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		strings.TrimPrefix(p.url, "http://"), len(body), body)
}

// receive reads one answer.
func receive(conn net.Conn) answer {
	_ = conn.SetReadDeadline(time.Now().Add(3 * soon))
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return answer{err: err}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{status: response.StatusCode, code: response.Header.Get("X-Auth-Code"), header: response.Header, body: body, err: err}
}

// settle makes sure that the program has taken what was sent so far: requests that were sent
// later have been answered.
func (p *program) settle() {
	for range 3 {
		p.do("GET", "/healthz", nil)
		time.Sleep(20 * time.Millisecond)
	}
}

// DUR-10: a stop under load answers what was accepted, takes nothing new, leaves no log behind
// and ends well; what was answered is there afterwards.
func TestDUR10Stop(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	people := furnish(t, dir, 1, 1, 1, 1, 1, 1, 1, 1)
	p := start(t, dir, launch{})
	conns := make([]net.Conn, len(people))
	for i, who := range people {
		request := rawLogin(p, who)
		if i == 0 {
			request = request[:len(request)-1] // its last byte comes after the signal
		}
		conns[i] = dial(t, p)
		_, err := io.WriteString(conns[i], request)
		must(t, err)
	}
	idle := dial(t, p)
	p.settle()
	p.signal(syscall.SIGTERM)
	until(t, "the door is shut", func() bool {
		late, err := net.Dial("tcp", p.addr)
		if err != nil {
			return true
		}
		_ = late.Close()
		return false
	})
	_, err := io.WriteString(conns[0], "}")
	must(t, err)
	tokens := make([]string, len(conns))
	for i, conn := range conns {
		var got signedIn
		if a := receive(conn); a.status != 200 || read(a, &got) != nil {
			t.Errorf("a login that was accepted before the signal: %v", a)
		}
		tokens[i] = got.Token
		_ = conn.Close()
	}
	_ = idle.Close()
	p.await()
	if !p.status.Exited() || p.status.ExitStatus() != 0 {
		t.Errorf("the program ended with %v\n%s", p.status, p.log)
	}
	if _, err := os.Stat(filepath.Join(dir, "ostiary.db-wal")); !os.IsNotExist(err) {
		t.Errorf("the log was not copied into the database: %v", err)
	}
	again := start(t, dir, launch{})
	for _, token := range tokens {
		wantAlive(t, again, "a session that began while the program stopped", token)
	}
	again.stop()
}

// DUR-10: a second signal ends the program at once, under load, and costs nothing that was
// acknowledged.
func TestDUR10SecondSignal(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	all := everyone(t, dir)
	p := start(t, dir, launch{})
	slow := dial(t, p)
	_, err := io.WriteString(slow, strings.TrimSuffix(rawLogin(p, &person{Email: "ada@example.com"}), "}"))
	must(t, err)
	halt := all.load(t, p)
	time.Sleep(300 * time.Millisecond)
	p.signal(syscall.SIGTERM)
	until(t, "it is stopping", func() bool { return strings.Contains(p.log.String(), `"msg":"stopping"`) })
	p.signal(syscall.SIGTERM)
	p.await()
	halt()
	if !p.status.Signaled() || p.status.Signal() != syscall.SIGTERM {
		t.Errorf("the second signal did not end it: %v\n%s", p.status, p.log)
	}
	wantWhole(t, dir)
	again := start(t, dir, launch{})
	all.check(t, again)
	again.stop()
}

// DUR-10, OPS-02: a signal at any moment of the very first start, or of the next ones, leaves
// a folder that starts.
func TestDUR10SignalInTheStart(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		t.Run(signal.String(), func(t *testing.T) {
			dir := folder(t)
			for n := range few(6, 100) {
				if n%3 == 0 {
					must(t, os.RemoveAll(dir)) // a first start
				}
				p := run(t, dir, launch{})
				time.Sleep(time.Duration(rand.IntN(80)) * time.Millisecond)
				_ = p.cmd.Process.Signal(signal)
				p.await()
				if clean := p.status.Exited() && p.status.ExitStatus() == 0; !clean && !(p.status.Signaled() && p.status.Signal() == signal) {
					t.Errorf("the start ended with %v\n%s", p.status, p.log)
				}
			}
			p := start(t, dir, launch{})
			if a := signUp(p, "ada@example.com", firstPassword); a.status != 201 {
				t.Errorf("sign up: %v", a)
			}
			p.stop()
			wantWhole(t, dir)
		})
	}
}

// together makes n requests at the same time and returns what came back.
func together(n int, one func(i int) answer) []answer {
	answers := make([]answer, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { answers[i] = one(i) })
	}
	all.Wait()
	return answers
}
