//go:build linux

package faults

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// mountMemory mounts a file system in memory, of a size in the words of mount(8).
func mountMemory(t *testing.T, size string) string {
	t.Helper()
	asRoot(t)
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "mode=755,size="+size); err != nil {
		impossible(t, "mount a file system in memory", err)
	}
	t.Cleanup(func() { unmount(t, dir) })
	return dir
}

// unmount waits for those who are still leaving.
func unmount(t *testing.T, dir string) {
	t.Helper()
	until(t, "unmount "+dir, func() bool { return unix.Unmount(dir, 0) != unix.EBUSY })
}

// disk is an ext4 file system in an image, of which a copy can be taken at any moment: what a
// disk holds after a power cut. Nothing is in it that was not synced, for the journal does
// not commit by itself while a test runs.
type disk struct {
	memory string // where the images are
	dir    string // where it is mounted
}

func newDisk(t *testing.T) *disk {
	t.Helper()
	asRoot(t)
	mkfs := tool(t, "mkfs.ext4", "e2fsprogs")
	d := &disk{memory: mountMemory(t, "200m"), dir: t.TempDir()}
	image := filepath.Join(d.memory, "image")
	must(t, os.WriteFile(image, nil, 0o600))
	must(t, os.Truncate(image, 48<<20))
	if out, err := exec.Command(mkfs, "-q", image).CombinedOutput(); err != nil {
		t.Fatalf("mkfs.ext4: %v: %s", err, out)
	}
	mountImage(t, image, d.dir)
	return d
}

func mountImage(t *testing.T, image, dir string) {
	t.Helper()
	out, err := exec.Command(tool(t, "mount", "mount"), "-t", "ext4", "-o", "loop,commit=600", image, dir).CombinedOutput()
	if err != nil {
		t.Logf("%s", out)
		impossible(t, "mount an image by a loop device", err)
	}
	t.Cleanup(func() { unmount(t, dir) })
}

// sync brings everything to the disk, and leaves other file systems alone.
func (d *disk) sync(t *testing.T) {
	t.Helper()
	root, err := os.Open(d.dir)
	must(t, err)
	defer root.Close()
	must(t, unix.Syncfs(int(root.Fd())))
}

// cut is the disk as it would be found after a power cut in this moment, mounted.
func (d *disk) cut(t *testing.T) string {
	t.Helper()
	copied := filepath.Join(d.memory, "after")
	must(t, copyFile(filepath.Join(d.memory, "image"), copied))
	dir := t.TempDir()
	mountImage(t, copied, dir)
	return dir
}

func copyFile(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer target.Close()
	_, err = io.Copy(target, source)
	return err
}
