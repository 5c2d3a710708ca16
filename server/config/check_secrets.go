package config

import (
	"fmt"
	"slices"
	"strings"

	"ostiary/server/credential"
)

// leastSecret is how many bytes a secret of ours has, at least.
const leastSecret = 32

// checkStrength refuses secrets that somebody typed. Whoever guesses one signs
// or reads in the server's name, so a short one is no matter of taste.
func checkStrength(c *checker) {
	for _, name := range c.secrets() {
		if c.nodes[name].secret != "key" || !c.fine(name) {
			continue
		}
		if cause := weakness(name, c.values[name].String()); cause != "" {
			c.add(finding{code: "secret.weak", setting: name, message: "`" + name + "` is too weak",
				cause: cause, effect: "it can be guessed", fix: strengthen(name)})
		}
	}
}

// secrets returns the secrets that are set, in the order of the file.
func (c *checker) secrets() []string {
	var names []string
	for _, name := range c.names {
		if c.nodes[name].secret != "" && c.values[name].String() != "" {
			names = append(names, name)
		}
	}
	slices.SortStableFunc(names, func(a, b string) int { return c.origins[a].Line - c.origins[b].Line })
	return names
}

func strengthen(name string) string {
	if name == "secret.key" {
		return "remove it, and a strong one is made in the data folder; or: openssl rand -base64 32 | tr '+/' '-_' | tr -d '='"
	}
	return "openssl rand -base64 32"
}

// weakness tells why a secret is weak, without repeating any of it; "" if it is not.
func weakness(name, text string) string {
	if name == "secret.key" {
		if _, err := credential.ParseMaster(text); err != nil {
			return strings.TrimPrefix(err.Error(), credential.ErrWeak.Error()+": ")
		}
	}
	if len(text) < leastSecret {
		return fmt.Sprintf("it has %d characters where 32 random bytes are needed", len(text))
	}
	if n := randomBytes(text); name != "metrics.token" && n < leastSecret {
		return fmt.Sprintf("it holds %d bytes at most where 32 random ones are needed", n)
	}
	return obvious(text)
}

// randomBytes is how many random bytes the text can stand for, judged by its
// alphabet: two hex digits or four thirds of a base64 character make a byte.
func randomBytes(text string) int {
	const base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"
	plain := strings.TrimRight(text, "=")
	switch {
	case strings.Trim(strings.ToLower(plain), "0123456789abcdef") == "":
		return len(plain) / 2
	case strings.Trim(plain, base64) == "":
		return len(plain) * 3 / 4
	}
	return len(text)
}

// obvious finds what no random text has: the words of examples, few different
// characters, repetition, and runs of the alphabet.
func obvious(text string) string {
	lower := strings.ToLower(text)
	for _, word := range []string{"secret", "changeme", "change-me", "change_me", "password", "example", "ostiary", "insecure", "default"} {
		if strings.Contains(lower, word) {
			return "it contains a word that examples are made of"
		}
	}
	seen := map[byte]bool{}
	steps := 0
	for i := range len(text) {
		seen[text[i]] = true
		if i > 0 && text[i] == text[i-1]+1 {
			steps++
		}
	}
	switch {
	case len(seen) < 10:
		return fmt.Sprintf("it has only %d different characters", len(seen))
	case steps > len(text)/2:
		return "it is a run of the alphabet"
	case strings.Contains((text + text)[1:2*len(text)-1], text):
		return "it repeats itself"
	}
	return ""
}

// checkReuse refuses one secret for two purposes: what leaks in one place opens
// the other.
func checkReuse(c *checker) {
	first := map[string]string{}
	for _, name := range c.secrets() {
		text := c.values[name].String()
		if !c.fine(name) {
			continue
		}
		if other, again := first[text]; again {
			c.add(finding{code: "secret.reused", setting: name,
				message: fmt.Sprintf("`%s` is the same secret as `%s`", name, other),
				effect:  "what leaks in one place opens the other",
				fix:     "give each its own: openssl rand -base64 32"})
			continue
		}
		first[text] = name
	}
}

// checkPermissions warns of files with secrets that others can read or write,
// once a file.
func checkPermissions(c *checker) {
	told := map[string]bool{}
	for _, name := range c.secrets() {
		at := c.places[name]
		if at.path == "" || at.mode.Perm()&0o007 == 0 || told[at.path] {
			continue
		}
		told[at.path] = true
		c.add(finding{code: "secret.permissions", severity: Warning, setting: name,
			message: at.path + " holds a secret and is open to other users of this machine",
			cause:   fmt.Sprintf("its mode is %04o", at.mode.Perm()),
			effect:  "others can read it",
			fix:     "chmod 600 " + at.path})
	}
}
