package config

import (
	"strconv"
	"strings"
	"testing"
)

// bad is one mistake in an otherwise right file, and the one problem that it
// must give: no other error and no other warning.
type bad struct {
	name         string
	text         string
	code         string
	line, column int
	severity     string // error if empty
	says         string // a part of the rendered problem
}

func testBad(t *testing.T, cases []bad) {
	t.Helper()
	for _, b := range cases {
		t.Run(b.name, func(t *testing.T) {
			_, problems := loadText(t, b.text)
			found := loud(problems)
			if len(found) != 1 {
				t.Fatalf("%d problems instead of one:\n%s", len(found), rendered(found))
			}
			p := found[0]
			severity := b.severity
			if severity == "" {
				severity = Error
			}
			if p.Code != b.code || p.Severity != severity {
				t.Errorf("got %s[%s], want %s[%s]", p.Severity, p.Code, severity, b.code)
			}
			if p.Line != b.line || p.Column != b.column {
				t.Errorf("at %d:%d instead of %d:%d", p.Line, p.Column, b.line, b.column)
			}
			if out := rendered(found); !strings.Contains(out, b.says) {
				t.Errorf("does not say %q:\n%s", b.says, out)
			}
			if p.Fix == "" || p.Message == "" {
				t.Errorf("no fix or no message: %+v", p)
			}
		})
	}
}

func TestNames(t *testing.T) {
	testBad(t, []bad{
		{"typo in a section", "[cookie]\nsamesite = \"lax\"\n", "config.unknown_key", 2, 1, "", "^^^^^^^^ did you mean `same_site`?"},
		{"typo above the sections", "listn = \"127.0.0.1:1\"\n", "config.unknown_key", 1, 1, "", "did you mean `listen`?"},
		{"upper case", "Listen = \"127.0.0.1:1\"\n", "config.unknown_key", 1, 1, "", "did you mean `listen`?"},
		{"nothing near", "[log]\nbanana = 1\n", "config.unknown_key", 2, 1, "", "ostiary config init"},
		{"right name, other section", "[csrf]\nsame_site = \"lax\"\n", "config.unknown_key", 2, 1, "", "did you mean `cookie.same_site`?"},
		{"top-level name below a section", "[log]\nlisten = \"127.0.0.1:1\"\n", "config.unknown_key", 2, 1, "", "move `listen` to the top"},
		{"unknown section, told once", "[sesion]\nidle = \"3d\"\nmax = \"4d\"\n", "config.unknown_key", 1, 2, "", "did you mean `session`?"},
		{"unknown dotted section", "sesion.idle = \"3d\"\n", "config.unknown_key", 1, 1, "", "unknown section `sesion`"},
		{"unknown in an inline table", "log = { levle = \"info\" }\n", "config.unknown_key", 1, 9, "", "did you mean `level`?"},
		{"section where a value belongs", "[listen]\nx = 1\n", "config.invalid_value", 1, 2, "", "is one setting"},
		{"name below a value", "listen.port = 1\n", "config.invalid_value", 1, 1, "", "nothing below it"},
		{"value where a section belongs", "session = \"30d\"\n", "config.invalid_value", 1, 1, "", "write [session]"},
		{"double brackets", "[[session]]\nidle = \"3d\"\n", "config.invalid_value", 1, 3, "", "one pair of brackets"},
		{"chosen name in upper case", "[oauth.Google]\ntype = \"google\"\n", "config.invalid_value", 1, 8, "", "lower-case"},
		{"empty name", "\"\" = 1\n", "config.unknown_key", 1, 1, "", ""},
		{"terminal sequence in a name", "\"\\u001b[2J\" = 1\n", "config.unknown_key", 1, 1, "", "unknown setting `?[2J`"},
	})
}

