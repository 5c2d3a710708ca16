package config

import (
	"errors"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// recover records why the parser stopped and returns where to go on, or -1.
// It goes on only where the damage ends with the line: a broken [section]
// would move all that follows into another one, and an open array or long
// string swallows the lines below it. after is where the last good line ends.
func (r *reader) recover(err error, after int) int {
	f := r.faultOf(err)
	start := r.expressionStart(after, f.at.start)
	end := r.lineEnd(start)
	text := strings.TrimRight(string(r.data[start:end]), "\r")
	endsHere := f.at.start <= end && !strings.HasPrefix(text, "[")
	f.line = span{start, max(end, min(f.at.end, len(r.data)))}
	if key, raw := cutKey(text); endsHere {
		f.path, f.raw = r.guessPath(key), withoutComment(strings.TrimSpace(raw))
		if f.path != nil && f.raw != "" && !opensMore(f.raw) {
			valueAt := start + strings.LastIndex(text, strings.TrimSpace(raw))
			f.at = span{valueAt, valueAt + len(f.raw)}
		}
	}
	r.faults = append(r.faults, f)
	if !endsHere || opensMore(text) {
		r.complete = false
		return -1
	}
	if f.path == nil {
		r.complete = false
	}
	if end >= len(r.data) {
		return -1
	}
	return end + 1
}

func (r *reader) faultOf(err error) fault {
	var wrong *unstable.ParserError
	if !errors.As(err, &wrong) {
		return fault{message: err.Error()}
	}
	return fault{message: wrong.Message, at: r.highlight(wrong.Highlight)}
}

// highlight turns the parser's slice of its input into a range of the document.
func (r *reader) highlight(part []byte) span {
	start := r.base + cap(r.data[r.base:]) - cap(part)
	if start < r.base || start > len(r.data) {
		start = len(r.data)
	}
	return span{start, min(start+max(len(part), 1), len(r.data))}
}

// expressionStart finds the first line behind offset that is neither empty nor
// a comment, and not beyond the fault.
func (r *reader) expressionStart(offset, faultAt int) int {
	for {
		start := r.skip(offset, " \t\r\n")
		end := r.lineEnd(start)
		if start >= len(r.data) || r.data[start] != '#' || faultAt <= end {
			return min(start, len(r.data), max(faultAt, offset))
		}
		offset = end
	}
}

// cutKey parts a line at its "=", or where somebody who thinks in YAML or in
// command lines put a colon or a space.
func cutKey(line string) (key, raw string) {
	if key, raw, found := strings.Cut(line, "="); found {
		return key, raw
	}
	if i := strings.IndexAny(line, ": \t"); i >= 0 {
		return line[:i], line[i+1:]
	}
	return line, ""
}

// guessPath reads the key of a line whose value is wrong; nil when it is no bare key.
func (r *reader) guessPath(key string) []string {
	path := append([]string{}, r.prefix...)
	for _, part := range strings.Split(key, ".") {
		part = strings.TrimSpace(part)
		if part == "" || strings.Trim(strings.ToLower(part), "abcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
			return nil
		}
		path = append(path, part)
	}
	return path
}

// withoutComment cuts an obvious comment from an unquoted value.
func withoutComment(raw string) string {
	if before, _, found := strings.Cut(raw, " #"); found && !strings.ContainsAny(before, "\"'") {
		return strings.TrimSpace(before)
	}
	return raw
}

// opensMore reports whether what the line begins may go on below it.
func opensMore(text string) bool {
	return strings.Contains(text, `"""`) || strings.Contains(text, "'''") ||
		strings.Count(text, "[") != strings.Count(text, "]") ||
		strings.Count(text, "{") != strings.Count(text, "}")
}
