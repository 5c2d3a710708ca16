package config

import (
	"fmt"
	"io/fs"
)

// The kinds of an Origin.
const (
	FromDefault     = "default"
	FromFile        = "file"
	FromEnvironment = "environment"
	FromFlag        = "flag"
)

// Origin says where a value was written. The zero Origin is the default.
type Origin struct {
	Kind   string // one of the From… constants
	Name   string // the file's path, the variable's name, or the flag as typed
	Line   int    // in the file, from 1
	Column int    // in characters, from 1
}

// String returns "default", "config.toml:3", "OSTIARY_LISTEN" or "--listen".
func (o Origin) String() string {
	switch o.Kind {
	case "", FromDefault:
		return FromDefault
	case FromFile:
		return fmt.Sprintf("%s:%d", o.Name, o.Line)
	}
	return o.Name
}

// place is an Origin with all that is needed to show it.
type place struct {
	origin Origin
	doc    *document // of a value from a file
	at     span      // of the value: in the document, or in text
	items  []span    // of the elements of a list
	text   string    // "NAME=value", of a variable or a flag
	mode   fs.FileMode
	path   string // the file that the value itself was read from
	secret bool
}

func (d *document) placeOf(at span, items []value) place {
	line, column := d.position(at.start)
	p := place{doc: d, at: at, origin: Origin{Kind: FromFile, Name: d.name, Line: line, Column: column}}
	for _, item := range items {
		p.items = append(p.items, item.at)
	}
	return p
}

// placeOfText is a variable or a flag: shown is what stands before the value,
// with its "=" or space.
func placeOfText(kind, name, shown, text string) place {
	p := place{origin: Origin{Kind: kind, Name: name}, text: shown + text}
	p.at = span{len(shown), len(p.text)}
	if text == "" {
		p.at = span{0, len(shown)}
	}
	return p
}

// fill writes the place into a problem; item is the number of the list element
// that is meant, from 1, or 0.
func (p place) fill(problem *Problem, item int, label string) {
	problem.File = p.origin.Name
	at := p.at
	if item > 0 && item <= len(p.items) {
		at = p.items[item-1]
	}
	switch {
	case p.doc != nil:
		problem.Line, problem.Column = p.doc.position(at.start)
		problem.Snippet = p.doc.snippet(at, label)
	case p.text != "":
		var hidden []span
		if p.secret {
			hidden = []span{p.at}
		}
		problem.Snippet = show(p.text, hidden, at).lines(0, label)
	}
}
