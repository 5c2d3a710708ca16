//go:build linux

package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// clientOf speaks HTTP to one address, whatever the URL says.
func clientOf(network, addr string) *http.Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, addr)
	}
	return &http.Client{
		Transport:     &http.Transport{DialContext: dial, MaxIdleConnsPerHost: 256, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       3 * soon,
	}
}

// answer is what came back; err and no status when nothing did.
type answer struct {
	status int
	code   string // X-Auth-Code
	header http.Header
	body   []byte
	err    error
}

func (a answer) String() string {
	if a.err != nil {
		return a.err.Error()
	}
	return fmt.Sprintf("%d %s %.300s", a.status, a.code, a.body)
}

// ok says that the program acknowledged what was asked.
func (a answer) ok() bool { return a.status >= 200 && a.status < 300 }

// busy says that the program had too much to do, and did not do it.
func (a answer) busy() bool { return a.status == 503 && a.code == "server.busy" }

// read reads the body.
func read(a answer, value any) error { return json.Unmarshal(a.body, value) }

// into reads the body, which must be readable.
func (a answer) into(t *testing.T, value any) {
	t.Helper()
	if err := read(a, value); err != nil {
		t.Fatalf("%v in the answer %v", err, a)
	}
}

// with changes a request before it is sent.
type with func(*http.Request)

// bearer sends a session as a program does.
func bearer(token string) with {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
}

// cookie sends a session as a browser does.
func cookie(token string) with {
	return func(r *http.Request) { r.Header.Set("Cookie", "ostiary_session="+token) }
}

// csrf is what a browser sends beside the cookie.
func csrf(token string) with {
	return func(r *http.Request) { r.Header.Set("X-CSRF-Token", token) }
}

// program mode: new sessions come in the body, not as cookies.
func asProgram(r *http.Request) { r.Header.Set("X-Auth-Mode", "header") }

// do asks at the public door.
func (p *program) do(method, path string, body any, how ...with) answer {
	return ask(p.public, method, p.url+path, body, how...)
}

// operate asks at the operator's socket.
func (p *program) operate(method, path string, body any) answer {
	return ask(p.operator, method, p.url+"/api/v1/admin"+path, body)
}

func ask(client *http.Client, method, url string, body any, how ...with) answer {
	var reader io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return answer{err: err}
		}
		reader = bytes.NewReader(encoded)
	}
	request, err := http.NewRequest(method, url, reader)
	if err != nil {
		return answer{err: err}
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	for _, change := range how {
		change(request)
	}
	response, err := client.Do(request)
	if err != nil {
		return answer{err: err}
	}
	defer response.Body.Close()
	a := answer{status: response.StatusCode, code: response.Header.Get("X-Auth-Code"), header: response.Header}
	if a.body, err = io.ReadAll(response.Body); err != nil {
		return answer{err: err} // half an answer acknowledges nothing
	}
	return a
}

// me asks who is signed in: the check of a session.
func (p *program) me(token string, how ...with) answer {
	if len(how) == 0 {
		how = []with{bearer(token)}
	}
	return p.do("GET", "/api/v1/auth/me", nil, how...)
}

// wantFault fails unless the answer is the refusal of a storage fault: 503, a code, when to
// come back, as a problem document that tells nothing of the machine, and no cookie touched.
func wantFault(t *testing.T, what string, a answer, dir string, codes ...string) {
	t.Helper()
	known := false
	for _, code := range codes {
		known = known || a.code == code
	}
	if a.status != 503 || !known {
		t.Errorf("%s: %v, want 503 %s", what, a, strings.Join(codes, " or "))
		return
	}
	if a.header.Get("Retry-After") == "" || !strings.HasPrefix(a.header.Get("Content-Type"), "application/problem+json") {
		t.Errorf("%s: it has no Retry-After or is no problem document: %v", what, a.header)
	}
	if a.header["Set-Cookie"] != nil {
		t.Errorf("%s: a storage fault touches cookies: %v", what, a.header["Set-Cookie"])
	}
	var problem struct {
		Code      string
		Status    int
		RequestID string `json:"request_id"`
	}
	a.into(t, &problem)
	if problem.Code != a.code || problem.Status != 503 || problem.RequestID == "" {
		t.Errorf("%s: the document and the headers differ: %v", what, a)
	}
	for _, private := range []string{dir, "SQL", "sqlite", "goroutine", "errno"} {
		if strings.Contains(string(a.body), private) {
			t.Errorf("%s: the answer tells of %q: %s", what, private, a.body)
		}
	}
}

// wantHealth holds the health endpoints to the truth: the process lives whatever happens to
// the database, and is ready only when that takes writes. code is "" for ready.
func wantHealth(t *testing.T, p *program, code string) {
	t.Helper()
	if a := p.do("GET", "/healthz", nil); a.status != 200 {
		t.Errorf("/healthz: %v", a)
	}
	if a := p.do("GET", "/api/health", nil); a.status != 200 {
		t.Errorf("/api/health: %v", a)
	}
	a := p.do("GET", "/readyz", nil)
	if code != "" {
		wantFault(t, "/readyz", a, p.dir, code)
	} else if a.status != 200 {
		t.Errorf("/readyz: %v", a)
	}
}

// recovers waits until the program is ready again by itself.
func (p *program) recovers() {
	p.t.Helper()
	began := time.Now()
	until(p.t, "ready again without a restart", func() bool { return p.do("GET", "/readyz", nil).status == 200 })
	p.t.Logf("ready again after %v", time.Since(began).Round(time.Millisecond))
}
