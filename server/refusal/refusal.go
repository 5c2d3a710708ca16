// Package refusal owns the catalogue of everything that this server refuses or
// warns about: one code, one status, one title, the cause, what each person can do
// about it, whether trying again helps, and who may be told. It also owns the one
// error type that carries such a refusal through the domain to the edge.
//
// It is a leaf: the standard library only. It must not know about HTTP (the status
// is a column that server/refuse.go alone reads), must not write logs, and must not
// hold anything about one request: what is special about one refusal lies in the
// Error that was made for it.
//
// The texts are written for a stranger. An entry says what everyone may hear; it
// never tells whether an account exists. What only an operator may hear belongs in
// Error.Private, which is kept under the request id and never sent.
package refusal

import (
	"slices"
	"strings"
	"sync"
)

// Code names a refusal or a finding: `area.reason`, lower case, never renamed.
type Code string

// Area is the part before the dot: "session" of "session.none".
func (c Code) Area() string {
	area, _, _ := strings.Cut(string(c), ".")
	return area
}

// Fix is one thing that one kind of person can do about a refusal.
type Fix struct {
	Who  string // "user", "developer" or "admin"
	Text string // a sentence that person can follow
	Cmd  string // a command or a line of config, ready to copy; "" when there is none
}

// Entry is what the catalogue knows about a code.
type Entry struct {
	Code     Code
	Status   int    // HTTP status (RFC 9110); 0: a finding, which never refuses a request
	Title    string // a few words, without a full stop
	Cause    string // why this happens, in a sentence or two
	Fixes    []Fix
	Retry    string   // "none", "login", "refresh" or "wait": what a client does next by itself
	Audience string   // "anyone", "holder" (of the credential) or "admin": who may hear the particulars
	SeenBy   string   // who finds it: S server, C config, D doctor, B browser page, K client
	Since    string   // the version that first said it
	Likely   []string // for `ostiary explain`: the most likely causes, likeliest first
	See      []Code   // codes that are often confused with this one
	Words    []string // what the troubleshooting guides of other systems call it
}

// index is built at the first look-up and never changed: a server that refuses
// nothing pays nothing for it at start.
var index = sync.OnceValue(func() map[Code]Entry {
	all := make(map[Code]Entry, 160)
	for _, list := range catalogue() {
		for _, entry := range list {
			if entry.Since == "" {
				entry.Since = "0.1"
			}
			all[entry.Code] = entry
		}
	}
	return all
})

// Lookup finds what is known about a code. The slices of the entry are shared and
// must not be changed.
func Lookup(code Code) (Entry, bool) {
	entry, ok := index()[code]
	return entry, ok
}

// All lists the catalogue, sorted by code.
func All() []Entry {
	all := make([]Entry, 0, len(index()))
	for _, entry := range index() {
		all = append(all, entry)
	}
	slices.SortFunc(all, func(a, b Entry) int { return strings.Compare(string(a.Code), string(b.Code)) })
	return all
}
