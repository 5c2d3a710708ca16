package server

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/valyala/fasthttp"

	"ostiary/server/config"
	"ostiary/server/refusal"
)

// site is the configuration that the fuzzers judge by.
func site() config.Config {
	cfg := config.Default()
	cfg.PublicURL, cfg.Origins = "https://auth.example.test", []string{"https://app.example.test", "http://localhost:5173"}
	return cfg
}

// likeBrowser is where a browser goes from our sign-in page: it drops tabs and
// line breaks, trims spaces and controls, and takes \ for / (WHATWG URL).
func likeBrowser(target string) (origin string, ok bool) {
	target = strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/").Replace(strings.TrimFunc(target, func(c rune) bool { return c <= ' ' }))
	base, _ := url.Parse("https://auth.example.test/login")
	u, err := base.Parse(target)
	if err != nil {
		return "", false
	}
	return strings.ToLower(u.Scheme + "://" + u.Host), true
}

func FuzzRedirect(f *testing.F) {
	for _, seed := range []string{"/account", "/a?b=c#d", "/..//x", "https://app.example.test/cb", "http://localhost:5173", "https://auth.example.test/",
		"", "account", "//evil.test", "/\\evil.test", "\\\\evil.test", "/\t/evil.test", "///evil.test", "https:evil.test", "https:/evil.test", "https:///evil.test",
		"javascript:alert(1)", "data:text/html,x", "https://app.example.test@evil.test/", "https://app.example.test.evil.test", "https://evil.test#https://app.example.test",
		"https://app.example.test:444/", "http://app.example.test/", "HTTPS://APP.EXAMPLE.TEST/", "https://app.example.test\\@evil.test", "https://app.example.test%2f@evil.test",
		"https://app.example.test/\r\nSet-Cookie: a=b", "/%0d%0aSet-Cookie:a=b", " https://evil.test", "https://[::1]/", "https://аpp.example.test/", "/\u2028", "//app.example.test/"} {
		f.Add(seed)
	}
	o := newOrigins(site())
	f.Fuzz(func(t *testing.T, target string) {
		got, err := o.redirect(target)
		if err != nil {
			if got != "" || !refusal.Is(err, refusal.RedirectNotAllowed) {
				t.Fatalf("%q: %q, %v", target, got, err)
			}
			return
		}
		if got != target {
			t.Fatalf("%q became %q", target, got)
		}
		if strings.ContainsFunc(target, func(c rune) bool { return c <= ' ' || c == 0x7f }) {
			t.Fatalf("%q could end the header line", target)
		}
		if origin, ok := likeBrowser(target); !ok || !o.list[origin] {
			t.Fatalf("%q leads a browser to %s", target, origin)
		}
	})
}

