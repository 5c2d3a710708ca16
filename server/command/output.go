package command

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// say prints a result. What could not be written is told at the end of Run.
func (c *console) say(format string, args ...any) { _, _ = fmt.Fprintf(c.out, format, args...) }

// remark prints what a person wants to know beside the result. Programs that
// read the result do not get it.
func (c *console) remark(format string, args ...any) {
	_, _ = fmt.Fprintln(c.err, printable(fmt.Sprintf(format, args...)))
}

// json prints a result for programs.
func (c *console) json(value any) error {
	encoder := json.NewEncoder(c.out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return nil
}

// items is a list as the API writes it, so that one program reads both.
func (c *console) items(raw []json.RawMessage) error {
	if raw == nil {
		raw = []json.RawMessage{}
	}
	return c.json(map[string]any{"items": raw})
}

// table prints rows in columns. Of an empty one only its words are printed,
// beside the output.
func (c *console) table(heads []string, rows [][]string, none string) {
	if len(rows) == 0 {
		c.remark("%s", none)
		return
	}
	columns{}.print(c, append([][]string{heads}, rows...))
}

// columns are the widths of a table, by column, which grow as it goes on.
type columns map[int]int

func (w columns) print(c *console, rows [][]string) {
	for _, row := range rows {
		for i, cell := range row {
			row[i] = printable(cell)
			w[i] = max(w[i], utf8.RuneCountInString(row[i]))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(cell + strings.Repeat(" ", w[i]-utf8.RuneCountInString(cell)+2))
		}
		c.say("%s\n", strings.TrimRight(line.String(), " "))
	}
}

// pairs prints one thing, a line a fact; empty facts are left out.
func (c *console) pairs(facts ...[2]string) {
	width := 0
	for _, fact := range facts {
		width = max(width, len(fact[0]))
	}
	for _, fact := range facts {
		if fact[1] != "" {
			c.say("%-*s  %s\n", width, fact[0], printable(fact[1]))
		}
	}
}

// moment is a time of the API for people: to the second, in UTC, so that it
// can be looked for in a log.
func moment(stamp string) string {
	at, err := time.Parse(time.RFC3339, stamp)
	if err != nil {
		return stamp
	}
	return at.UTC().Format("2006-01-02 15:04:05") + " UTC"
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}
