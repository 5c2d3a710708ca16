package refusal

// credentialEntries are about a request that brought no credential, or one that
// could not be used before its session was even looked at.
func credentialEntries() []Entry {
	signIn := user("Sign in, then try again.")
	return []Entry{
		{
			Code: SessionNone, Status: 401, Title: "Not signed in",
			Cause: "The request carried no credential: no session cookie and no Authorization header.",
			Fixes: []Fix{signIn, developer("Send the session cookie, or the token in a header.", `curl -H "Authorization: Bearer $TOKEN" URL`)},
			Retry: "login", Audience: "anyone", SeenBy: "S",
			Likely: []string{"a first visit", "a program that does not keep cookies", "a header that a proxy removed"},
			See:    []Code{SessionCookieMissing, SessionCredentialsOmitted, CookieBlockedCrossSite},
			Words:  []string{"not authenticated", "unauthenticated", "unauthorized", "no session", "authentication required", "missing authorization header"},
		},
		{
			Code: SessionCookieMissing, Status: 401, Title: "The session cookie did not come along",
			Cause: "This browser has been here before and brought another of our cookies, but not the session's.",
			Fixes: []Fix{
				signIn,
				user("If it happens each time, allow cookies for this site, and tick \"Stay signed in\"."),
				developer("In a native app, keep the token yourself and send it in a header: sign in with X-Auth-Mode: header."),
			},
			Retry: "login", Audience: "anyone", SeenBy: "S B",
			Likely: []string{"the browser was closed and \"Stay signed in\" was off", "cookies were cleared", "an extension or a setting blocks them", "a native client's own cookie store"},
			See:    []Code{SessionNone, SessionCredentialsOmitted, CookieSecureOverHTTP, SessionCookieDuplicate},
			Words:  []string{"session cookie missing", "cookie not sent", "logged out after closing the browser"},
		},
		{
			Code: SessionCredentialsOmitted, Status: 401, Title: "The call did not include cookies",
			Cause: "A page of another origin on the same site called without any cookie. fetch leaves cookies out between origins unless it is told to include them.",
			Fixes: []Fix{
				user("Nothing you can change: tell the makers of the app, with the request id."),
				developer("Ask for them in each call to this server.", `fetch(url, {credentials: "include"})`),
			},
			Retry: "none", Audience: "anyone", SeenBy: "S K",
			Likely: []string{"fetch without credentials: \"include\"", "axios without withCredentials: true", "a generated client that says \"same-origin\""},
			See:    []Code{CookieBlockedCrossSite, CORSOriginNotAllowed, SessionNone},
			Words:  []string{"withcredentials", "credentials include", "fetch without credentials", "credentials omitted"},
		},
		{
			Code: SessionCookieMalformed, Status: 401, Title: "The credential is damaged",
			Cause: "What came is not a credential of this server: it is too short, too long, or holds characters that ours never have. It was refused without being looked up.",
			Fixes: []Fix{
				user("Sign in again."),
				developer("Send the token whole and unchanged, without quotes, line breaks or encoding."),
			},
			Retry: "login", Audience: "holder", SeenBy: "S",
			Likely: []string{"the token was cut when it was copied or stored", "quotes or a line break around it", "a cookie of another program with the same name", "a tampered cookie"},
			See:    []Code{SessionUnknown, CredentialOtherInstance},
			Words:  []string{"malformed token", "malformed session", "tampered cookie", "truncated token", "invalid token format"},
		},
		{
			Code: CredentialOtherInstance, Status: 401, Title: "The credential belongs to another server",
			Cause: "It was issued by another installation: the tag inside it is not the one of this server.",
			Fixes: []Fix{
				user("Sign in here."),
				developer("Use the address and the token of the same environment."),
				admin("Environments that share a host need cookie names of their own.", `prefix = "ostiary_staging"`),
			},
			Retry: "login", Audience: "holder", SeenBy: "S",
			Likely: []string{"a token of staging sent to production, or the other way", "the data folder was made anew", "two environments on one host share the cookie name"},
			See:    []Code{SessionUnknown, CookieNameModeMismatch},
			Words:  []string{"wrong environment", "token of another environment", "staging token"},
		},
		{
			Code: CredentialConflict, Status: 401, Title: "Two credentials for different people",
			Cause: "The request brought more than one credential and they do not belong to the same person. To choose one would be to guess who is calling.",
			Fixes: []Fix{
				user("Sign out, close the other window, and sign in again."),
				developer("Send one credential. A program that uses a header says so, and then its cookies are ignored.", "X-Auth-Mode: header"),
			},
			Retry: "login", Audience: "holder", SeenBy: "S",
			Likely: []string{"cookies of a web view leak into native requests", "an Authorization header and an x-api-key header at once", "a client library that adds a stored token by itself"},
			See:    []Code{SessionCookieDuplicate},
			Words:  []string{"conflicting credentials", "two tokens", "cookie and header"},
		},
		{
			Code: CredentialNotAllowed, Status: 403, Title: "The wrong kind of credential for this",
			Cause: "The credential is good, but this route takes another kind: what concerns the account itself needs a person's own session.",
			Fixes: []Fix{
				user("Sign in as yourself and do it there."),
				developer("Use a session here, or the transport that the setting session.transport allows."),
			},
			Retry: "none", Audience: "holder", SeenBy: "S",
			Likely: []string{"a key or token on an account or admin route", "session.transport allows only cookies, or only headers"},
			See:    []Code{AuthzNotAdmin, AuthzMissingPermission},
			Words:  []string{"credential not allowed", "api key not allowed here"},
		},
	}
}

