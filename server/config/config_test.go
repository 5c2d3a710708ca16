package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// file writes a configuration that only its owner may read.
func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// loadText loads one file and the given variables and nothing of this machine.
func loadText(t *testing.T, text string, env ...string) (Loaded, Problems) {
	t.Helper()
	return Load(Source{Path: file(t, text), Env: env})
}

// loud returns the problems without notes: two of them belong to every server
// that was told nothing.
func loud(all Problems) Problems {
	var some Problems
	for _, p := range all {
		if p.Severity != Note {
			some = append(some, p)
		}
	}
	return some
}

func rendered(all Problems) string {
	var out strings.Builder
	all.Render(&out)
	return out.String()
}

func TestExampleIsTheDefault(t *testing.T) {
	loaded, problems := loadText(t, Example())
	if n := len(loud(problems)); n != 0 {
		t.Fatalf("the example has %d problems:\n%s", n, rendered(problems))
	}
	if !reflect.DeepEqual(loaded.Config, Default()) {
		t.Fatalf("the example is not the default:\n%+v\n%+v", loaded.Config, Default())
	}
}

func TestExampleNamesEverySetting(t *testing.T) {
	loaded, _ := loadText(t, Example())
	for _, leaf := range schema().leaves() {
		if loaded.Origins[leaf.name()].Kind != FromFile {
			t.Errorf("config.example.toml lacks %s", leaf.name())
		}
	}
	lines := strings.Split(Example(), "\n")
	for i, line := range lines {
		if strings.Contains(line, " = ") && !strings.HasPrefix(line, "# ") && !strings.HasPrefix(lines[i-1], "#") &&
			!strings.HasPrefix(lines[i-1], "login_field") {
			t.Errorf("line %d has no meaning above it: %s", i+1, line)
		}
	}
}

// The commented sections are right as well: uncommented, only what this
// version lacks is wrong with them.
func TestExampleSectionsOfChosenNames(t *testing.T) {
	text := strings.NewReplacer("#[", "[").Replace(Example())
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "# ") && len(line) > 1 {
			lines[i] = line[1:]
		}
	}
	loaded, problems := loadText(t, strings.Join(lines, "\n"))
	for _, p := range loud(problems) {
		if !strings.Contains(p.Cause, "this version has no") {
			t.Errorf("%+v", p)
		}
	}
	if got := loaded.Config.OAuth["google"]; !got.TrustEmail && got.Type == "google" && loaded.Origins["oauth.google.trust_email"].Line == 0 {
		t.Errorf("oauth.google was read as %+v", got)
	}
	if got := loaded.Config.Login.Roles["admin"]; got != (LoginRole{"limit", 2, "deny"}) {
		t.Errorf("login.roles.admin was read as %+v", got)
	}
}

func TestRootExampleIsTheSameText(t *testing.T) {
	root, err := os.ReadFile("../../config.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	if string(root) != Example() {
		t.Fatal("config.example.toml at the root differs from server/config/example.toml; copy one over the other")
	}
}

func TestDefaultIsValid(t *testing.T) {
	if problems := loud(Validate(Loaded{Config: Default()})); len(problems) != 0 {
		t.Fatal(rendered(problems))
	}
}

func TestTrustEmailFollowsTheType(t *testing.T) {
	loaded, _ := loadText(t, `
[oauth.google]
type = "google"
[oauth.hub]
type = "github"
trust_email = false
[oauth.own]
type = "oidc"
`)
	for name, want := range map[string]bool{"google": true, "hub": false, "own": false} {
		if got := loaded.Config.OAuth[name].TrustEmail; got != want {
			t.Errorf("oauth.%s.trust_email is %v", name, got)
		}
	}
}
