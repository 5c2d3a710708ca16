package command

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// open makes a socket as careless as it can be: anybody may reach and write to
// it. What is left is the kernel's word about who connects.
func openSocket(t *testing.T) (*operatorSocket, *bytes.Buffer) {
	t.Helper()
	dir, err := os.MkdirTemp("", "ost")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	var log bytes.Buffer
	s, err := listenOperator(dir, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	for path, mode := range map[string]os.FileMode{dir: 0o755, s.path: 0o777} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	return s, &log
}

// dialAs connects as another user: on Linux a user is a matter of the thread,
// so one thread is given away for it.
func dialAs(t *testing.T, uid int, path string) (net.Conn, error) {
	t.Helper()
	type result struct {
		conn net.Conn
		err  error
	}
	done := make(chan result)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with this goroutine
		if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, uintptr(uid), uintptr(uid), uintptr(uid)); errno != 0 {
			done <- result{nil, errno}
			return
		}
		conn, err := net.Dial("unix", path)
		done <- result{conn, err}
	}()
	r := <-done
	return r.conn, r.err
}

func TestSocketIsForOperatorsOnly(t *testing.T) {
	if os.Geteuid() != 0 || runtime.GOOS != "linux" {
		t.Skip("only root on Linux can connect as somebody else")
	}
	s, log := openSocket(t)
	const nobody = 65534
	stranger, err := dialAs(t, nobody, s.path)
	if err != nil {
		t.Fatal(err)
	}
	operator, err := net.Dial("unix", s.path)
	if err != nil {
		t.Fatal(err)
	}
	defer operator.Close()
	// The stranger came first; the operator is the one who gets in.
	conn, err := s.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if who, err := peerOf(conn.(*net.UnixConn)); err != nil || who.uid != 0 || who.pid != os.Getpid() {
		t.Errorf("accepted %+v, %v", who, err)
	}
	if n, err := stranger.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Error("the stranger was not hung up on")
	}
	if !strings.Contains(log.String(), "uid=65534") {
		t.Errorf("nothing was logged about the stranger: %s", log)
	}
}

func TestSocketAsksWhoMay(t *testing.T) {
	s, _ := openSocket(t)
	s.may = func(int) bool { return false }
	conn, err := net.Dial("unix", s.path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	go func() { _, _ = s.Accept() }()
	if _, err := conn.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("a refused connection ended with %v", err)
	}
}

// A socket outside of the data folder may be replaced by somebody else's when
// its server is gone; the command line must not talk to that one.
func TestDialRefusesForeignServer(t *testing.T) {
	if os.Geteuid() != 0 || runtime.GOOS != "linux" {
		t.Skip("only root on Linux can serve as somebody else")
	}
	dir := t.TempDir()
	elsewhere, err := os.MkdirTemp("", "ost")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(elsewhere)
	if err := os.Chmod(elsewhere, 0o777); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(elsewhere, socketName)
	if err := os.WriteFile(filepath.Join(dir, elsewhereName), []byte(path+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	served := make(chan net.Listener)
	go func() {
		runtime.LockOSThread()
		_, _, _ = syscall.RawSyscall(syscall.SYS_SETRESUID, 65534, 65534, 65534)
		listener, err := net.Listen("unix", path) // listen(2) is what SO_PEERCRED tells of
		if err != nil {
			t.Error(err)
		}
		served <- listener
	}()
	listener := <-served
	if listener == nil {
		return
	}
	defer listener.Close()
	if conn, who, err := dialOperator(dir); err != errNoServer {
		t.Fatalf("connected to a server of uid %d: %v %v", who.uid, conn, err)
	}
	// The same place, served by ourselves, is fine.
	_ = listener.Close()
	own, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	conn, _, err := dialOperator(dir)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
}

func TestLongPathGetsASocketElsewhere(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("d", longestSocket))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s, err := listenOperator(dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, elsewhereName))
	if err != nil || strings.TrimSpace(string(text)) != s.path {
		t.Fatalf("the folder says %q, the socket is %s (%v)", text, s.path, err)
	}
	folder := filepath.Dir(s.path)
	if info, err := os.Stat(folder); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder of the socket: %v %v", info, err)
	}
	conn, _, err := dialOperator(dir)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	for _, path := range []string{folder, filepath.Join(dir, elsewhereName)} {
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("%s was left behind", path)
		}
	}
}

// 107 bytes are the most that bind; one more moves.
func TestLongestSocketBinds(t *testing.T) {
	base, err := os.MkdirTemp("", "ost")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(base)
	room := longestSocket - len(base) - len("/") - len("/"+socketName)
	for extra, inside := range map[int]bool{0: true, 1: false} {
		dir := filepath.Join(base, strings.Repeat("x", room+extra))
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		s, err := listenOperator(dir, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if got := filepath.Dir(s.path) == dir; got != inside {
			t.Errorf("%d bytes: socket at %s", room+extra, s.path)
		}
		_ = s.Close()
	}
}