// sessionEntries are about a session that is no longer good, and two findings about
// its cookie. Who holds a dead one may know when and how it ended, not by whom.
func sessionEntries() []Entry {
	again := user("Sign in again.")
	return []Entry{
		{
			Code: SessionUnknown, Status: 401, Title: "This session does not exist",
			Cause: "The credential has the right form, but there is no such session here. It ended more than a week ago, or never was.",
			Fixes: []Fix{again, admin("If everybody is told so at once, see whether the server uses the data folder that you expect.", "ostiary status")},
			Retry: "login", Audience: "holder", SeenBy: "S",
			Likely: []string{"it ended long ago", "the data folder was replaced, or restored from before it began", "a made-up token"},
			See:    []Code{SessionRevoked, CredentialOtherInstance},
			Words:  []string{"invalid session", "session not found", "unknown session", "session does not exist"},
		},
		{
			Code: SessionIdleExpired, Status: 401, Title: "Signed out after a time without use",
			Cause: "The session was not used for longer than the setting session.idle allows.",
			Fixes: []Fix{again, admin("The time is a setting.", `idle = "30d"`)},
			Retry: "login", Audience: "holder", SeenBy: "S",
			Likely: []string{"the person was away", "\"Stay signed in\" was off, so it lasted a day", "a proxy removes Set-Cookie, so renewals never arrive"},
			See:    []Code{SessionMaxAgeReached, SessionRenewalNotStored},
			Words:  []string{"session expired", "session timeout", "idle timeout", "inactivity"},
		},
		{
			Code: SessionMaxAgeReached, Status: 401, Title: "The session has reached its greatest age",
			Cause: "However much it is used, a session ends after the time that the setting session.max allows.",
			Fixes: []Fix{again, admin("The time is a setting; empty means no such end.", `max = ""`)},
			Retry: "login", Audience: "holder", SeenBy: "S",
			Likely: []string{"a policy of this installation"},
			See:    []Code{SessionIdleExpired},
			Words:  []string{"maximum session age", "absolute timeout"},
		},
		{
			Code: SessionRevoked, Status: 401, Title: "This session was ended",
			Cause: "It was ended before its time: by signing out, by a change of the password, or by an administrator. How and when is told for a week.",
			Fixes: []Fix{
				again,
				user("If it was not you, sign in and change your password; that ends all other sessions."),
				admin("See what ended it.", "ostiary explain REQUEST_ID"),
			},
			Retry: "login", Audience: "holder", SeenBy: "S",
			Likely: []string{"signed out, here or everywhere", "the password was changed", "ended from the list of sessions", "an administrator disabled or signed out the account"},
			See:    []Code{SessionUnknown, SessionIdleExpired},
			Words:  []string{"session revoked", "session was terminated", "logged out elsewhere"},
		},
		{
			Code: SessionCookieDuplicate, Title: "Several session cookies of one name",
			Cause: "The browser sent more than one. The valid one was used, and the stale ones are expired with this answer.",
			Fixes: []Fix{
				user("Nothing. If it stays, clear the cookies of this site."),
				admin("If it stays, name the domains that were used before.", `older_domains = ["example.com"]`),
			},
			Retry: "none", Audience: "anyone", SeenBy: "S B",
			Likely: []string{"cookie.domain was changed", "another program on a parent domain uses the same name"},
			See:    []Code{CookieDomainChanged, CookieNameModeMismatch, CredentialConflict},
			Words:  []string{"duplicate cookies", "two cookies with the same name", "multiple session cookies"},
		},
		{
			Code: SessionRenewalNotStored, Title: "A renewed cookie did not arrive",
			Cause: "The session was renewed, but the client goes on with what it had before. Something on the way removes or ignores Set-Cookie, and in the end people are signed out.",
			Fixes: []Fix{
				developer("Keep the cookies of every answer, not only the one of the login."),
				admin("Let the proxy pass Set-Cookie on, from every path, and let no cache answer in our place."),
			},
			Retry: "none", Audience: "anyone", SeenBy: "S B",
			Likely: []string{"a proxy or a gateway that strips Set-Cookie", "a client that stores cookies at login alone", "calls made by a server on behalf of the browser"},
			See:    []Code{SessionIdleExpired, SessionCookieMissing},
			Words:  []string{"set-cookie stripped", "renewal not stored", "set-cookie lost"},
		},
	}
}

