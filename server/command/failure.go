package command

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"ostiary/server/config"
	"ostiary/server/refusal"
	"ostiary/storage"
)

// failure is what went wrong, in the one shape that every error of the
// program has: what, why, and what to do.
type failure struct {
	code    string // of the catalogue; "" when no code is about it
	message string
	cause   string
	fields  []refusal.Field
	fixes   []string
	exit    int // 0 is exitFailed
}

func (f *failure) Error() string {
	if f.code == "" {
		return f.message
	}
	return f.code + ": " + f.message
}

// render prints the failure. Nothing in it can move a terminal's cursor: parts
// of it come from arguments, files and other processes.
func (f *failure) render(w io.Writer) {
	var b strings.Builder
	b.WriteString("error")
	if f.code != "" {
		b.WriteString("[" + f.code + "]")
	}
	b.WriteString(": " + printable(f.message) + "\n")
	line := func(label, text string) {
		if text != "" {
			fmt.Fprintf(&b, "  = %-6s %s\n", label+":", printable(text))
		}
	}
	for _, field := range f.fields {
		line(strings.TrimLeft(field.Pointer, "/?"), fmt.Sprintf("%s (%s)", field.Text, field.Code))
	}
	line("cause", f.cause)
	for _, fix := range f.fixes {
		line("fix", fix)
	}
	// Whoever reads this has no better place to hear that it could not be written.
	_, _ = io.WriteString(w, b.String())
}

// printable replaces what a terminal would obey rather than show.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '?'
	}, text)
}

// ended is an exit code after everything has been said.
type ended int

func (e ended) Error() string { return "exit code " + strconv.Itoa(int(e)) }

// refused is a failure with the catalogue's words for its code. message and
// cause say what is special about this one; empty ones are the catalogue's.
func refused(code refusal.Code, message, cause string) *failure {
	entry, _ := refusal.Lookup(code)
	f := &failure{code: string(code), message: message, cause: cause, fixes: operatorFixes(entry.Fixes)}
	if message == "" {
		f.message = entry.Title
	}
	if cause == "" {
		f.cause = entry.Cause
	}
	return f
}

// operatorFixes are those that the person at the machine can follow; when
// there is none for him, all of them.
func operatorFixes(fixes []refusal.Fix) (lines []string) {
	for _, who := range []string{"admin", ""} {
		for _, fix := range fixes {
			if who == "" || fix.Who == who {
				lines = append(lines, fixLine(fix))
			}
		}
		if len(lines) > 0 {
			break
		}
	}
	return lines
}

func fixLine(fix refusal.Fix) string {
	if fix.Cmd == "" {
		return fix.Text
	}
	return strings.TrimSuffix(fix.Text, ".") + ": " + fix.Cmd
}

// unless returns err, or other when err is a refusal with the code: the words
// of the API are for programs, and the command knows better what was meant.
func unless(code refusal.Code, err error, other *failure) error {
	if refusalIn(err, code) != nil {
		return other
	}
	return err
}

// refusalIn is the failure with the code in err, or nil.
func refusalIn(err error, code refusal.Code) *failure {
	var f *failure
	if errors.As(err, &f) && f.code == string(code) {
		return f
	}
	return nil
}

// in puts the data folder's path where the catalogue says DATA.
func (f *failure) in(data string) *failure {
	for i, fix := range f.fixes {
		f.fixes[i] = strings.ReplaceAll(fix, "DATA", data)
	}
	return f
}

// faulty tells of a database that cannot be used.
func faulty(fault *storage.Fault, data string) *failure {
	if fault.Code == storage.CodeInUse {
		return refused(refusal.DBInUse, fault.Detail, "").in(data)
	}
	cause := fault.Op
	if fault.Detail != "" {
		cause += ": " + fault.Detail
	}
	if fault.Err != nil {
		cause += ": " + fault.Err.Error()
	}
	return refused(refusal.Code(fault.Code), "", cause).in(data)
}

// rejected prints what is wrong with the configuration and ends the command.
func (c *console) rejected(problems config.Problems) error {
	problems.Render(c.err)
	return ended(exitFailed)
}
