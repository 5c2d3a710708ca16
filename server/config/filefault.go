package config

import (
	"fmt"
	"slices"
	"strings"
)

// unknownKey tells a name that is no setting, once for all that is below it.
func (l *loader) unknownKey(d *document, e entry, parent *node, known int) {
	what, section := "setting", e.table || known < len(e.path)-1
	if section {
		what = "section"
	}
	near := suggestName(l.root, parent, known, e.path, section)
	// A neighbour is named as it is written on this line.
	shown := near
	if known > 0 {
		shown = strings.TrimPrefix(near, strings.Join(e.path[:known], ".")+".")
	}
	at := d.placeOf(e.keys[known], nil)
	p := l.unknown("config.unknown_key", fmt.Sprintf("unknown %s `%s`", what, e.path[known]), shown, at)
	if !section && known > 0 && near != "" && !strings.Contains(near, ".") {
		at.fill(p, 0, "this one belongs above the first [section]")
		p.Fix = fmt.Sprintf("move `%s` to the top of the file", near)
	}
	l.intendEntry(d, e)
}

// intendEntry reads an entry with an unknown name as the setting it means.
func (l *loader) intendEntry(d *document, e entry) {
	if path := l.meant(e); path != nil {
		l.intended(path, d.placeOf(e.value.at, e.value.items), fromValue(e.value))
	}
}

// meant corrects the first unknown name of an entry; nil when that leads nowhere.
func (l *loader) meant(e entry) []string {
	n, known := l.root.find(e.path)
	if e.table || known == len(e.path) || !n.isSection() {
		return nil
	}
	near := suggestName(l.root, n, known, e.path, known < len(e.path)-1)
	if near == "" {
		return nil
	}
	return append(strings.Split(near, "."), e.path[known+1:]...)
}

// wrongShape tells a section where a value belongs, or the other way round.
func (l *loader) wrongShape(d *document, e entry, part int, what string, n *node) {
	name := strings.Join(e.path[:part+1], ".")
	p := Problem{Code: "config.invalid_value", Severity: Error, Setting: name,
		Message: fmt.Sprintf("`%s` %s", name, what)}
	if n.isSection() {
		p.Fix = fmt.Sprintf("write [%s] on a line of its own and its settings below it", name)
	} else {
		p.Fix = "write " + example(n)
	}
	d.placeOf(e.keys[part], nil).fill(&p, 0, "")
	l.found = append(l.found, p)
	for _, leaf := range n.leaves() {
		l.broken[leaf.name()] = true
	}
}

// goodNames holds chosen names to what a variable, a path and a log line can carry.
func (l *loader) goodNames(d *document, e entry) bool {
	n := l.root
	for i, name := range e.path {
		if n.each != nil && !isChosenName(name) {
			p := Problem{Code: "config.invalid_value", Severity: Error, Setting: strings.Join(e.path[:i+1], "."),
				Message: fmt.Sprintf("a name below `%s` has lower-case letters, digits, \"-\" and \"_\"", n.name()),
				Fix:     fmt.Sprintf("for example [%s.main]", n.name())}
			d.placeOf(e.keys[i], nil).fill(&p, 0, "")
			l.found = append(l.found, p)
			return false
		}
		n = n.child(name)
	}
	return true
}

func isChosenName(name string) bool {
	return len(name) > 0 && len(name) <= 63 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") == "" &&
		!strings.HasPrefix(name, "-") && !strings.Contains(name, "__")
}

// malformed tells a line that is no TOML.
func (l *loader) malformed(d *document, f fault) {
	p := Problem{Code: "config.malformed", Severity: Error, Message: "this is not TOML",
		Cause: f.message, Fix: "correct this line; what is below it was not read"}
	if strings.Contains(f.message, "written twice") {
		p.Message, p.Cause, p.Fix = f.message, "", "remove one of the two"
	} else if d.complete || f.path != nil {
		p.Fix = "correct this line"
	}
	if f.path != nil {
		name := strings.Join(f.path, ".")
		p.Setting, l.broken[name] = name, true
		if n, known := l.root.find(f.path); known == len(f.path) && !n.isSection() && f.raw != "" && n.secret == "" {
			l.quoteHint(&p, n, f)
		}
	}
	d.placeOf(f.at, nil).fill(&p, 0, "")
	l.found = append(l.found, p)
}

// quoteHint shows the line as it was meant, where only the quotes are missing.
func (l *loader) quoteHint(p *Problem, n *node, f fault) {
	raw := show(strings.Trim(f.raw, `"'`), nil, span{}).text
	switch wanted(n) {
	case "true or false", "a whole number":
		p.Fix = fmt.Sprintf("`%s` must be %s; for example %s", p.Setting, wanted(n), example(n))
		return
	case "a list of strings":
		raw = strings.Trim(raw, "[]\"' ")
		p.Fix = fmt.Sprintf("write %s = [%s]", n.last(), quote(raw))
	default:
		p.Fix = fmt.Sprintf("write %s = %s", n.last(), quote(raw))
	}
	if !strings.ContainsAny(f.raw, `"'`) {
		p.Cause = "the value has no quotes (" + f.message + ")"
	}
}

// hideFaults finds what must not be shown of broken lines, which may hold a
// secret like any other. Of whole lines the document asks when it shows one.
func (l *loader) hideFaults(d *document) {
	d.isSecret = l.holdsSecret
	for _, f := range d.faults {
		l.hideIn(d, f.line, f.path)
		// An open string or list may break in a line that belongs to another setting.
		l.hideIn(d, span{d.lineStart(f.at.start), d.lineEnd(f.at.start)}, nil)
	}
}

// hideIn hides what follows the name in a broken line.
func (l *loader) hideIn(d *document, where span, path []string) {
	line := string(d.data[where.start:min(where.end, len(d.data))])
	key := strings.IndexAny(line, "=:")
	switch {
	case key >= 0 && (soundsSecret(line[:key]) || l.holdsSecret(path)):
		d.hidden = append(d.hidden, span{where.start + key + 1, where.end})
	case key < 0 && soundsSecret(line):
		d.hidden = append(d.hidden, where)
	}
}

// holdsSecret reports whether a name is that of a secret, may be meant to be
// one, or sounds like one.
func (l *loader) holdsSecret(path []string) bool {
	n, known := l.root.find(path)
	if known < len(path) {
		if soundsSecret(strings.Join(path, ".")) {
			return true
		}
		n, _ = l.root.find(l.meant(entry{path: path}))
	}
	return n.secret != ""
}

func soundsSecret(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc([]string{"secr", "key", "tok", "pass", "pw", "cred"}, func(part string) bool {
		return strings.Contains(name, part)
	})
}
