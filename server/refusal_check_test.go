package server_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ostiary/server/refusal"
	"ostiary/server/servertest"
	"ostiary/web"
)

// problemDocument is a refusal as the contract promises it, member by member.
type problemDocument struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail"`
	Code      string `json:"code"`
	Cause     string `json:"cause"`
	Fix       []fix  `json:"fix"`
	RequestID string `json:"request_id"`
	Retry     struct {
		Action string `json:"action"`
		AfterS *int   `json:"after_s"`
	} `json:"retry"`
	Context map[string]any  `json:"context"`
	Errors  []refusal.Field `json:"errors"`
	Message string          `json:"message"`
}

type fix struct {
	Who  string `json:"who"`
	Text string `json:"text"`
	Cmd  string `json:"cmd"`
}

var requestID = regexp.MustCompile(`^req_[0-9A-Za-z]{22}$`)

// wantProblem holds an answer to the whole of the contract about refusals.
func wantProblem(t *testing.T, s *servertest.Server, a *servertest.Answer, code string) {
	t.Helper()
	entry, ok := refusal.Lookup(refusal.Code(code))
	if !ok {
		t.Fatalf("%s is not in the catalogue", code)
	}
	a.Want(entry.Status, code)
	wantRefusalHeaders(t, s, a, entry)
	if got := a.Header.Get("Content-Type"); got != "application/problem+json; charset=utf-8" {
		t.Errorf("Content-Type %q", got)
	}
	var p problemDocument
	decoder := json.NewDecoder(strings.NewReader(a.Raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&p); err != nil {
		t.Fatalf("the problem document: %v\n%s", err, a.Raw)
	}
	wantMembers(t, s, a, entry, p)
	wantRetry(t, a, entry, p)
	wantFields(t, p)
	wantNothingShown(t, s, a)
}

func wantMembers(t *testing.T, s *servertest.Server, a *servertest.Answer, entry refusal.Entry, p problemDocument) {
	t.Helper()
	code := string(entry.Code)
	for _, c := range []struct{ name, got, want string }{
		{"type", p.Type, s.Config.Site().URL + "/e/" + code},
		{"title", p.Title, entry.Title},
		{"status", strconv.Itoa(p.Status), strconv.Itoa(entry.Status)},
		{"code", p.Code, code},
		{"request_id", p.RequestID, a.Header.Get("X-Request-Id")},
		{"message", p.Message, p.Detail},
	} {
		if c.got != c.want {
			t.Errorf("%s is %q, want %q", c.name, c.got, c.want)
		}
	}
	if p.Detail == "" || p.Cause == "" || len(p.Fix) == 0 {
		t.Errorf("detail, cause or fix is empty: %s", a.Raw)
	}
	for _, fix := range p.Fix {
		if !slices.Contains([]string{"user", "developer", "admin"}, fix.Who) || fix.Text == "" {
			t.Errorf("a fix says nothing, or to nobody: %+v", fix)
		}
	}
}

func wantRetry(t *testing.T, a *servertest.Answer, entry refusal.Entry, p problemDocument) {
	t.Helper()
	if p.Retry.Action != entry.Retry || p.Retry.AfterS == nil {
		t.Fatalf("retry is %s, want %q", a.Raw, entry.Retry)
	}
	waits := entry.Status == 429 || entry.Status == 503
	switch header := a.Header.Get("Retry-After"); {
	case waits && (header != strconv.Itoa(*p.Retry.AfterS) || *p.Retry.AfterS < 1):
		t.Errorf("Retry-After is %q, after_s %d", header, *p.Retry.AfterS)
	case !waits && (header != "" || *p.Retry.AfterS != 0):
		t.Errorf("told to wait (%q, %d) by a %d", header, *p.Retry.AfterS, entry.Status)
	}
}

// wantFields: errors[] belongs to request.invalid, and each of it is whole.
func wantFields(t *testing.T, p problemDocument) {
	t.Helper()
	if (len(p.Errors) > 0) != (p.Code == "request.invalid") {
		t.Errorf("%s with %d errors", p.Code, len(p.Errors))
	}
	for _, field := range p.Errors {
		if _, ok := refusal.Lookup(field.Code); !ok || field.Text == "" || !strings.ContainsAny(field.Pointer[:1], "/?") {
			t.Errorf("a field's error is not whole: %+v", field)
		}
	}
}

// wantRefusalHeaders is what a refusal carries in whatever form it comes.
func wantRefusalHeaders(t *testing.T, s *servertest.Server, a *servertest.Answer, entry refusal.Entry) {
	t.Helper()
	wantSecurityHeaders(t, s, a)
	if got := a.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control %q", got)
	}
	if got := a.Header.Get("Vary"); got != "Origin, Cookie, Authorization" {
		t.Errorf("Vary %q", got)
	}
	challenge := a.Header.Get("WWW-Authenticate")
	if entry.Status == 401 != strings.HasPrefix(challenge, `Bearer realm="ostiary", error="`) {
		t.Errorf("%d with WWW-Authenticate %q", entry.Status, challenge)
	}
	for _, name := range []string{"X-Auth-Code", "X-Request-Id", "Retry-After", "WWW-Authenticate"} {
		if n := len(a.Header.Values(name)); n > 1 {
			t.Errorf("%s is there %d times", name, n)
		}
	}
}

