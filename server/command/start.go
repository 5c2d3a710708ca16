package command

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"ostiary/server/config"
)

// facts are what a start tells: each is one line for a person and one event
// for a log.
type facts struct {
	took          time.Duration
	site          config.Site
	setup         link
	data          string
	created       bool
	configPath    string
	cookie        string
	cookieSite    string
	users, admins int
	metrics       string
	checked       int
	problems      config.Problems
}

// announce says that the server is ready, and where.
func (r *running) announce(setup link, took time.Duration) {
	cfg := r.loaded.Config
	f := facts{took: took, site: r.Site(), setup: setup, data: cfg.Data, created: r.created, configPath: absolute(r.loaded.Path),
		cookie: sessionCookie(cfg), cookieSite: cfg.Cookie.SameSite, problems: r.problems, checked: len(r.loaded.Settings())}
	if r.metrics != nil {
		f.metrics = "http://" + r.metrics.Addr().String() + "/metrics"
	}
	// A start that cannot count is still a start: the line is left out.
	f.users, f.admins, _ = r.db.CountUsers(context.Background())
	if r.console.outTTY {
		r.console.say("%s", f.block())
		return
	}
	f.events(r.log)
}

// absolute is a path that means the same wherever it is read; "" stays "".
func absolute(path string) string {
	if full, err := filepath.Abs(path); err == nil && path != "" {
		return full
	}
	return path
}

// sessionCookie is the name that browsers know the session by (RFC 6265bis,
// 4.1.3): what it begins with depends on https and cookie.domain.
func sessionCookie(cfg config.Config) string {
	name := cfg.Cookie.Prefix + "_session"
	switch {
	case !cfg.Site().Secure:
		return name
	case cfg.Cookie.Domain != "":
		return "__Secure-" + name
	}
	return "__Host-" + name
}

// secure says whether cookies are Secure, and why.
func (f *facts) secure() (word, why string) {
	if f.site.Secure {
		return "Secure", "because public_url is https"
	}
	if f.site.Loopback {
		return "not Secure", "because this address is " + f.site.Scheme + "://" + f.site.Hostname
	}
	return "not Secure", "because public_url is plain http"
}

// block is the start for a person.
func (f *facts) block() string {
	var b strings.Builder
	fmt.Fprintf(&b, "ostiary %s (%s/%s) ready in %.2f s\n\n", programVersion(), runtime.GOOS, runtime.GOARCH, f.took.Seconds())
	line := func(name, value, remark string) {
		fmt.Fprintf(&b, "%s\n", strings.TrimRight(fmt.Sprintf("  %-10s %-36s %s", name, printable(value), remark), " "))
	}
	line("Sign in", f.site.URL, "")
	if f.setup.url != "" {
		line("Set up", f.setup.url, fmt.Sprintf("<- create the first admin (one use, %d min)", int(f.setup.left.Minutes())))
	}
	line("API", f.site.URL+"/api/v1", "")
	if f.metrics != "" {
		line("Metrics", f.metrics, "")
	}
	b.WriteByte('\n')
	line("Data", f.data, f.dataWords())
	if f.users > 0 {
		line("Users", fmt.Sprintf("%d (%s)", f.users, count(f.admins, "admin")), "")
	}
	if f.configPath == "" {
		line("Config", "none, using defaults", "ostiary config init writes a commented config.toml")
	} else {
		line("Config", f.configPath, "")
	}
	word, why := f.secure()
	line("Cookie", f.cookie+"; "+capital(f.cookieSite)+"; "+word, why)
	fmt.Fprintf(&b, "\n  Checks: %s\n", f.verdict())
	for _, p := range f.problems {
		fmt.Fprintf(&b, "  %s[%s]: %s\n", p.Severity, p.Code, p.Message)
	}
	return b.String() + "\n"
}

func (f *facts) dataWords() string {
	if f.created {
		return "created; back up this one folder"
	}
	return "existing; back up this one folder"
}

// verdict counts the settings and what was found about them.
func (f *facts) verdict() string {
	troubled := map[string]bool{}
	warnings, notes := 0, 0
	for _, p := range f.problems {
		troubled[p.Setting] = true
		if p.Severity == config.Note {
			notes++
		} else {
			warnings++
		}
	}
	text := fmt.Sprintf("%d ok", f.checked-len(troubled))
	if warnings > 0 {
		text += ", " + count(warnings, "warning")
	}
	if notes > 0 {
		text += ", " + count(notes, "note")
	}
	return text
}

// events is the start for a log. The one line that asks for something is a
// warning, so that no level that people run with hides it.
func (f *facts) events(log *slog.Logger) {
	log.Info("sign in", "url", f.site.URL)
	if f.setup.url != "" {
		log.Warn("there is no administrator yet; this link creates the first one", "setup_url", f.setup.url, "good_for", f.setup.left.String())
	}
	log.Info("api", "api_url", f.site.URL+"/api/v1")
	if f.metrics != "" {
		log.Info("metrics", "metrics_url", f.metrics)
	}
	log.Info("data", "data", f.data, "created", f.created)
	if f.users > 0 {
		log.Info("users", "users", f.users, "admins", f.admins)
	}
	path := f.configPath
	if path == "" {
		path = "none"
	}
	log.Info("config", "config", path)
	log.Info("cookie", "cookie", f.cookie, "same_site", f.cookieSite, "secure", f.site.Secure)
	for _, p := range f.problems {
		level := slog.LevelInfo
		if p.Severity == config.Warning {
			level = slog.LevelWarn
		}
		log.Log(context.Background(), level, p.Message, "code", p.Code, "setting", p.Setting, "fix", p.Fix)
	}
	log.Info("checks", "result", f.verdict())
	log.Info("ready", "version", programVersion(), "took", f.took)
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func capital(word string) string {
	if word == "" {
		return word
	}
	return strings.ToUpper(word[:1]) + word[1:]
}
