package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestPrecedence(t *testing.T) {
	path := file(t, "listen = \"127.0.0.1:1\"\ndata = \"from-file\"\n[log]\nlevel = \"warn\"\n[cache]\nsize_mb = 2\n")
	loaded, problems := Load(Source{
		Path:  path,
		Env:   []string{"OSTIARY_LISTEN=127.0.0.1:2", "OSTIARY_LOG__LEVEL=error"},
		Flags: map[string]string{"listen": "127.0.0.1:3"},
	})
	if len(loud(problems)) != 0 {
		t.Fatal(rendered(problems))
	}
	for name, want := range map[string][2]string{
		"listen":        {"127.0.0.1:3", "--listen"},
		"log.level":     {"error", "OSTIARY_LOG__LEVEL"},
		"data":          {"from-file", path + ":2"},
		"cache.size_mb": {"2", path + ":6"},
		"log.format":    {"", "default"},
	} {
		i := slices.IndexFunc(loaded.Settings(), func(s Setting) bool { return s.Name == name })
		if s := loaded.Settings()[i]; s.Value != want[0] || s.Origin != want[1] {
			t.Errorf("%s is %q from %s, want %v", name, s.Value, s.Origin, want)
		}
	}
}

func TestEveryKindFromTheEnvironment(t *testing.T) {
	loaded, problems := Load(Source{Env: []string{
		"OSTIARY_PUBLIC_URL=https://Auth.Example.com/x/",
		"OSTIARY_ORIGINS= https://app.example.com , https://b.example.com:443",
		"OSTIARY_TRUSTED_PROXIES=",
		"OSTIARY_SIGNUP__ENABLED=false",
		"OSTIARY_CACHE__SIZE_MB=0x20",
		"OSTIARY_SESSION__IDLE=1d12h",
		"OSTIARY_LIMITS__AUTH=7/30s",
		"OSTIARY_LOG__FORMAT=",
		"HOME=/nonexistent", "NOISE", "OSTIARYX=1",
	}})
	if len(loud(problems)) != 0 {
		t.Fatal(rendered(problems))
	}
	c := loaded.Config
	if c.PublicURL != "https://auth.example.com/x" || !slices.Equal(c.Origins, []string{"https://app.example.com", "https://b.example.com"}) ||
		len(c.TrustedProxies) != 0 || c.Signup.Enabled || c.Cache.SizeMB != 32 ||
		c.Session.Idle.D() != 36*time.Hour || c.Limits.Auth != (Rate{7, 30 * time.Second}) {
		t.Errorf("%+v", c)
	}
}

func TestChosenNamesFromTheEnvironment(t *testing.T) {
	loaded, _ := Load(Source{Env: []string{"OSTIARY_OAUTH__MY_IDP__TYPE=github", "OSTIARY_OAUTH__MY_IDP__CLIENT_ID=abc"}})
	if got := loaded.Config.OAuth["my_idp"]; got.ClientID != "abc" || !got.TrustEmail {
		t.Errorf("%+v", loaded.Config.OAuth)
	}
}

