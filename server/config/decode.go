package config

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// mismatch is a value that does not fit its setting.
type mismatch struct {
	cause string
	label string // beside the carets
	item  int    // which element of a list, from 1
}

// decodeValue writes a TOML value into a field; nil means it fits.
func decodeValue(n *node, field reflect.Value, v value) *mismatch {
	switch field.Kind() {
	case reflect.Bool, reflect.Int:
		if v.kind != wantedKind(field) {
			return &mismatch{cause: "it is " + describe(v.kind)}
		}
		return decodeText(n, field, v.text)
	case reflect.Slice:
		return decodeList(field, v)
	}
	if v.kind != unstable.String {
		return &mismatch{cause: "it is " + describe(v.kind)}
	}
	return decodeText(n, field, v.text)
}

func wantedKind(field reflect.Value) unstable.Kind {
	if field.Kind() == reflect.Bool {
		return unstable.Bool
	}
	// Duration has the kind Int64, so Int is a plain number.
	return unstable.Integer
}

func decodeList(field reflect.Value, v value) *mismatch {
	if v.kind != unstable.Array {
		return &mismatch{cause: "it is " + describe(v.kind)}
	}
	list := make([]string, 0, len(v.items))
	for i, item := range v.items {
		if item.kind != unstable.String {
			return &mismatch{cause: "an element is " + describe(item.kind), item: i + 1}
		}
		list = append(list, item.text)
	}
	field.Set(reflect.ValueOf(list))
	return nil
}

// decodeText writes text, as a variable or a flag gives it, into a field.
func decodeText(n *node, field reflect.Value, text string) *mismatch {
	if target, ok := field.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if err := target.UnmarshalText([]byte(text)); err != nil {
			return &mismatch{cause: err.Error()}
		}
		return nil
	}
	switch field.Kind() {
	case reflect.Bool:
		if text != "true" && text != "false" {
			return &mismatch{cause: "it is neither true nor false"}
		}
		field.SetBool(text == "true")
	case reflect.Int:
		// Base 0 as in TOML: 0x, 0o and 0b, and "_" between digits.
		number, err := strconv.ParseInt(text, 0, 32)
		if err != nil || len(text) > 1 && text[0] == '0' && isDigits(text) {
			// "010" is refused like in TOML: it is 8 to some and 10 to others.
			return &mismatch{cause: "it is no whole number that fits"}
		}
		field.SetInt(number)
	case reflect.Slice:
		field.Set(reflect.ValueOf(splitList(text)))
	default:
		return decodeWord(n, field, text)
	}
	return nil
}

// splitList reads a list from a variable or a flag: elements are separated by commas.
func splitList(text string) []string {
	list := []string{}
	if strings.TrimSpace(text) == "" {
		return list
	}
	for _, part := range strings.Split(text, ",") {
		list = append(list, strings.TrimSpace(part))
	}
	return list
}

func decodeWord(n *node, field reflect.Value, text string) *mismatch {
	if strings.ContainsRune(text, 0) {
		return &mismatch{cause: "it has a NUL character"}
	}
	allowed := len(n.one) == 0 || text == "" && n.empty
	for _, word := range n.one {
		allowed = allowed || word == text
	}
	if !allowed {
		m := &mismatch{cause: "only these are known: " + strings.Join(n.one, ", ")}
		if near := nearest(text, n.one); near != "" {
			m.label = fmt.Sprintf("did you mean %q?", near)
		}
		return m
	}
	field.SetString(text)
	return nil
}

// wanted says what a setting takes, in words that follow "must be".
func wanted(n *node) string {
	switch reflect.New(n.typ).Elem().Interface().(type) {
	case Duration:
		return `a duration such as "30s", "10m", "24h" or "30d"`
	case Rate:
		return `a rate such as "5/1m", five in a minute`
	case bool:
		return "true or false"
	case int:
		return "a whole number"
	case []string:
		return "a list of strings"
	}
	if len(n.one) > 0 {
		return strings.Join(n.one[:len(n.one)-1], ", ") + " or " + n.one[len(n.one)-1]
	}
	return "a string"
}

func describe(kind unstable.Kind) string {
	switch kind {
	case unstable.String:
		return "a string"
	case unstable.Integer:
		return "a number"
	case unstable.Float:
		return "a number with a fraction"
	case unstable.Bool:
		return "true or false"
	case unstable.Array:
		return "a list"
	case unstable.InlineTable:
		return "a table"
	}
	return "a date or a time"
}

// example shows how a setting is written in the file, with its default.
func example(n *node) string { return n.last() + " = " + formatDefault(n) }

// formatDefault writes the default as TOML; settings of chosen names have none.
func formatDefault(n *node) string {
	text := `"…"`
	if n.typ == reflect.TypeFor[Duration]() {
		text = `"30d"`
	}
	schema().walk(Default(), func(name, _ string, _ *node, v reflect.Value) {
		if name == n.name() && n.secret == "" && formatTOML(v) != `""` {
			text = formatTOML(v)
		}
	})
	return text
}

func formatTOML(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case []string:
		quoted := make([]string, len(x))
		for i, s := range x {
			quoted[i] = quote(s)
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	case bool, int:
		return fmt.Sprint(x)
	case fmt.Stringer:
		return quote(x.String())
	}
	return quote(v.String())
}

// quote writes a TOML basic string; strconv.Quote is close to it but for \a, \v and \x.
func quote(text string) string {
	var out strings.Builder
	out.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			out.WriteRune('\\')
			out.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&out, `\u%04X`, r)
		default:
			out.WriteRune(r)
		}
	}
	out.WriteByte('"')
	return out.String()
}
