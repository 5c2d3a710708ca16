package storage

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"ostiary/cache"
)

// TestKillLosesNothingAcknowledged kills a process in the middle of its
// writes, several times over one database: what it had said to be durable is
// there, whole, and what is there was asked for.
func TestKillLosesNothingAcknowledged(t *testing.T) {
	if dir := os.Getenv("STORAGE_CRASH"); dir != "" {
		writeUntilKilled(t, dir, os.Getenv("STORAGE_ROUND"))
		return
	}
	dir := t.TempDir()
	acknowledged := make(map[string]bool)
	for round := range 3 {
		for _, name := range killedWriter(t, dir, fmt.Sprint(round)) {
			acknowledged[name] = true
		}
		db, err := Open(context.Background(), Options{Dir: dir, Fence: cache.NewFence()})
		must(t, err)
		for name := range acknowledged {
			if !hasState(t, db, name) || !hasState(t, db, name+"-pair") {
				t.Errorf("round %d: %s was acknowledged and is not there", round, name)
			}
		}
		mustClose(t, db)
	}
	if len(acknowledged) < 30 {
		t.Errorf("only %d writes were acknowledged in all", len(acknowledged))
	}
}

// writeUntilKilled says each write that was answered, from eight clients.
func writeUntilKilled(t *testing.T, dir, round string) {
	db := openIn(t, dir)
	var say sync.Mutex
	for c := range 8 {
		go func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("%s.%d.%d", round, c, i)
				err := db.Update(context.Background(), func(tx *Tx) error {
					if err := tx.SetState(name, "v"); err != nil {
						return err
					}
					return tx.SetState(name+"-pair", "v")
				})
				if err != nil {
					panic(err)
				}
				say.Lock()
				fmt.Println("durable", name)
				say.Unlock()
			}
		}()
	}
	select {}
}

// killedWriter runs a writing process, kills it and returns what it said.
func killedWriter(t *testing.T, dir, round string) (said []string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestKillLosesNothingAcknowledged$")
	cmd.Env = append(os.Environ(), "STORAGE_CRASH="+dir, "STORAGE_ROUND="+round)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if len(said) == 0 {
			// From the first answer on: at some point in the midst of it.
			time.AfterFunc(100*time.Millisecond, func() { _ = cmd.Process.Kill() })
		}
		if name, ok := strings.CutPrefix(lines.Text(), "durable "); ok {
			said = append(said, name)
		}
	}
	_ = cmd.Wait()
	return said
}
