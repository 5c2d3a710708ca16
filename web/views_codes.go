package web

import (
	"slices"

	"ostiary/server/refusal"
)

// CodesPage is the index of everything that this server can say: GET /e with q.
type CodesPage struct {
	Frame
	Query string
	Found []refusal.Entry // what the query leads to
	Note  string          // why what was asked for cannot happen here
	Areas []Area
}

// Area is a group of codes.
type Area struct {
	Name, Title, Text string
	Entries           []refusal.Entry
}

// FindCodes is the index, with what a query leads to: a code, an area or words of a
// message.
func FindCodes(query string) CodesPage {
	page := CodesPage{Query: query, Areas: areas()}
	near := refusal.Nearest(query)
	if failure, ok := refusal.CannotHappen(query); ok {
		page.Note = failure.Why
		near = append(slices.Clone(failure.See), near...)
	}
	page.Found = known(near)
	return page
}

func known(codes []refusal.Code) []refusal.Entry {
	var entries []refusal.Entry
	for _, code := range codes {
		if entry, ok := refusal.Lookup(code); ok {
			entries = append(entries, entry)
		}
	}
	return entries
}

// CodePage explains one code.
type CodePage struct {
	Frame
	Entry refusal.Entry
	See   []refusal.Entry
}

// ExplainCode is the page of a code; false: there is no such code.
func ExplainCode(code refusal.Code) (CodePage, bool) {
	entry, ok := refusal.Lookup(code)
	if !ok {
		return CodePage{}, false
	}
	return CodePage{Entry: entry, See: known(entry.See)}, true
}

// ForUser lists what the person in front of the screen can do.
func (p CodePage) ForUser() []refusal.Fix { return only(p.Entry.Fixes, "user") }

// ForDeveloper lists what who wrote the calling program can do.
func (p CodePage) ForDeveloper() []refusal.Fix { return only(p.Entry.Fixes, "developer") }

// ForAdmin lists what who runs this server can do.
func (p CodePage) ForAdmin() []refusal.Fix { return only(p.Entry.Fixes, "admin") }

// Next says in words what a client does next by itself.
func (p CodePage) Next() string {
	switch p.Entry.Retry {
	case "login":
		return "Sign in, then repeat the request."
	case "refresh":
		return "Renew the token, then repeat the request."
	case "wait":
		return "Wait as long as Retry-After says, then repeat the request."
	}
	return "Nothing: the same request would meet the same answer."
}

// areas groups the catalogue. Areas come in the order in which people need them; one
// that the list does not name yet comes last under its own name.
func areas() []Area {
	list := titles()
	for _, entry := range refusal.All() {
		name := entry.Code.Area()
		at := slices.IndexFunc(list, func(a Area) bool { return a.Name == name })
		if at < 0 {
			at = len(list)
			list = append(list, Area{Name: name, Title: name})
		}
		list[at].Entries = append(list[at].Entries, entry)
	}
	return slices.DeleteFunc(list, func(a Area) bool { return len(a.Entries) == 0 })
}

func titles() []Area {
	return []Area{
		{Name: "login", Title: "Signing in", Text: "An address and a password that do not open the door."},
		{Name: "session", Title: "Sessions", Text: "Not signed in, no longer signed in, or not recognised."},
		{Name: "signup", Title: "Signing up", Text: "Making an account of one's own."},
		{Name: "password", Title: "Passwords", Text: "What a new password must be like."},
		{Name: "account", Title: "Your account", Text: "Changes to it, and proofs of who you are."},
		{Name: "link", Title: "Links", Text: "Links that work once and for a limited time."},
		{Name: "rate", Title: "Limits", Text: "Too much at once. Waiting helps."},
		{Name: "authz", Title: "Permissions", Text: "Known, but not allowed."},
		{Name: "organization", Title: "Organizations", Text: "Groups that people belong to."},
		{Name: "user", Title: "People", Text: "What administrators hear about accounts."},
		{Name: "credential", Title: "Credentials", Text: "Tokens and cookies that do not fit."},
		{Name: "cookie", Title: "Cookies", Text: "Why a browser keeps a cookie to itself."},
		{Name: "site", Title: "Sites", Text: "Pages that stand on another site."},
		{Name: "csrf", Title: "Forged requests", Text: "Proof that a request comes from the visitor's own page."},
		{Name: "cors", Title: "Other origins", Text: "Which pages may call from a browser."},
		{Name: "redirect", Title: "Redirects", Text: "Where people may be sent afterwards."},
		{Name: "request", Title: "Requests", Text: "What was sent could not be used."},
		{Name: "server", Title: "This server", Text: "Busy, stopping, or at fault."},
		{Name: "db", Title: "The database", Text: "The data folder and the disk below it."},
		{Name: "proxy", Title: "Proxies", Text: "What stands in front of this server."},
		{Name: "url", Title: "The public address", Text: "The address that people use, and the one that is configured."},
		{Name: "listen", Title: "Listening", Text: "Addresses and ports at start."},
		{Name: "config", Title: "Configuration", Text: "Found before the server starts."},
		{Name: "secret", Title: "Secrets", Text: "Keys that this server signs with."},
		{Name: "preauth", Title: "Finishing a sign-in", Text: "The time between two steps."},
		{Name: "extension", Title: "Extensions", Text: "Tokens for extensions."},
	}
}
