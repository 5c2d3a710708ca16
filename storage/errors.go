package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// ErrNotFound says that no such row is there; ErrTaken that a unique index
// refused one (errors.As with *TakenError tells which). Neither says anything
// about the health of the database.
var (
	ErrNotFound = errors.New("not found")
	ErrTaken    = errors.New("taken")
)

// TakenError names the unique index that refused a row: table.column, with a
// comma between several columns.
type TakenError struct{ Index string }

func (e *TakenError) Error() string { return e.Index + " is taken" }

// Is makes it ErrTaken for errors.Is.
func (e *TakenError) Is(target error) bool { return target == ErrTaken }

// The codes of a Fault. They are codes of the refusal catalogue.
const (
	CodeLocked      = "db.locked"       // another program holds a lock on the file
	CodeReadonly    = "db.readonly"     // no permission to write, or a read-only file system
	CodeDiskFull    = "db.disk_full"    // no room
	CodeCorrupt     = "db.corrupt"      // damaged, or no database of ours
	CodeNetworkFS   = "db.network_fs"   // the folder is on a network file system
	CodeNewerSchema = "db.newer_schema" // written by a newer version of this program
	CodeInUse       = "db.in_use"       // another process of this program has the folder
	CodeUnavailable = "db.unavailable"  // any other I/O error, a stopped or an overloaded writer
)

// Fault is a failure of the database as such, never of what was asked of it:
// the same question may be answered once the cause is gone.
type Fault struct {
	Code   string // one of the codes above
	Op     string // what was being done
	Detail string // what was found, for operators: paths, process ids, owners
	Err    error  // may be nil
}

func (f *Fault) Error() string {
	text := f.Op + ": " + f.Code
	if f.Detail != "" {
		text += ": " + f.Detail
	}
	if f.Err != nil {
		text += ": " + f.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.Err }

// asFault returns the Fault in err, or nil.
func asFault(err error) *Fault {
	var f *Fault
	if errors.As(err, &f) {
		return f
	}
	return nil
}

// explain turns what database/sql or the file system said into ErrNotFound, a
// TakenError, a Fault or a wrapped error. It is the only place that knows
// SQLite's result codes.
func explain(op string, err error) error {
	var lite *sqlite.Error
	switch {
	case err == nil, asFault(err) != nil:
		return err
	case errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("%s: %w", op, ErrNotFound)
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("%s: %w", op, err)
	case errors.Is(err, context.DeadlineExceeded):
		return &Fault{Code: CodeUnavailable, Op: op, Detail: "no answer in time", Err: err}
	case errors.As(err, &lite):
		return explainSQLite(op, lite)
	}
	if code := fileCode(err); code != "" {
		return &Fault{Code: code, Op: op, Err: err}
	}
	return fmt.Errorf("%s: %w", op, err)
}

func explainSQLite(op string, err *sqlite.Error) error {
	switch err.Code() {
	case lib.SQLITE_CONSTRAINT_UNIQUE, lib.SQLITE_CONSTRAINT_PRIMARYKEY, lib.SQLITE_CONSTRAINT_ROWID:
		return fmt.Errorf("%s: %w", op, &TakenError{Index: takenIndex(err.Error())})
	case lib.SQLITE_CONSTRAINT_FOREIGNKEY:
		return fmt.Errorf("%s: it belongs to a row that is %w", op, ErrNotFound)
	}
	if code := sqliteCode(err.Code()); code != "" {
		return &Fault{Code: code, Op: op, Err: err}
	}
	return fmt.Errorf("%s: %w", op, err)
}

// sqliteCode maps an extended result code, https://sqlite.org/rescode.html;
// empty for those that tell of a mistake of ours.
func sqliteCode(extended int) string {
	switch extended {
	case lib.SQLITE_IOERR_SHMSIZE:
		// The -shm file could not grow: there is one reason.
		return CodeDiskFull
	case lib.SQLITE_IOERR_CORRUPTFS:
		return CodeCorrupt
	case lib.SQLITE_READONLY_DBMOVED:
		return CodeUnavailable
	}
	switch extended & 0xff {
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED, lib.SQLITE_PROTOCOL:
		return CodeLocked
	case lib.SQLITE_READONLY, lib.SQLITE_PERM, lib.SQLITE_AUTH:
		return CodeReadonly
	case lib.SQLITE_FULL:
		return CodeDiskFull
	case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB, lib.SQLITE_FORMAT:
		return CodeCorrupt
	case lib.SQLITE_IOERR, lib.SQLITE_CANTOPEN, lib.SQLITE_NOMEM, lib.SQLITE_NOLFS, lib.SQLITE_INTERRUPT:
		return CodeUnavailable
	}
	return ""
}

// fileCode maps an error of the file system.
func fileCode(err error) string {
	switch {
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return CodeReadonly
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return CodeDiskFull
	}
	var errno syscall.Errno
	if errors.As(err, &errno) || errors.Is(err, sql.ErrConnDone) {
		return CodeUnavailable
	}
	return ""
}

// takenIndex finds the columns in "UNIQUE constraint failed: user.email (2067)".
func takenIndex(message string) string {
	_, columns, found := strings.Cut(message, "constraint failed: ")
	if _, again, more := strings.Cut(columns, "constraint failed: "); more {
		columns = again
	}
	if !found {
		return "unique index"
	}
	columns, _, _ = strings.Cut(columns, " (")
	return columns
}
