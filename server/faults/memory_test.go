//go:build linux

package faults

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// cage is a memory cgroup, of either version.
type cage struct{ dir, peak, kills string }

// newCage makes a cgroup of so many bytes, or says why there cannot be one.
func newCage(t *testing.T, limit int64) cage {
	t.Helper()
	asRoot(t)
	name := fmt.Sprintf("ostiary-faults-%d", os.Getpid())
	first := cage{filepath.Join("/sys/fs/cgroup/memory", name), "memory.max_usage_in_bytes", "memory.oom_control"}
	second := cage{filepath.Join("/sys/fs/cgroup", name), "memory.peak", "memory.events"}
	c, file := first, "memory.limit_in_bytes"
	if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err == nil {
		c, file = second, "memory.max"
	}
	err := os.Mkdir(c.dir, 0o755)
	if err == nil {
		t.Cleanup(func() { until(t, "remove the cgroup", func() bool { return os.Remove(c.dir) == nil }) })
		err = os.WriteFile(filepath.Join(c.dir, file), []byte(strconv.FormatInt(limit, 10)), 0o644)
	}
	if err != nil {
		impossible(t, "limit memory by a cgroup", err)
	}
	return c
}

// inside starts the program in the cage.
func (c cage) inside() launch {
	return launch{before: []string{"sh", "-c", `echo $$ >"$0/cgroup.procs" && exec "$@"`, c.dir}}
}

// used tells how much memory the cage held at most, and whether somebody was killed in it.
func (c cage) used(t *testing.T) (peak int64, killed bool) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(c.dir, c.peak))
	if err == nil {
		peak, err = strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	}
	if err != nil {
		t.Log(err) // older kernels do not keep it
	}
	text, err = os.ReadFile(filepath.Join(c.dir, c.kills))
	must(t, err)
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 2 && fields[0] == "oom_kill" {
			killed = fields[1] != "0"
		}
	}
	return peak, killed
}

// RES-04: 200 logins at once in 256 MiB: nobody is killed, what is too much is refused with
// the time to come back, and session checks go on.
func TestRES04LoginStorm(t *testing.T) {
	t.Parallel()
	c := newCage(t, 256<<20)
	dir := folder(t)
	people := furnish(t, dir, slices.Repeat([]int{1}, 40)...)
	p := start(t, dir, c.inside())
	var stopped atomic.Bool
	var checks sync.WaitGroup
	var times []time.Duration
	checks.Go(func() {
		for !stopped.Load() {
			began := time.Now()
			wantAlive(t, p, "a session check in the storm", people[len(times)%40].Sessions[0].Token)
			times = append(times, time.Since(began))
			time.Sleep(5 * time.Millisecond)
		}
	})
	storm := clientOf("tcp", p.addr)
	began := time.Now()
	answers := together(200, func(i int) answer {
		email, password := people[i%40].Email, firstPassword
		switch i % 3 {
		case 1:
			password = "not the password at all"
		case 2:
			email = fmt.Sprintf("stranger%d@example.com", i)
		}
		return ask(storm, "POST", p.url+"/api/v1/auth/login", map[string]string{"email": email, "password": password}, asProgram)
	})
	took := time.Since(began)
	stopped.Store(true)
	checks.Wait()
	count := map[string]int{}
	for i, a := range answers {
		wantStormAnswer(t, a, i%3 == 0)
		count[fmt.Sprintf("%d %s", a.status, a.code)]++
	}
	peak, killed := c.used(t)
	slices.Sort(times)
	t.Logf("in %v: %v; peak %d MiB; %d session checks, median %v, p99 %v", took.Round(time.Millisecond), count, peak>>20,
		len(times), times[len(times)/2].Round(10*time.Microsecond), times[len(times)*99/100].Round(10*time.Microsecond))
	if killed || peak > 240<<20 {
		t.Errorf("the program was killed (%v) or came close to it: peak %d MiB", killed, peak>>20)
	}
	if count["200 "] == 0 {
		t.Error("nobody got in")
	}
	p.alive()
	if a := login(p, people[0].Email, firstPassword); a.status != 200 {
		t.Errorf("a login after the storm: %v", a)
	}
	p.stop()
}

// wantStormAnswer fails unless the answer is the right one, or that there are too many.
func wantStormAnswer(t *testing.T, a answer, right bool) {
	t.Helper()
	switch {
	case a.busy() || a.status == 429:
		if a.header.Get("Retry-After") == "" {
			t.Errorf("%v has no Retry-After", a)
		}
	case right && a.status != 200, !right && (a.status != 401 || a.code != "login.invalid_credentials"):
		t.Errorf("a login in the storm (right password: %v): %v", right, a)
	}
}

// RES-05: bodies that are too big are refused before they are there, in bounded memory.
func TestRES05BigBodies(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	p := start(t, dir, launch{})
	before := p.figure("VmHWM")
	head := "POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
	for what, size := range map[string]int{"64 MiB": 64 << 20, "just too much": 64<<10 + 1} {
		a := p.send(dial(t, p), fmt.Sprintf("%sContent-Length: %d\r\n\r\n", head, size), size, false)
		wantRefusal(t, what, a, 413, "request.too_large")
	}
	wantRefusal(t, "64 MiB in chunks", p.send(dial(t, p), head+"Transfer-Encoding: chunked\r\n\r\n", 64<<20, true), 413, "request.too_large")
	for _, a := range together(200, func(int) answer {
		return p.send(dial(t, p), fmt.Sprintf("%sContent-Length: %d\r\n\r\n", head, 1<<20), 1<<20, false)
	}) {
		wantRefusal(t, "1 MiB, 200 times at once", a, 413, "request.too_large")
	}
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	_, err := writer.Write(make([]byte, 32<<20))
	must(t, err)
	must(t, writer.Close())
	conn := dial(t, p)
	_, err = fmt.Fprintf(conn, "%sContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", head, packed.Len(), packed.Bytes())
	must(t, err)
	wantRefusal(t, "32 MiB, compressed", receive(conn), 415, "request.unsupported_type")
	grown := p.figure("VmHWM") - before
	t.Logf("memory grew by %d MiB at most", grown>>20)
	if grown > 64<<20 {
		t.Errorf("memory grew by %d MiB", grown>>20)
	}
	p.alive()
	wantHealth(t, p, "")
	p.stop()
}

// send sends a head and as much of a body as is taken, and reads the answer meanwhile.
func (p *program) send(conn net.Conn, head string, size int, chunked bool) answer {
	_, _ = io.WriteString(conn, head)
	answered := make(chan answer, 1)
	go func() { answered <- receive(conn) }()
	part := bytes.Repeat([]byte("a"), 16<<10)
	for sent := 0; sent < size; sent += len(part) {
		var err error
		if chunked {
			_, err = fmt.Fprintf(conn, "%x\r\n%s\r\n", len(part), part)
		} else {
			_, err = conn.Write(part)
		}
		if err != nil {
			break
		}
	}
	return <-answered
}

func wantRefusal(t *testing.T, what string, a answer, status int, code string) {
	t.Helper()
	if a.status != status || a.code != code {
		t.Errorf("%s: %v, want %d %s", what, a, status, code)
	}
}