// One wrong variable or flag is one problem, and it names itself.
func TestWrongVariables(t *testing.T) {
	secretFile := file(t, strong+"\n")
	for _, test := range []struct {
		name, env, code, says string
	}{
		{"single underscore", "OSTIARY_SESSION_IDLE=3d", "config.unknown_variable", "did you mean `OSTIARY_SESSION__IDLE`?"},
		{"typo", "OSTIARY_LISTN=127.0.0.1:1", "config.unknown_variable", "did you mean `OSTIARY_LISTEN`?"},
		{"lower case", "OSTIARY_listen=127.0.0.1:1", "config.unknown_variable", "did you mean `OSTIARY_LISTEN`?"},
		{"nothing near", "OSTIARY_XYZZY_FROBNICATE=1", "config.unknown_variable", "remove it"},
		{"a section", "OSTIARY_SESSION=1", "config.unknown_variable", ""},
		{"file of what is no secret", "OSTIARY_LISTEN_FILE=/x", "config.unknown_variable", "only secrets are read from a file"},
		{"typo before _FILE", "OSTIARY_SECRET__KYE_FILE=/x", "config.unknown_variable", "did you mean `OSTIARY_SECRET__KEY_FILE`?"},
		{"file that is not there", "OSTIARY_SECRET__KEY_FILE=/nonexistent/key", "config.invalid_value", "no such file"},
		{"file that is a folder", "OSTIARY_SECRET__KEY_FILE=/", "config.invalid_value", "folder"},
		{"file without name", "OSTIARY_SECRET__KEY_FILE=", "config.invalid_value", ""},
		{"no number", "OSTIARY_CACHE__SIZE_MB=many", "config.invalid_value", "^^^^"},
		{"octal or not", "OSTIARY_CACHE__SIZE_MB=010", "config.invalid_value", "no whole number"},
		{"no switch", "OSTIARY_DEBUG__ENABLED=1", "config.invalid_value", "neither true nor false"},
		{"no word", "OSTIARY_COOKIE__SAME_SITE=strickt", "config.invalid_value", `did you mean "strict"?`},
		{"empty element", "OSTIARY_ORIGINS=http://localhost:1,,http://localhost:2", "config.invalid_value", ""},
		{"star", "OSTIARY_ORIGINS=http://localhost:1,*", "cors.star_with_credentials", "                                    ^\n"},
		{"chosen name", "OSTIARY_OAUTH__-A__TYPE=google", "config.unknown_variable", ""},
		{"weak secret", "OSTIARY_METRICS__TOKEN=hunter2", "secret.weak", "OSTIARY_METRICS__TOKEN=***"},
		{"beyond loopback", "OSTIARY_LISTEN=:80", "config.public_url_required", "--> OSTIARY_LISTEN"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, problems := Load(Source{Env: []string{test.env}})
			found := loud(problems)
			if len(found) != 1 || found[0].Code != test.code || found[0].Severity != Error {
				t.Fatalf("want one %s:\n%s", test.code, rendered(found))
			}
			name, value, _ := strings.Cut(test.env, "=")
			if found[0].File != name || found[0].Line != 0 {
				t.Errorf("it is told of %s:%d", found[0].File, found[0].Line)
			}
			if out := rendered(found); !strings.Contains(out, test.says) || value == "hunter2" && strings.Contains(out, value) {
				t.Errorf("does not say %q, or too much:\n%s", test.says, out)
			}
		})
	}
	_, problems := Load(Source{Env: []string{"OSTIARY_SECRET__KEY=" + otherStrong, "OSTIARY_SECRET__KEY_FILE=" + secretFile}})
	if found := loud(problems); len(found) != 1 || !strings.Contains(found[0].Message, "both set") {
		t.Errorf("two origins of one secret:\n%s", rendered(found))
	}
}

func TestFlags(t *testing.T) {
	for name, value := range map[string]string{"listn": "x", "session": "x", "": "x"} {
		_, problems := Load(Source{Flags: map[string]string{name: value}})
		if found := loud(problems); len(found) != 1 || found[0].Code != "config.unknown_key" {
			t.Errorf("--%s:\n%s", name, rendered(found))
		}
	}
	_, problems := Load(Source{Flags: map[string]string{"listen": "8080"}})
	if found := loud(problems); len(found) != 1 || found[0].File != "--listen" || !strings.Contains(found[0].Fix, "--listen 127.0.0.1:8080") {
		t.Error(rendered(found))
	}
}

