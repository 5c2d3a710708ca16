package config

import (
	"reflect"
	"slices"
	"strings"
)

// node is one name in the tree of settings, read from the struct tags of Config.
type node struct {
	path     []string // from the root; "*" stands for a name that the operator chooses
	children []*node  // of a section, in the order of the struct
	each     *node    // of a section whose names the operator chooses
	typ      reflect.Type
	one      []string // the words that are allowed
	empty    bool     // beside them, "" is allowed
	secret   string   // "key", "word" or ""
}

// schema reads the tree of all settings.
func schema() *node { return nodeOf(reflect.TypeFor[Config](), nil, "") }

func nodeOf(typ reflect.Type, path []string, tag reflect.StructTag) *node {
	n := &node{path: path, typ: typ, one: strings.Fields(tag.Get("one")),
		empty: tag.Get("empty") == "yes", secret: tag.Get("secret")}
	switch {
	case typ.Kind() == reflect.Map:
		n.each = nodeOf(typ.Elem(), append(slices.Clone(path), "*"), "")
	case typ.Kind() == reflect.Struct && typ != reflect.TypeFor[Rate]():
		for field := range typ.Fields() {
			name := field.Tag.Get("toml")
			n.children = append(n.children, nodeOf(field.Type, append(slices.Clone(path), name), field.Tag))
		}
	}
	return n
}

func (n *node) name() string    { return strings.Join(n.path, ".") }
func (n *node) isSection() bool { return n.children != nil || n.each != nil }

// last is the part of the name that stands on the line of the setting.
func (n *node) last() string { return n.path[len(n.path)-1] }

func (n *node) child(name string) *node {
	if n.each != nil {
		return n.each
	}
	for _, c := range n.children {
		if c.last() == name {
			return c
		}
	}
	return nil
}

// find follows path as far as it is known and returns the last known node and
// how many names led to it.
func (n *node) find(path []string) (found *node, known int) {
	for i, name := range path {
		next := n.child(name)
		if next == nil {
			return n, i
		}
		n = next
	}
	return n, len(path)
}

// leaves returns all settings below n, without those of chosen names.
func (n *node) leaves() []*node {
	if !n.isSection() {
		return []*node{n}
	}
	var all []*node
	for _, c := range n.children {
		all = append(all, c.leaves()...)
	}
	return all
}

// change calls set with the field that path leads to. Maps hold values, so an
// element is taken out, changed and put back; a missing one begins empty.
func change(root reflect.Value, n *node, path []string, set func(reflect.Value)) {
	if len(path) == 0 {
		set(root)
		return
	}
	if n.each != nil {
		if root.IsNil() {
			root.Set(reflect.MakeMap(root.Type()))
		}
		key, element := reflect.ValueOf(path[0]), reflect.New(root.Type().Elem()).Elem()
		if old := root.MapIndex(key); old.IsValid() {
			element.Set(old)
		}
		change(element, n.each, path[1:], set)
		root.SetMapIndex(key, element)
		return
	}
	for i, c := range n.children {
		if c.last() == path[0] {
			change(root.Field(i), c, path[1:], set)
			return
		}
	}
}

// visit calls see for every setting of the configuration in the order of the
// struct, chosen names sorted. element is the name of the map element that the
// setting belongs to ("oauth.github"), or "".
func visit(root reflect.Value, n *node, path []string, element string, see func(name, element string, n *node, v reflect.Value)) {
	switch {
	case n.each != nil:
		keys := root.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, key := range keys {
			inner := append(slices.Clone(path), key.String())
			visit(root.MapIndex(key), n.each, inner, strings.Join(inner, "."), see)
		}
	case n.children != nil:
		for i, c := range n.children {
			visit(root.Field(i), c, append(slices.Clone(path), c.last()), element, see)
		}
	default:
		see(strings.Join(path, "."), element, n, root)
	}
}

// walk visits every setting of c; n is the root of the schema.
func (n *node) walk(c Config, see func(name, element string, n *node, v reflect.Value)) {
	visit(reflect.ValueOf(c), n, nil, "", see)
}
