package config

import (
	"fmt"
	"reflect"
	"strings"

	"ostiary/server/credential"
)

// Setting is one value and its origin, fit to be shown.
type Setting struct {
	Name   string `json:"name"`
	Value  string `json:"value"`  // of a secret: its fingerprint, "set" or "not set"
	Origin string `json:"origin"` // "default", "config.toml:3", "OSTIARY_LISTEN", "--listen"
	Secret bool   `json:"secret"`
}

// Settings lists every setting in the order of config.example.toml.
func (l Loaded) Settings() []Setting {
	var all []Setting
	schema().walk(l.Config, func(name, _ string, n *node, v reflect.Value) {
		s := Setting{Name: name, Origin: l.Origins[name].String(), Secret: n.secret != ""}
		if s.Secret {
			s.Value = discreet(name, n.secret, v.String())
		} else {
			s.Value = plain(v)
		}
		all = append(all, s)
	})
	return all
}

// discreet shows that a secret is there, and which one if it is a signing
// secret: the fingerprint is keyed by the setting, so that equal secrets in
// two places do not look equal. Of a password, which can be guessed, not even
// a hash is shown.
func discreet(name, kind, text string) string {
	switch {
	case text == "":
		return "not set"
	case kind == "key" && len(text) >= leastSecret:
		return "fingerprint " + credential.Fingerprint(name, []byte(text))
	}
	return "set"
}

func plain(v reflect.Value) string {
	if list, isList := v.Interface().([]string); isList {
		return strings.Join(list, ", ")
	}
	return fmt.Sprint(v.Interface())
}
