package refusal

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// declared reads the constants of type Code out of the package's own source.
func declared(t *testing.T) map[Code]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "codes.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	codes := map[Code]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		if kind, ok := spec.Type.(*ast.Ident); !ok || kind.Name != "Code" {
			t.Errorf("%s is not of type Code", spec.Names[0].Name)
		}
		if twice, ok := codes[Code(text)]; ok {
			t.Errorf("%s and %s are the same code", twice, spec.Names[0].Name)
		}
		codes[Code(text)] = spec.Names[0].Name
		return true
	})
	return codes
}

func TestConstantsAndCatalogueHoldTogether(t *testing.T) {
	codes := declared(t)
	if len(codes) < 100 {
		t.Fatalf("only %d constants found: the test reads the wrong file", len(codes))
	}
	seen := map[Code]bool{}
	for _, list := range catalogue() {
		for _, entry := range list {
			if seen[entry.Code] {
				t.Errorf("%s has two entries", entry.Code)
			}
			seen[entry.Code] = true
			if _, ok := codes[entry.Code]; !ok {
				t.Errorf("%s has an entry and no constant", entry.Code)
			}
		}
	}
	for code, name := range codes {
		if !seen[code] {
			t.Errorf("%s (%s) has no entry", name, code)
		}
	}
	if len(All()) != len(codes) {
		t.Errorf("All lists %d of %d", len(All()), len(codes))
	}
}

func TestConstantsAreNamedAfterTheirCode(t *testing.T) {
	for code, name := range declared(t) {
		letters := strings.NewReplacer(".", "", "_", "").Replace(string(code))
		if strings.ToLower(name) != letters {
			t.Errorf("%s is called %s", code, name)
		}
	}
}

func TestEveryEntryIsWhole(t *testing.T) {
	form := regexp.MustCompile(`^[a-z]+\.[a-z]+(_[a-z]+)*$`)
	for _, entry := range All() {
		t.Run(string(entry.Code), func(t *testing.T) {
			if !form.MatchString(string(entry.Code)) {
				t.Error("the code is not area.reason in lower case")
			}
			if entry.Status != 0 && (entry.Status < 400 || entry.Status > 503) {
				t.Errorf("status %d", entry.Status)
			}
			if entry.Title == "" || strings.HasSuffix(entry.Title, ".") {
				t.Errorf("title %q: a few words without a full stop", entry.Title)
			}
			if !strings.HasSuffix(entry.Cause, ".") {
				t.Errorf("cause %q: whole sentences", entry.Cause)
			}
			oneOf(t, "retry", entry.Retry, "none", "login", "refresh", "wait")
			oneOf(t, "audience", entry.Audience, "anyone", "holder", "admin")
			oneOf(t, "since", entry.Since, "0.1")
			for _, who := range strings.Fields(entry.SeenBy) {
				oneOf(t, "seen by", who, "S", "C", "D", "B", "K")
			}
			if entry.SeenBy == "" || len(entry.Likely) == 0 || len(entry.Words) == 0 {
				t.Error("nobody sees it, or explain has nothing to say about it")
			}
			fixesAreWhole(t, entry)
		})
	}
}

func fixesAreWhole(t *testing.T, entry Entry) {
	if len(entry.Fixes) == 0 {
		t.Error("nobody can do anything about it")
	}
	for _, fix := range entry.Fixes {
		oneOf(t, "who", fix.Who, "user", "developer", "admin")
		if !strings.HasSuffix(fix.Text, ".") {
			t.Errorf("fix %q: whole sentences", fix.Text)
		}
	}
	// A person who is refused by a page must find a line that speaks to them, unless
	// only administrators or programs can ever meet the code.
	if entry.Status != 0 && entry.Code.Area() != "user" && entry.Code != SiteThirdParty &&
		entry.Code != CORSLoopbackAlias && entry.Code != RequestUnknownField && entry.Code != RequestDuplicateField &&
		entry.Code != URLPathMismatch &&
		!slices.ContainsFunc(entry.Fixes, func(f Fix) bool { return f.Who == "user" }) {
		t.Error("nothing for the person in front of the screen")
	}
}

