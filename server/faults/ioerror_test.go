//go:build linux

package faults

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// ioFault is a way in which the kernel lets the program down.
type ioFault struct{ calls, errno string }

func (f ioFault) String() string { return f.calls + " " + f.errno }

// nthFault fails at its n-th call in a thread: each thread counts its own.
type nthFault struct {
	ioFault
	n int
}

// nthFaults are some in the start and some under load; in the long form 200.
func nthFaults() (list []nthFault) {
	if !long {
		sync, full, bad, blind := ioFault{"fsync,fdatasync", "EIO"}, ioFault{"pwrite64", "ENOSPC"}, ioFault{"pwrite64", "EIO"}, ioFault{"pread64", "EIO"}
		return []nthFault{{sync, 1}, {sync, 4}, {sync, 7}, {full, 4}, {full, 30}, {bad, 12}, {bad, 45}, {blind, 9}, {ioFault{"openat", "EMFILE"}, 4}}
	}
	kinds := []ioFault{{"fsync,fdatasync", "EIO"}, {"pwrite64", "ENOSPC"}, {"pwrite64", "EIO"}, {"pread64", "EIO"},
		{"openat", "EMFILE"}, {"ftruncate", "ENOSPC"}, {"fcntl", "ENOLCK"}, {"mmap", "ENOMEM"}}
	for i := range 200 {
		n := 1 + i/len(kinds)
		if kinds[i%len(kinds)].calls == "pwrite64" {
			n = 4 * n // there are many
		}
		list = append(list, nthFault{kinds[i%len(kinds)], n})
	}
	return list
}

// DUR-06: one I/O error at the n-th call, wherever that is, in the start or under load: a start
// that is refused says why; else the change that met it is refused, or made in spite of it,
// never half; nobody is signed out by it; and the program goes on.
func TestDUR06NthError(t *testing.T) {
	t.Parallel()
	hits, all := 0, nthFaults()
	for _, f := range all {
		t.Run(fmt.Sprintf("%s %d", f, f.n), func(t *testing.T) {
			if nthError(t, f) {
				hits++
			}
		})
	}
	t.Logf("%d of %d faults were met", hits, len(all))
	if hits < len(all)/2 {
		t.Errorf("only %d of %d faults were met: this proves little", hits, len(all))
	}
}

// nthError runs the program once with one fault and says whether it was met.
func nthError(t *testing.T, f nthFault) (met bool) {
	dir, trace := folder(t), filepath.Join(t.TempDir(), "trace")
	people := furnish(t, dir, 20, 1)
	all := &crew{workers: []worker{&ender{who: people[0]}, &renamer{who: people[1]}}}
	p := try(t, dir, traced(t, trace, "-e", "trace="+f.calls, "-e", fmt.Sprintf("inject=%s:error=%s:when=%d", f.calls, f.errno, f.n)))
	if p.over() {
		t.Log("the start was refused")
		wantError(t, p)
	} else {
		for range 8 {
			for _, w := range all.workers {
				all.step(t, p, w)
			}
			wantAliveOrFault(t, p, people[0].Sessions[0].Token)
		}
		if f.calls != "pread64" { // after which the database is looked through first, once a minute
			p.recovers()
		}
		// The same fault may wait in another thread.
		until(t, "a change after the fault", func() bool { return all.workers[1].step(p).ok() })
		all.check(t, p)
		p.alive()
		p.kill()
	}
	wantWhole(t, dir)
	again := start(t, dir, launch{})
	all.check(t, again)
	again.stop()
	text, err := os.ReadFile(trace)
	must(t, err)
	t.Logf("%d changes acknowledged, %d refused", all.acked.Load(), all.refused.Load())
	return bytes.Contains(text, []byte("(INJECTED)"))
}

// wantError fails unless a start ended with exit code 1 and told why.
func wantError(t *testing.T, p *program) {
	t.Helper()
	log := p.log.String()
	if !p.status.Exited() || p.status.ExitStatus() != 1 || strings.Count("\n"+log, "\nerror") != 1 {
		t.Errorf("the start ended with %v and not with one error:\n%s", p.status, log)
	}
}

// wantAliveOrFault fails when a storage fault looks like a session that has ended.
func wantAliveOrFault(t *testing.T, p *program, token string) (alive bool) {
	t.Helper()
	a := p.me(token, cookie(token))
	if a.status != 200 {
		// SQLite calls a page that cannot be read corrupt.
		wantFault(t, "a session check", a, p.dir, "db.unavailable", "db.disk_full", "db.locked", "db.corrupt")
	}
	return a.status == 200
}

