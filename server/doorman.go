package server

import (
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"ostiary/server/throttle"
)

const (
	// keptFiles are the open files that connections may not use up: the
	// database, its log, outgoing calls, the log.
	keptFiles = 64
	// connectionsEach is how many connections one visitor may hold open. A
	// browser opens six; a company behind one address some hundreds.
	connectionsEach = 512
	// connectionsMost bounds all of them, at some 25 KB each.
	connectionsMost = 20_000
)

// turnedAway is what a connection beyond the bounds is told. It is no request's
// answer, so it is the same bytes for all.
var turnedAway = []byte("HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json; charset=utf-8\r\n" +
	"X-Auth-Code: server.busy\r\nRetry-After: 1\r\nCache-Control: no-store\r\nConnection: close\r\nContent-Length: 66\r\n\r\n" +
	`{"code":"server.busy","status":503,"title":"Too many connections"}`)

// doorman bounds the connections that are open at once, in all and by visitor.
// fasthttp's own bound by address would take a proxy for one visitor, and hides
// what kind of connection it is.
type doorman struct {
	net.Listener
	trusted proxies
	most    int

	mu   sync.Mutex
	open map[netip.Prefix]int
	all  int
}

func newDoorman(inner net.Listener, trusted proxies) *doorman {
	return &doorman{Listener: inner, trusted: trusted, most: affordable(), open: map[netip.Prefix]int{}}
}

// affordable is how many connections this process may have open.
func affordable() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return connectionsMost
	}
	return int(max(8, min(uint64(connectionsMost), limit.Cur-min(limit.Cur, keptFiles))))
}

// Accept returns the next connection that may come in.
func (d *doorman) Accept() (net.Conn, error) {
	for {
		conn, err := d.Listener.Accept()
		if err != nil {
			return nil, err
		}
		visitor, counted := d.visitor(conn)
		if d.enter(visitor, counted) {
			return &countedConn{Conn: conn, leave: sync.OnceFunc(func() { d.leave(visitor, counted) })}, nil
		}
		_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
		_, _ = conn.Write(turnedAway) // who does not read it is turned away all the same
		_ = conn.Close()
	}
}

// visitor is who a connection is counted for; a proxy that is trusted, and this
// very machine, speak for many and count only in all.
func (d *doorman) visitor(conn net.Conn) (netip.Prefix, bool) {
	address, ok := conn.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return netip.Prefix{}, false
	}
	addr := address.AddrPort().Addr().Unmap()
	return throttle.AddressKey(addr), !addr.IsLoopback() && !d.trusted.trust(addr)
}

func (d *doorman) enter(visitor netip.Prefix, counted bool) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.all >= d.most || counted && d.open[visitor] >= connectionsEach {
		return false
	}
	d.all++
	if counted {
		d.open[visitor]++
	}
	return true
}

func (d *doorman) leave(visitor netip.Prefix, counted bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.all--
	if !counted {
		return
	}
	if d.open[visitor]--; d.open[visitor] == 0 {
		delete(d.open, visitor)
	}
}

// countedConn tells the doorman when it closes, however often it is closed.
type countedConn struct {
	net.Conn
	leave func()
}

// Close closes the connection.
func (c *countedConn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}
