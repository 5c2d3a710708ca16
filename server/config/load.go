package config

import (
	"fmt"
	"reflect"
	"strings"
)

// Source is where settings come from, besides the defaults. It is all that
// Load looks at: the process's own environment and arguments are not.
type Source struct {
	Path  string            // --config; empty: OSTIARY_CONFIG, else the usual places
	Env   []string          // as os.Environ gives it
	Flags map[string]string // setting name ("listen", "cache.size_mb") to text
}

// Loaded is a configuration and where each part of it was written.
type Loaded struct {
	Config  Config
	Origins map[string]Origin // by setting name; a setting without entry has its default
	Path    string            // the file that was read; empty: none

	places map[string]place
	// broken settings have a problem already, or a value that nobody knows:
	// checks that need them are left out, so that one mistake is told once.
	broken map[string]bool
}

// Load reads file, environment and flags over the defaults, brings addresses
// into their canonical form, and checks the result. The usual places for the
// file are ./config.toml, $XDG_CONFIG_HOME/ostiary/config.toml (or
// ~/.config/ostiary/config.toml) and /etc/ostiary/config.toml; the first that
// exists is the only one that is read.
//
// All problems are told at once. With errors among them the configuration
// must not be used.
func Load(s Source) (Loaded, Problems) {
	l := newLoader()
	env := environ(s.Env)
	l.stateDirectory(env)
	if path, named := l.choosePath(s, env); path != "" {
		l.readFile(path, named)
	}
	l.environment(env)
	l.flags(s.Flags)
	return l.finish()
}

// loader puts the layers on top of each other.
type loader struct {
	Loaded
	root   *node
	found  Problems
	intend []intent
}

// intent is a value under a misspelt name and the setting that was meant.
type intent struct {
	path  []string
	apply func(n *node, field reflect.Value) *mismatch
	place place
}

func newLoader() *loader {
	return &loader{root: schema(), Loaded: Loaded{
		Config:  Default(),
		Origins: map[string]Origin{},
		places:  map[string]place{},
		broken:  map[string]bool{},
	}}
}

// finish reads misspelt names as what they mean, so that a typo in public_url
// is not also told as a missing public_url; then it checks.
func (l *loader) finish() (Loaded, Problems) {
	for _, i := range l.intend {
		name := strings.Join(i.path, ".")
		if _, taken := l.places[name]; !taken {
			n, _ := l.root.find(i.path)
			if l.write(n, i.path, i.place, i.apply) != nil {
				l.broken[name] = true
			}
		}
	}
	l.trustKnownProviders()
	l.normalize()
	l.found = append(l.found, Validate(l.Loaded)...)
	return l.Loaded, l.found.printable().sorted()
}

// write sets one setting from one place, and remembers the place if it fits.
func (l *loader) write(n *node, path []string, at place, apply func(*node, reflect.Value) *mismatch) (m *mismatch) {
	change(reflect.ValueOf(&l.Config).Elem(), l.root, path, func(field reflect.Value) { m = apply(n, field) })
	name := strings.Join(path, ".")
	if m == nil {
		l.places[name], l.Origins[name] = at, at.origin
	}
	return m
}

// set writes a setting and tells when the value does not fit.
func (l *loader) set(n *node, path []string, at place, apply func(*node, reflect.Value) *mismatch) {
	m := l.write(n, path, at, apply)
	if m == nil {
		return
	}
	name := strings.Join(path, ".")
	l.broken[name] = true
	p := Problem{Code: "config.invalid_value", Severity: Error, Setting: name,
		Message: fmt.Sprintf("`%s` must be %s", name, wanted(n)), Cause: m.cause,
		Fix: at.howTo(n, path)}
	at.fill(&p, m.item, m.label)
	l.found = append(l.found, p)
}

// howTo shows the way to write a setting where it was written.
func (p place) howTo(n *node, path []string) string {
	if len(n.one) > 0 {
		return "write one of these, or remove it for the default"
	}
	switch p.origin.Kind {
	case FromEnvironment:
		return "for example " + p.origin.Name + "=" + strings.Trim(formatDefault(n), `"[]`)
	case FromFlag:
		return "for example " + p.origin.Name + " " + strings.Trim(formatDefault(n), `"[]`)
	}
	return "for example " + path[len(path)-1] + " = " + formatDefault(n)
}

// unknown tells a name that is no setting.
func (l *loader) unknown(code, message, near string, at place) *Problem {
	p := Problem{Code: code, Severity: Error, Message: message}
	label := ""
	if near != "" {
		label = "did you mean `" + near + "`?"
		p.Fix = "rename it to `" + near + "`, or remove it"
	} else {
		p.Fix = "remove it; ostiary config init writes a file with every setting"
	}
	at.fill(&p, 0, label)
	l.found = append(l.found, p)
	return &l.found[len(l.found)-1]
}

// intended remembers the value of a misspelt name for the setting that was meant.
func (l *loader) intended(path []string, at place, apply func(*node, reflect.Value) *mismatch) {
	n, known := l.root.find(path)
	if known < len(path) || n.isSection() {
		return
	}
	at.secret = n.secret != ""
	l.intend = append(l.intend, intent{path: path, apply: apply, place: at})
}

// trustKnownProviders gives trust_email its default, which depends on the type:
// google and github tell only addresses that they have proved.
func (l *loader) trustKnownProviders() {
	for name, provider := range l.Config.OAuth {
		if _, written := l.places["oauth."+name+".trust_email"]; !written {
			provider.TrustEmail = provider.Type == "google" || provider.Type == "github"
			l.Config.OAuth[name] = provider
		}
	}
}

// doubtDefaults marks every setting that the unread part of a file may have set.
func (l *loader) doubtDefaults() {
	for _, leaf := range l.root.leaves() {
		if _, written := l.places[leaf.name()]; !written {
			l.broken[leaf.name()] = true
		}
	}
}
