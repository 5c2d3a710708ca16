package server

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// WriteKey writes a file with the master key: for its owner alone, whole or
// not at all, on the disk when it returns, and never in place of another file
// (fs.ErrExist).
func WriteKey(path, text string) error {
	part := path + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	if err = errors.Join(err, file.Sync(), file.Close()); err == nil {
		err = HandOver(part, filepath.Dir(path))
	}
	if err == nil {
		// A link fails where a rename would replace what came in between.
		err = os.Link(part, path)
	}
	if err = errors.Join(err, os.Remove(part)); err != nil {
		return fmt.Errorf("write key: %w", err)
	}
	return syncFolder(filepath.Dir(path))
}

// HandOver gives a file that root made to the owner of a folder: else one
// command under sudo would leave a file that the server cannot open.
func HandOver(path, folder string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	var owner syscall.Stat_t
	if err := syscall.Stat(folder, &owner); err != nil {
		return fmt.Errorf("find owner of %s: %w", folder, err)
	}
	return os.Lchown(path, int(owner.Uid), int(owner.Gid))
}

// syncFolder makes the names in a folder survive a power cut.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
