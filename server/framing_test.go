package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ostiary/server"
	"ostiary/server/servertest"
)

// secretSent stands in every malformed request, where a careless error text
// would repeat it.
const secretSent = "TheSecretThatWasSent"

// post is a login with these header lines and this body.
func post(lines, body string) string {
	return "POST " + loginAt + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer " + secretSent +
		"\r\nCookie: ostiary_session=" + secretSent + "\r\n" + lines + "\r\n" + body
}

// get asks for health in a first line of the test's own.
func get(first, lines string) string {
	return first + "\r\n" + lines + "Authorization: Bearer " + secretSent + "\r\nCookie: a=" + secretSent + "\r\n\r\n"
}

const (
	plainGet  = "GET /healthz HTTP/1.1"
	plainHost = "Host: localhost\r\n"
)

// framings are requests that two servers could read in two ways, after the
// probes of the case list and RFC 9112.
func framings() map[string]string {
	return map[string]string{
		"length and coding":             post("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\nG"),
		"coding and length":             post("Transfer-Encoding: chunked\r\nContent-Length: 6\r\n", "0\r\n\r\nG"),
		"both, other letters":           post("content-LENGTH: 6\r\ntransfer-ENCODING: Chunked\r\n", "0\r\n\r\nG"),
		"both, on GET":                  get(plainGet, plainHost+"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n",
		"two lengths":                   post("Content-Length: 3\r\nContent-Length: 5\r\n", "abcde"),
		"two equal lengths":             post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"),
		"a list of lengths":             post("Content-Length: 3, 5\r\n", "abcde"),
		"a signed length":               post("Content-Length: +3\r\n", "abc"),
		"a negative length":             post("Content-Length: -3\r\n", "abc"),
		"a length beyond 64 bits":       post("Content-Length: 18446744073709551619\r\n", "abc"),
		"a space before the colon":      post("Content-Length : 3\r\n", "abc"),
		"a space before coding's colon": post("Transfer-Encoding : chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"),
		"an unknown coding":             post("Transfer-Encoding: xchunked\r\n", "3\r\nabc\r\n0\r\n\r\n"),
		"identity":                      post("Transfer-Encoding: identity\r\n", "3\r\nabc\r\n0\r\n\r\n"),
		"identity and length":           post("Transfer-Encoding: identity\r\nContent-Length: 3\r\n", "abc"),
		"chunked, identity":             post("Transfer-Encoding: chunked, identity\r\n", "3\r\nabc\r\n0\r\n\r\n"),
		"two codings":                   post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "3\r\nabc\r\n0\r\n\r\n"),
		"coding in HTTP/1.0":            get("GET /healthz HTTP/1.0", plainHost+"Transfer-Encoding: chunked\r\n") + "0\r\n\r\n",
		"a chunk size in C":             post("Transfer-Encoding: chunked\r\n", "0x3\r\nabc\r\n0\r\n\r\n"),
		"a line feed in a chunk line":   post("Transfer-Encoding: chunked\r\n", "3;a\nxx\r\nabc\r\n0\r\n\r\n"),
		"a trailer that signs in":       post("Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\nAuthorization: Bearer x\r\n\r\n"),
		"a folded header":               get(plainGet, plainHost+"X-A: 1\r\n 2\r\n"),
		"a folded header, tab":          get(plainGet, plainHost+"X-A: 1\r\n\t2\r\n"),
		"a first line that is folded":   get(plainGet, " X-A: 1\r\n"+plainHost),
		"bare line feeds":               strings.ReplaceAll(get(plainGet, plainHost), "\r\n", "\n"),
		"one bare line feed":            get(plainGet, "Host: localhost\nX-A: b\r\n"),
		"a bare carriage return":        get(plainGet, plainHost+"X-A: a\rb\r\n"),
		"NUL in a header":               get(plainGet, plainHost+"X-A: a\x00b\r\n"),
		"no colon":                      get(plainGet, plainHost+"Cookie "+secretSent+"\r\n"),
		"no name":                       get(plainGet, plainHost+": "+secretSent+"\r\n"),
		"no Host":                       get(plainGet, ""),
		"an empty Host":                 get(plainGet, "Host: \r\n"),
		"two Hosts":                     get(plainGet, plainHost+"Host: evil.test\r\n"),
		"two equal Hosts":               get(plainGet, plainHost+plainHost),
		"a Host with markup":            get(plainGet, "Host: a\"><script>\r\n"),
		"a target with another host":    get("GET http://evil.test/healthz HTTP/1.1", plainHost),
		"a target with our host":        get("GET http://localhost/healthz HTTP/1.1", plainHost),
		"a target that is a port":       get("CONNECT localhost:80 HTTP/1.1", plainHost),
		"a target that is a star":       get("OPTIONS * HTTP/1.1", plainHost),
		"a target with a fragment":      get("GET /healthz#a HTTP/1.1", plainHost),
		"a target with NUL":             get("GET /healthz\x00 HTTP/1.1", plainHost),
		"a target with a space":         get("GET /health z HTTP/1.1", plainHost),
		"HTTP/0.9":                      get("GET /healthz", plainHost),
		"HTTP/1.9":                      get("GET /healthz HTTP/1.9", plainHost),
		"HTTP/2.0":                      get("GET /healthz HTTP/2.0", plainHost),
		"HTTP/1.1x":                     get("GET /healthz HTTP/1.1x", plainHost),
		"TLS":                           "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + secretSent + "\r\n\r\n",
	}
}

// smuggled is what follows each bad request on its connection. It must never
// be answered.
const smuggled = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"

