package storage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	databaseName = "ostiary.db"
	// applicationID marks the file as ours, "Osty"; see PRAGMA application_id.
	applicationID = 0x4F737479
)

// dataFolder finds or makes the data folder and returns where it really is.
func dataFolder(dir string) (string, error) {
	if err := makeFolder(dir); err != nil {
		return "", err
	}
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return "", denied("find data folder", dir, err)
	}
	abs, err := filepath.Abs(real)
	return abs, explain("find data folder", err)
}

// makeFolder makes the data folder, 0700 whatever the umask, or takes the one
// that is there as it is: its owner may have opened it to a backup group.
func makeFolder(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return denied("make data folder", dir, err)
		}
		return nil
	case err != nil:
		return denied("open data folder", dir, err)
	case !info.IsDir():
		return &Fault{Code: CodeUnavailable, Op: "open data folder", Detail: dir + " is not a folder"}
	}
	// SQLite makes files beside the database; without the right to, it would
	// only say that it cannot open something.
	if err := unix.Access(dir, unix.W_OK|unix.X_OK); err != nil {
		return denied("write to data folder", dir, err)
	}
	return nil
}

// makeFile makes an empty file, 0600 whatever the umask.
func makeFile(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return denied("make file", path, err)
	}
	err = handOver(file)
	if closed := file.Close(); err == nil {
		err = closed
	}
	return explain("make file", err)
}

// handOver gives a file that root made to the owner of its folder, as SQLite
// does with the files beside a database: else one command under sudo would
// leave a file that the server cannot open.
func handOver(file *os.File) error {
	if os.Geteuid() != 0 {
		return nil
	}
	var folder syscall.Stat_t
	if err := syscall.Stat(filepath.Dir(file.Name()), &folder); err != nil {
		return err
	}
	if folder.Uid == 0 {
		return nil
	}
	return file.Chown(int(folder.Uid), int(folder.Gid))
}

// denied explains an error of the file system; when a permission is missing it
// tells whose file it is and who asks.
func denied(op, path string, err error) error {
	f := asFault(explain(op, err))
	if f == nil || f.Code != CodeReadonly {
		return explain(op, err)
	}
	f.Detail = fmt.Sprintf("this process is uid %d", os.Geteuid())
	for _, p := range []string{path, filepath.Dir(path)} {
		info, statErr := os.Stat(p)
		if statErr != nil {
			continue
		}
		if s, ok := info.Sys().(*syscall.Stat_t); ok {
			f.Detail += fmt.Sprintf("; %s belongs to uid %d, mode %04o", p, s.Uid, info.Mode().Perm())
		}
	}
	return f
}

// fileSet is the database file and the log beside it, as they were opened.
type fileSet struct {
	path    string
	db, log fileID // the zero value where it is not known yet
}

type fileID struct{ dev, ino uint64 }

func (f *fileSet) logPath() string { return f.path + "-wal" }

// rememberLog notes which log is open, unless that is known.
func (f *fileSet) rememberLog() (err error) {
	if f.log == (fileID{}) {
		f.log, err = identify(f.logPath())
	}
	return err
}

// unmoved fails when the files were moved, deleted or replaced: SQLite would
// go on writing to what nobody can find, and every answer would be lost with
// this process.
func (f *fileSet) unmoved() error {
	db, err := identify(f.path)
	if err == nil && db == f.db {
		if f.log == (fileID{}) {
			return nil
		}
		var log fileID
		if log, err = identify(f.logPath()); err == nil && log == f.log {
			return nil
		}
	}
	return &Fault{Code: CodeUnavailable, Op: "find database", Err: err,
		Detail: f.path + " (or its -wal) was moved, deleted or replaced while it was open; restart"}
}

func identify(path string) (fileID, error) {
	var s syscall.Stat_t
	if err := syscall.Stat(path, &s); err != nil {
		return fileID{}, &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	return fileID{dev: uint64(s.Dev), ino: s.Ino}, nil
}

func fileSize(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// header is what the first 100 bytes of a database file tell,
// https://sqlite.org/fileformat.html section 1.3.
type header struct {
	size          int64
	userVersion   int
	applicationID uint32
}

// readHeader looks at an existing file before SQLite does: SQLite takes an
// empty file for a new database and would make one of it. It opens the file,
// so it must not run while SQLite has it open in this process: closing it would
// drop SQLite's locks.
func readHeader(path string) (h header, err error) {
	if info, err := os.Lstat(path); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		// The log would lie beside the target, under another folder's lock.
		return h, &Fault{Code: CodeUnavailable, Op: "open database",
			Detail: path + " is a symbolic link: link the data folder, not the file in it"}
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return h, denied("open database", path, err)
	}
	defer func() { _ = file.Close() }() // nothing is written to it
	b := make([]byte, 100)
	n, err := io.ReadFull(file, b)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return h, denied("read database", path, err)
	}
	info, err := file.Stat()
	if err != nil {
		return h, denied("read database", path, err)
	}
	if !info.Mode().IsRegular() {
		return h, notDatabase(path, "is not a file")
	}
	return parseHeader(path, b[:n], info.Size())
}

func parseHeader(path string, b []byte, size int64) (h header, err error) {
	if len(b) == 0 {
		return h, notDatabase(path, "is empty (0 bytes): restore it from a backup, or move it away to begin anew")
	}
	if len(b) < 100 || string(b[:16]) != "SQLite format 3\x00" {
		return h, notDatabase(path, "is not a SQLite database")
	}
	h = header{
		size:          size,
		userVersion:   int(int32(binary.BigEndian.Uint32(b[60:]))),
		applicationID: binary.BigEndian.Uint32(b[68:]),
	}
	if h.applicationID != applicationID {
		return h, notDatabase(path, "is a SQLite database of another program")
	}
	pageSize := int64(binary.BigEndian.Uint16(b[16:]))
	if pageSize == 1 {
		pageSize = 65536
	}
	pages := int64(binary.BigEndian.Uint32(b[28:]))
	if fileSize(path+"-wal") == 0 && size < pages*pageSize {
		return h, notDatabase(path, fmt.Sprintf("is cut off: %d bytes of %d", size, pages*pageSize))
	}
	return h, nil
}

func notDatabase(path, what string) error {
	return &Fault{Code: CodeCorrupt, Op: "open database", Detail: path + " " + what}
}

// tighten takes the group's and others' rights from files that are ours.
func tighten(paths ...string) error {
	for _, path := range paths {
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return denied("check permissions", path, err)
		}
		if info.Mode().Perm()&0o077 == 0 {
			continue
		}
		if err := os.Chmod(path, info.Mode().Perm()&0o700); err != nil {
			return denied("tighten permissions", path, err)
		}
	}
	return nil
}
