package server

import (
	"errors"
	"net"
	"syscall"
	"time"
)

// patientListener goes on accepting when the machine is short of something.
// fasthttp ends the process at the first "too many open files", so that 150
// half-open connections could end it; here the next one is tried a moment
// later, when some have been closed.
type patientListener struct {
	net.Listener
	tell func(error)
}

func (s *Server) patient(inner net.Listener) net.Listener {
	return &patientListener{Listener: inner, tell: func(err error) {
		s.log.Error("a connection could not be accepted; trying again", "error", err)
	}}
}

const (
	firstPause = 5 * time.Millisecond
	longPause  = time.Second
)

// Accept returns the next connection, or an error only when the listener is
// closed or broken for good.
func (l *patientListener) Accept() (net.Conn, error) {
	pause := firstPause
	for {
		conn, err := l.Listener.Accept()
		if err == nil || !passing(err) {
			return conn, err
		}
		if pause == firstPause {
			l.tell(err)
		}
		time.Sleep(pause)
		pause = min(2*pause, longPause)
	}
}

// passing says whether an accept error will go away by itself.
func passing(err error) bool {
	for _, errno := range []syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}

// operatorConn is a connection from the command line. Being of this type is
// what makes its requests the operator's; nothing that a client sends can.
type operatorConn struct{ net.Conn }

// operatorListener wraps what the command line's listener accepts. That
// listener has already found out who connects.
type operatorListener struct{ net.Listener }

func (l operatorListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &operatorConn{conn}, nil
}
