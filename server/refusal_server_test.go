package server_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"ostiary/server"
	"ostiary/server/password"
	"ostiary/server/servertest"
)

// TestPanicIsOneRequestsInternalError plants panics of both kinds. Nothing of
// them is sent, the log has all of it, and everybody else is served.
func TestPanicIsOneRequestsInternalError(t *testing.T) {
	for name, cause := range map[string]any{
		"an error":      errors.New(secretInPanic),
		"a nil pointer": nil, // the handler's own
	} {
		t.Run(name, func(t *testing.T) {
			s := servertest.New(t)
			s.Tune = func(inner *server.Server) {
				if cause == nil {
					inner.PanicAt("/healthz", nilPointer())
					return
				}
				inner.PanicAt("/healthz", cause)
			}
			s.Restart()
			a := s.Browser().Do("GET", "/healthz", nil)
			wantProblem(t, s, a, "server.internal")
			wantRefusalPage(t, s, s.Browser().Do("GET", "/healthz", nil, "Accept", "text/html"), "server.internal")
			wantSecurityHeaders(t, s, s.Browser().Do("HEAD", "/healthz", nil))
			if log := s.Log.String(); !strings.Contains(log, "panic: ") || !strings.Contains(log, a.Header.Get("X-Request-Id")) || !strings.Contains(log, "level=ERROR") {
				t.Errorf("the log does not tell of it:\n%s", log)
			}
			if told := explain(s, a); !strings.Contains(told.Text("cause"), "panic: ") {
				t.Errorf("the explanation is %s", told.Raw)
			}
			s.Browser().Do("GET", "/readyz", nil).Want(200, "")
		})
	}
}

// nilPointer is what the runtime says of one.
func nilPointer() (cause any) {
	defer func() { cause = recover() }()
	var c *servertest.Client
	_ = c.Bearer
	return nil
}

// costly is the hash of no password, at costs that hold the gate for a while.
const costly = "$argon2id$v=19$m=65536,t=16,p=1$c2FsdHNhbHRzYWx0c2FsdA$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"

// TestBusyGateIsToldAndStopsNobodyElse fills the hashing gate: who signs in
// has to wait, known or unknown alike, and who is signed in notices nothing.
func TestBusyGateIsToldAndStopsNobodyElse(t *testing.T) {
	s := servertest.New(t, unlimited, unlocked)
	b := signedIn(s, ada)
	s.Hasher = password.New(password.Options{Params: password.Params{MemoryKiB: 64, Iterations: 1, Parallelism: 1}, Concurrency: 1, Queue: 2, Wait: time.Millisecond})
	s.Restart()
	release := holdGate(s.Hasher)
	defer release()
	for _, email := range []string{ada, "nobody@example.com"} {
		a := untilBusy(t, s, email)
		wantProblem(t, s, a, "server.busy")
		b.Do("GET", meAt, nil).Want(200, "")
	}
}

// holdGate keeps the one slot of the gate in use until it is released.
func holdGate(h *password.Hasher) (release func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			_, _, _ = h.Verify(context.Background(), password.Visitor{Address: "192.0.2.1"}, costly, "x")
		}
	}()
	return func() { cancel(); <-ended }
}

// untilBusy signs in until the gate is held: between two hashes it is free.
func untilBusy(t *testing.T, s *servertest.Server, email string) *servertest.Answer {
	t.Helper()
	for range 200 {
		a := s.Browser().Do("POST", loginAt, map[string]any{"email": email, "password": "wrong"})
		if a.Status == 503 {
			return a
		}
		a.Want(401, "login.invalid_credentials")
	}
	t.Fatal("the gate never was in use")
	return nil
}

// TestStoppingFinishesAndSaysSo: a request that is on its way while the server
// stops is answered, its connection then closed, and /readyz says not to send
// more.
func TestStoppingFinishesAndSaysSo(t *testing.T) {
	s := servertest.New(t)
	b := signedIn(s, ada)
	halfReady := s.Dial().Send("GET /readyz HTTP/1.1\r\nHost: localhost\r\n")
	halfMe := s.Dial().Send("GET " + meAt + " HTTP/1.1\r\nHost: localhost\r\n")
	s.Browser().Do("GET", "/healthz", nil).Want(200, "") // both are surely accepted by now
	stopped := make(chan struct{})
	go func() { defer close(stopped); s.Stop() }()
	for {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
		if err != nil {
			break // nothing new is taken
		}
		_ = conn.Close()
	}
	a := halfReady.Send("\r\n").Answer()
	wantProblem(t, s, a, "server.stopping")
	me := halfMe.Send("Cookie: "+sessionCookie+"="+b.Cookies[sessionCookie]+"\r\n\r\n").Answer().Want(200, "")
	if a.Header.Get("Connection") != "close" || me.Header.Get("Connection") != "close" {
		t.Error("the connections are to go on")
	}
	<-stopped
}
