package web

import (
	"fmt"
	"html/template"
	"net/url"
	"time"
)

// functions are what the templates of one page can call.
func (p *Pages) functions(name string) template.FuncMap {
	return template.FuncMap{
		"page":    func() string { return name },
		"section": func() string { return section(name) },
		"url":     p.url,
		"asset":   p.asset,
		"iso":     func(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") },
		"utc":     func(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04 UTC") },
		"input":   newInput,
		"kind":    func(kind string, in Input) Input { in.Type = kind; return in },
		"value":   func(value string, in Input) Input { in.Value = value; return in },
		"fills":   func(tokens string, in Input) Input { in.Autocomplete = tokens; return in },
		"hint":    func(text string, in Input) Input { in.Hint = text; return in },
		"free":    func(in Input) Input { in.Required = false; return in },
		"rules":   withRules,
	}
}

// section is the part of the main navigation under which a page lies.
func section(name string) string {
	switch name {
	case Account, Password, Sessions:
		return "account"
	case AdminUsers, AdminUser, AdminSessions:
		return "admin"
	}
	return ""
}

// url makes a path of this server: the prefix, then the path, into which ids are set
// as single segments ("/account/sessions/%s/end").
func (p *Pages) url(path string, ids ...string) string {
	segments := make([]any, len(ids))
	for i, id := range ids {
		segments[i] = url.PathEscape(id)
	}
	if len(ids) > 0 {
		path = fmt.Sprintf(path, segments...)
	}
	return p.base + path
}

func (p *Pages) asset(name string) (string, error) {
	hashed, ok := p.assets[name]
	if !ok {
		return "", fmt.Errorf("there is no asset %q", name)
	}
	return p.base + "/static/" + hashed, nil
}

// Input is one labelled field of a form, put together in the template:
//
//	{{template "input" (input "email" "E-mail address" .Problem | kind "email" | value .Email)}}
type Input struct {
	Name, Label, Type, Value, Autocomplete, Hint string
	Required                                     bool
	Rules                                        string // for password managers (the passwordrules attribute)
	Wrong                                        *FieldProblem
}

func newInput(name, label string, problem *Problem) Input {
	return Input{Name: name, Label: label, Type: "text", Required: true, Wrong: problem.For(name)}
}

// withRules makes the field one for a new password: it says what is asked before it
// is typed, and tells password managers what to make.
func withRules(minLength int, in Input) Input {
	in.Type, in.Autocomplete = "password", "new-password"
	in.Rules = fmt.Sprintf("minlength: %d; allowed: unicode;", minLength)
	in.Hint = fmt.Sprintf("At least %d characters. A few words in a row are fine.", minLength)
	return in
}

// Described lists the elements that describe the field, for aria-describedby.
func (in Input) Described() string {
	switch {
	case in.Hint != "" && in.Wrong != nil:
		return in.Name + "-hint " + in.Name + "-error"
	case in.Hint != "":
		return in.Name + "-hint"
	case in.Wrong != nil:
		return in.Name + "-error"
	}
	return ""
}
