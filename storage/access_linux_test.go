package storage

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// nobody is a user who owns nothing. Root passes every permission, so what
// permissions forbid is tested as him when the tests run as root.
const nobody = 65534

// TestMissingPermissions runs each case in a process of its own.
func TestMissingPermissions(t *testing.T) {
	if dir := os.Getenv("STORAGE_DIR"); dir != "" {
		err := tryOpen(t, dir)
		t.Logf("Open says: %v", err)
		f := wantFault(t, err, CodeReadonly)
		if !strings.Contains(f.Detail, "belongs to uid") || !strings.Contains(f.Detail, "this process is uid") {
			t.Errorf("the detail does not tell who owns it and who asks: %q", f.Detail)
		}
		return
	}
	cases := map[string]func(t *testing.T, dir, path string){
		"folder read-only":    func(t *testing.T, dir, _ string) { must(t, os.Chmod(dir, 0o500)) },
		"folder closed":       func(t *testing.T, dir, _ string) { must(t, os.Chmod(dir, 0)) },
		"database read-only":  func(t *testing.T, _, path string) { must(t, os.Chmod(path, 0o400)) },
		"database unreadable": func(t *testing.T, _, path string) { must(t, os.Chmod(path, 0)) },
		"lock unreadable":     func(t *testing.T, dir, _ string) { must(t, os.Chmod(filepath.Join(dir, "lock"), 0)) },
	}
	if os.Geteuid() == 0 {
		cases["wrong owner of all"] = func(t *testing.T, dir, _ string) { chownAll(t, dir, 0) }
		cases["wrong owner of the database"] = func(t *testing.T, _, path string) { must(t, os.Chown(path, 0, 0)) }
		cases["another's folder to make it in"] = func(t *testing.T, dir, _ string) {
			must(t, os.RemoveAll(dir))
			must(t, os.Mkdir(dir, 0o755))
		}
	}
	binary := publicBinary(t)
	for name, plant := range cases {
		t.Run(name, func(t *testing.T) {
			dir, path := filled(t)
			openWay(t, dir)
			if os.Geteuid() == 0 {
				chownAll(t, dir, nobody)
			}
			plant(t, dir, path)
			t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
			cmd := exec.Command(binary, "-test.run=^TestMissingPermissions$")
			cmd.Env = []string{"STORAGE_DIR=" + dir, "TMPDIR=/tmp"}
			cmd.Dir = "/"
			if os.Geteuid() == 0 {
				cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
			}
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// TestRootLeavesFilesToTheFoldersOwner: a command under sudo makes the
// database in the service's folder, and the service can open it.
func TestRootLeavesFilesToTheFoldersOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root makes files in another's folder")
	}
	dir := t.TempDir()
	must(t, os.Chown(dir, nobody, nobody))
	must(t, tryOpen(t, dir))
	for _, name := range []string{"lock", databaseName} {
		info, err := os.Stat(filepath.Join(dir, name))
		must(t, err)
		if s, ok := info.Sys().(*syscall.Stat_t); !ok || s.Uid != nobody {
			t.Errorf("%s belongs to %+v", name, info.Sys())
		}
	}
}

// TestReadOnlyMount is a folder on a file system that root cannot write either.
func TestReadOnlyMount(t *testing.T) {
	dir, _ := filled(t)
	if err := syscall.Mount(dir, dir, "", syscall.MS_BIND, ""); err != nil {
		t.Skipf("mounting is not allowed here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, 0) })
	must(t, syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_BIND|syscall.MS_RDONLY, ""))
	wantFault(t, tryOpen(t, dir), CodeReadonly)
}

// TestSmallDisk fills a real file system.
func TestSmallDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("mounting is not allowed here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, 0) })
	db := openIn(t, dir)
	var err error
	for i := 0; err == nil && i < 1000; i++ {
		err = setBig(db, i)
	}
	wantFault(t, err, CodeDiskFull)
	wantFault(t, db.Ready(), CodeDiskFull)
	must(t, syscall.Mount("", dir, "", syscall.MS_REMOUNT, "size=16m"))
	becomesReady(t, db)
	must(t, setBig(db, 2000))
	mustClose(t, db)
	must(t, tryOpen(t, dir))
}

// publicBinary copies this test's binary to where everyone may run it.
func publicBinary(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	openWay(t, dir)
	from, err := os.Open(os.Args[0])
	must(t, err)
	defer from.Close()
	to, err := os.OpenFile(filepath.Join(dir, "storage.test"), os.O_CREATE|os.O_WRONLY, 0o755)
	must(t, err)
	_, err = io.Copy(to, from)
	must(t, err)
	must(t, to.Close())
	return to.Name()
}

// openWay lets everyone pass through the test's own folders down to dir.
func openWay(t *testing.T, dir string) {
	t.Helper()
	for d := dir; strings.Contains(d, "/Test"); d = filepath.Dir(d) {
		must(t, os.Chmod(d, 0o755))
	}
}

func chownAll(t *testing.T, dir string, uid int) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chown(path, uid, uid)
	}))
}
