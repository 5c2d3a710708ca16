package config

import (
	"fmt"
	"reflect"
	"strings"
)

// Validate checks the values of a configuration, one by one and together.
// Load calls it; a Loaded made by hand is checked too, without places.
func Validate(l Loaded) Problems {
	c := newChecker(l)
	for _, check := range checks() {
		check(c)
	}
	return c.found.printable().sorted()
}

// checks are in the order in which problems are told. A check that judges one
// setting comes before those that judge several: a setting that was found
// wrong is not judged again.
func checks() []func(*checker) {
	return []func(*checker){
		checkUnavailable,
		checkBounds, checkRates, checkData,
		checkListen, checkPublicURL, checkOrigins, checkProxies,
		checkCookiePrefix, checkCookieDomain, checkOlderDomains, checkCookieSecure,
		checkSession, checkTokens, checkPassword, checkOnSignup,
		checkStrength, checkReuse, checkPermissions,
		checkExposure, checkThirdParties,
		warnLifetimes, warnNobodyGetsOne, noteSignup,
	}
}

// checker collects what is wrong with one configuration.
type checker struct {
	Config
	origins map[string]Origin
	places  map[string]place
	broken  map[string]bool
	initial map[string]string // the defaults, as TOML
	values  map[string]reflect.Value
	nodes   map[string]*node
	names   []string // of all settings, in order
	element map[string]string
	found   Problems
}

func newChecker(l Loaded) *checker {
	c := &checker{Config: l.Config, origins: l.Origins, places: l.places, broken: map[string]bool{},
		initial: map[string]string{}, values: map[string]reflect.Value{}, nodes: map[string]*node{}, element: map[string]string{}}
	for name := range l.broken {
		c.broken[name] = true
	}
	root := schema()
	root.walk(Default(), func(name, _ string, _ *node, v reflect.Value) { c.initial[name] = formatTOML(v) })
	root.walk(l.Config, func(name, element string, n *node, v reflect.Value) {
		c.names = append(c.names, name)
		c.values[name], c.nodes[name], c.element[name] = v, n, element
	})
	return c
}

// finding is a Problem in the making; error is its severity unless it says otherwise.
type finding struct {
	code, setting string
	severity      string
	where         string // the setting that is shown, if it is not the one that is meant
	item          int    // which element of a list, from 1
	label         string // beside the carets; the effect if empty
	message       string
	cause         string
	effect        string
	fix           string
}

func (c *checker) add(f finding) {
	p := Problem{Code: f.code, Severity: f.severity, Message: f.message, Setting: f.setting,
		Cause: f.cause, Effect: f.effect, Fix: f.fix}
	if p.Severity == "" {
		p.Severity = Error
		c.broken[f.setting] = true
	}
	if len(c.found) >= enough {
		return
	}
	if f.label == "" {
		f.label = f.effect
	}
	if f.where == "" {
		f.where = f.setting
	}
	if at, written := c.places[f.where]; written {
		at.fill(&p, f.item, f.label)
	}
	c.found = append(c.found, p)
}

// invalid is the finding for a value that is wrong in itself.
func (c *checker) invalid(setting, message, cause, fix string) {
	c.add(finding{code: "config.invalid_value", setting: setting, message: message, cause: cause, fix: fix})
}

// fine reports whether all of the settings are known and have no problem yet.
func (c *checker) fine(settings ...string) bool {
	for _, name := range settings {
		if c.broken[name] {
			return false
		}
	}
	return true
}

// given reports whether somebody wrote the setting, or set it in a Config made by hand.
func (c *checker) given(setting string) bool {
	if _, written := c.origins[setting]; written {
		return true
	}
	return !c.isDefault(setting)
}

func (c *checker) isDefault(setting string) bool {
	return c.initial[setting] == formatTOML(c.values[setting])
}

// firstGiven returns the first of the settings that somebody wrote, else the
// first: a problem of two values is shown where one of them can be changed.
func (c *checker) firstGiven(settings ...string) string {
	for _, name := range settings {
		if _, written := c.places[name]; written {
			return name
		}
	}
	return settings[0]
}

// rewrite shows how a setting is to be written where it was written.
// A long list is cut: what is wrong in it has its carets.
func (c *checker) rewrite(setting string, value any) string {
	text := formatTOML(reflect.ValueOf(value))
	bareText := fmt.Sprint(value)
	if list, isList := value.([]string); isList {
		bareText = strings.Join(list, ",")
	}
	if len(text) > longestLine {
		text, bareText = text[:strings.LastIndexByte(text[:longestLine], ',')+1]+" …]", "…"
	}
	switch origin := c.origins[setting]; origin.Kind {
	case FromEnvironment:
		return origin.Name + "=" + bareText
	case FromFlag:
		return origin.Name + " " + bareText
	}
	return setting[strings.LastIndexByte(setting, '.')+1:] + " = " + text
}

// removal says how to get rid of a setting where it was written.
func (c *checker) removal(setting string) string {
	switch origin := c.origins[setting]; origin.Kind {
	case FromEnvironment:
		return "unset " + origin.Name
	case FromFlag:
		return "leave " + origin.Name + " away"
	}
	return "remove the line"
}
