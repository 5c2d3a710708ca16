//go:build linux

package faults

import (
	"encoding/json"
	"errors"
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
)

// soon is how long something may take that needs no time. It is no promise: the machine
// may be busy with other things.
const soon = 20 * time.Second

// program is the server at work, or the start that was refused.
type program struct {
	t    *testing.T
	dir  string // its data folder
	url  string // where people find it
	addr string // where it listens
	pid  int    // of the program itself: a tracer may stand before it

	cmd    *exec.Cmd
	log    *transcript
	ended  chan struct{} // closed when it is over, and then
	status syscall.WaitStatus

	public, operator *http.Client
}

// launch is how a program is started.
type launch struct {
	before []string // the command that starts it: strace, prlimit, …
	env    []string
	stderr *os.File // in place of the transcript; it must be readable
}

// generous are limits that no load of these tests meets. Hashes cost what they always do.
var generous = []string{
	"OSTIARY_LIMITS__AUTH=1000000/1m", "OSTIARY_LIMITS__AUTH_ADDRESS=1000000/1m", "OSTIARY_LIMITS__AUTH_NETWORK=1000000/1m",
	"OSTIARY_LIMITS__ANONYMOUS=1000000/1m", "OSTIARY_LIMITS__USER=1000000/1m", "OSTIARY_LIMITS__LOCK_AFTER=1000000",
}

// start runs the program and waits until it is ready.
func start(t *testing.T, dir string, how launch) *program {
	t.Helper()
	p := try(t, dir, how)
	if p.over() {
		t.Fatalf("the program did not start: %v\n%s", p.status, p.log)
	}
	return p
}

// try runs the program until it is ready or over.
func try(t *testing.T, dir string, how launch) *program {
	t.Helper()
	p := run(t, dir, how)
	for deadline := time.Now().Add(3 * soon); !p.over(); time.Sleep(2 * time.Millisecond) {
		if p.ready() {
			return p
		}
		if time.Now().After(deadline) {
			t.Fatalf("the program is neither ready nor over after %v\n%s", 3*soon, p.log)
		}
	}
	return p
}

// run starts the program and waits for nothing.
func run(t *testing.T, dir string, how launch) *program {
	t.Helper()
	must(t, build())
	args := append(how.before, bin, "--data", dir, "--listen", "127.0.0.1:0")
	p := &program{t: t, dir: dir, log: &transcript{}, ended: make(chan struct{})}
	p.cmd = exec.Command(args[0], args[1:]...)
	p.cmd.Env = append(append([]string{"PATH=" + os.Getenv("PATH"), "HOME=/"}, generous...), how.env...)
	p.cmd.Stderr = p.log
	if how.stderr != nil {
		p.cmd.Stderr, p.log.file = how.stderr, how.stderr.Name()
	}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	p.cmd.WaitDelay = soon // what it started may hold its standard error
	must(t, p.cmd.Start())
	go p.wait()
	t.Cleanup(p.kill)
	return p
}

func (p *program) wait() {
	_ = p.cmd.Wait() // how it ended is in the state
	p.status, _ = p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	close(p.ended)
}

func (p *program) over() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// ready reads from the log whether the program serves, and where.
func (p *program) ready() bool {
	log := p.log.String()
	if !strings.Contains(log, `"msg":"ready"`) {
		return false
	}
	for line := range strings.Lines(log) {
		var event struct{ Msg, URL string }
		if json.Unmarshal([]byte(line), &event) == nil && event.Msg == "sign in" {
			p.url, p.addr = event.URL, "127.0.0.1:"+event.URL[strings.LastIndex(event.URL, ":")+1:]
		}
	}
	text, err := os.ReadFile(filepath.Join(p.dir, "lock"))
	must(p.t, err)
	pid, _, _ := strings.Cut(string(text), " ")
	p.pid, err = strconv.Atoi(pid)
	must(p.t, err)
	p.public, p.operator = clientOf("tcp", p.addr), clientOf("unix", filepath.Join(p.dir, "ostiary.sock"))
	return true
}

// kill ends the program and what started it, as a power switch does.
func (p *program) kill() {
	if p.pid != 0 {
		_ = syscall.Kill(p.pid, syscall.SIGKILL) // it may be over already
	}
	_ = p.cmd.Process.Kill()
	p.await()
}

func (p *program) signal(s syscall.Signal) {
	p.t.Helper()
	if p.over() {
		p.t.Fatalf("the program is over: %v\n%s", p.status, p.log)
	}
	must(p.t, syscall.Kill(p.pid, s))
}

// await waits until the program is over.
func (p *program) await() {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(3 * soon):
		p.t.Fatalf("the program does not end\n%s", p.log)
	}
}

// stop ends the program as a service manager does, and sees that it goes well.
func (p *program) stop() {
	p.t.Helper()
	p.signal(syscall.SIGTERM)
	p.await()
	if !p.status.Exited() || p.status.ExitStatus() != 0 {
		p.t.Errorf("the program ended with %v\n%s", p.status, p.log)
	}
}

// alive fails when the program is over, or has panicked.
func (p *program) alive() {
	p.t.Helper()
	if p.over() {
		p.t.Fatalf("the program has ended: %v\n%s", p.status, p.log)
	}
	if log := p.log.String(); strings.Contains(log, "panic") || strings.Contains(log, "goroutine ") {
		p.t.Fatalf("the program panicked\n%s", log)
	}
}

// until waits for something that must become true.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * soon); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not after %v: %s", 2*soon, what)
		}
	}
}

// transcript is what a program wrote so far.
type transcript struct {
	mu   sync.Mutex
	text strings.Builder
	file string // where it writes itself; "" for here
}

func (b *transcript) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *transcript) String() string {
	if b.file != "" {
		text, err := os.ReadFile(b.file)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err.Error()
		}
		return string(text)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