// siteEntries are about where a page stands when it calls: the browser alone decides
// whether cookies travel, and it says so in its Sec-Fetch headers.
func siteEntries() []Entry {
	return []Entry{
		{
			Code: CookieBlockedCrossSite, Status: 401, Title: "The browser keeps cookies back between sites",
			Cause: "The page that called is on another site than this server. Browsers do not send cookies there; SameSite=None does not help, since most block such cookies altogether.",
			Fixes: []Fix{
				user("Open this server's own page and sign in there."),
				developer("Put app and server on one site (app.example.com, auth.example.com), or pass this server on under a path of the app, or send tokens in a header.", "X-Auth-Mode: header"),
			},
			Retry: "none", Audience: "anyone", SeenBy: "S B",
			Likely: []string{"app and server on different domains", "127.0.0.1 in one place and localhost in the other", "two names of a hosting service that count as two sites"},
			See:    []Code{SiteThirdParty, SiteEmbedded, CORSLoopbackAlias, SessionCredentialsOmitted},
			Words:  []string{"third-party cookies blocked", "samesite lax cross-site", "cookies not sent cross-site", "different api and website domains"},
		},
		{
			Code: SiteThirdParty, Status: 401, Title: "App and server are on different sites",
			Cause: "Their registrable domains differ, so the browser treats this server's cookies as those of a third party.",
			Fixes: []Fix{
				developer("Send tokens in a header instead of cookies.", "X-Auth-Mode: header"),
				admin("Give both a name under one domain of yours, or proxy this server under a path of the app."),
			},
			Retry: "none", Audience: "anyone", SeenBy: "C S B",
			Likely: []string{"two names below a public suffix, as with hosting services", "an own domain for the app, the service's for the server"},
			See:    []Code{CookieBlockedCrossSite, CookiePublicSuffix},
			Words:  []string{"third party context", "different registrable domain"},
		},
		{
			Code: SiteEmbedded, Status: 401, Title: "The page is embedded in another site",
			Cause: "It runs in a frame, and the browser gives a framed page no access to its cookies.",
			Fixes: []Fix{
				user("Open the page in a window of its own."),
				developer("Open the sign-in in a new window, or as the whole page, not in an iframe."),
			},
			Retry: "none", Audience: "anyone", SeenBy: "C S B",
			Likely: []string{"an iframe", "a preview pane of another product"},
			See:    []Code{CookieBlockedCrossSite, SiteThirdParty},
			Words:  []string{"iframe", "refused to connect in a frame", "embedded"},
		},
	}
}
