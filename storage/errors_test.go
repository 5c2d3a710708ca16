package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	lib "modernc.org/sqlite/lib"
)

func TestCodesOfSQLite(t *testing.T) {
	cases := map[string][]int{
		CodeLocked: {lib.SQLITE_BUSY, lib.SQLITE_BUSY_SNAPSHOT, lib.SQLITE_BUSY_RECOVERY, lib.SQLITE_LOCKED, lib.SQLITE_PROTOCOL},
		CodeReadonly: {lib.SQLITE_READONLY, lib.SQLITE_READONLY_DIRECTORY, lib.SQLITE_READONLY_CANTINIT,
			lib.SQLITE_READONLY_RECOVERY, lib.SQLITE_PERM},
		CodeDiskFull: {lib.SQLITE_FULL, lib.SQLITE_IOERR_SHMSIZE},
		CodeCorrupt: {lib.SQLITE_CORRUPT, lib.SQLITE_CORRUPT_INDEX, lib.SQLITE_CORRUPT_SEQUENCE, lib.SQLITE_NOTADB,
			lib.SQLITE_IOERR_CORRUPTFS},
		CodeUnavailable: {lib.SQLITE_IOERR, lib.SQLITE_IOERR_FSYNC, lib.SQLITE_IOERR_WRITE, lib.SQLITE_IOERR_READ,
			lib.SQLITE_CANTOPEN, lib.SQLITE_CANTOPEN_ISDIR, lib.SQLITE_NOMEM, lib.SQLITE_READONLY_DBMOVED, lib.SQLITE_INTERRUPT},
		"": {lib.SQLITE_ERROR, lib.SQLITE_MISUSE, lib.SQLITE_CONSTRAINT_CHECK, lib.SQLITE_CONSTRAINT_NOTNULL,
			lib.SQLITE_CONSTRAINT_DATATYPE, lib.SQLITE_RANGE, lib.SQLITE_TOOBIG},
	}
	for want, codes := range cases {
		for _, code := range codes {
			if got := sqliteCode(code); got != want {
				t.Errorf("code %d is %q, want %q", code, got, want)
			}
		}
	}
}

func TestCodesOfTheFileSystem(t *testing.T) {
	path := func(err error) error { return &fs.PathError{Op: "open", Path: "x", Err: err} }
	for want, errs := range map[string][]error{
		CodeReadonly:    {path(syscall.EACCES), path(syscall.EPERM), path(syscall.EROFS)},
		CodeDiskFull:    {path(syscall.ENOSPC), path(syscall.EDQUOT)},
		CodeUnavailable: {path(syscall.EIO), path(syscall.EMFILE), path(syscall.ENOTDIR), context.DeadlineExceeded},
	} {
		for _, err := range errs {
			got := explain("try", err)
			f := asFault(got)
			if f == nil || f.Code != want || f.Op != "try" || !errors.Is(got, err) {
				t.Errorf("%v became %v, want %s", err, got, want)
			}
		}
	}
}

func TestExplainKeepsWhatItIsNot(t *testing.T) {
	if explain("try", nil) != nil {
		t.Error("nil became an error")
	}
	first := &Fault{Code: CodeLocked, Op: "first"}
	if got := explain("second", fmt.Errorf("wrapped: %w", first)); asFault(got) != first {
		t.Errorf("a fault became %v", got)
	}
	if got := explain("try", io.ErrNoProgress); asFault(got) != nil || !errors.Is(got, io.ErrNoProgress) || !strings.HasPrefix(got.Error(), "try: ") {
		t.Errorf("an unknown error became %v", got)
	}
	if got := explain("try", context.Canceled); asFault(got) != nil {
		t.Errorf("a caller who left became %v", got)
	}
}

func TestFaultText(t *testing.T) {
	cause := errors.New("cause")
	f := &Fault{Code: CodeInUse, Op: "open", Detail: "pid 812", Err: cause}
	if f.Error() != "open: db.in_use: pid 812: cause" || !errors.Is(f, cause) {
		t.Errorf("got %q", f.Error())
	}
}

// TestConstraintsOfARealDatabase looks at what SQLite really says.
func TestConstraintsOfARealDatabase(t *testing.T) {
	db := openWithUser(t)
	insert := func(fn func(*Tx) error) error { return db.Update(context.Background(), fn) }
	session := Session{ID: "ses_1", Digest: [32]byte{1}, UserID: "usr_1", Kind: "session", CreatedAt: t0, ExpiresAt: t0}
	must(t, insert(func(tx *Tx) error { return tx.InsertSession(session) }))
	taken := map[string]func(*Tx) error{
		"user.email": func(tx *Tx) error {
			return tx.InsertUser(User{ID: "usr_2", Email: "user1@example.org", CreatedAt: t0, UpdatedAt: t0})
		},
		"user.id": func(tx *Tx) error {
			return tx.InsertUser(User{ID: "usr_1", Email: "x@example.org", CreatedAt: t0, UpdatedAt: t0})
		},
		"session.digest": func(tx *Tx) error { s := session; s.ID = "ses_2"; return tx.InsertSession(s) },
		"session.id":     func(tx *Tx) error { s := session; s.Digest[0] = 2; return tx.InsertSession(s) },
		"device.digest, device.user_id": func(tx *Tx) error {
			d := Device{UserID: "usr_1", CreatedAt: t0, SeenAt: t0}
			return errors.Join(tx.InsertDevice(d), tx.InsertDevice(d))
		},
	}
	for index, fn := range taken {
		err := insert(fn)
		var e *TakenError
		if !errors.Is(err, ErrTaken) || !errors.As(err, &e) || e.Index != index || asFault(err) != nil {
			t.Errorf("%s: got %v", index, err)
		}
	}
	session.ID, session.Digest, session.UserID = "ses_3", [32]byte{3}, "usr_none"
	if err := insert(func(tx *Tx) error { return tx.InsertSession(session) }); !errors.Is(err, ErrNotFound) {
		t.Errorf("a session of nobody: %v", err)
	}
	// A mistake of ours is neither a fault nor any of the two.
	err := insert(func(tx *Tx) error { return tx.InsertUser(User{ID: "usr_3", Email: "y@example.org"}) })
	if err == nil || asFault(err) != nil || errors.Is(err, ErrTaken) || errors.Is(err, ErrNotFound) {
		t.Errorf("a user without a creation time: %v", err)
	}
	must(t, db.Ready())
}

func TestTakenIndex(t *testing.T) {
	for message, want := range map[string]string{
		"UNIQUE constraint failed: user.email (2067)":                                  "user.email",
		"constraint failed: UNIQUE constraint failed: user.email (2067)":               "user.email",
		"constraint failed: UNIQUE constraint failed: index 'user_low' (2067)":         "index 'user_low'",
		"constraint failed: UNIQUE constraint failed: device.digest, device.user (19)": "device.digest, device.user",
		"what is this": "unique index",
	} {
		if got := takenIndex(message); got != want {
			t.Errorf("%q gave %q, want %q", message, got, want)
		}
	}
}
