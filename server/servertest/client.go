package servertest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/valyala/fasthttp/fasthttputil"
)

// Password is one that the rules take, for everyone who needs one.
const Password = "nine violet kettles hum at dawn"

// Client speaks to the server: a browser when it keeps cookies, a program
// when it carries a bearer token.
type Client struct {
	T       testing.TB
	Server  *Server
	Cookies map[string]string // by name; nil: keeps none
	Bearer  string
	Header  http.Header // sent with every request
	CSRF    string      // sent with every change, when set
	http    *http.Client
}

// Browser is a client with an empty cookie jar.
func (s *Server) Browser() *Client {
	return &Client{T: s.T, Server: s, Cookies: map[string]string{}, Header: http.Header{}, http: newHTTP(nil)}
}

// Program is a client that keeps no cookies and asks for header mode.
func (s *Server) Program() *Client {
	return &Client{T: s.T, Server: s, Header: http.Header{"X-Auth-Mode": {"header"}}, http: newHTTP(nil)}
}

func (s *Server) operator() *Client {
	listener := fasthttputil.NewInmemoryListener()
	go func() { _ = s.Inner.ServeOperator(listener) }()
	dial := func(context.Context, string, string) (net.Conn, error) { return listener.Dial() }
	return &Client{T: s.T, Server: s, Header: http.Header{}, http: newHTTP(dial)}
}

func newHTTP(dial func(context.Context, string, string) (net.Conn, error)) *http.Client {
	return &http.Client{
		Transport:     &http.Transport{DialContext: dial, MaxIdleConnsPerHost: 64},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Answer is what came back.
type Answer struct {
	T       testing.TB
	Status  int
	Header  http.Header
	Cookies []*http.Cookie
	Raw     string
	JSON    map[string]any // nil when the body is no JSON object
}

// Do sends a request. body may be nil, a string (sent as it is) or anything
// that encodes to JSON.
func (c *Client) Do(method, path string, body any, headers ...string) *Answer {
	c.T.Helper()
	request := c.build(method, path, body)
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			request.Host = headers[i+1]
			continue
		}
		request.Header.Add(headers[i], headers[i+1])
	}
	return c.send(request)
}

// DoWith sends a request as change leaves it: with another content type, say,
// or without a header that Do would send.
func (c *Client) DoWith(method, path string, body any, change func(*http.Request)) *Answer {
	c.T.Helper()
	request := c.build(method, path, body)
	change(request)
	return c.send(request)
}

func (c *Client) send(request *http.Request) *Answer {
	c.T.Helper()
	response, err := c.http.Do(request)
	if err != nil {
		c.T.Fatalf("%s %s: %v", request.Method, request.URL.Path, err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		c.T.Fatalf("%s %s: %v", request.Method, request.URL.Path, err)
	}
	a := &Answer{T: c.T, Status: response.StatusCode, Header: response.Header, Cookies: response.Cookies(), Raw: string(raw)}
	_ = json.Unmarshal(raw, &a.JSON)
	c.learn(a)
	codes.note(a)
	return a
}

func (c *Client) build(method, path string, body any) *http.Request {
	c.T.Helper()
	var reader io.Reader
	kind := ""
	switch b := body.(type) {
	case nil:
	case string:
		reader, kind = strings.NewReader(b), "application/json"
	default:
		encoded, err := json.Marshal(b)
		if err != nil {
			c.T.Fatal(err)
		}
		reader, kind = bytes.NewReader(encoded), "application/json"
	}
	request, err := http.NewRequest(method, c.Server.URL+path, reader)
	if err != nil {
		c.T.Fatal(err)
	}
	request.Host = strings.TrimPrefix(strings.TrimPrefix(c.Server.Origin, "http://"), "https://")
	maps.Copy(request.Header, c.Header.Clone())
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	if c.Bearer != "" {
		request.Header.Set("Authorization", "Bearer "+c.Bearer)
	}
	if line := c.cookieLine(); line != "" {
		request.Header.Set("Cookie", line)
	}
	if c.CSRF != "" && method != "GET" && method != "HEAD" {
		request.Header.Set("X-CSRF-Token", c.CSRF)
	}
	return request
}

func (c *Client) cookieLine() string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(c.Cookies)) {
		pairs = append(pairs, name+"="+c.Cookies[name])
	}
	return strings.Join(pairs, "; ")
}

// learn keeps cookies and the CSRF token, as a browser and its page do.
func (c *Client) learn(a *Answer) {
	if token := a.Header.Get("X-Csrf-Token"); token != "" && c.Cookies != nil {
		c.CSRF = token
	}
	for _, cookie := range a.Cookies {
		switch {
		case c.Cookies == nil || cookie.Domain != "":
		case cookie.MaxAge < 0:
			delete(c.Cookies, cookie.Name)
		default:
			c.Cookies[cookie.Name] = cookie.Value
		}
	}
}

// SignUp makes an account and is signed in with it.
func (c *Client) SignUp(email string) *Answer {
	c.T.Helper()
	a := c.Do("POST", "/api/v1/auth/signup", map[string]any{"email": email, "password": Password}).Want(201, "")
	c.keep(a)
	return a
}

// Login signs in with the password that everyone has.
func (c *Client) Login(email string) *Answer {
	c.T.Helper()
	a := c.Do("POST", "/api/v1/auth/login", map[string]any{"email": email, "password": Password}).Want(200, "")
	c.keep(a)
	return a
}

func (c *Client) keep(a *Answer) {
	if token, ok := a.JSON["token"].(string); ok && c.Cookies == nil {
		c.Bearer = token
	}
}

// Fork is another client with the same credentials.
func (c *Client) Fork() *Client {
	fork := *c
	fork.Cookies, fork.Header = maps.Clone(c.Cookies), c.Header.Clone()
	return &fork
}

// Want fails the test unless the answer has this status and this code ("" for
// none). It returns the answer, for more questions.
func (a *Answer) Want(status int, code string) *Answer {
	a.T.Helper()
	if a.Status != status || a.Code() != code {
		a.T.Fatalf("got %d %q, want %d %q\n%s", a.Status, a.Code(), status, code, a.Raw)
	}
	return a
}

// Code is the refusal's code, by the header that every refusal carries.
func (a *Answer) Code() string { return a.Header.Get("X-Auth-Code") }

// Get is a value in the body, by a path such as "user.email" or "items.0.id".
func (a *Answer) Get(path string) any {
	a.T.Helper()
	var value any = a.JSON
	for part := range strings.SplitSeq(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[part]
		case []any:
			var i int
			if _, err := fmt.Sscan(part, &i); err != nil || i >= len(v) {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	return value
}

// Text is Get for strings.
func (a *Answer) Text(path string) string {
	text, _ := a.Get(path).(string)
	return text
}

// Codes gathers the codes that answers carried, so that a package can say in
// the end which of the catalogue it has produced.
type seenCodes struct {
	mu   sync.Mutex
	seen map[string]bool
}

var codes = &seenCodes{seen: map[string]bool{}}

func (s *seenCodes) note(a *Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, code := range strings.Split(a.Header.Get("X-Auth-Warning"), ", ") {
		s.seen[code] = true
	}
	s.seen[a.Code()] = true
	fields, _ := a.JSON["errors"].([]any)
	for _, f := range fields {
		if m, ok := f.(map[string]any); ok {
			s.seen[fmt.Sprint(m["code"])] = true
		}
	}
}

// SeenCodes lists every code that any answer of this process carried.
func SeenCodes() []string {
	codes.mu.Lock()
	defer codes.mu.Unlock()
	return slices.Sorted(maps.Keys(codes.seen))
}
