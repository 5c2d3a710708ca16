package config

import (
	"strings"
	"testing"
)

// The form of a refused start, to the letter.
func TestRender(t *testing.T) {
	path := "/etc/ostiary/config.toml"
	l := newLoader()
	l.readDocument(path, []byte(`# ostiary

public_url = "http://auth.example.com"







[cookie]
prefix = "acme"

samesite = "none"
`), 0o600)
	_, problems := l.finish()
	want := `error[config.unknown_key]: unknown setting ` + "`samesite`" + `
  --> /etc/ostiary/config.toml:14:1
   |
14 | samesite = "none"
   | ^^^^^^^^ did you mean ` + "`same_site`" + `?
  = fix:    rename it to ` + "`same_site`" + `, or remove it
error[cookie.none_needs_secure]: same_site = "none" needs an https public_url
  --> /etc/ostiary/config.toml:3:14
   |
 3 | public_url = "http://auth.example.com"
   |              ^^^^^^^^^^^^^^^^^^^^^^^^^ browsers drop such cookies
  = fix:    use https, or put the app on the same site and keep same_site = "lax"
2 errors; nothing was started. ostiary explain cookie.none_needs_secure
`
	if got := rendered(loud(problems)); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestRenderCounts(t *testing.T) {
	for want, all := range map[string]Problems{
		"":                            nil,
		"1 note. ostiary explain a\n": {{Code: "a", Severity: Note}},
		"2 warnings, 1 note. ostiary explain b\n":                      {{Code: "a", Severity: Warning}, {Code: "b", Severity: Warning}, {Code: "c", Severity: Note}},
		"1 error, 1 warning; nothing was started. ostiary explain a\n": {{Code: "a", Severity: Error}, {Code: "b", Severity: Warning}},
	} {
		if got := rendered(all); !strings.HasSuffix(got, want) || want == "" && got != "" {
			t.Errorf("got %q, want %q at its end", got, want)
		}
	}
}

func TestSnippetsKeepTerminalsCalm(t *testing.T) {
	_, problems := loadText(t, "data = 5 # \x1b \tx\n")
	for _, p := range problems {
		if strings.ContainsFunc(p.Snippet, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' }) {
			t.Errorf("%q", p.Snippet)
		}
	}
	_, problems = loadText(t, "\tlisten\t= 5\n")
	if out := rendered(loud(problems)); !strings.Contains(out, "   | \t      \t  ^\n") {
		t.Errorf("tabs are not kept:\n%q", out)
	}
	_, problems = loadText(t, "data = \""+strings.Repeat("x", 5000)+"\"\nlisten = \""+strings.Repeat("y", 5000)+"\"\n")
	for _, p := range loud(problems) {
		if len(p.Snippet) > 600 || !strings.Contains(p.Snippet, "…") {
			t.Errorf("a snippet of %d bytes", len(p.Snippet))
		}
	}
}

// FuzzLoad: whatever a file holds, Load ends, gives a configuration that can
// be listed and problems that can be read, and refuses what is not TOML.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(Example()))
	for _, text := range []string{
		"", "\x00", "[", "a", "=", "[[a]]\n[a]\n", "listen = 5", "a.b.c = {d = {e = [1, [2, {f = 3}]]}}", "\"\\", "x = \"\"\"",
		"\xef\xbb\xbf", "\r", "listen = \"\xff\"", "[oauth.a]\n[oauth.a.b]\n[oauth]\na = 1", "login.roles.x.limit = 1_0", "x = 1 y = 2",
		"# \xc3", "trusted_proxies = [\"::ffff:1.2.3.4/96\"]", "origins = [\n'://@', # a\n'*'\n]", "public_url = \"http://[::%25]:1\"",
		"secret = { key = '''\nab'''", "[secret]\nkey = \"a\nb\"", "\"\\u001b\" = 1", "[a.\"\".b]", "inf = nan", "d = 2026-13-41T99:99:99Z",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		l := newLoader()
		l.readDocument("config.toml", data, 0o644)
		loaded, problems := l.finish()
		for _, p := range problems {
			if p.Code == "" || p.Message == "" || p.Line < 0 || p.Line > 0 && p.Column < 1 {
				t.Errorf("%+v", p)
			}
			if strings.ContainsFunc(p.Snippet+p.Message+p.Cause+p.Fix, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' }) {
				t.Errorf("a control character is shown: %q", p.Snippet+p.Message+p.Cause+p.Fix)
			}
		}
		problems.Render(new(strings.Builder))
		if len(loaded.Settings()) < len(l.root.leaves()) {
			t.Error("settings are missing")
		}
		if problems.Errors() == 0 && loaded.Config.Site().URL == "" {
			t.Error("a configuration without site was accepted")
		}
	})
}
