package config

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// span is a range of bytes in a document.
type span struct{ start, end int }

// entry is one key with its value, or one [section], by its whole name.
type entry struct {
	path  []string
	keys  []span // of each part of path; those of the section come first
	table bool   // a [section]
	array bool   // a [[section]]
	value value
}

// value is a TOML value and where it stands.
type value struct {
	kind  unstable.Kind
	text  string // decoded string, or the digits and letters as written
	at    span
	items []value
}

// fault is what keeps a document, or one line of it, from being TOML.
type fault struct {
	at      span
	line    span     // the whole expression as far as it is known
	path    []string // what the line seems to set; nil: unknown
	message string
	raw     string // what stands where the value belongs
}

// document is a TOML file as a flat list of what it says and where.
type document struct {
	name     string
	data     []byte
	entries  []entry
	faults   []fault
	complete bool // false: what follows the last fault was not read
	hidden   []span
	// isSecret tells whose values must not be shown, by name.
	isSecret func(path []string) bool
}

// reader makes a document of bytes. The decoder of go-toml stops at its first
// error; this one goes on after a line that is wrong in itself, so that all
// problems are told at once.
type reader struct {
	*document
	prefix     []string
	prefixKeys []span
	base       int            // offset of the parser's input in data
	seen       map[string]int // where a name was met first
}

func readDocument(name string, data []byte) *document {
	r := &reader{document: &document{name: name, data: data, complete: true}, seen: map[string]int{}}
	for next := 0; next >= 0; {
		next = r.readFrom(next)
		if len(r.faults) >= enough {
			r.complete = false
			break
		}
	}
	if len(r.entries) == 0 && len(r.faults) > 1 {
		// Not one line of it is TOML: one problem says so better than a hundred.
		r.faults, r.complete = r.faults[:1], false
	}
	if len(r.faults) == 0 {
		r.askDecoder()
	}
	return r.document
}

// readFrom reads expressions from an offset to the end (-1), or to a wrong
// line, and returns where to go on after it.
func (r *reader) readFrom(offset int) int {
	var p unstable.Parser
	p.Reset(r.data[offset:])
	r.base = offset
	after := offset
	for p.NextExpression() {
		after = r.lineEnd(r.take(p.Expression()))
	}
	if p.Error() == nil {
		return -1
	}
	return r.recover(p.Error(), after)
}

// take stores one expression and returns the offset of its last known byte.
func (r *reader) take(n *unstable.Node) int {
	if n.Kind == unstable.KeyValue {
		return r.takeKeyValue(n, r.prefix, r.prefixKeys)
	}
	path, keys := r.keyOf(n)
	r.prefix, r.prefixKeys = path, keys
	e := entry{path: path, keys: keys, table: true, array: n.Kind == unstable.ArrayTable}
	if e.array || r.first(path, "section", keys[len(keys)-1]) {
		r.entries = append(r.entries, e)
	}
	return keys[len(keys)-1].end
}

func (r *reader) takeKeyValue(n *unstable.Node, prefix []string, prefixKeys []span) int {
	own, ownKeys := r.keyOf(n)
	path := append(append([]string{}, prefix...), own...)
	keys := append(append([]span{}, prefixKeys...), ownKeys...)
	whole := r.spanOf(n)
	at := span{r.skip(ownKeys[len(ownKeys)-1].end, " \t="), whole.end}
	if !r.first(path, "setting", ownKeys[len(ownKeys)-1]) {
		return whole.end
	}
	if n.Value().Kind != unstable.InlineTable {
		r.entries = append(r.entries, entry{path: path, keys: keys, value: r.valueOf(n.Value(), at)})
		return whole.end
	}
	r.entries = append(r.entries, entry{path: path, keys: keys, table: true})
	for it := n.Value().Children(); it.Next(); {
		r.takeKeyValue(it.Node(), path, keys)
	}
	return whole.end
}

// first reports whether path is met for the first time, and says so if not.
func (r *reader) first(path []string, what string, at span) bool {
	id := what + "\x00" + strings.Join(path, "\x00")
	if earlier, again := r.seen[id]; again && len(r.faults) < enough {
		line, _ := r.position(earlier)
		r.faults = append(r.faults, fault{at: at, line: span{at.start, r.lineEnd(at.start)}, path: path,
			message: fmt.Sprintf("`%s` is written twice, first in line %d", strings.Join(path, "."), line)})
		return false
	} else if again {
		return false
	}
	r.seen[id] = at.start
	return true
}

func (r *reader) valueOf(n *unstable.Node, at span) value {
	v := value{kind: n.Kind, text: string(n.Data), at: at}
	if n.Kind != unstable.Array {
		return v
	}
	for it := n.Children(); it.Next(); {
		inner := at // arrays have no range of their own in this parser
		if it.Node().Raw.Length > 0 {
			inner = r.spanOf(it.Node())
		}
		v.items = append(v.items, r.valueOf(it.Node(), inner))
	}
	return v
}

func (r *reader) keyOf(n *unstable.Node) (path []string, keys []span) {
	for it := n.Key(); it.Next(); {
		path = append(path, string(it.Node().Data))
		keys = append(keys, r.spanOf(it.Node()))
	}
	return path, keys
}

func (r *reader) spanOf(n *unstable.Node) span {
	start := r.base + int(n.Raw.Offset)
	return span{start, start + int(n.Raw.Length)}
}

// askDecoder lets the whole decoder judge what the parser lets pass: sections
// that contradict each other. Wrong numbers and dates stand inside a value,
// where decoding the setting tells more.
func (r *reader) askDecoder() {
	var all map[string]any
	var wrong *toml.DecodeError
	if err := toml.Unmarshal(r.data, &all); !errors.As(err, &wrong) {
		return
	}
	line, column := wrong.Position()
	at := r.offset(line, column)
	for _, e := range r.entries {
		if !e.table && e.value.at.start <= at && at < e.value.at.end {
			return
		}
	}
	r.faults = append(r.faults, fault{at: span{at, at + 1}, line: span{at, r.lineEnd(at)}, message: strings.TrimPrefix(wrong.Error(), "toml: ")})
	r.complete = false
}

// position returns line and column of an offset, from 1, in characters.
func (d *document) position(offset int) (line, column int) {
	before := d.data[:min(offset, len(d.data))]
	return bytes.Count(before, []byte{'\n'}) + 1, utf8.RuneCount(before[d.lineStart(offset):]) + 1
}

// offset returns the place of a line and a column in bytes, both from 1.
func (d *document) offset(line, column int) int {
	start := 0
	for ; line > 1; line-- {
		start = d.lineEnd(start) + 1
	}
	return min(max(start+column-1, 0), len(d.data))
}

// lineStart returns the offset of the first byte of the line.
func (d *document) lineStart(offset int) int {
	return bytes.LastIndexByte(d.data[:min(offset, len(d.data))], '\n') + 1
}

// lineEnd returns the offset of the line feed that ends the line, or of the end.
func (d *document) lineEnd(offset int) int {
	offset = min(offset, len(d.data))
	if i := bytes.IndexByte(d.data[offset:], '\n'); i >= 0 {
		return offset + i
	}
	return len(d.data)
}

func (d *document) skip(offset int, these string) int {
	for offset < len(d.data) && strings.IndexByte(these, d.data[offset]) >= 0 {
		offset++
	}
	return offset
}
