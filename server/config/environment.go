package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

const variablePrefix = "OSTIARY_"

// largestSecret bounds what a _FILE variable reads.
const largestSecret = 64 << 10

// environ turns os.Environ into a map; of a name that is there twice the last counts.
func environ(list []string) map[string]string {
	env := make(map[string]string, len(list))
	for _, pair := range list {
		if name, value, found := strings.Cut(pair, "="); found {
			env[name] = value
		}
	}
	return env
}

// stateDirectory takes the folder that systemd made for the service, unless
// somebody names another one.
func (l *loader) stateDirectory(env map[string]string) {
	dir, _, _ := strings.Cut(env["STATE_DIRECTORY"], ":")
	if dir == "" {
		return
	}
	l.Config.Data = dir
	at := placeOfText(FromEnvironment, "STATE_DIRECTORY", "STATE_DIRECTORY=", dir)
	l.places["data"], l.Origins["data"] = at, at.origin
}

// environment applies the OSTIARY_… variables in the order of their names.
func (l *loader) environment(env map[string]string) {
	var names []string
	for name := range env {
		if strings.HasPrefix(name, variablePrefix) && name != "OSTIARY_CONFIG" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		l.variable(name, env)
	}
}

func (l *loader) variable(name string, env map[string]string) {
	if n, path := l.settingOf(name); n != nil {
		at := placeOfText(FromEnvironment, name, name+"=", env[name])
		at.secret = n.secret != ""
		at.items = itemSpans(n, at)
		l.set(n, path, at, fromText(env[name]))
		return
	}
	base, isFile := strings.CutSuffix(name, "_FILE")
	if n, path := l.settingOf(base); isFile && n != nil && n.secret != "" {
		l.secretFile(n, path, name, env)
		return
	}
	l.unknownVariable(name, env[name])
}

// unknownVariable tells a variable with our prefix that is no setting. Only the
// name is shown: the value may be a secret.
func (l *loader) unknownVariable(name, value string) {
	near := l.nearestVariable(name)
	fix := ""
	if base, isFile := strings.CutSuffix(name, "_FILE"); isFile {
		if n, _ := l.settingOf(base); n != nil && n.secret == "" {
			near, fix = base, "only secrets are read from a file; put the value itself into "+base
		}
	}
	p := l.unknown("config.unknown_variable", fmt.Sprintf("unknown environment variable `%s`", name), near,
		placeOfText(FromEnvironment, name, name, ""))
	if fix != "" {
		p.Fix = fix
	}
	if n, path := l.settingOf(near); fix != "" {
		l.broken[strings.Join(path, ".")] = true
	} else if n != nil {
		l.intended(path, placeOfText(FromEnvironment, name, name+"=", value), fromText(value))
	}
}

// settingOf returns the setting that a variable names exactly.
func (l *loader) settingOf(variable string) (*node, []string) {
	rest, found := strings.CutPrefix(variable, variablePrefix)
	if !found || rest != strings.ToUpper(rest) {
		return nil, nil
	}
	path := strings.Split(strings.ToLower(rest), "__")
	n, known := l.root.find(path)
	if known < len(path) || n.isSection() {
		return nil, nil
	}
	for i, part := range path {
		if n.path[i] == "*" && !isChosenName(part) {
			return nil, nil
		}
	}
	return n, path
}

func fromText(text string) func(*node, reflect.Value) *mismatch {
	return func(n *node, field reflect.Value) *mismatch { return decodeText(n, field, text) }
}

// itemSpans finds the elements of a list in the text of a variable or a flag.
func itemSpans(n *node, at place) []span {
	if n.typ.Kind() != reflect.Slice {
		return nil
	}
	var items []span
	start := at.at.start
	for _, part := range strings.Split(at.text[start:], ",") {
		trimmed := strings.TrimSpace(part)
		from := start + strings.Index(part, trimmed)
		items = append(items, span{from, from + len(trimmed)})
		start += len(part) + 1
	}
	return items
}

// secretFile reads a secret from the file that NAME_FILE names; one line feed
// at its end, which every editor and echo writes, is no part of it.
func (l *loader) secretFile(n *node, path []string, variable string, env map[string]string) {
	name := strings.Join(path, ".")
	file := env[variable]
	at := placeOfText(FromEnvironment, variable, variable+"=", file)
	at.path = file
	tell := func(message, cause, fix string) {
		p := Problem{Code: "config.invalid_value", Severity: Error, Setting: name, Message: message, Cause: cause, Fix: fix}
		at.fill(&p, 0, "")
		l.found = append(l.found, p)
		l.broken[name] = true
	}
	if direct := strings.TrimSuffix(variable, "_FILE"); hasKey(env, direct) {
		tell(fmt.Sprintf("`%s` and `%s` are both set", direct, variable), "", "keep one of the two")
		return
	}
	data, mode, err := readLimited(file, largestSecret)
	if err != nil {
		tell(fmt.Sprintf("the file of `%s` cannot be read", variable), plainError(err),
			"name a file that the user who runs ostiary can read")
		return
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	if text == "" {
		tell(fmt.Sprintf("the file of `%s` is empty", variable), "", "write the secret into it, or unset the variable")
		return
	}
	at.mode = mode
	l.set(n, path, at, fromText(text))
}

func hasKey(env map[string]string, name string) bool {
	_, found := env[name]
	return found
}

// nearestVariable returns the variable that was probably meant.
func (l *loader) nearestVariable(name string) string {
	var all []string
	for _, leaf := range l.root.leaves() {
		variable := VariableOf(leaf.name())
		all = append(all, variable)
		if leaf.secret != "" {
			all = append(all, variable+"_FILE")
		}
	}
	all = append(all, "OSTIARY_CONFIG")
	// Without the prefix, which is right in all of them and would make every
	// name look alike.
	short := make([]string, len(all))
	for i, variable := range all {
		short[i] = strings.TrimPrefix(variable, variablePrefix)
	}
	if near := nearest(strings.TrimPrefix(name, variablePrefix), short); near != "" {
		return variablePrefix + near
	}
	return ""
}

// VariableOf returns the environment variable of a setting: session.idle is
// OSTIARY_SESSION__IDLE.
func VariableOf(setting string) string {
	return variablePrefix + strings.ToUpper(strings.ReplaceAll(setting, ".", "__"))
}

// flags applies the command line in the order of the names.
func (l *loader) flags(flags map[string]string) {
	names := make([]string, 0, len(flags))
	for name := range flags {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		at := placeOfText(FromFlag, "--"+name, "--"+name+" ", flags[name])
		path := strings.Split(name, ".")
		n, known := l.root.find(path)
		if known < len(path) || n.isSection() {
			l.unknown("config.unknown_key", fmt.Sprintf("unknown setting `%s`", name), "", at)
			continue
		}
		at.secret = n.secret != ""
		at.items = itemSpans(n, at)
		l.set(n, path, at, fromText(flags[name]))
	}
}
