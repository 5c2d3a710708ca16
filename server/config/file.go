package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
)

// largestFile is eight times config.example.toml and stops a wrong path, such
// as a database, from being read whole.
const largestFile = 64 << 10

// choosePath returns the file to read, "" for none; named says that somebody
// asked for this very file.
func (l *loader) choosePath(s Source, env map[string]string) (path string, named bool) {
	if s.Path != "" {
		return s.Path, true
	}
	if env["OSTIARY_CONFIG"] != "" {
		return env["OSTIARY_CONFIG"], true
	}
	for _, candidate := range usualPlaces(env) {
		// What is there but cannot be looked at is chosen too: it will be told.
		_, err := os.Stat(candidate)
		if err == nil || errors.Is(err, fs.ErrPermission) {
			return candidate, false
		}
	}
	return "", false
}

func usualPlaces(env map[string]string) []string {
	places := []string{"config.toml"}
	// The XDG specification: a relative path is ignored.
	if home := env["XDG_CONFIG_HOME"]; filepath.IsAbs(home) {
		places = append(places, filepath.Join(home, "ostiary", "config.toml"))
	} else if filepath.IsAbs(env["HOME"]) {
		places = append(places, filepath.Join(env["HOME"], ".config", "ostiary", "config.toml"))
	}
	return append(places, "/etc/ostiary/config.toml")
}

// readFile reads the configuration file, or tells why it cannot.
func (l *loader) readFile(path string, named bool) {
	l.Path = path
	data, mode, err := readLimited(path, largestFile)
	if err == nil {
		l.readDocument(path, data, mode)
		return
	}
	p := Problem{Code: "config.invalid_value", Severity: Error, File: path,
		Message: "the configuration file cannot be read", Cause: plainError(err),
		Fix: "make the file readable for the user that runs ostiary"}
	if errors.Is(err, fs.ErrNotExist) {
		p.Fix = "ostiary config init --config " + path + " writes one; or leave --config and OSTIARY_CONFIG away"
	}
	if errors.Is(err, errTooLarge) {
		p.Code, p.Fix = "config.malformed", "name the right file"
	}
	l.found = append(l.found, p)
	l.doubtDefaults()
}

var errTooLarge = errors.New("the file is too large")

// readLimited reads a whole file of at most limit bytes.
func readLimited(path string, limit int64) ([]byte, fs.FileMode, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, fmt.Errorf("open: %w", err)
	}
	defer f.Close() // only read: nothing can be lost
	info, err := f.Stat()
	if err != nil {
		return nil, 0, fmt.Errorf("stat: %w", err)
	}
	if info.IsDir() {
		return nil, 0, errors.New("it is a folder")
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, 0, fmt.Errorf("read: %w", err)
	}
	if int64(len(data)) > limit {
		return nil, 0, fmt.Errorf("%w: more than %d KiB", errTooLarge, limit>>10)
	}
	return data, info.Mode(), nil
}

// plainError leaves out the operation and the path, which are told already.
func plainError(err error) string {
	var inner *fs.PathError
	if errors.As(err, &inner) {
		return inner.Err.Error()
	}
	return err.Error()
}

// readDocument applies a whole file.
func (l *loader) readDocument(path string, data []byte, mode fs.FileMode) {
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		l.found = append(l.found, Problem{Code: "config.malformed", Severity: Error, File: path,
			Message: "the file is not UTF-8", Cause: "it begins like UTF-16, as some editors on Windows save it", Fix: "save it as UTF-8"})
		l.doubtDefaults()
		return
	}
	// A byte order mark is no fault of whoever uses such an editor.
	d := readDocument(path, bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	l.hideFaults(d)
	for _, f := range d.faults {
		l.malformed(d, f)
	}
	var dead [][]string
	for _, e := range d.entries {
		if len(l.found) >= enough {
			d.complete = false
			break
		}
		if !slices.ContainsFunc(dead, func(prefix []string) bool { return isBelow(e.path, prefix) }) {
			if prefix := l.take(d, e, mode); prefix != nil {
				dead = append(dead, prefix)
			}
		} else {
			l.intendEntry(d, e)
		}
	}
	if !d.complete {
		l.doubtDefaults()
	}
}

func isBelow(path, prefix []string) bool {
	return len(path) > len(prefix) && slices.Equal(path[:len(prefix)], prefix)
}

// take applies one entry. A name below which nothing can be known comes back.
func (l *loader) take(d *document, e entry, mode fs.FileMode) (dead []string) {
	n, known := l.root.find(e.path)
	switch {
	case known < len(e.path) && !n.isSection():
		l.wrongShape(d, e, known-1, "is one setting, it has nothing below it", n)
		return e.path[:known]
	case known < len(e.path):
		l.unknownKey(d, e, n, known)
		return e.path[:known+1]
	case e.array:
		l.wrongShape(d, e, known-1, "is written with one pair of brackets", n)
		return e.path
	case e.table != n.isSection():
		l.wrongShape(d, e, known-1, "is "+map[bool]string{true: "a section", false: "one setting, no section"}[n.isSection()], n)
		return e.path
	}
	if !l.goodNames(d, e) {
		return e.path
	}
	at := d.placeOf(e.keys[len(e.keys)-1], nil)
	if e.table {
		l.openSection(n, e.path, at)
		return nil
	}
	at = d.placeOf(e.value.at, e.value.items)
	at.mode, at.path = mode, d.name
	l.set(n, e.path, at, fromValue(e.value))
	return nil
}

func fromValue(v value) func(*node, reflect.Value) *mismatch {
	return func(n *node, field reflect.Value) *mismatch { return decodeValue(n, field, v) }
}

// openSection remembers where a section with a chosen name begins and makes it
// exist, even when nothing is written in it.
func (l *loader) openSection(n *node, path []string, at place) {
	if n.path[len(n.path)-1] != "*" {
		return
	}
	l.places[strings.Join(path, ".")] = at
	change(reflect.ValueOf(&l.Config).Elem(), l.root, path, func(reflect.Value) {})
}
