package storage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
)

// backupSource is the driver's connection, as far as a copy needs it.
type backupSource interface {
	NewBackup(destination string) (*sqlite.Backup, error)
}

// Backup copies the database, as it is at one moment while writes go on, into
// a new file of mode 0600. The copy is made under another name, checked whole,
// synced, and only then given its name: a file of that name is a good backup.
// An existing file is never replaced (fs.ErrExist).
func (db *DB) Backup(ctx context.Context, path string) error {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("back up to %s: %w", path, fs.ErrExist)
	}
	part := path + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return denied("back up", part, err)
	}
	if err := makeFile(part); err != nil {
		return err
	}
	err := db.copyTo(ctx, part)
	if err == nil {
		err = checkCopy(ctx, part, db.version)
	}
	if err == nil {
		err = settle(part, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(part))
	}
	return nil
}

// copyTo copies all pages in one step. With several, a write from another
// connection would start the copy anew each time; and the unfinished file
// passes an integrity check.
func (db *DB) copyTo(ctx context.Context, part string) error {
	c, err := db.pool.borrow(ctx)
	if err != nil {
		return explain("back up", err)
	}
	err = c.raw.Raw(func(driver any) error {
		source, ok := driver.(backupSource)
		if !ok {
			return errors.New("the driver cannot copy")
		}
		backup, err := source.NewBackup(fileURI(part))
		if err != nil {
			return err
		}
		more, err := backup.Step(-1)
		if err == nil && more {
			err = errors.New("the copy is not whole")
		}
		return errors.Join(err, backup.Finish())
	})
	db.pool.giveBack(c, err == nil)
	return explain("back up", err)
}

// settle makes a finished file durable under its name.
func settle(part, path string) error {
	if err := syncFile(part); err != nil {
		return denied("sync", part, err)
	}
	// A link fails where a rename would replace what somebody has put there
	// since we looked.
	if err := os.Link(part, path); err != nil {
		return denied("name backup", path, err)
	}
	if err := os.Remove(part); err != nil {
		return denied("name backup", part, err)
	}
	return syncFile(filepath.Dir(path))
}

// syncFile brings a file or a folder's entries to the disk.
func syncFile(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}
