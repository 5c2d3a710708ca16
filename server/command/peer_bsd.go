//go:build darwin || freebsd

package command

import (
	"net"

	"golang.org/x/sys/unix"
)

// peer is the process at the other end of a Unix socket, by the kernel's word
// (LOCAL_PEERCRED). These systems tell no process id there: pid is 0.
type peer struct{ uid, pid int }

func peerOf(conn *net.UnixConn) (p peer, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return p, err
	}
	var cred *unix.Xucred
	var asked error
	err = raw.Control(func(fd uintptr) {
		cred, asked = unix.GetsockoptXucred(int(fd), unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
	})
	if err != nil {
		return p, err
	}
	if asked != nil {
		return p, asked
	}
	return peer{uid: int(cred.Uid)}, nil
}
