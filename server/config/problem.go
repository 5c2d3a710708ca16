package config

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
)

// The severities of a Problem. Only an error keeps the server from starting.
const (
	Error   = "error"
	Warning = "warning"
	Note    = "note"
)

// Problem is one finding about the configuration.
//
// File, Line and Column tell where the value was written. For a variable or a
// flag File is its name and Line is 0; for a value that nobody wrote File is "".
// No field holds the clear text of a secret.
type Problem struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Message  string `json:"message"`
	File     string `json:"file,omitempty"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"` // in characters, from 1
	Snippet  string `json:"snippet,omitempty"`
	Cause    string `json:"cause,omitempty"`
	Effect   string `json:"effect,omitempty"`
	Fix      string `json:"fix,omitempty"`
	Setting  string `json:"setting,omitempty"`
}

// Problems is all that was found, errors first.
type Problems []Problem

// enough problems are told at once; who has more of them has another kind of file.
const enough = 100

// Errors counts the problems that keep the server from starting.
func (p Problems) Errors() int { return p.count(Error) }

func (p Problems) count(severity string) int {
	n := 0
	for _, problem := range p {
		if problem.Severity == severity {
			n++
		}
	}
	return n
}

// sorted puts errors before warnings before notes and keeps the order of discovery.
func (p Problems) sorted() Problems {
	rank := map[string]int{Error: 0, Warning: 1, Note: 2}
	slices.SortStableFunc(p, func(a, b Problem) int { return rank[a.Severity] - rank[b.Severity] })
	return p
}

// printable takes from the texts what a terminal would obey: names of settings
// and variables come from outside.
func (p Problems) printable() Problems {
	for i := range p {
		for _, text := range []*string{&p[i].Message, &p[i].File, &p[i].Cause, &p[i].Effect, &p[i].Fix, &p[i].Setting} {
			*text = strings.Map(func(r rune) rune {
				if unicode.IsPrint(r) {
					return r
				}
				return '?'
			}, *text)
		}
	}
	return p
}

// Render writes the problems as plain text, without colours, for a terminal or a log.
func (p Problems) Render(w io.Writer) {
	if len(p) == 0 {
		return
	}
	var out strings.Builder
	for _, problem := range p {
		problem.render(&out)
	}
	fmt.Fprintf(&out, "%s ostiary explain %s\n", p.verdict(), p.worst().Code)
	// Whoever reads this has no better place to hear that it could not be written.
	_, _ = io.WriteString(w, out.String())
}

func (p Problem) render(out *strings.Builder) {
	fmt.Fprintf(out, "%s[%s]: %s\n", p.Severity, p.Code, p.Message)
	switch {
	case p.Line > 0:
		fmt.Fprintf(out, "  --> %s:%d:%d\n", p.File, p.Line, p.Column)
	case p.File != "":
		fmt.Fprintf(out, "  --> %s\n", p.File)
	}
	if p.Snippet != "" {
		out.WriteString(p.Snippet + "\n")
	}
	for _, line := range []struct{ label, text string }{{"cause: ", p.Cause}, {"effect:", p.Effect}, {"fix:   ", p.Fix}} {
		// The snippet may already say it beside the carets.
		if line.text != "" && !strings.Contains(p.Snippet, "^ "+line.text) {
			fmt.Fprintf(out, "  = %s %s\n", line.label, line.text)
		}
	}
}

// verdict counts: "2 errors, 1 note; nothing was started."
func (p Problems) verdict() string {
	var parts []string
	for _, severity := range []string{Error, Warning, Note} {
		switch n := p.count(severity); n {
		case 0:
		case 1:
			parts = append(parts, "1 "+severity)
		default:
			parts = append(parts, fmt.Sprintf("%d %ss", n, severity))
		}
	}
	text := strings.Join(parts, ", ")
	if p.Errors() > 0 {
		return text + "; nothing was started."
	}
	return text + "."
}

// worst returns the last of the most severe problems, the one still on the screen.
func (p Problems) worst() Problem {
	last := p[0]
	for _, problem := range p {
		if problem.Severity == p[0].Severity {
			last = problem
		}
	}
	return last
}
