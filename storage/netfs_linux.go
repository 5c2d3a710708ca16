package storage

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// fuseMagic is shared by everything in user space, local or not.
const fuseMagic = 0x65735546

// networkMagics are the types of statfs(2) on which the shared memory of WAL
// does not work between machines, or locks do not hold.
func networkMagics() map[int64]string {
	return map[int64]string{
		0x6969: "nfs", 0x517B: "smb", 0xFE534D42: "smb2", 0xFF534D42: "cifs",
		0x01021997: "9p", 0x5346414F: "afs", 0x73757245: "coda", 0x00C36400: "ceph",
		0x0BD00BD0: "lustre", 0x01161970: "gfs2", 0x7461636F: "ocfs2", 0x47504653: "gpfs",
		0x19830326: "beegfs", 0xAAD7AAEA: "panfs", 0x6E667364: "nfsd", 0x564C: "ncp",
	}
}

// networkFS names the network file system that dir is on; empty when it is a
// local one, or when nobody can tell.
func networkFS(dir string) string {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return ""
	}
	magic := int64(uint32(s.Type))
	if magic == fuseMagic {
		return networkFuse(dir)
	}
	return networkMagics()[magic]
}

// networkFuse looks the mount up: a fuse file system tells its kind only there.
func networkFuse(dir string) string {
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return ""
	}
	mounts, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return ""
	}
	defer mounts.Close()
	kind := mountKind(bufio.NewScanner(mounts), real)
	for _, remote := range []string{
		"sshfs", "s3fs", "rclone", "gluster", "davfs", "gcsfuse", "ceph", "smbnetfs", "curlftpfs",
		"goofys", "juicefs", "mountpoint-s3", "blobfuse", "seaweedfs", "cifs", "nfs", "afp", "hdfs", "moosefs",
	} {
		if strings.Contains(kind, remote) {
			return kind
		}
	}
	return ""
}

// mountKind finds "type source" of the mount that dir is on, in the lines of
// proc_pid_mountinfo(5).
func mountKind(lines *bufio.Scanner, dir string) string {
	longest, kind := -1, ""
	for lines.Scan() {
		mount, details, found := strings.Cut(lines.Text(), " - ")
		fields, what := strings.Fields(mount), strings.Fields(details)
		if !found || len(fields) < 5 || len(what) < 2 {
			continue
		}
		point := strings.ReplaceAll(fields[4], `\040`, " ")
		under := point == "/" || dir == point || strings.HasPrefix(dir, point+"/")
		if under && len(point) >= longest {
			longest, kind = len(point), what[0]+" "+what[1]
		}
	}
	return kind
}