// TestRedirectTakesWhatIsMeant keeps the fuzzer from passing by refusing all.
func TestRedirectTakesWhatIsMeant(t *testing.T) {
	o := newOrigins(site())
	for _, target := range []string{"/", "/account", "/a/b?c=d&e=%2F#f", "https://app.example.test", "https://app.example.test/cb?x=https://evil.test",
		"https://auth.example.test/account", "http://localhost:5173/"} {
		if _, err := o.redirect(target); err != nil {
			t.Errorf("%q is refused", target)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{}`, ``, `{"email":"a@b.c","password":"x","remember":true}`, `{"email":null}`, `{"email":"a","email":"b"}`, `{"email":"a","EMAIL":"b"}`,
		`{"\u0065mail":"a"}`, `{"email":"\ud800"}`, `{"email":"\u0000"}`, `{"a/b~":1}`, `[`, `{"a":[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]}`, `{"email":1e999}`, "\xef\xbb\xbf{}", `{"email":"\ufffd"}`,
		`{"remember":1}`, `{"":""}`, `{"email":"a"}x`, `nul`, `{"count":18446744073709551616}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var into struct {
			Email    string `json:"email" need:"true"`
			Password string `json:"password"`
			Remember *bool  `json:"remember"`
			Count    int    `json:"count"`
		}
		fields, err := objectFields(body)
		if err == nil {
			err = fillFields(fields, &into)
		}
		if err != nil {
			wantRequestRefusal(t, err)
			return
		}
		// What is taken has one reading: a plain reader finds the same in it.
		var plain map[string]any
		if err := json.Unmarshal(body, &plain); err != nil || len(plain) != len(fields) {
			t.Fatalf("%q: %v, %d fields, %d to others", body, err, len(fields), len(plain))
		}
		if plain["email"] != into.Email || (into.Password != "" && plain["password"] != into.Password) || (into.Remember != nil && plain["remember"] != *into.Remember) {
			t.Fatalf("%q is read as %+v, by others as %v", body, into, plain)
		}
		if strings.ContainsRune(into.Email+into.Password, 0) {
			t.Fatalf("%q: NUL came through", body)
		}
	})
}

// wantRequestRefusal: bad bodies are the sender's mistake, told by field.
func wantRequestRefusal(t *testing.T, err error) {
	t.Helper()
	var e *refusal.Error
	if !errors.As(err, &e) || (e.Code != refusal.RequestMalformed && e.Code != refusal.RequestInvalid) {
		t.Fatalf("a body ends as %v", err)
	}
	if (e.Code == refusal.RequestInvalid) != (len(e.Fields) > 0) {
		t.Fatalf("%s with %d fields", e.Code, len(e.Fields))
	}
	for _, field := range e.Fields {
		if !strings.HasPrefix(field.Pointer, "/") || len(field.Pointer) > 200 || strings.ContainsFunc(field.Pointer, func(c rune) bool { return c < ' ' }) {
			t.Fatalf("the pointer is %q", field.Pointer)
		}
	}
}

func FuzzCookies(f *testing.F) {
	for _, seed := range []string{"__Host-ostiary_session=a", "__Host-ostiary_session=a; __Host-ostiary_session=b", "a=b; __Host-ostiary_session=\"x\"; c", ";;; =;", "__Host-ostiary_session",
		"__Host-ostiary_session==a=b", " __Host-ostiary_session=a", "__Host-ostiary_session=a\t;x", strings.Repeat("__Host-ostiary_session=;", 40), "ostiary_session=x; __Secure-ostiary_session=y",
		"__Host-ostiary_csrf=1; __Host-ostiary_device=2; __Host-ostiary_setup=3", "__Host-ostiary_session=1; __Host-ostiary_session=2; __Host-ostiary_session=3; __Host-ostiary_session=4; __Host-ostiary_session=5; __Host-ostiary_session=6",
		"__HOST-ostiary_session=a", "__Host-ostiary_session =a", "=__Host-ostiary_session=a"} {
		f.Add(seed, "a=b")
	}
	names := newCookieNames(site())
	f.Fuzz(func(t *testing.T, one, two string) {
		r := &request{s: &Server{names: names}, f: &fasthttp.RequestCtx{}}
		raw := "GET / HTTP/1.1\r\nHost: x\r\nCookie: " + one + "\r\nCookie: " + two + "\r\n\r\n"
		if err := r.f.Request.Header.Read(bufio.NewReaderSize(strings.NewReader(raw), 1<<16)); err != nil || strings.ContainsAny(one+two, "\r\n") {
			return
		}
		j := r.cookies()
		distinct, times := plainCookies(names.session, one, two)
		if j.count != min(len(distinct), 5) || j.repeated != (times > 1) || !j.present {
			t.Fatalf("%q, %q: %d distinct of %v, repeated %v of %d", one, two, j.count, distinct, j.repeated, times)
		}
		for i, value := range j.sessions[:j.count] {
			if !bytes.Equal(value, []byte(distinct[i])) {
				t.Fatalf("%q, %q: the %dth is %q, want %q", one, two, i, value, distinct[i])
			}
		}
	})
}

// plainCookies reads cookies of a name in the plainest way: by splitting.
func plainCookies(name string, lines ...string) (distinct []string, times int) {
	seen := map[string]bool{}
	for _, line := range lines {
		for pair := range strings.SplitSeq(strings.Trim(line, " \t"), ";") {
			value, ours := strings.CutPrefix(strings.TrimLeft(pair, " "), name+"=")
			if !ours {
				continue
			}
			times++
			if !seen[value] {
				seen[value] = true
				distinct = append(distinct, value)
			}
		}
	}
	return distinct, times
}
