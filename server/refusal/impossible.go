package refusal

import "strings"

// Impossible is a failure of other systems that this one is built not to have.
// People look for its words all the same, and are told why it is not the cause.
type Impossible struct {
	Words []string // as other systems' guides put it
	Why   string   // what makes it impossible here
	See   []Code   // what it may be instead
}

// CannotHappen finds the failure that the text speaks of, when it is one that cannot
// happen here.
func CannotHappen(text string) (Impossible, bool) {
	asked := plain(text)
	for _, failure := range impossible() {
		for _, phrase := range failure.Words {
			if strings.Contains(" "+asked+" ", " "+plain(phrase)+" ") {
				return failure, true
			}
		}
	}
	return Impossible{}, false
}

func impossible() []Impossible {
	return []Impossible{
		{
			Words: []string{"redis", "memcached", "session store down"},
			Why:   "There is no Redis and no other session store: sessions lie in the SQLite database of the data folder.",
			See:   []Code{DBUnavailable, SessionUnknown},
		},
		{
			Words: []string{"login does not set a cookie", "cookie not set after login", "forgot to set cookie"},
			Why:   "A session and its cookie are made by one function, so a login cannot have one without the other.",
			See:   []Code{CookieSecureOverHTTP, SessionCookieMissing, SessionRenewalNotStored},
		},
		{
			Words: []string{"referenceid", "reference_id is null", "api key without owner"},
			Why:   "A key cannot be stored without its owner: the column is NOT NULL.",
		},
		{
			Words: []string{"two tokens in cookie", "500 on two tokens", "adaptor duplicates cookies"},
			Why:   "Several cookies of one name are resolved, never a server error, and the adaptor that duplicated them is not used.",
			See:   []Code{SessionCookieDuplicate},
		},
		{
			Words: []string{"middleware order", "interceptor order", "wrong middleware", "listener error", "wrong recipe", "recipe import"},
			Why:   "One table in the server lists every route with its guard; there is no order to get wrong and nothing to import.",
			See:   []Code{SessionNone, CredentialNotAllowed},
		},
		{
			Words: []string{"stale permissions", "permissions not updated", "permission cache"},
			Why:   "Rights are read at every request: the one after a change already has it.",
			See:   []Code{AuthzMissingPermission},
		},
		{
			Words: []string{"missing code verifier", "code verifier cookie", "code verifier lost"},
			Why:   "The code verifier lies in the server's own row for the flow, not in a cookie.",
		},
	}
}
