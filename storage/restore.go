package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"ostiary/cache"
)

// Restore puts a backup into the data folder dir, which no server may be
// using. The backup is copied, checked whole and brought up to date beside the
// database; then prepare changes the copy, and only a copy that prepare was
// content with takes the database's place. Until that moment nothing in the
// folder is different, and a crash leaves it so.
//
// An existing database is refused (fs.ErrExist) unless aside is a name for it:
// it is kept in the folder under that name, with its log.
func Restore(ctx context.Context, backup, dir, aside string, prepare func(*DB) error) error {
	dir, err := dataFolder(dir)
	if err != nil {
		return err
	}
	lock, err := takeLock(dir)
	if err != nil {
		return err
	}
	err = restoreLocked(ctx, backup, dir, aside, prepare)
	// Unclean stays unclean, unless the database that it was said of is gone.
	return errors.Join(err, lock.release(err == nil || !lock.unclean))
}

func restoreLocked(ctx context.Context, backup, dir, aside string, prepare func(*DB) error) error {
	path := filepath.Join(dir, databaseName)
	if _, err := os.Lstat(path); err == nil && aside == "" {
		return fmt.Errorf("restore to %s: %w", path, fs.ErrExist)
	}
	room := filepath.Join(dir, "restore.part")
	if err := os.RemoveAll(room); err != nil {
		return denied("restore", room, err)
	}
	if err := os.Mkdir(room, 0o700); err != nil {
		return denied("restore", room, err)
	}
	err := prepareCopy(ctx, backup, room, prepare)
	if err == nil {
		err = changeOver(filepath.Join(room, databaseName), path, aside)
	}
	return errors.Join(err, os.RemoveAll(room))
}

// prepareCopy copies the backup, opens the copy as a database of its own, and
// lets prepare change it.
func prepareCopy(ctx context.Context, backup, room string, prepare func(*DB) error) error {
	steps, err := migrations()
	if err != nil {
		return err
	}
	path := filepath.Join(room, databaseName)
	if err := copyFile(backup, path); err != nil {
		return err
	}
	if _, err := readHeader(path); err != nil {
		return err
	}
	if err := checkCopy(ctx, path, len(steps)); err != nil {
		return err
	}
	db, err := Open(ctx, Options{Dir: room, Fence: cache.NewFence()})
	if err != nil {
		return err
	}
	return errors.Join(prepare(db), db.Close())
}

func copyFile(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return denied("read backup", from, err)
	}
	defer source.Close()
	if err := makeFile(to); err != nil {
		return err
	}
	target, err := os.OpenFile(to, os.O_WRONLY, 0)
	if err != nil {
		return denied("restore", to, err)
	}
	_, err = io.Copy(target, source)
	if err := errors.Join(err, target.Sync(), target.Close()); err != nil {
		return denied("restore", to, err)
	}
	return nil
}

// changeOver moves the database aside, then its log. Should the machine stop
// between the two, a log without a database is found, and the start refuses;
// a database without its log would be opened and lack what it held.
func changeOver(from, path, aside string) error {
	if aside != "" {
		for _, part := range []string{"", "-wal", "-shm"} {
			err := os.Rename(path+part, filepath.Join(filepath.Dir(path), aside)+part)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return denied("set database aside", path+part, err)
			}
		}
	}
	if err := os.Rename(from, path); err != nil {
		return denied("restore", path, err)
	}
	return syncFile(filepath.Dir(path))
}