func TestHTTP01FramingIsRefusedAndTheConnectionEnds(t *testing.T) {
	s := servertest.New(t, unlimited)
	for name, text := range framings() {
		t.Run(name, func(t *testing.T) {
			conn := s.Dial().Send(text + smuggled)
			a := conn.Answer()
			wantProblem(t, s, a, "request.bad_framing")
			if a.Header.Get("Connection") != "close" {
				t.Error("the connection is to go on")
			}
			if rest := conn.Rest(); rest != "" {
				t.Errorf("what followed was answered: %q", rest)
			}
			wantHTTP03(t, s, a)
		})
	}
}

// wantHTTP03: nothing of what was sent shows, in the answer, the explanation or the log.
func wantHTTP03(t *testing.T, s *servertest.Server, a *servertest.Answer) {
	t.Helper()
	if strings.Contains(fmt.Sprint(a.Header, a.Raw), secretSent) {
		t.Errorf("the answer repeats what was sent: %v %s", a.Header, a.Raw)
	}
	if strings.Contains(explain(s, a).Raw, secretSent) {
		t.Error("the explanation repeats what was sent")
	}
	if strings.Contains(s.Log.String(), secretSent) {
		t.Error("the log repeats what was sent")
	}
}

// TestHTTP01GoodFramingGoesOn keeps the test above from passing for the wrong
// reason: the same requests, well framed, are served and so is what follows.
func TestHTTP01GoodFramingGoesOn(t *testing.T) {
	s := servertest.New(t, unlimited)
	for name, c := range map[string]struct {
		text string
		code string
	}{
		"a length":               {post("Content-Length: 2\r\n", "{}"), "request.invalid"},
		"chunks":                 {post("Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n"), "request.invalid"},
		"a GET with a body":      {get(plainGet, plainHost+"Content-Length: 3\r\n") + "abc", ""},
		"a query that has a URL": {get("GET /healthz?u=http://evil.test/ HTTP/1.1", plainHost), ""},
		"another Host":           {get(plainGet, "Host: [::1]:8080\r\n"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			conn := s.Dial().Send(c.text + smuggled)
			if a := conn.Answer(); a.Code() != c.code {
				t.Errorf("%d %s, want %q", a.Status, a.Code(), c.code)
			}
			conn.Answer().Want(200, "")
		})
	}
}

// TestHTTP04SizesAndHTTP05Methods plants what is too large or unknown, before
// any route is found.
func TestHTTP04SizesAndHTTP05Methods(t *testing.T) {
	s := servertest.New(t, unlimited)
	fill := func(n int) string { return strings.Repeat("a", n) }
	for _, c := range []struct{ name, text, code string }{
		{"a header of 17 KB", get(plainGet, plainHost+"X-A: "+fill(17<<10)+"\r\n"), "request.header_too_big"},
		{"1500 headers", get(plainGet, plainHost+strings.Repeat("X-A: bcdefgh\r\n", 1500)), "request.header_too_big"},
		{"a target of 17 KB", get("GET /healthz?"+fill(17<<10)+" HTTP/1.1", plainHost), "request.header_too_big"},
		{"a target of 9 KB", get("GET /healthz?"+fill(9<<10)+" HTTP/1.1", plainHost), "request.uri_too_long"},
		{"a body of 5 MB", post("Content-Length: 5000000\r\n", fill(100)), "request.too_large"},
		{"a body of 64 KiB and one byte", post("Content-Length: 65537\r\n", fill(65537)), "request.too_large"},
		{"endless chunks", post("Transfer-Encoding: chunked\r\n", strings.Repeat("4000\r\n"+fill(0x4000)+"\r\n", 5)), "request.too_large"},
		{"FOO", get("FOO /healthz HTTP/1.1", plainHost), "request.method_not_allowed"},
		{"TRACE", get("TRACE /healthz HTTP/1.1", plainHost), "request.method_not_allowed"},
		{"small letters", get("get /healthz HTTP/1.1", plainHost), "request.method_not_allowed"},
		{"FOO nowhere", get("FOO /nowhere HTTP/1.1", plainHost), "request.not_found"},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn := s.Dial().Send(c.text)
			a := conn.Answer()
			wantProblem(t, s, a, c.code)
			if a.Header.Get("Connection") != "close" {
				t.Error("the connection is to go on")
			}
			if allow := a.Header.Get("Allow"); a.Status == 405 && allow != "GET, HEAD, OPTIONS" {
				t.Errorf("Allow is %q", allow)
			}
			wantHTTP03(t, s, a)
		})
	}
	s.Raw(get("GET /healthz?"+fill(7<<10)+" HTTP/1.1", plainHost)).Want(200, "")
	s.Raw(get(plainGet, plainHost+"X-A: "+fill(12<<10)+"\r\n")).Want(200, "")
	body := `{"email":"` + fill(65536-12) + `"}`
	s.Raw(post(fmt.Sprintf("Content-Length: %d\r\n", len(body)), body)).Want(422, "request.invalid")
}

// TestHTTP04SlowRequestsEnd: half a request is answered when its time is over,
// and its connection closed.
func TestHTTP04SlowRequestsEnd(t *testing.T) {
	s := servertest.New(t, unlimited)
	s.Tune = func(inner *server.Server) { inner.ReadWithin(time.Second) }
	s.Restart()
	for name, text := range map[string]string{
		"half of the headers": "GET /healthz HTTP/1.1\r\nHost: localhost\r\nCookie: a=" + secretSent,
		"half of the body":    post("Content-Length: 20\r\n", `{"email":"`),
		"half of the chunks":  post("Transfer-Encoding: chunked\r\n", "5\r\n{}"),
	} {
		t.Run(name, func(t *testing.T) {
			conn := s.Dial().Send(text)
			a := conn.Answer()
			wantProblem(t, s, a, "request.timeout")
			if rest := conn.Rest(); rest != "" {
				t.Errorf("more came: %q", rest)
			}
			wantHTTP03(t, s, a)
		})
	}
}