// wantSecurityHeaders are on every answer, whatever it is.
func wantSecurityHeaders(t *testing.T, s *servertest.Server, a *servertest.Answer) {
	t.Helper()
	want := map[string]string{
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cross-Origin-Resource-Policy": "same-origin",
		"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Referrer-Policy": "no-referrer",
		"Strict-Transport-Security": "", "Server": "", "X-Powered-By": "",
	}
	if strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
		want["Content-Security-Policy"], want["Referrer-Policy"] = web.Policy, "same-origin"
	}
	if s.Config.Site().Secure {
		want["Strict-Transport-Security"] = "max-age=31536000"
	}
	for name, value := range want {
		if got := strings.Join(a.Header.Values(name), " | "); got != value {
			t.Errorf("%s is %q, want %q", name, got, value)
		}
	}
	if id := a.Header.Get("X-Request-Id"); !requestID.MatchString(id) {
		t.Errorf("X-Request-Id is %q", id)
	}
}

// wantNothingShown looks for what no answer to a refusal may hold.
func wantNothingShown(t *testing.T, s *servertest.Server, a *servertest.Answer) {
	t.Helper()
	var all bytes.Buffer
	_ = a.Header.Write(&all)
	all.WriteString(a.Raw)
	for _, bad := range []string{s.Dir, servertest.Password, "goroutine ", ".go:", "SELECT ", "INSERT ", "UPDATE ", "SQLITE_",
		"modernc", "fasthttp", "fiber", "argon2", "panic", secretInPanic, "runtime error"} {
		if strings.Contains(all.String(), bad) {
			t.Errorf("the answer shows %q:\n%s", bad, all.String())
		}
	}
}

// secretInPanic is what the planted panic says.
const secretInPanic = "a-secret-that-only-the-panic-knows"

// wantRefusalPage is the same refusal, told to a person.
func wantRefusalPage(t *testing.T, s *servertest.Server, a *servertest.Answer, code string) {
	t.Helper()
	entry, _ := refusal.Lookup(refusal.Code(code))
	a.Want(entry.Status, code)
	wantRefusalHeaders(t, s, a, entry)
	wantNothingShown(t, s, a)
	if got := a.Header.Get("Content-Type"); got != "text/html; charset=utf-8" {
		t.Errorf("Content-Type %q", got)
	}
	for _, part := range []string{"<!doctype html>", code, a.Header.Get("X-Request-Id"), s.Config.Site().Prefix + "/e/" + code} {
		if !strings.Contains(strings.ToLower(a.Raw), strings.ToLower(part)) {
			t.Errorf("the page does not show %q", part)
		}
	}
}
