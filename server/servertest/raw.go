package servertest

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"
)

// patience is how long a test waits for bytes that must come. It bounds a
// test that fails; none depends on it to pass.
const patience = 30 * time.Second

// Conn is a connection on which a test writes the bytes itself, for what no
// HTTP library would send.
type Conn struct {
	server *Server
	conn   net.Conn
	reader *bufio.Reader
}

// Dial opens a connection that ends with the test.
func (s *Server) Dial() *Conn {
	s.T.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	s.must("dial", err)
	s.T.Cleanup(func() { _ = conn.Close() })
	s.must("set deadline", conn.SetDeadline(time.Now().Add(patience)))
	return &Conn{server: s, conn: conn, reader: bufio.NewReader(conn)}
}

// Raw sends text on a connection of its own and reads the first answer.
func (s *Server) Raw(text string) *Answer {
	s.T.Helper()
	return s.Dial().Send(text).Answer()
}

// Send writes text as it is. That the server has closed already is no
// failure: what it answered before is still there to be read.
func (c *Conn) Send(text string) *Conn {
	c.server.T.Helper()
	_, err := io.WriteString(c.conn, text)
	if err != nil && !gone(err) {
		c.server.T.Fatalf("send: %v", err)
	}
	return c
}

// Answer reads the next answer. To a HEAD, ask for AnswerTo.
func (c *Conn) Answer() *Answer {
	c.server.T.Helper()
	return c.AnswerTo("GET")
}

// AnswerTo reads the next answer, to a request of this method.
func (c *Conn) AnswerTo(method string) *Answer {
	c.server.T.Helper()
	response, err := http.ReadResponse(c.reader, &http.Request{Method: method})
	if err != nil {
		c.server.T.Fatalf("read answer: %v", err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		c.server.T.Fatalf("read answer: %v", err)
	}
	a := &Answer{T: c.server.T, Status: response.StatusCode, Header: response.Header, Cookies: response.Cookies(), Raw: string(raw)}
	if response.Close { // ReadResponse takes the header away
		a.Header.Set("Connection", "close")
	}
	_ = json.Unmarshal(raw, &a.JSON)
	codes.note(a)
	return a
}

// Rest is everything that still comes until the server closes, which it must.
func (c *Conn) Rest() string {
	c.server.T.Helper()
	rest, err := io.ReadAll(c.reader)
	if err != nil && !gone(err) {
		c.server.T.Fatalf("the connection was not closed: %v", err)
	}
	return string(rest)
}

// gone says whether the other side has closed.
func gone(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, net.ErrClosed)
}

// Note adds a code that no answer carries, such as one that is only logged, to
// SeenCodes.
func Note(code string) {
	codes.mu.Lock()
	defer codes.mu.Unlock()
	codes.seen[code] = true
}

// Logged counts the lines of the log that name this code.
func (s *Server) Logged(code string) int {
	n := 0
	for line := range strings.Lines(s.Log.String()) {
		if strings.Contains(strings.TrimSpace(line)+" ", " code="+code+" ") {
			n++
		}
	}
	if n > 0 {
		Note(code)
	}
	return n
}
