package config

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

func TestWeakSecrets(t *testing.T) {
	for _, text := range []string{
		"x", "secret", "changeme", strings.Repeat("a", 43), strong[:31], strong[:42],
		"0123456789abcdef0123456789abcdef",                                 // 16 bytes in hex
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", // repeats itself
		"my-secret-key-for-the-production-server-2026",
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
	} {
		for _, name := range []string{"tokens.shared_secret", "extension.secret", "secret.key"} {
			if cause := weakness(name, text); cause == "" || strings.Contains(cause, text) && len(text) > 3 {
				t.Errorf("%s: %q is told as %q", name, text, cause)
			}
		}
	}
	for _, text := range []string{strong, "5f1c0e8a7d92b364c1e07fa25b98d34e6af0137c8d529eb4a0f36d7c1be2859d", "correct horse battery staple 42, jumped"} {
		if cause := weakness("extension.secret", text); cause != "" {
			t.Errorf("%q is refused: %s", text, cause)
		}
	}
	// A bearer token is compared, not signed with: 32 characters will do.
	if cause := weakness("metrics.token", "q8Zp4kN1vR7xW3bT6yL0mJ5sD2fH9gCa"); cause != "" {
		t.Error(cause)
	}
	testBad(t, []bad{
		{"master key", "[secret]\nkey = \"" + strong[:42] + "\"\n", "secret.weak", 2, 7, "", "data folder"},
		{"master key of another alphabet", "[secret]\nkey = \"" + strong[:42] + "+\"\n", "secret.weak", 2, 7, "", "base64url"},
		{"metrics token", "[metrics]\ntoken = \"hunter2\"\n", "secret.weak", 2, 9, "", "7 characters"},
		{"one for two", "[secret]\nkey = \"" + strong + "\"\n[metrics]\ntoken = \"" + strong + "\"\n", "secret.reused", 4, 9, "", ""},
		{"the other order", "[metrics]\ntoken = \"" + strong + "\"\n[secret]\nkey = \"" + strong + "\"\n", "secret.reused", 4, 7, "", ""},
	})
}

func TestPermissions(t *testing.T) {
	text := "[secret]\nkey = \"" + strong + "\"\n[metrics]\ntoken = \"" + otherStrong + "\"\n"
	for _, test := range []struct {
		mode os.FileMode
		text string
		want int
	}{{0o600, text, 0}, {0o640, text, 0}, {0o644, text, 1}, {0o602, text, 1}, {0o644, "[log]\nlevel = \"info\"\n", 0}} {
		path := file(t, test.text)
		if err := os.Chmod(path, test.mode); err != nil {
			t.Fatal(err)
		}
		_, problems := Load(Source{Path: path})
		found := loud(problems)
		if len(found) != test.want {
			t.Errorf("%04o: %d problems\n%s", test.mode, len(found), rendered(found))
		}
		for _, p := range found {
			if p.Code != "secret.permissions" || p.Severity != Warning || p.Line != 2 || !strings.Contains(p.Fix, "chmod 600 "+path) {
				t.Errorf("%+v", p)
			}
		}
	}
	path := file(t, strong)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	_, problems := Load(Source{Env: []string{"OSTIARY_SECRET__KEY_FILE=" + path}})
	if found := loud(problems); len(found) != 1 || found[0].Code != "secret.permissions" || !strings.Contains(found[0].Fix, path) {
		t.Error(rendered(found))
	}
}

