//go:build linux

package faults

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// long says that the long forms are to run.
var long = os.Getenv("FAULTS_LONG") != ""

// few is the short form's number, or the long form's.
func few(short, many int) int {
	if long {
		return many
	}
	return short
}

// bin is where the program under test is built, once for all tests.
var bin string

func TestMain(m *testing.M) {
	if what := os.Getenv(asHelper); what != "" {
		os.Exit(help(what))
	}
	if err := goApart(); err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		os.Exit(1)
	}
	dir, err := os.MkdirTemp("", "ostiary-faults-")
	if err == nil {
		err = os.Chmod(dir, 0o755) // other users start the program, too
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		os.Exit(1)
	}
	bin = filepath.Join(dir, "ostiary")
	code := m.Run()
	if err := os.RemoveAll(dir); err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
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

// goApart starts the tests again in a mount namespace of their own, where that is possible:
// whatever ends them, no mount and no loop device stays behind.
func goApart() error {
	unshare, err := exec.LookPath("unshare")
	if err != nil || os.Geteuid() != 0 || os.Getenv("FAULTS_APART") != "" {
		return nil
	}
	apart := []string{"unshare", "--mount", "--propagation", "private"}
	if exec.Command(unshare, append(apart[1:], "true")...).Run() != nil {
		return nil
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	argv := append(append(apart, self), os.Args[1:]...)
	return fmt.Errorf("unshare: %w", syscall.Exec(unshare, argv, append(os.Environ(), "FAULTS_APART=1")))
}

// tool finds a program of the system, or ends the test with what to install.
func tool(t *testing.T, name, pack string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil { // some lie where only root looks
		path, err = exec.LookPath("/usr/sbin/" + name)
	}
	if err != nil {
		t.Fatalf("%s is missing: apt-get install -y %s", name, pack)
	}
	return path
}

// asRoot skips a test that only root can make.
func asRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can do this")
	}
}

// impossible skips a test that this machine cannot make, unless it is one that must.
func impossible(t *testing.T, what string, err error) {
	t.Helper()
	if os.Getenv("CI") != "" && !errors.Is(err, errors.ErrUnsupported) {
		t.Fatalf("%s: %v; CI runs as root and must be able to", what, err)
	}
	t.Skipf("this machine cannot %s: %v", what, err)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
