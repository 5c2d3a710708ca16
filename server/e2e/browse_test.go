package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// about is what a script is told beside the server and the browsers.
type about map[string]any

// browse runs a script against the server. Each check that it prints becomes a subtest.
func browse(t *testing.T, p product, script string, more about) {
	t.Helper()
	found := need(t)
	told := about{"url": p.url, "setup": p.setup, "chromium": found.Chromium, "firefox": found.Firefox, "shots": os.Getenv("E2E_SHOTS")}
	for key, value := range more {
		told[key] = value
	}
	encoded, err := json.Marshal(told)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, found.Node, "browser/"+script)
	cmd.Env = append(os.Environ(), "E2E="+string(encoded))
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // so that it can close the browser
	cmd.WaitDelay = 10 * time.Second
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	err = cmd.Run()
	if checks := report(t, &out); checks == 0 || (err != nil && !t.Failed()) {
		t.Errorf("%s: %d checks, %v: %s", script, checks, err, &complaint)
	}
}

// report turns a script's lines into subtests.
func report(t *testing.T, out *bytes.Buffer) (checks int) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		name, passed := strings.CutPrefix(line, "ok ")
		rest, failed := strings.CutPrefix(line, "not ok ")
		if !passed && !failed {
			t.Log(line)
			continue
		}
		checks++
		why := ""
		if failed {
			name, why, _ = strings.Cut(rest, ": ")
		}
		t.Run(name, func(t *testing.T) {
			if failed {
				t.Error(why)
			}
		})
	}
	return checks
}