// Whatever is wrong with a line, the secret on it is never shown: not in the
// snippet, not in the cause, not under a misspelt name.
func TestNoSecretIsShown(t *testing.T) {
	const word = "hunter2swordfish"
	for name, text := range map[string]string{
		"weak":                "[metrics]\ntoken = \"" + word + "\"\n",
		"misspelt":            "[metrics]\ntokne = \"" + word + "\"\n",
		"misspelt beyond ear": "[secret]\nkye = \"" + word + "\"\n",
		"misspelt section":    "[metric]\ntoken = \"" + word + "\"\n",
		"inline, misspelt":    "metric = { token = \"" + word + "\" }\n",
		"neighbour":           "metrics = { listen = 5, token = \"" + word + "\" }\n",
		"unquoted":            "[metrics]\ntoken = " + word + "\n",
		"open string":         "[metrics]\ntoken = \"" + word + "\n",
		"open long string":    "[mail.smtp]\npassword = '''" + word + "\n" + word + "\n",
		"long string":         "[metrics]\ntoken = '''\n" + word + "'''\n",
		"twice":               "[mail.smtp]\npassword = \"" + word + "\"\npassword = \"" + word + "\"\n",
		"list":                "[metrics]\ntoken = [\"" + word + "\"]\n",
		"behind a section":    "metrics.token.x = \"" + word + "\"\n",
		"not yet":             "[mail.smtp]\npassword = \"" + word + "\"\n",
		"own names":           "[oauth.x]\nclient_secret = \"" + word + "\"\n",
		"in a URL":            "public_url = \"https://ann:" + word + "@auth.example.com\"\n",
		"in a URL, unquoted":  "public_url = https://ann:" + word + "@auth.example.com\n",
		"in an origin":        "origins = [\"https://ann:" + word + "@auth.example.com\"]\n",
		"YAML":                "[metrics]\ntoken: " + word + "\n",
		"YAML with quotes":    "[metrics]\ntoken: \"" + word + "\"\n",
		"below an open list":  "origins = [\"https://a.example.com\"\n[metrics]\ntoken = \"" + word + "\"\n",
		"in an open list":     "origins = [\"https://a.example.com\"\ntoken = \"" + word + "\"\n",
		"in an open string":   "data = \"\"\"x\ntoken = \"" + word + "\"\n",
		"a broken pair":       "[metrics]\ntoken = \"a\" \"" + word + "\"\n",
	} {
		t.Run(name, func(t *testing.T) {
			loaded, problems := loadText(t, text)
			if problems.Errors() == 0 {
				t.Fatal("nothing was found")
			}
			asJSON, err := json.Marshal(problems)
			if err != nil {
				t.Fatal(err)
			}
			if out := rendered(problems) + string(asJSON); strings.Contains(out, word) {
				t.Errorf("the secret is shown:\n%s", out)
			}
			for _, s := range loaded.Settings() {
				if strings.Contains(s.Value, word) && s.Secret {
					t.Errorf("%s is listed as %s", s.Name, s.Value)
				}
			}
		})
	}
	for _, variable := range []string{"OSTIARY_METRICS__TOKEN", "OSTIARY_METRICS__TOKNE", "OSTIARY_METRICS_TOKEN", "OSTIARY_MAIL__SMTP__PASSWORD", "OSTIARY_FOO"} {
		_, problems := Load(Source{Env: []string{variable + "=" + word}})
		if out := rendered(problems); problems.Errors() == 0 || strings.Contains(out, word) {
			t.Errorf("%s:\n%s", variable, out)
		}
	}
}

func TestSettingsShowSecretsDiscreetly(t *testing.T) {
	loaded, _ := Load(Source{Env: []string{
		"OSTIARY_SECRET__KEY=" + strong, "OSTIARY_METRICS__TOKEN=short",
		"OSTIARY_MAIL__SMTP__PASSWORD=" + otherStrong, "OSTIARY_TOKENS__SHARED_SECRET=" + strong,
	}})
	shown := map[string]string{}
	for _, s := range loaded.Settings() {
		if s.Secret {
			shown[s.Name] = s.Value
		}
	}
	if !strings.HasPrefix(shown["secret.key"], "fingerprint ") || len(shown["secret.key"]) != len("fingerprint ")+8 {
		t.Errorf("secret.key: %s", shown["secret.key"])
	}
	if shown["tokens.shared_secret"] == shown["secret.key"] {
		t.Error("the fingerprint of one secret is the same for two purposes")
	}
	for name, want := range map[string]string{"metrics.token": "set", "mail.smtp.password": "set", "mail.postmark.token": "not set"} {
		if shown[name] != want {
			t.Errorf("%s: %s", name, shown[name])
		}
	}
}
