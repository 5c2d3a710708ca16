package config

import "strings"

// absence is a feature that this version does not have.
type absence struct {
	setting string // or the section that it is
	value   string // refused is this value alone; empty: all but the default
	missing string
}

// absences is the one list of settings that are known but would do nothing.
// They are refused rather than ignored: who writes one relies on it. A row
// goes away with the change that brings the feature.
func absences() []absence {
	return []absence{
		{"session.kind", "tokens", "access and refresh tokens"},
		{"tokens", "", "access and refresh tokens"},
		{"signup.require_verified_email", "on", "mail"},
		{"mail", "", "mail"},
		{"links", "", "mailed links and codes"},
		{"login.email_code", "", "mailed codes"},
		{"login", "", "session limits, approvals and second steps of a login"},
		{"organization", "", "organizations"},
		{"extension", "", "extension tokens"},
		{"oauth", "", "sign-in through other providers"},
		{"upstream", "", "upstream platform sessions"},
	}
}

func checkUnavailable(c *checker) {
	rows, told := absences(), map[string]bool{}
	for _, name := range c.names {
		row, found := absenceOf(rows, name, c.values[name].String())
		if !found || !c.fine(name) {
			continue
		}
		// All of one [oauth.NAME] is one decision of whoever wrote it.
		what := name
		if c.element[name] != "" {
			what = c.element[name]
		} else if c.isDefault(name) {
			continue
		}
		c.broken[name] = true
		if told[what] {
			continue
		}
		told[what] = true
		c.tellAbsent(what, name, row.missing)
	}
}

func (c *checker) tellAbsent(what, name, missing string) {
	where, fix := what, c.removal(name)
	if what != name {
		where, fix = c.firstGiven(append([]string{what}, c.below(what)...)...), "remove the section"
	}
	c.add(finding{code: "config.invalid_value", setting: what, where: where, fix: fix,
		message: "`" + what + "` cannot be used yet", cause: "this version has no " + missing + " yet"})
}

// below returns the settings of one map element.
func (c *checker) below(element string) []string {
	var names []string
	for _, name := range c.names {
		if c.element[name] == element {
			names = append(names, name)
		}
	}
	return names
}

func absenceOf(rows []absence, setting, value string) (absence, bool) {
	for _, row := range rows {
		covers := setting == row.setting || strings.HasPrefix(setting, row.setting+".")
		if covers && (row.value == "" || row.value == value) {
			return row, true
		}
	}
	return absence{}, false
}