func oneOf(t *testing.T, what, got string, allowed ...string) {
	t.Helper()
	if !slices.Contains(allowed, got) {
		t.Errorf("%s %q is none of %v", what, got, allowed)
	}
}

func TestSeeAndWords(t *testing.T) {
	owner := map[string]Code{}
	for _, entry := range All() {
		for _, other := range entry.See {
			if _, ok := Lookup(other); !ok || other == entry.Code {
				t.Errorf("%s: see %s leads nowhere", entry.Code, other)
			}
		}
		for _, words := range entry.Words {
			if plain(words) == "" || strings.ToLower(words) != words {
				t.Errorf("%s: words %q", entry.Code, words)
			}
			if first, ok := owner[plain(words)]; ok {
				t.Errorf("%q leads to %s and to %s", words, first, entry.Code)
			}
			owner[plain(words)] = entry.Code
		}
	}
	for _, failure := range impossible() {
		for _, words := range failure.Words {
			if code, ok := owner[plain(words)]; ok {
				t.Errorf("%q cannot happen and is %s", words, code)
			}
		}
	}
}

// The statuses that failures.md promises, for codes whose status clients act upon.
func TestStatuses(t *testing.T) {
	for code, status := range map[Code]int{
		URLPathMismatch: 404, URLHostMismatch: 0, CookieSecureOverHTTP: 0, ProxyUntrusted: 0,
		DBLocked: 503, DBInUse: 503, DBUnavailable: 503, ConfigMalformed: 0,
		SessionNone: 401, SessionRevoked: 401, SessionCookieDuplicate: 0, SessionRenewalNotStored: 0,
		CredentialConflict: 401, CredentialNotAllowed: 403, CookieBlockedCrossSite: 401, SiteEmbedded: 401,
		CSRFExpired: 403, CSRFOriginMismatch: 403, CORSOriginNotAllowed: 403, CORSLoopbackAlias: 403,
		CORSHeaderNotAllowed: 0, RedirectNotAllowed: 400,
		LoginInvalidCredentials: 401, RateIP: 429, RateRoute: 429, SignupDisabled: 403, SignupEmailTaken: 409,
		PasswordCommon: 422, AccountWrongPassword: 403, AccountEmailUnverified: 403, SessionNotFresh: 403,
		LinkExpired: 410, LinkUsed: 410, LinkSuperseded: 410, LinkUnknown: 404, LinkMalformed: 400,
		AuthzNoMembership: 403, OrganizationUnknown: 404, UserUnknown: 404, UserDeleted: 410, UserDisabled: 409, UserLastAdmin: 409,
		RequestMalformed: 400, RequestInvalid: 422, RequestUnsupportedType: 415, RequestTooLarge: 413, RequestURITooLong: 414,
		RequestHeaderTooBig: 431, RequestTimeout: 408, RequestBadFraming: 400, RequestNotFound: 404, RequestMethodNotAllowed: 405,
		RequestUnknownID: 404, RequestRequired: 422, ServerBusy: 503, ServerStopping: 503, ServerInternal: 500,
	} {
		if entry, _ := Lookup(code); entry.Status != status {
			t.Errorf("%s is %d, not %d", code, entry.Status, status)
		}
	}
	for _, entry := range All() {
		if waits := entry.Status == 429 || entry.Status == 503; waits && entry.Retry != "wait" {
			t.Errorf("%s sends Retry-After and says retry %q", entry.Code, entry.Retry)
		}
	}
}

// What a stranger reads must not tell whether an account exists.
func TestLoginTextsTellNothing(t *testing.T) {
	entry, _ := Lookup(LoginInvalidCredentials)
	for _, f := range entry.Fixes {
		if f.Who == "user" && regexp.MustCompile(`(?i)disabled|deleted|unknown|no account|not exist`).MatchString(f.Text) {
			t.Errorf("%q tells accounts apart", f.Text)
		}
	}
	if entry.Audience != "admin" {
		t.Errorf("the reason of a failed login is for %s", entry.Audience)
	}
}