func TestSecretFile(t *testing.T) {
	for text, want := range map[string]string{
		strong:             strong,
		strong + "\n":      strong,
		strong + "\r\n":    strong,
		" " + strong + "1": " " + strong + "1",
	} {
		loaded, problems := Load(Source{Env: []string{"OSTIARY_METRICS__TOKEN_FILE=" + file(t, text)}})
		if len(loud(problems)) != 0 || loaded.Config.Metrics.Token != want {
			t.Errorf("%q became %q\n%s", text, loaded.Config.Metrics.Token, rendered(problems))
		}
		if origin := loaded.Origins["metrics.token"].String(); origin != "OSTIARY_METRICS__TOKEN_FILE" {
			t.Errorf("origin %s", origin)
		}
	}
	for _, text := range []string{"", "\n"} {
		_, problems := Load(Source{Env: []string{"OSTIARY_SECRET__KEY_FILE=" + file(t, text)}})
		if found := loud(problems); len(found) != 1 || !strings.Contains(found[0].Message, "empty") {
			t.Error(rendered(found))
		}
	}
}

func TestChoiceOfFile(t *testing.T) {
	home, xdg, here := t.TempDir(), t.TempDir(), t.TempDir()
	t.Chdir(here)
	write := func(path, level string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("[log]\nlevel = \""+level+"\"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	level := func(s Source) string {
		t.Helper()
		loaded, problems := Load(s)
		if len(loud(problems)) != 0 {
			t.Fatal(rendered(problems))
		}
		return loaded.Config.Log.Level + " " + loaded.Path
	}
	env := []string{"HOME=" + home}
	if got := level(Source{Env: env}); got != "info " {
		t.Errorf("without any file: %s", got)
	}
	inHome := filepath.Join(home, ".config", "ostiary", "config.toml")
	write(inHome, "debug")
	if got := level(Source{Env: env}); got != "debug "+inHome {
		t.Errorf("in the home folder: %s", got)
	}
	inXDG := filepath.Join(xdg, "ostiary", "config.toml")
	write(inXDG, "warn")
	env = append(env, "XDG_CONFIG_HOME="+xdg)
	if got := level(Source{Env: env}); got != "warn "+inXDG {
		t.Errorf("in XDG_CONFIG_HOME: %s", got)
	}
	write(filepath.Join(here, "config.toml"), "error")
	if got := level(Source{Env: env}); got != "error config.toml" {
		t.Errorf("in this folder: %s", got)
	}
	env = append(env, "OSTIARY_CONFIG="+inHome)
	if got := level(Source{Env: env}); got != "debug "+inHome {
		t.Errorf("by OSTIARY_CONFIG: %s", got)
	}
	if got := level(Source{Env: env, Path: inXDG}); got != "warn "+inXDG {
		t.Errorf("by --config: %s", got)
	}
}

func TestFileThatCannotBeRead(t *testing.T) {
	large := file(t, strings.Repeat("# a comment\n", largestFile/10))
	for path, code := range map[string]string{
		"/nonexistent/config.toml": "config.invalid_value",
		t.TempDir():                "config.invalid_value",
		large:                      "config.malformed",
	} {
		loaded, problems := Load(Source{Path: path, Flags: map[string]string{"listen": ":80"}})
		if len(problems) != 1 || problems[0].Code != code || problems[0].File != path || loaded.Path != path {
			t.Errorf("%s:\n%s", path, rendered(problems))
		}
	}
}

func TestStateDirectory(t *testing.T) {
	env := []string{"STATE_DIRECTORY=/var/lib/ostiary:/var/lib/other"}
	loaded, problems := Load(Source{Env: env})
	if len(loud(problems)) != 0 || loaded.Config.Data != "/var/lib/ostiary" || loaded.Origins["data"].String() != "STATE_DIRECTORY" {
		t.Errorf("%s from %s", loaded.Config.Data, loaded.Origins["data"])
	}
	loaded, _ = Load(Source{Env: append(env, "OSTIARY_DATA=/data")})
	if loaded.Config.Data != "/data" {
		t.Errorf("OSTIARY_DATA counts less than STATE_DIRECTORY: %s", loaded.Config.Data)
	}
	loaded, _ = Load(Source{Env: append(env, "OSTIARY_DATA=/data"), Flags: map[string]string{"data": "/d"}})
	if loaded.Config.Data != "/d" {
		t.Errorf("--data counts less than OSTIARY_DATA: %s", loaded.Config.Data)
	}
}
