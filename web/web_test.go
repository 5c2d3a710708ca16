package web

import (
	"bytes"
	"errors"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/html"

	"ostiary/server/refusal"
)

const base = "/auth"

// node is an element with its attributes; the tree is flat, in document order.
type node struct {
	tag   string
	attrs map[string]string
	text  string // directly inside
}

// under makes the pages once for all tests: parsing them is what costs.
var under = sync.OnceValues(func() (*Pages, error) { return New(base) })

func render(t testing.TB, name string, view any) (string, []node) {
	t.Helper()
	pages, err := under()
	if err != nil {
		t.Fatal(err)
	}
	var body bytes.Buffer
	if err := pages.Render(&body, name, view); err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(bytes.NewReader(body.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	var nodes []node
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		found := node{tag: n.Data, attrs: map[string]string{}}
		for _, attr := range n.Attr {
			found.attrs[attr.Key] = attr.Val
		}
		if n.FirstChild != nil && n.FirstChild.Type == html.TextNode {
			found.text = n.FirstChild.Data
		}
		nodes = append(nodes, found)
	}
	return body.String(), nodes
}

// eachSample runs a test over all pages; name is the page, title the sample.
func eachSample(t *testing.T, said string, test func(t *testing.T, name string, nodes []node, text string)) {
	for title, view := range samples(said) {
		t.Run(title, func(t *testing.T) {
			name := strings.Fields(title)[0]
			text, nodes := render(t, name, view)
			test(t, name, nodes, text)
		})
	}
}

func TestEveryPageHasASample(t *testing.T) {
	all := samples("Ada")
	for name, view := range views() {
		if sample, ok := all[name]; !ok || reflect.TypeOf(sample) != reflect.TypeOf(view) {
			t.Errorf("%s: no sample of %T", name, view)
		}
	}
}

// What Policy forbids must not be there, or it would silently not work.
func TestNothingInline(t *testing.T) {
	eachSample(t, "Ada", func(t *testing.T, _ string, nodes []node, _ string) {
		for _, n := range nodes {
			if n.tag == "style" || n.tag == "base" || n.tag == "iframe" || (n.tag == "script" && (n.attrs["src"] == "" || n.text != "")) {
				t.Errorf("inline <%s>", n.tag)
			}
			for key, value := range n.attrs {
				if strings.HasPrefix(key, "on") || key == "style" || strings.HasPrefix(strings.ToLower(value), "javascript:") {
					t.Errorf("<%s %s=%q>", n.tag, key, value)
				}
			}
		}
	})
}

func TestLinksCarryThePrefix(t *testing.T) {
	eachSample(t, "Ada", func(t *testing.T, name string, nodes []node, _ string) {
		seen := 0
		for _, n := range nodes {
			for _, key := range []string{"href", "src", "action", "formaction"} {
				link, ok := n.attrs[key]
				if !ok || (name == Continue && strings.HasPrefix(link, "https://app.example.com/")) {
					continue
				}
				seen++
				if !strings.HasPrefix(link, base+"/") && !strings.HasPrefix(link, "#") {
					t.Errorf("<%s %s=%q> leaves %s", n.tag, key, link, base)
				}
			}
		}
		if seen < 5 {
			t.Errorf("only %d links looked at", seen)
		}
	})
}

// A page must have the same elements and attributes whatever people are called: then
// no text has become markup.
func TestTextsStayTexts(t *testing.T) {
	plain := map[string][]string{}
	for title, view := range samples("Ada") {
		_, nodes := render(t, strings.Fields(title)[0], view)
		plain[title] = shape(nodes)
	}
	for _, said := range []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, "` onfocus=alert(1) autofocus `",
		`</title></textarea></style><h1>`, `javascript:alert(1)`, `{{.CSRF}}`, `<!--`, `]]>`, `&lt;b&gt;&quot;`, "\u202e\u2066\ufeff", "a\x00b", "\xff\xfe<b>", "line\r\nSet-Cookie: a=b",
		`../../../etc/passwd`, `?a=b&c=d#e`, `//evil.example`, `\\evil.example\`, `%2e%2e%2f`, strings.Repeat("W", 5000), "田中さんにあげて下さい", "😍", `1;DROP TABLE users`,
	} {
		for title, view := range samples(said) {
			_, nodes := render(t, strings.Fields(title)[0], view)
			if got := shape(nodes); !slices.Equal(got, plain[title]) {
				t.Errorf("%s: %.40q changed the markup", title, said)
			}
			for _, n := range nodes {
				if action := n.attrs["action"]; n.tag == "form" && (!strings.HasPrefix(action, base+"/") || strings.Contains(action, "/../") || strings.ContainsAny(action, "?#")) {
					t.Errorf("%s: %.40q leads a form to %.80q", title, said, action)
				}
			}
		}
	}
}

func shape(nodes []node) []string {
	var all []string
	for _, n := range nodes {
		keys := []string{n.tag}
		for key := range n.attrs {
			keys = append(keys, key)
		}
		slices.Sort(keys[1:])
		all = append(all, strings.Join(keys, " "))
	}
	return all
}

func TestPagesCanBeUsedByEverybody(t *testing.T) {
	eachSample(t, "Ada", func(t *testing.T, _ string, nodes []node, _ string) {
		count, ids, labels := map[string]int{}, map[string]bool{}, map[string]bool{}
		for _, n := range nodes {
			count[n.tag]++
			if id := n.attrs["id"]; id != "" {
				if ids[id] {
					t.Errorf("two elements are called %q", id)
				}
				ids[id] = true
			}
			if n.tag == "label" {
				labels[n.attrs["for"]] = true
			}
		}
		for _, tag := range []string{"h1", "main", "header", "footer", "title"} {
			if count[tag] != 1 {
				t.Errorf("%d <%s>", count[tag], tag)
			}
		}
		for _, n := range nodes {
			references(t, n, ids)
			if n.tag == "html" && n.attrs["lang"] != "en" {
				t.Error("the page does not say its language")
			}
			if kind := n.attrs["type"]; n.tag == "input" && n.attrs["id"] != "" && kind != "hidden" && !labels[n.attrs["id"]] {
				t.Errorf("the field %q has no label", n.attrs["id"])
			}
			if _, ok := n.attrs["alt"]; n.tag == "img" && !ok {
				t.Error("a picture without alt")
			}
		}
	})
}

// references checks that what an element points to inside the page is there.
func references(t *testing.T, n node, ids map[string]bool) {
	t.Helper()
	pointed := strings.Fields(n.attrs["aria-describedby"] + " " + n.attrs["aria-labelledby"] + " " + n.attrs["for"])
	if link := n.attrs["href"]; strings.HasPrefix(link, "#") {
		pointed = append(pointed, link[1:])
	}
	for _, id := range pointed {
		if !ids[id] {
			t.Errorf("<%s> points to %q, which is not there", n.tag, id)
		}
	}
}

// Every POST of somebody who is signed in carries the token, and none ever a password.
func TestForms(t *testing.T) {
	eachSample(t, "Ada", func(t *testing.T, _ string, nodes []node, text string) {
		signedIn := strings.Contains(text, "1795292029.Zm9v")
		for i, n := range nodes {
			if n.tag == "form" && n.attrs["method"] == "post" && signedIn && nodes[i+1].attrs["name"] != "csrf_token" {
				t.Errorf("the form to %s has no csrf_token", n.attrs["action"])
			}
			if _, kept := n.attrs["value"]; n.tag == "input" && n.attrs["type"] == "password" && kept {
				t.Errorf("the field %q shows a password", n.attrs["name"])
			}
			if n.tag == "input" && n.attrs["type"] == "password" && !strings.Contains(n.attrs["autocomplete"], "-password") {
				t.Errorf("password managers cannot tell what %q is", n.attrs["name"])
			}
		}
	})
}

// A view struct has no room for a password, so none can come back in a page.
func TestNoViewHoldsAPassword(t *testing.T) {
	for name, view := range views() {
		for _, field := range reflect.VisibleFields(reflect.TypeOf(view)) {
			if strings.Contains(strings.ToLower(field.Name), "password") {
				t.Errorf("%s has a field %s", name, field.Name)
			}
		}
	}
}

func TestFormsKeepWhatWasTyped(t *testing.T) {
	_, nodes := render(t, Signup, samples("ada@exämple")["signup wrong"])
	for _, n := range nodes {
		if name := n.attrs["name"]; n.tag == "input" && (name == "email" || name == "name") {
			if n.attrs["value"] != "ada@exämple" || n.attrs["aria-invalid"] != "true" || n.attrs["aria-describedby"] != name+"-error" {
				t.Errorf("%s: %v", name, n.attrs)
			}
		}
		if n.tag == "title" && !strings.HasPrefix(n.text, "Error: ") {
			t.Errorf("title %q", n.text)
		}
	}
	if !slices.ContainsFunc(nodes, func(n node) bool { return n.attrs["role"] == "alert" }) {
		t.Error("no error summary")
	}
}

func TestContinueLeadsToTheWebAlone(t *testing.T) {
	for _, target := range []string{"javascript:alert(1)", "data:text/html,x", "", "/login", "//evil.example", "https:", "file:///etc/passwd", " javascript:alert(1)", "https://a\x00b"} {
		text, nodes := render(t, Continue, ContinuePage{Target: target})
		if strings.Contains(text, "http-equiv") || slices.ContainsFunc(nodes, func(n node) bool { return target != "" && n.attrs["href"] == target }) {
			t.Errorf("%q is followed", target)
		}
	}
	text, _ := render(t, Continue, ContinuePage{Target: `https://app.example.com/a"b?c=d&e=f`})
	if want := `content="0;url=https://app.example.com/a&#34;b?c=d&amp;e=f"`; !strings.Contains(text, want) {
		t.Errorf("no %s in %s", want, text)
	}
}

func TestPrivateReasonsStayPrivate(t *testing.T) {
	err := refusal.New(refusal.LoginInvalidCredentials).Privately("disabled by root").Wrap(errors.New("row 7"))
	for _, page := range []string{
		first(render(t, Refusal, Refused(err, "req_1"))),
		first(render(t, Login, LoginPage{Problem: Rejected(err, "req_1")})),
	} {
		if strings.Contains(page, "disabled by root") || strings.Contains(page, "row 7") {
			t.Error("the private reason is on the page")
		}
		if !strings.Contains(page, "login.invalid_credentials") || !strings.Contains(page, "req_1") {
			t.Error("neither code nor request id is on the page")
		}
	}
}

func first(text string, _ []node) string { return text }

func TestEveryCodeHasItsPage(t *testing.T) {
	index, _ := render(t, Codes, FindCodes(""))
	for _, entry := range refusal.All() {
		page, ok := ExplainCode(entry.Code)
		if !ok {
			t.Fatalf("%s has no page", entry.Code)
		}
		render(t, Code, page)
		if !strings.Contains(index, `href="`+base+"/e/"+string(entry.Code)+`"`) {
			t.Errorf("the index does not lead to %s", entry.Code)
		}
	}
	if _, ok := ExplainCode("no.such"); ok {
		t.Error("explained what is not there")
	}
	for _, area := range areas() {
		if area.Text == "" {
			t.Errorf("the area %s has no words of its own", area.Name)
		}
	}
}

func TestFindCodes(t *testing.T) {
	if page := FindCodes("CSRF token mismatch"); len(page.Found) == 0 || page.Found[0].Code != refusal.CSRFMismatch {
		t.Errorf("found %v", page.Found)
	}
	if page := FindCodes("is redis down?"); page.Note == "" || len(page.Found) == 0 {
		t.Errorf("redis: %q %v", page.Note, page.Found)
	}
	if page := FindCodes(""); page.Found != nil || page.Note != "" || len(page.Areas) < 20 {
		t.Errorf("nothing asked: %+v", page)
	}
}

func TestWait(t *testing.T) {
	for seconds, want := range map[int]string{0: "", -5: "", 1: "a second", 42: "42 seconds", 300: "5 minutes", 301: "6 minutes", 90_000: "25 hours"} {
		page := RefusalPage{RetryAfter: secondsOf(seconds)}
		if got := page.Wait(); !strings.Contains(got, want) || (want == "") != (got == "") {
			t.Errorf("%d: %q", seconds, got)
		}
	}
}

func TestRenderRefusesMistakes(t *testing.T) {
	pages, err := New("")
	if err != nil {
		t.Fatal(err)
	}
	var body bytes.Buffer
	for _, call := range []error{
		pages.Render(&body, "no-such", LoginPage{}), pages.Render(&body, Login, SignupPage{}),
		pages.Render(&body, Login, &LoginPage{}), pages.Render(&body, Login, nil),
	} {
		if call == nil {
			t.Error("a mistake was rendered")
		}
	}
	if body.Len() != 0 {
		t.Errorf("wrote %q", body.String())
	}
	for _, base := range []string{"auth", "/auth/", "/"} {
		if _, err := New(base); err == nil {
			t.Errorf("base %q was taken", base)
		}
	}
}

func TestAssets(t *testing.T) {
	form := regexp.MustCompile(`^[a-z]+\.[0-9a-f]{16}\.(css|js|svg)$`)
	page, _ := render(t, Login, LoginPage{})
	for hashed, asset := range Assets() {
		if !form.MatchString(hashed) || len(asset.Body) == 0 || !strings.Contains(asset.Type, "/") || asset.Type == "application/octet-stream" {
			t.Errorf("%s: %s, %d bytes", hashed, asset.Type, len(asset.Body))
		}
		if !strings.Contains(page, base+"/static/"+hashed) {
			t.Errorf("no page uses %s", hashed)
		}
		for _, forbidden := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "eval(", "@import", "document.write", "<style", "<script", "url("} {
			if bytes.Contains(asset.Body, []byte(forbidden)) {
				t.Errorf("%s holds %s", asset.Name, forbidden)
			}
		}
	}
}

func BenchmarkRenderLogin(b *testing.B) {
	pages, err := New(base)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	var body bytes.Buffer
	for b.Loop() {
		body.Reset()
		if err := pages.Render(&body, Login, LoginPage{SignupOpen: true}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := New(base); err != nil {
			b.Fatal(err)
		}
	}
}
