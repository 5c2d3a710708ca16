//go:build linux

package faults

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// traced starts the program under strace, which writes down the calls that are named, with the
// paths behind the descriptors, and may make some fail.
func traced(t *testing.T, file string, options ...string) launch {
	t.Helper()
	before := []string{tool(t, "strace", "strace"), "-f", "-y", "-qq", "--seccomp-bpf", "-o", file}
	return launch{before: append(before, options...)}
}

// synced counts the syncs of the write-ahead log that a trace tells of.
func synced(t *testing.T, trace string) (n int) {
	t.Helper()
	text, err := os.ReadFile(trace)
	must(t, err)
	for line := range bytes.Lines(text) {
		if bytes.Contains(line, []byte("sync(")) && bytes.Contains(line, []byte("ostiary.db-wal>")) {
			n++
		}
	}
	return n
}

// DUR-03: behind each acknowledged change, one after the other, the log was synced between
// the question and the answer; and behind those that are made together at least once.
func TestDUR03SyncBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	dir, trace := folder(t), filepath.Join(t.TempDir(), "trace")
	people := furnish(t, dir, 40, 1)
	p := start(t, dir, traced(t, trace, "-e", "trace=fsync,fdatasync"))
	first := synced(t, trace)
	changes := few(30, 100)
	workers := []worker{&ender{who: people[0]}, &renamer{who: people[1]}}
	for n := range changes {
		before := synced(t, trace)
		if a := workers[min(n%4, 1)].step(p); !a.ok() {
			t.Fatalf("change %d: %v", n, a)
		}
		if after := synced(t, trace); after <= before {
			t.Errorf("change %d was acknowledged without a sync", n)
		}
	}
	alone := synced(t, trace) - first
	t.Logf("%d changes one by one: %d syncs", changes, alone)

	before := synced(t, trace)
	var all sync.WaitGroup
	for n := range 16 {
		all.Go(func() {
			if a := p.operate("PATCH", "/users/"+people[1].ID, map[string]string{"name": fmt.Sprint(n)}); !a.ok() {
				t.Errorf("%v", a)
			}
		})
	}
	all.Wait()
	together := synced(t, trace) - before
	t.Logf("16 changes together: %d syncs", together)
	if together < 1 {
		t.Error("changes that were made together were acknowledged without a sync")
	}
	p.stop()
}