func TestTypes(t *testing.T) {
	testBad(t, []bad{
		{"number for a string", "listen = 8080\n", "config.invalid_value", 1, 10, "", "it is a number"},
		{"number for a duration", "[session]\nidle = 30\n", "config.invalid_value", 2, 8, "", `such as "30s"`},
		{"duration without unit", "[session]\nidle = \"30\"\n", "config.invalid_value", 2, 8, "", "without a unit"},
		{"duration with a sign", "[session]\nidle = \"-3d\"\n", "config.invalid_value", 2, 8, "", "no duration"},
		{"duration with an odd unit", "[session]\nidle = \"3y\"\n", "config.invalid_value", 2, 8, "", "no unit that is known"},
		{"duration of ages", "[session]\nidle = \"99999999999999999999d\"\n", "config.invalid_value", 2, 8, "", "100 years"},
		{"duration that overflows", "[session]\nidle = \"200000000000s\"\n", "config.invalid_value", 2, 8, "", "100 years"},
		{"string for a switch", "[signup]\nenabled = \"yes\"\n", "config.invalid_value", 2, 11, "", "must be true or false"},
		{"number for a switch", "[signup]\nenabled = 1\n", "config.invalid_value", 2, 11, "", "must be true or false"},
		{"string for a number", "[cache]\nsize_mb = \"16\"\n", "config.invalid_value", 2, 11, "", "it is a string"},
		{"fraction for a number", "[cache]\nsize_mb = 1.5\n", "config.invalid_value", 2, 11, "", "fraction"},
		{"number that fits nowhere", "[cache]\nsize_mb = 99999999999999999999\n", "config.invalid_value", 2, 11, "", "no whole number that fits"},
		{"date for a string", "data = 2026-11-21\n", "config.invalid_value", 1, 8, "", "a date or a time"},
		{"no such date", "data = 2026-13-41\n", "config.invalid_value", 1, 8, "", "a date or a time"},
		{"string for a list", "origins = \"https://a.example.com\"\n", "config.invalid_value", 1, 11, "", "a list of strings"},
		{"number in a list", "trusted_proxies = [\"10.0.0.1\", 10]\n", "config.invalid_value", 1, 32, "", "an element is a number"},
		{"list in a list", "trusted_proxies = [[\"10.0.0.1\"]]\n", "config.invalid_value", 1, 19, "", "an element is a list"},
		{"table for a string", "listen = { host = \"x\" }\n", "config.invalid_value", 1, 1, "", ""},
		{"word that is not known", "[cookie]\nsame_site = \"Lax\"\n", "config.invalid_value", 2, 13, "", `did you mean "lax"?`},
		{"empty word", "[csrf]\nmode = \"\"\n", "config.invalid_value", 2, 8, "", "token or header"},
		{"rate without a slash", "[limits]\nauth = \"5\"\n", "config.invalid_value", 2, 8, "", `"5/1m"`},
		{"rate of words", "[limits]\nauth = \"five/1m\"\n", "config.invalid_value", 2, 8, "", "no number of requests"},
		{"NUL", "data = \"a\\u0000b\"\n", "config.invalid_value", 1, 8, "", "NUL"},
	})
}

func TestColumnsAreCharacters(t *testing.T) {
	_, problems := loadText(t, "log = { level = \"ähm\", format = 5 }\n")
	if p := loud(problems); len(p) != 2 || p[1].Column != 33 {
		t.Errorf("columns are not counted in characters:\n%s", rendered(p))
	}
}

func TestMalformed(t *testing.T) {
	testBad(t, []bad{
		{"no quotes around a duration", "[session]\nidle = 30d\n", "config.malformed", 2, 8, "", `write idle = "30d"`},
		{"no quotes around a word", "[log]\nlevel = info\n", "config.malformed", 2, 9, "", `write level = "info"`},
		{"no quotes, comment", "[log]\nlevel = info # all\n", "config.malformed", 2, 9, "", `write level = "info"`},
		{"no quotes in a list", "origins = [https://a.example.com]\n", "config.malformed", 1, 11, "", `write origins = ["https://a.example.com"]`},
		{"True", "[signup]\nenabled = True\n", "config.malformed", 2, 11, "", "must be true or false"},
		{"YAML", "listen: 127.0.0.1:80\n", "config.malformed", 1, 9, "", `write listen = "127.0.0.1:80"`},
		{"no value", "listen =\n", "config.malformed", 1, 9, "", ""},
		{"open string", "listen = \"127.0.0.1:80\n", "config.malformed", 1, 10, "", `write listen = "127.0.0.1:80"`},
		{"open string at the end", "listen = \"127.0.0.1:80", "config.malformed", 1, 10, "", ""},
		{"open section", "[session\nidle = \"3d\"\n", "config.malformed", 1, 9, "", "what is below it was not read"},
		{"open list", "origins = [\"https://a.example.com\"\nlisten = \"x\"\n", "config.malformed", 2, 1, "", ""},
		{"open long string", "data = \"\"\"x\nlisten = 5\n", "config.malformed", 2, 11, "", ""},
		{"twice", "listen = \"127.0.0.1:1\"\nlisten = \"127.0.0.1:2\"\n", "config.malformed", 2, 1, "", "first in line 1"},
		{"section twice", "[log]\nlevel = \"info\"\n[log]\nformat = \"json\"\n", "config.malformed", 3, 2, "", "first in line 1"},
		{"section closed by an inline table", "log = { level = \"info\" }\n[log]\n", "config.malformed", 2, 2, "", ""},
		{"not TOML at all", "<html>\n<body>\n</html>\n", "config.malformed", 1, 1, "", ""},
		{"not UTF-8", "data = \"\xff\"\n", "config.malformed", 1, 8, "", ""},
		{"control character in a comment", "# \x01\nlisten = \"127.0.0.1:1\"\n", "config.malformed", 1, 3, "", ""},
		{"a lone carriage return", "listen = \"127.0.0.1:1\"\rdata = \"x\"\n", "config.malformed", 1, 10, "", ""},
	})
}

