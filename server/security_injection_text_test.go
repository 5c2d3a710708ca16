package server_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"

	"ostiary/server/servertest"
)

// A name is stored as it was written, but for blanks at its ends, or refused;
// and every page shows it as text.
func TestINJ01NamesComeBackExactly(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	root := newAdmin(t, s, "root@example.com")
	id := userID(t, s, "root@example.com")
	scripts := elements(t, root.Do("GET", "/account", nil), "script")
	names := append(fromJSON[[]string](t, "testdata/blns/blns.json"), strings.Repeat("é", 200), strings.Repeat("🦊", 200), "ada\u202egnp.exe", "\ufeffbom", "a\u0301\u0302\u0303")
	taken := 0
	for i, name := range names {
		var a *servertest.Answer
		if i%3 == 0 {
			a = root.Do("PATCH", adm+"/users/"+id, map[string]any{"name": name})
		} else {
			a = root.DoWith("POST", "/account/profile", url.Values{"csrf_token": {root.CSRF}, "name": {name}}.Encode(), asForm)
		}
		if a.Status == 422 {
			continue
		}
		taken++
		want := strings.TrimSpace(name)
		if got := root.Do("GET", api+"/me", nil).Want(200, "").Text("user.name"); got != want {
			t.Errorf("the name is %q, want %q", got, want)
		}
		pages := []string{"/account", "/admin/users/" + id, "/admin/users", "/admin/sessions"}
		page := pages[i%4]
		if strings.ContainsAny(name, `<"'`) {
			page = pages[i%2]
		}
		a = root.Do("GET", page, nil).Want(200, "")
		if n := elements(t, a, "script"); n != scripts {
			t.Errorf("%s has %d scripts with the name %q, not %d", page, n, name, scripts)
		}
		if got := valueOf(t, a, "name"); page == "/account" && got != want {
			t.Errorf("the page shows the name %q, want %q", got, want)
		}
	}
	if taken < 400 {
		t.Errorf("only %d of %d names were taken", taken, len(names))
	}
}

// elements counts the elements of a name in a page, and whatever else could
// run: handlers in attributes, addresses that are programs.
func elements(t *testing.T, a *servertest.Answer, name string) (n int) {
	t.Helper()
	walk(t, a, func(node *html.Node) {
		if node.Data == name {
			n++
		}
		for _, attribute := range node.Attr {
			if strings.HasPrefix(attribute.Key, "on") || strings.HasPrefix(strings.ToLower(strings.TrimSpace(attribute.Val)), "javascript:") && attribute.Key != "value" {
				t.Errorf("the page holds %s=%q", attribute.Key, attribute.Val)
			}
		}
	})
	return n
}

// valueOf is what stands in a field of a page's form.
func valueOf(t *testing.T, a *servertest.Answer, field string) (value string) {
	t.Helper()
	walk(t, a, func(node *html.Node) {
		attributes := map[string]string{}
		for _, attribute := range node.Attr {
			attributes[attribute.Key] = attribute.Val
		}
		if node.Data == "input" && attributes["name"] == field {
			value = attributes["value"]
		}
	})
	return value
}

func walk(t *testing.T, a *servertest.Answer, see func(*html.Node)) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(a.Raw))
	if err != nil {
		t.Fatal(err)
	}
	for node := range root.Descendants() {
		if node.Type == html.ElementNode {
			see(node)
		}
	}
}

// What a page says back to somebody who is not signed in is text too.
func TestINJ01PagesEchoText(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	b := s.Browser()
	login := elements(t, b.Do("GET", "/login", nil), "script")
	for _, bad := range []string{`"><script>alert(1)</script>`, `'><img src=x onerror=alert(1)>`, `</title><svg/onload=alert(1)>`, `javascript:alert(1)//@x`, `{{.}}`, `<!--`, "&lt;script&gt;"} {
		for _, path := range []string{"/login", "/signup"} {
			a := b.DoWith("POST", path, url.Values{"email": {bad}, "password": {"x"}}.Encode(), asForm)
			if n := elements(t, a, "script"); n != login || a.Status != 422 || valueOf(t, a, "email") != bad {
				t.Errorf("%s with %q: %d, %d scripts, shows %q", path, bad, a.Status, n, valueOf(t, a, "email"))
			}
		}
		q := url.QueryEscape(bad)
		for _, path := range []string{"/e?q=" + q, "/e/" + url.PathEscape(bad), "/" + url.PathEscape(bad), "/login?why=" + q, "/login?redirect=" + q, api + "/me?" + q} {
			a := b.Do("GET", path, nil, "Accept", "text/html", "Origin", bad, "User-Agent", bad)
			if n := elements(t, a, "script"); n != login {
				t.Errorf("%s: %d scripts: %s", path, n, a.Raw)
			}
			if policy := a.Header.Get("Content-Security-Policy"); strings.Contains(policy, "unsafe") || !strings.Contains(policy, "frame-ancestors 'none'") {
				t.Errorf("%s: the policy is %q", path, policy)
			}
		}
	}
}

