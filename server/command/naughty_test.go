package command

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// blns is the Big List of Naughty Strings.
func blns(t *testing.T) (all []string) {
	t.Helper()
	raw, err := os.ReadFile("testdata/blns/blns.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// hostile is what that list lacks because it is a text file, and what is aimed
// at this program.
func hostile() []string {
	return []string{"\xff\xfe\xfd", "a\x00b", "\x1b[2J\x1b]0;title\a", "-", "--", "--=", "-\xc3", "--=x", "..", "../..", "%2e%2e", "usr_", "usr_../ada",
		"usr_" + strings.Repeat("9", 70_000), "req_\x00", strings.Repeat("x", 200_000), "\u202eevil", "ada@example.com\n",
		"ada@example.com\r\nX: y", "*", "%s%n%d", "' OR 1=1 --", "usr_0' OR '1'='1"}
}

// places are the commands that take a text from outside.
func places(s string) [][]string {
	const good = "correct horse battery"
	return [][]string{
		{s}, {"--" + s}, {"user", s}, {"user", "show", s}, {"user", "disable", s}, {"session", "revoke", s}, {"session", "list", "--user", s},
		{"user", "list", "--search", s}, {"explain", s}, {"completion", s}, {"user", "create", "--email", s, "--password", good},
		{"user", "create", "--email", "ada@" + s, "--password", good}, {"user", "create", "--email", "eve@example.com", "--password", "x", "--name", s},
		{"user", "set-password", "nobody@example.com", "--password", s}, {"user", "list", "--data", "none/" + s}, {"config", "validate", "--config", "none/" + s},
		{"audit", "--user", s}, {"audit", "--event", s}, {"restore", s},
	}
}

// TestNaughtyArguments gives hostile strings to every place, and those of the
// long list to two places each. The command may refuse one with an error that
// a terminal can show; it must not crash, and the server must never call it
// its own mistake.
func TestNaughtyArguments(t *testing.T) {
	p, list := startServer(t), blns(t)
	t.Chdir(p.dir)
	for _, s := range hostile() {
		for _, args := range places(s) {
			check(t, args)
		}
	}
	for i, s := range list {
		all := places(s)
		check(t, all[i%len(all)])
		check(t, all[(i*7+3)%len(all)])
	}
	check(t, []string{"user", "list"})
}

// startsServer: "--" alone is an empty command line, which serves.
func startsServer(args []string) bool {
	return len(args) == 1 && (args[0] == "--" || args[0] == "----")
}

func check(t *testing.T, args []string) {
	t.Helper()
	if args[0] == "" || startsServer(args) {
		return
	}
	if !slices.Contains(args, "--data") {
		args = append([]string{"--data", "data"}, args...)
	}
	var out, errs bytes.Buffer
	code := Run(args, strings.NewReader(""), &out, &errs)
	said := out.String() + errs.String()
	shown := args
	if len(said) > 2000 {
		said = said[:2000]
	}
	if code < 0 || code > exitUsage {
		t.Errorf("%.200q ended with %d\n%s", shown, code, said)
	}
	if code != 0 && !strings.HasPrefix(errs.String(), "error") {
		t.Errorf("%.200q said no error\n%s", shown, said)
	}
	if strings.Contains(said, "server.internal") || strings.Contains(said, "panic") && !strings.Contains(strings.Join(args, " "), "panic") {
		t.Errorf("%.200q is answered as our own mistake\n%s", shown, said)
	}
	if i := strings.IndexFunc(said, func(r rune) bool { return r != '\n' && unicode.IsControl(r) }); i >= 0 {
		t.Errorf("%.200q makes the terminal obey: %q", shown, said[i:min(len(said), i+40)])
	}
}