func TestUTF16IsToldSo(t *testing.T) {
	_, problems := loadText(t, "\xff\xfel\x00i\x00")
	if len(problems) != 1 || problems[0].Code != "config.malformed" || !strings.Contains(problems[0].Fix, "UTF-8") {
		t.Fatal(rendered(problems))
	}
}

func TestByteOrderMarkIsNoFault(t *testing.T) {
	loaded, problems := loadText(t, "\xef\xbb\xbflisten = \"127.0.0.1:99\"\r\n[log]\r\nlevel = \"warn\"\r\n")
	if len(loud(problems)) != 0 || loaded.Config.Listen != "127.0.0.1:99" || loaded.Config.Log.Level != "warn" {
		t.Fatalf("%+v\n%s", loaded.Config, rendered(problems))
	}
}

func TestTenFaultsAreTenProblems(t *testing.T) {
	_, problems := loadText(t, `
public_url = "ftp://auth.example.com"
listen = 8080
orgins = []
trusted_proxies = ["10.0.0.1", "everyone"]
[cookie]
prefix = "my cookie"
same_site = "Laxx"
[session]
idle = 30d
[limits]
auth = "many"
[cache]
size_mb = 0
[loging]
level = "info"
`)
	want := []int{2, 3, 4, 5, 7, 8, 10, 12, 14, 15}
	got := map[int]int{}
	for _, p := range problems {
		if p.Severity == Error {
			got[p.Line]++
		}
	}
	for _, line := range want {
		if got[line] != 1 {
			t.Errorf("line %d has %d problems", line, got[line])
		}
	}
	if problems.Errors() != len(want) {
		t.Errorf("%d errors:\n%s", problems.Errors(), rendered(problems))
	}
}

// A mistake in one setting must not look like another one's absence.
func TestNoFollowUpProblems(t *testing.T) {
	for name, text := range map[string]string{
		"misspelt public_url":   "publc_url = \"https://auth.example.com\"\nlisten = \":80\"\n",
		"unquoted public_url":   "public_url = https://auth.example.com\nlisten = \":80\"\n[cookie]\nsame_site = \"none\"\n",
		"bad public_url":        "public_url = \"auth.example.com\"\nlisten = \":80\"\n[cookie]\ndomain = \"example.com\"\n",
		"bad listen":            "listen = \"nonsense\"\norigins = [\"https://app.example.com\"]\n",
		"nothing below is read": "listen = \":80\"\n[cookie\nx = 1\npublic_url = \"https://auth.example.com\"\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, problems := loadText(t, text)
			if found := loud(problems); len(found) != 1 {
				t.Errorf("%d problems:\n%s", len(found), rendered(found))
			}
		})
	}
}

// What is meant by a misspelt name is judged too, so that nothing is left for
// the second try.
func TestMisspeltValueIsJudged(t *testing.T) {
	_, problems := loadText(t, "public_url = \"http://auth.example.com\"\n[cookie]\nsamesite = \"none\"\n")
	found := loud(problems)
	if len(found) != 2 || found[0].Code != "config.unknown_key" || found[1].Code != "cookie.none_needs_secure" {
		t.Fatal(rendered(found))
	}
}

// A file that is wrong from end to end is told in a hundred problems, and what
// was not looked at is not guessed.
func TestManyFaultsAreCut(t *testing.T) {
	for name, line := range map[string]string{"unknown": "k%d = 1\n", "malformed": "k%d = yes\n", "again": "k = %d\n"} {
		var text strings.Builder
		text.WriteString("listen = \":80\"\n")
		for i := range 2000 {
			text.WriteString(strings.ReplaceAll(line, "%d", strconv.Itoa(i)))
		}
		_, problems := loadText(t, text.String())
		if n := problems.Errors(); n != enough {
			t.Errorf("%s: %d errors", name, n)
		}
	}
	_, problems := loadText(t, "origins = ["+strings.Repeat("\n'http://localhost:1',", 2000)+"]\n")
	if n := problems.Errors(); n != enough {
		t.Errorf("origins: %d errors", n)
	}
}
