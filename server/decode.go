package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"mime"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"ostiary/server/refusal"
)

// decode reads a JSON request body into a struct of plain fields. There is
// one reading of every body: exactly `application/json`, valid UTF-8, no field
// twice, none unknown, none under another spelling of its name, nothing after
// the end. All that is wrong with the fields is told at once.
//
// A field tagged `need:"true"` must be there and not empty.
func (r *request) decode(into any) error {
	body := r.f.PostBody()
	if err := r.checkBodyType(len(body)); err != nil {
		return err
	}
	fields, err := objectFields(body)
	if err != nil {
		return err
	}
	return fillFields(fields, into)
}

// checkBodyType refuses what is not declared as JSON. A request without a
// body needs no declaration.
func (r *request) checkBodyType(length int) error {
	if coding := r.header(hContentCoding); len(coding) > 0 && !bytes.EqualFold(coding, []byte("identity")) {
		return refusal.New(refusal.RequestUnsupportedType).Because("The body is compressed; this server takes it as it is only.")
	}
	declared := string(r.f.Request.Header.ContentType())
	if length == 0 && declared == "" {
		return nil
	}
	kind, parameters, err := mime.ParseMediaType(declared)
	for name, value := range parameters {
		if name != "charset" || !strings.EqualFold(value, "utf-8") {
			err = errors.New("parameter " + name)
		}
	}
	if err != nil || kind != "application/json" || strings.HasSuffix(strings.TrimSpace(declared), ";") {
		return refusal.New(refusal.RequestUnsupportedType).With("expected", "application/json").With("got", truncate(cleanText(declared), 128))
	}
	return nil
}

// nestingMost bounds how deep a body may nest; ours are flat.
const nestingMost = 16

// field is one member of a body's object.
type field struct {
	name  string
	value json.RawMessage
}

// objectFields takes a body apart into the members of its one object.
func objectFields(body []byte) ([]field, error) {
	if len(body) == 0 {
		return nil, nil
	}
	if !utf8.Valid(body) || bytes.HasPrefix(body, []byte("\xef\xbb\xbf")) {
		return nil, refusal.New(refusal.RequestMalformed).Because("The body is not plain UTF-8 (no byte order mark, no invalid bytes).")
	}
	if !shallow(body) || !json.Valid(body) {
		return nil, refusal.New(refusal.RequestMalformed)
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return nil, refusal.New(refusal.RequestMalformed).Because("The body must be a JSON object.")
	}
	var fields []field
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, refusal.New(refusal.RequestMalformed)
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, refusal.New(refusal.RequestMalformed)
		}
		fields = append(fields, field{name.(string), value})
	}
	return fields, nil
}

// shallow counts brackets before anything recursive looks at the body.
func shallow(body []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > nestingMost {
				return false
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return true
}

// fillFields stores the members in the struct that into points to.
func fillFields(fields []field, into any) error {
	bad := refusal.New(refusal.RequestInvalid)
	target := reflect.ValueOf(into).Elem()
	seen := map[string]bool{}
	for _, f := range fields {
		index, known := fieldNamed(target.Type(), f.name)
		pointer := "/" + pointerPart(f.name)
		switch {
		case seen[strings.ToLower(f.name)]:
			bad.At(pointer, refusal.RequestDuplicateField, "This field was sent twice.")
		case !known:
			bad.At(pointer, refusal.RequestUnknownField, "There is no field of this name here.")
		default:
			fillField(target.Field(index), f, pointer, bad)
		}
		seen[strings.ToLower(f.name)] = true
	}
	needFields(target, bad)
	if len(bad.Fields) > 0 {
		return bad
	}
	return nil
}

// fieldNamed finds a field by its exact name.
func fieldNamed(t reflect.Type, name string) (int, bool) {
	for i := range t.NumField() {
		if t.Field(i).Tag.Get("json") == name {
			return i, true
		}
	}
	return 0, false
}

func fillField(target reflect.Value, f field, pointer string, bad *refusal.Error) {
	if bytes.Equal(f.value, []byte("null")) || json.Unmarshal(f.value, target.Addr().Interface()) != nil {
		bad.At(pointer, refusal.RequestWrongType, "This must be "+typeWords(target.Type())+".")
		return
	}
	if text, ok := stringIn(target); ok && (strings.ContainsRune(text, 0) || loneSurrogate(f.value)) {
		bad.At(pointer, refusal.RequestBadValue, "This text holds a character that cannot be kept.")
	}
}

// loneSurrogate finds half of a UTF-16 pair (\ud800 without its other half),
// which Go reads as U+FFFD and others otherwise: two readings of one body. raw
// is a JSON value that was found to be valid.
func loneSurrogate(raw []byte) bool {
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		first, second := escapedUnit(raw, i), escapedUnit(raw, i+6)
		switch {
		case utf16.IsSurrogate(first) && utf16.DecodeRune(first, second) == utf8.RuneError:
			return true
		case utf16.IsSurrogate(first):
			i += 11
		default:
			i++ // what is escaped begins no escape
		}
	}
	return false
}

// escapedUnit is the UTF-16 unit of an escape \uXXXX at i, or -1.
func escapedUnit(raw []byte, i int) rune {
	if i+6 > len(raw) || raw[i] != '\\' || raw[i+1] != 'u' {
		return -1
	}
	unit, err := strconv.ParseUint(string(raw[i+2:i+6]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(unit)
}

func stringIn(v reflect.Value) (string, bool) {
	if v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	return v.String(), v.Kind() == reflect.String
}

func typeWords(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Slice:
		return "a list"
	}
	return "an object"
}

// needFields adds what is missing.
func needFields(target reflect.Value, bad *refusal.Error) {
	for i := range target.NumField() {
		f := target.Type().Field(i)
		if f.Tag.Get("need") != "true" || !target.Field(i).IsZero() || complained(bad, f.Tag.Get("json")) {
			continue
		}
		bad.At("/"+f.Tag.Get("json"), refusal.RequestRequired, "This field is needed.")
	}
}

func complained(bad *refusal.Error, name string) bool {
	for _, f := range bad.Fields {
		if f.Pointer == "/"+name {
			return true
		}
	}
	return false
}

// pointerPart escapes a name for a JSON pointer (RFC 6901, 3) and keeps what a
// stranger sends short.
func pointerPart(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(truncate(cleanText(name), 64))
}

// invalidField is the refusal of one field.
func invalidField(name string, code refusal.Code, text string) error {
	return refusal.New(refusal.RequestInvalid).At("/"+name, code, text)
}
