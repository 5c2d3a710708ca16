package refusal

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestErrorCarriesEverything(t *testing.T) {
	err := New(RateAccount).Say("said").Because("why").Fix(user("do this")).With("limit", 5).With("left", 0).
		At("/email", RequestRequired, "needed").Wait(time.Minute).Privately("by %s", "ada").Wrap(fs.ErrNotExist)
	wrapped := fmt.Errorf("login: %w", err)
	if !Is(wrapped, RateAccount) || Is(wrapped, RateIP) || Is(nil, RateIP) || Is(fs.ErrNotExist, RateIP) {
		t.Error("Is does not tell codes apart")
	}
	if !errors.Is(wrapped, fs.ErrNotExist) {
		t.Error("the error underneath is lost")
	}
	if err.Context["limit"] != 5 || err.Context["left"] != 0 || err.RetryAfter != time.Minute || err.Cause != "why" {
		t.Errorf("lost something: %+v", err)
	}
	if want := (Field{"/email", RequestRequired, "needed"}); !slices.Equal(err.Fields, []Field{want}) {
		t.Errorf("fields %v", err.Fields)
	}
	for _, part := range []string{"rate.account", "said", "by ada", fs.ErrNotExist.Error()} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the log misses %q in %q", part, err)
		}
	}
	if err.Entry().Status != 429 {
		t.Errorf("status %d", err.Entry().Status)
	}
}

// A code that nobody wrote an entry for must be loud, not a 0 status or a panic.
func TestUnknownCodeIsOurBug(t *testing.T) {
	if entry := New("no.such").Entry(); entry.Code != ServerInternal || entry.Status != 500 {
		t.Errorf("unknown code is answered as %s %d", entry.Code, entry.Status)
	}
	if _, ok := Lookup("no.such"); ok {
		t.Error("found what is not there")
	}
}

func TestAllIsSorted(t *testing.T) {
	if !slices.IsSortedFunc(All(), func(a, b Entry) int { return strings.Compare(string(a.Code), string(b.Code)) }) {
		t.Error("All is not sorted by code")
	}
}

func TestNearest(t *testing.T) {
	for text, want := range map[string]Code{
		"session.none":                              SessionNone,
		" Session.None ":                            SessionNone,
		"session.nome":                              SessionNone,
		"credentials_omited":                        SessionCredentialsOmitted,
		"sesion.revokd":                             SessionRevoked,
		"Missing permission: invoices:write":        AuthzMissingPermission,
		"CSRF token mismatch":                       CSRFMismatch,
		"Invalid session":                           SessionUnknown,
		"Error: Invalid session (401)":              SessionUnknown,
		"User has no organization":                  AuthzNoMembership,
		"tenant not found":                          OrganizationUnknown,
		"bind: address already in use":              ListenPortInUse,
		"SQLITE_BUSY: database is locked":           DBLocked,
		"write /x: no space left on device":         DBDiskFull,
		"has been blocked by CORS policy: ...":      CORSOriginNotAllowed,
		"User does not have access to organization": OrganizationUnknown,
	} {
		if got := Nearest(text); len(got) == 0 || got[0] != want {
			t.Errorf("%q leads to %v, not %s", text, got, want)
		}
	}
	if got := Nearest("link"); len(got) != 5 || got[0].Area() != "link" {
		t.Errorf("an area lists %v", got)
	}
	for _, text := range []string{"", "  ", "…", "xyzzy plugh", strings.Repeat("ß", 100_000)} {
		if got := Nearest(text); got != nil {
			t.Errorf("%.20q leads to %v", text, got)
		}
	}
}

func TestCannotHappen(t *testing.T) {
	if failure, ok := CannotHappen("Is Redis down or flushed?"); !ok || !strings.Contains(failure.Why, "no Redis") {
		t.Errorf("Redis: %v %v", failure, ok)
	}
	if _, ok := CannotHappen("session revoked"); ok {
		t.Error("what does happen is said not to")
	}
	for _, failure := range impossible() {
		for _, code := range failure.See {
			if _, ok := Lookup(code); !ok {
				t.Errorf("%s leads nowhere", code)
			}
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"abc", "abc", 0}, {"abc", "", 3}, {"kitten", "sitting", 3}, {"samesite", "same_site", 1}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("%q to %q is %d, not %d", c.a, c.b, got, c.want)
		}
	}
}

func FuzzNearest(f *testing.F) {
	f.Add("session.none")
	f.Add("\x00\xff")
	f.Fuzz(func(t *testing.T, text string) {
		for _, code := range Nearest(text) {
			if _, ok := Lookup(code); !ok {
				t.Errorf("%q leads to %q, which is none", text, code)
			}
		}
	})
}

func BenchmarkLookup(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := Lookup(SessionNone); !ok {
			b.Fatal("lost")
		}
	}
}
