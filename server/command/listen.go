package command

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"

	"ostiary/server/refusal"
)

// listen opens a TCP listener for a setting, or says who is in the way.
func listen(setting, address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	if err == nil {
		return listener, nil
	}
	message := "cannot listen on " + address
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, portTaken(message, setting, address)
	}
	f := refused(refusal.ListenDenied, message, whyDenied(address, err))
	if setting != "listen" {
		f.instead(setting + ` = "127.0.0.1:9090"`)
	}
	return nil, f
}

func portTaken(message, setting, address string) *failure {
	f := refused(refusal.ListenPortInUse, message, "another program already listens there")
	if holder := portHolder(address); holder != "" {
		f.cause = holder + " already listens there"
	}
	free := freeAddress(address)
	switch {
	case setting != "listen":
		return f.instead(setting + ` = "` + free + `"`)
	case free == "":
		return f.instead("ostiary status")
	}
	return f.instead("ostiary --listen "+free, "or, if that is the server you want: ostiary status")
}

func whyDenied(address string, err error) string {
	_, port, _ := net.SplitHostPort(address)
	n, _ := strconv.Atoi(port)
	switch {
	case errors.Is(err, syscall.EACCES) && n < 1024:
		return fmt.Sprintf("port %d needs a privilege that this user does not have", n)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "this machine has no such address"
	}
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err.Error()
	}
	return err.Error()
}

// freeAddress is the same host with the next port that nobody has now.
func freeAddress(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return ""
	}
	n, _ := strconv.Atoi(port)
	for next := n + 1; next <= n+10 && next <= 65535; next++ {
		candidate := net.JoinHostPort(host, strconv.Itoa(next))
		if listener, err := net.Listen("tcp", candidate); err == nil {
			_ = listener.Close() // it was only a question
			return candidate
		}
	}
	return ""
}

// bound is the address to put into the settings: as it was written, but for a
// port that the system chose.
func bound(address string, listener net.Listener) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil || port != "0" {
		return address
	}
	_, real, _ := net.SplitHostPort(listener.Addr().String())
	return net.JoinHostPort(host, real)
}
