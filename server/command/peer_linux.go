package command

import (
	"net"

	"golang.org/x/sys/unix"
)

// peer is the process at the other end of a Unix socket, by the kernel's word
// at the moment of the connect (unix(7), SO_PEERCRED).
type peer struct{ uid, pid int }

func peerOf(conn *net.UnixConn) (p peer, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return p, err
	}
	var cred *unix.Ucred
	var asked error
	err = raw.Control(func(fd uintptr) {
		cred, asked = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	})
	if err != nil {
		return p, err
	}
	if asked != nil {
		return p, asked
	}
	return peer{uid: int(cred.Uid), pid: int(cred.Pid)}, nil
}
