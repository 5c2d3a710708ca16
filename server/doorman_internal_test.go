package server

import (
	"bufio"
	"net"
	"net/http"
	"net/netip"
	"testing"
)

// fakeListener hands out one end of pipes that claim to come from an address.
type fakeListener struct {
	net.Listener
	conns chan net.Conn
}

func (f fakeListener) Accept() (net.Conn, error) { return <-f.conns, nil }

type fromConn struct {
	net.Conn
	addr netip.Addr
}

func (f fromConn) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(f.addr, 1))
}

func knock(f fakeListener, addr string) net.Conn {
	here, there := net.Pipe()
	f.conns <- fromConn{there, netip.MustParseAddr(addr)}
	return here
}

func TestDoormanBoundsEachVisitor(t *testing.T) {
	f := fakeListener{conns: make(chan net.Conn, 2*connectionsEach)}
	d := newDoorman(f, parseProxies([]string{"198.51.100.7"}))
	d.most = 3 * connectionsEach
	var first net.Conn
	for i := range connectionsEach {
		knock(f, "2001:db8::"+string(rune('1'+i%9))) // one /64 is one visitor
		conn, err := d.Accept()
		if err != nil {
			t.Fatal(err)
		}
		first = conn
	}
	refused := knock(f, "2001:db8::1")
	knock(f, "203.0.113.9") // somebody else comes in
	answer := make(chan int, 1)
	go func() {
		response, err := http.ReadResponse(bufio.NewReader(refused), nil)
		if err != nil {
			answer <- 0
			return
		}
		answer <- response.StatusCode
	}()
	if conn, err := d.Accept(); err != nil || conn.RemoteAddr().String() != "203.0.113.9:1" {
		t.Fatalf("got %v, %v", conn, err)
	}
	if status := <-answer; status != 503 {
		t.Errorf("the refused one was told %d", status)
	}
	for range connectionsEach + 1 { // a trusted proxy speaks for many
		knock(f, "198.51.100.7")
		if _, err := d.Accept(); err != nil {
			t.Fatal(err)
		}
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	_ = first.Close() // twice counts once
	knock(f, "2001:db8::1")
	if conn, err := d.Accept(); err != nil || conn.RemoteAddr().String() != "[2001:db8::1]:1" {
		t.Fatalf("after one left: %v, %v", conn, err)
	}
}

func TestDoormanBoundsAll(t *testing.T) {
	f := fakeListener{conns: make(chan net.Conn, 8)}
	d := newDoorman(f, nil)
	d.most = 2
	var held []net.Conn
	for range 2 {
		knock(f, "127.0.0.1")
		conn, err := d.Accept()
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, conn)
	}
	refused := knock(f, "127.0.0.1")
	go func() {
		b := make([]byte, 512)
		_, _ = refused.Read(b)
		_ = held[0].Close()
		knock(f, "192.0.2.1")
	}()
	if conn, err := d.Accept(); err != nil || conn.RemoteAddr().String() != "192.0.2.1:1" {
		t.Fatalf("got %v, %v", conn, err)
	}
	if d.all != 2 {
		t.Errorf("%d are counted, want 2", d.all)
	}
}
