package command

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// pty is a pseudo-terminal (pts(4)): what a person would see, and the end that
// the program gets.
func pty(t *testing.T) (screen *transcript, keys, tty *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	screen = &transcript{}
	shown := make(chan struct{})
	go func() {
		_, _ = io.Copy(screen, master) // until the terminal is closed
		close(shown)
	}()
	t.Cleanup(func() { _ = tty.Close(); _ = master.Close(); <-shown })
	return screen, master, tty
}

func onTerminal(t *testing.T, tty *os.File, dir string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("ostiary", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=10")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

func TestStartBlock(t *testing.T) {
	dir := t.TempDir()
	for _, want := range []string{`
ostiary \S+ \(\w+/\w+\) ready in \d+\.\d\d s

  Sign in    http://localhost:\d+
  Set up     http://localhost:\d+/setup/[0-9A-Z-]{32} <- create the first admin \(one use, 30 min\)
  API        http://localhost:\d+/api/v1

  Data       DIR/ostiary-data +created; back up this one folder
  Config     none, using defaults +ostiary config init writes a commented config.toml
  Cookie     ostiary_session; Lax; not Secure +because this address is http://localhost

  Checks: \d+ ok, 2 notes
  note\[url.not_set\]: public_url is not set, so links in mails point at http://localhost:[1-9]\d*
  note\[signup.tells_addresses\]: .*

`, `
ostiary \S+ \(\w+/\w+\) ready in \d+\.\d\d s

  Sign in    http://localhost:\d+
  API        http://localhost:\d+/api/v1

  Data       DIR/ostiary-data +existing; back up this one folder
  Users      1 \(1 admin\)
  Config     DIR/config.toml
  Cookie     ostiary_session; Lax; not Secure +because this address is http://localhost

  Checks: \d+ ok, 1 note
  note\[url.not_set\]: .*

`} {
		screen, _, tty := pty(t)
		cmd := onTerminal(t, tty, dir, "--listen", "127.0.0.1:0")
		screen.await(t, "note[url.not_set]")
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v\n%s", err, screen)
		}
		screen.await(t, "msg=stopped")
		seen := strings.ReplaceAll("\n"+screen.String(), "\r\n", "\n")
		pattern := strings.ReplaceAll(want, "DIR", regexp.QuoteMeta(dir))
		if !regexp.MustCompile("^" + pattern).MatchString(seen) {
			t.Errorf("the start block is\n%s\nwant\n%s", seen, pattern)
		}
		prepareSecond(t, dir)
	}
}

// prepareSecond makes an admin and a configuration for the second start.
func prepareSecond(t *testing.T, dir string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "config.toml"), []byte("[signup]\nenabled = false\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("ostiary", "user", "create", "--email", "ada@example.com", "--admin", "--password", "correct horse battery")
	cmd.Dir = dir
	_ = cmd.Run() // the second time she is there already
}

func TestPasswordIsAskedForAndHidden(t *testing.T) {
	dir := t.TempDir()
	screen, keys, tty := pty(t)
	before, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	cmd := onTerminal(t, tty, dir, "user", "create", "--email", "ada@example.com")
	for _, prompt := range []string{"Password: ", "Again:    "} {
		screen.await(t, prompt)
		if _, err := io.WriteString(keys, "correct horse battery\n"); err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, screen)
	}
	screen.await(t, "created usr_")
	if strings.Contains(screen.String(), "horse") {
		t.Errorf("the password stands on the screen:\n%s", screen)
	}
	after, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
	if err != nil || after.Lflag != before.Lflag {
		t.Errorf("the terminal was left with flags %x, they were %x (%v)", after.Lflag, before.Lflag, err)
	}
}

func TestTwoDifferentPasswords(t *testing.T) {
	screen, keys, tty := pty(t)
	cmd := onTerminal(t, tty, t.TempDir(), "user", "create", "--email", "ada@example.com")
	screen.await(t, "Password: ")
	_, _ = io.WriteString(keys, "correct horse battery\n")
	screen.await(t, "Again: ")
	_, _ = io.WriteString(keys, "correct horse batterie\n")
	if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != exitFailed {
		t.Errorf("ended with %v", err)
	}
	screen.await(t, "the two passwords differ")
}

// Ctrl-C at the question gives the echo back: a shell that shows nothing looks
// broken.
func TestInterruptedQuestionRestoresTheTerminal(t *testing.T) {
	screen, _, tty := pty(t)
	cmd := onTerminal(t, tty, t.TempDir(), "user", "create", "--email", "ada@example.com")
	screen.await(t, "Password: ")
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("an interrupted command ended well")
	}
	after, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
	if err != nil || after.Lflag&unix.ECHO == 0 {
		t.Errorf("the echo is off: %v", err)
	}
}
