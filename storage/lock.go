package storage

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// lockFile keeps a second process away from the folder. The lock is the
// kernel's and ends with the process; the text inside only tells who it was,
// and how far the database had come by then.
type lockFile struct {
	file    *os.File
	unclean bool // the last holder did not release it
	probes  int  // how many write probes it had seen in the database, see DB.upToDate
}

// takeLock locks dir/lock and writes "<pid> <host> <probes>" into it.
func takeLock(dir string) (*lockFile, error) {
	path := filepath.Join(dir, "lock")
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, denied("open lock file", path, err)
	}
	l := &lockFile{file: file}
	if err := errors.Join(handOver(file), l.take(dir)); err != nil {
		_ = file.Close() // nothing was written
		return nil, err
	}
	return l, nil
}

func (l *lockFile) take(dir string) error {
	err := unix.Flock(int(l.file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return &Fault{Code: CodeInUse, Op: "lock data folder", Detail: l.holder() + " already uses " + dir}
	}
	if err != nil {
		return explain("lock data folder", err)
	}
	before, err := l.read()
	if err != nil {
		return explain("read lock file", err)
	}
	l.unclean = before != ""
	if parts := strings.Fields(before); len(parts) == 3 {
		l.probes, _ = strconv.Atoi(parts[2]) // what is no number proves nothing
	}
	return l.remember(l.probes)
}

// remember writes down how many write probes the database holds.
func (l *lockFile) remember(probes int) error {
	l.probes = probes
	return l.write(fmt.Sprintf("%d %s %d\n", os.Getpid(), hostname(), probes))
}

// release unlocks, and leaves the file empty when the end was a clean one. The
// file stays: removing it would let two processes lock two files.
func (l *lockFile) release(clean bool) error {
	if clean {
		if err := l.write(""); err != nil {
			_ = l.file.Close() // closing unlocks in any case
			return err
		}
	}
	return l.file.Close()
}

func (l *lockFile) write(text string) error {
	if err := l.file.Truncate(0); err != nil {
		return explain("write lock file", err)
	}
	if _, err := l.file.WriteAt([]byte(text), 0); err != nil {
		return explain("write lock file", err)
	}
	return nil
}

func (l *lockFile) read() (string, error) {
	text, err := io.ReadAll(io.NewSectionReader(l.file, 0, 300))
	return strings.TrimSpace(string(text)), err
}

// holder names the process that has the lock. One that has just taken it may
// not have written its name yet.
func (l *lockFile) holder() string {
	for range 10 {
		text, err := l.read()
		parts := append(strings.Fields(text), "", "")
		if _, bad := strconv.Atoi(parts[0]); err == nil && bad == nil {
			return describe(parts[0], parts[1])
		}
		time.Sleep(5 * time.Millisecond)
	}
	return "another process"
}

func describe(pid, host string) string {
	switch {
	case host != hostname():
		return fmt.Sprintf("pid %s on host %s", pid, host)
	case pid == strconv.Itoa(os.Getpid()):
		return fmt.Sprintf("pid %s (this very process)", pid)
	}
	return "pid " + pid
}

// hostname is for people: in containers every server has pid 1.
func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return name
}