// Half of a character, nothing of a character, and characters that other
// software takes for the end of a text are refused in every field.
func TestINJ04TextThatIsNone(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	all := inputs(t, s)
	before := world(s)
	for _, value := range []string{
		`"\ud800"`, `"\udc00"`, `"\udfff"`, `"\ud800\ud800"`, `"\udc00\ud800"`, `"twelve or more \ud83d"`, `"\ud83d twelve or more"`, `"\ud800\u0041 twelve or more"`,
		`"twelve or more \ud800\ufffd"`, "\"twelve or more \\ud800\ufffd\"", `"\ufffd and \udead, twelve or more"`, `"\\\ud800 twelve or more"`, `"\uD83D\\uDE00 twelve or more"`,
		`"twelve or more \u0000"`, `"\u0000"`, `"a\u0000b@example.com"`,
	} {
		for _, in := range all {
			if !in.form {
				in.raw(value).Want(422, "request.invalid")
			}
		}
	}
	for _, value := range []string{"%ff", "twelve+or+more+%ff", "twelve+or+more+%c0%80", "twelve+or+more+%ed%a0%80", "twelve+or+more+%f4%90%80%80", "twelve+or+more+%00", "%00", "a%00b%40example.com"} {
		for _, in := range all {
			if in.form {
				if a := in.raw(value); a.Status != 422 && a.Status != 400 {
					t.Errorf("%s = %s: %d %s", in, value, a.Status, a.Raw)
				}
			}
		}
	}
	wantWorld(t, s, before, "text that is none")
}

// Whole characters are taken however they are written, and are the same.
func TestINJ04OneReadingOfEscapes(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	for i, c := range []struct{ raw, text string }{
		{`"twelve or more \ud83d\ude00"`, "twelve or more 😀"},
		{`"twelve or more \uD83D\uDE00"`, "twelve or more 😀"},
		{`"\u0074welve or more \/ \" \\ \t"`, "twelve or more / \" \\ \t"},
		{`"twelve or more \\ud800"`, `twelve or more \ud800`},
		{`"twelve or more \ufffd"`, "twelve or more \ufffd"},
		{"\"twelve or more \ufffd\"", "twelve or more \ufffd"},
		{`"twelve or more \uffff\ufdd0"`, "twelve or more \uffff\ufdd0"},
	} {
		email := fmt.Sprintf("e%d@example.com", i)
		s.Browser().Do("POST", api+"/signup", `{"email":"`+email+`","password":`+c.raw+`}`).Want(201, "")
		tryLogin(s, email, c.text).Want(200, "")
		if !utf8.ValidString(c.text) {
			t.Fatal("the test is wrong")
		}
	}
}

// Texts beyond all reason are refused in every field, at any size.
func TestINJ04OverLong(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	all := inputs(t, s)
	before := world(s)
	for _, count := range []int{257, 20_000, 60_000} {
		for _, unit := range []string{"x", "é", "@", "🦊"} {
			text := strings.Repeat(unit, count)
			for _, in := range all {
				if in.field == "remember" || in.field == "admin" || len(url.QueryEscape(text)) > 62_000 {
					continue
				}
				if a := in.text(text); a.Status < 400 || a.Status >= 500 {
					t.Errorf("%s with %d times %q: %d %s", in, count, unit, a.Status, a.Raw)
				}
			}
		}
	}
	for _, in := range all {
		head := in.verb + " " + in.path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 70000\r\n\r\n"
		s.Raw(head).Want(413, "request.too_large")
	}
	wantWorld(t, s, before, "over-long text")
}
