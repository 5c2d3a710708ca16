package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// bin is where the program under test is built, once for all tests.
var bin string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "ostiary-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		os.Exit(1)
	}
	bin = filepath.Join(dir, "ostiary")
	code := m.Run()
	if err := os.RemoveAll(dir); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
	}
	os.Exit(code)
}

// build makes the program as it is shipped: without cgo.
var build = sync.OnceValue(func() error {
	cmd := exec.Command("go", "build", "-trimpath", "-o", bin, "ostiary")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w: %s", err, out)
	}
	return nil
})

// tools are the programs of others that the tests drive.
type tools struct{ Node, Chromium, Firefox, Nginx string }

var look = sync.OnceValues(func() (found tools, err error) {
	for name, path := range map[string]*string{"node": &found.Node, "chromium": &found.Chromium, "firefox-esr": &found.Firefox, "nginx": &found.Nginx} {
		*path, err = exec.LookPath(name)
		if err != nil { // daemons lie where only root looks
			*path, err = exec.LookPath("/usr/sbin/" + name)
		}
		if err != nil {
			return found, errors.New(name + " is missing: apt-get install -y chromium firefox-esr nginx-light nodejs npm")
		}
	}
	if _, err := os.Stat("node_modules/playwright-core/package.json"); err != nil {
		return found, errors.New("node_modules is missing: npm ci --prefix server/e2e")
	}
	return found, nil
})

// need hands out the tools, or ends the test with what to install.
func need(t *testing.T) tools {
	t.Helper()
	found, err := look()
	if err != nil {
		t.Fatal(err)
	}
	return found
}