// attach makes calls of a running program fail until it is released.
func attach(t *testing.T, p *program, fault ioFault) (release func()) {
	t.Helper()
	cmd := exec.Command(tool(t, "strace", "strace"), "-f", "-qq", "-o", filepath.Join(t.TempDir(), "trace"), "-p", strconv.Itoa(p.pid),
		"-e", "trace="+fault.calls, "-e", "inject="+fault.calls+":error="+fault.errno)
	said := &transcript{}
	cmd.Stderr = said
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	must(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	for deadline := time.Now().Add(soon); !allTraced(t, p.pid, cmd.Process.Pid); time.Sleep(10 * time.Millisecond) {
		if strings.Contains(said.String(), "not permitted") {
			t.Skip("this machine lets nobody but root attach to a process (kernel.yama.ptrace_scope)")
		}
		if time.Now().After(deadline) {
			t.Fatalf("strace does not attach: %s", said)
		}
	}
	return func() {
		_ = cmd.Process.Signal(syscall.SIGINT) // it lets go and ends
		_ = cmd.Wait()
	}
}

// allTraced says whether every thread of a process has this tracer.
func allTraced(t *testing.T, pid, tracer int) bool {
	t.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	must(t, err)
	for _, path := range threads {
		text, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(text), fmt.Sprintf("TracerPid:\t%d\n", tracer)) {
			return false
		}
	}
	return len(threads) > 0
}

// DUR-06, OPS-09: as long as nothing can be synced, or written, nothing is acknowledged. What
// can be read is read, nobody is signed out, and the end of the fault is enough to go on.
func TestDUR06OPS09LastingError(t *testing.T) {
	t.Parallel()
	for fault, code := range map[ioFault]string{
		{"fsync,fdatasync", "EIO"}: "db.unavailable", {"pwrite64", "EIO"}: "db.unavailable", {"pwrite64", "ENOSPC"}: "db.disk_full",
	} {
		t.Run(fault.String(), func(t *testing.T) {
			dir := folder(t)
			people := furnish(t, dir, 40, 1, 2)
			p := start(t, dir, launch{})
			enderOne, namer := &ender{who: people[0]}, &renamer{who: people[1]}
			all := &crew{workers: []worker{enderOne, namer}}
			all.step(t, p, enderOne)
			all.step(t, p, namer)
			gone := enderOne.ended[0].Token
			release := attach(t, p, fault)
			for range 5 {
				wantFault(t, "end a session", enderOne.step(p), dir, code)
				wantFault(t, "rename", namer.step(p), dir, code)
				wantAlive(t, p, "a session", people[0].Sessions[0].Token)
				wantEnded(t, p, "a session that was ended before", gone)
			}
			mine := people[2].Sessions[0].Token
			wantFault(t, "log out", p.do("POST", "/api/v1/auth/logout", nil, cookie(mine)), dir, code)
			wantHealth(t, p, code)
			p.alive()
			release()
			p.recovers()
			all.check(t, p)
			for _, w := range all.workers {
				if a := w.step(p); !a.ok() {
					t.Errorf("a change after the fault: %v", a)
				}
			}
			p.kill()
			wantWhole(t, dir)
			again := start(t, dir, launch{})
			all.check(t, again)
			wantHealth(t, again, "")
			again.stop()
		})
	}
}

// DUR-06: what cannot be read is a storage fault, not a session that has ended.
func TestDUR06ReadError(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	people := furnish(t, dir, 4000)
	p := start(t, dir, launch{})
	release := attach(t, p, ioFault{"pread64", "EIO"})
	faults := 0
	for n := 0; n < len(people[0].Sessions); n += 50 {
		if !wantAliveOrFault(t, p, people[0].Sessions[n].Token) {
			faults++
		}
	}
	p.alive()
	if a := p.do("GET", "/healthz", nil); a.status != 200 {
		t.Errorf("/healthz: %v", a)
	}
	release()
	if faults == 0 {
		t.Error("no read met the fault: this proves nothing")
	}
	for n := 0; n < len(people[0].Sessions); n += 50 {
		wantAlive(t, p, "a session after the fault", people[0].Sessions[n].Token)
	}
	t.Logf("%d reads met the fault", faults)
	if long { // what looks damaged is looked through once a minute
		for deadline := time.Now().Add(2 * time.Minute); p.do("GET", "/readyz", nil).status != 200 && time.Now().Before(deadline); {
			time.Sleep(time.Second)
		}
		wantHealth(t, p, "")
	}
	p.stop()
}
