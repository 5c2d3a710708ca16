package refusal

// addressEntries are about the address under which people reach the server.
func addressEntries() []Entry {
	return []Entry{
		{
			Code: URLNotSet, Title: "public_url is not set",
			Cause: "Links and cookies are made for http://localhost, which is right for this machine alone.",
			Fixes: []Fix{admin("Set it before anybody else uses this server.", `public_url = "https://auth.example.com"`)},
			Retry: "none", Audience: "admin", SeenBy: "C",
			Likely: []string{"a first start without a configuration"},
			See:    []Code{ConfigPublicURLRequired, URLHostMismatch},
			Words:  []string{"links point at localhost"},
		},
		{
			Code: URLPlainHTTP, Title: "Passwords travel unencrypted",
			Cause: "public_url is plain http beyond this machine: whoever sits on the way can read passwords and cookies, and browsers withhold features.",
			Fixes: []Fix{admin("Put a reverse proxy with a certificate in front and use https.", `public_url = "https://auth.example.com"`)},
			Retry: "none", Audience: "admin", SeenBy: "C",
			Likely: []string{"a trial in a home or office network", "https ends at a proxy, but public_url still says http"},
			See:    []Code{CookieSecureOverHTTP},
			Words:  []string{"plain http", "not secure"},
		},
		{
			Code: URLHostMismatch, Title: "Opened under another host name",
			Cause: "This request came for another host than public_url names. To a browser these are different sites, even localhost and 127.0.0.1, so a cookie of one is never sent to the other.",
			Fixes: []Fix{
				user("Open the address that the administrator gave you."),
				developer("Use one host name everywhere while developing: localhost for the app and for this server, with different ports."),
				admin("Set public_url to the address in the browser, and let the proxy keep the Host header.", "ostiary config show"),
			},
			Retry: "none", Audience: "anyone", SeenBy: "S B",
			Likely: []string{"127.0.0.1 in the browser where public_url says localhost", "a proxy that does not pass the Host header on", "an old name of the server"},
			See:    []Code{CORSLoopbackAlias, CookieDomainMismatch, URLPathMismatch},
			Words:  []string{"host mismatch", "127.0.0.1 and localhost", "wrong host"},
		},
		{
			Code: URLPathMismatch, Status: 404, Title: "The path prefix does not fit",
			Cause: "There is nothing under this path, but there is under another prefix: public_url and the path that arrives do not agree, usually because a proxy adds or removes a part of it.",
			Fixes: []Fix{
				developer("Call the API under the prefix of public_url, followed by /api/v1."),
				admin("Let the proxy pass the path on unchanged, or put the prefix that people see into public_url.", `public_url = "https://example.com/auth"`),
			},
			Retry: "none", Audience: "anyone", SeenBy: "S D",
			Likely: []string{"the proxy strips the prefix", "public_url lacks the prefix", "the client's base path is wrong"},
			See:    []Code{RequestNotFound, URLHostMismatch},
			Words:  []string{"api base path", "wrong base path", "x-forwarded-prefix"},
		},
		{
			Code: ProxyUntrusted, Title: "Forwarded headers from an address that is not trusted",
			Cause: "Something in front of this server sends X-Forwarded headers, but its address is not in trusted_proxies, so they are ignored: every visitor seems to come from the proxy, by http.",
			Fixes: []Fix{admin("If it is your proxy, trust its address, which the log names.", `trusted_proxies = ["127.0.0.1"]`)},
			Retry: "none", Audience: "admin", SeenBy: "S D",
			Likely: []string{"a reverse proxy was put in front and not named", "the proxy's address changed, as in a container network", "a client that made the headers up"},
			See:    []Code{ProxyForgeable, CookieSecureOverHTTP, RateIP},
			Words:  []string{"trusted proxies", "all users have the same ip", "wrong client ip"},
		},
		{
			Code: CookieSecureOverHTTP, Title: "A Secure cookie over plain http",
			Cause: "public_url is https, but this request arrived by http and no trusted proxy says otherwise. A browser on http drops Secure cookies, so signing in would not last.",
			Fixes: []Fix{
				user("Open the address with https."),
				admin("Let the proxy send X-Forwarded-Proto and name its address.", `trusted_proxies = ["127.0.0.1"]`),
			},
			Retry: "none", Audience: "anyone", SeenBy: "C S D",
			Likely: []string{"the proxy ends https and does not send X-Forwarded-Proto", "the proxy is not in trusted_proxies", "somebody opened the http address"},
			See:    []Code{ProxyUntrusted, URLPlainHTTP},
			Words:  []string{"secure cookie over http", "cookie not set over http", "usesecurecookies"},
		},
	}
}

// warningEntries never keep the server from starting, nor a request from passing.
func warningEntries() []Entry {
	return []Entry{
		{
			Code: SignupTellsAddresses, Title: "Sign-up tells which addresses have an account",
			Cause: "Sign-up is open without proof of the address, so a taken one has to be refused, and anybody can try addresses.",
			Fixes: []Fix{
				admin("Close sign-up and make accounts yourself.", "ostiary user create --email EMAIL"),
				admin("Or, once this server can send mail, ask for proof of the address.", `require_verified_email = "on"`),
			},
			Retry: "none", Audience: "admin", SeenBy: "C",
			Likely: []string{"the defaults, as long as no mail leaves this machine"},
			See:    []Code{SignupEmailTaken, SignupDisabled},
			Words:  []string{"user enumeration", "account enumeration"},
		},
		{
			Code: CookieDomainChanged, Title: "The cookie domain has changed",
			Cause: "At the last start cookie.domain was another. Browsers still hold cookies for the old one; they are expired as people come by, and people sign in once more.",
			Fixes: []Fix{admin("Nothing, if you meant it. Otherwise put the old value back. Still older domains can be cleaned up too.", `older_domains = ["example.com"]`)},
			Retry: "none", Audience: "admin", SeenBy: "C S",
			Likely: []string{"the domain was changed on purpose", "the configuration of another environment is being read"},
			See:    []Code{SessionCookieDuplicate, CookieDomainMismatch},
			Words:  []string{"cookie domain changed", "older cookie domain", "stale cookies"},
		},
		{
			Code: CookieNameModeMismatch, Title: "A cookie of the other mode arrived",
			Cause: "A cookie with our name came with a different security prefix (__Host-, __Secure- or none) than this server uses. It is never trusted, because a neighbouring host could have planted it; it is expired.",
			Fixes: []Fix{
				developer("Give each environment on one host its own cookie name.", `prefix = "ostiary_dev"`),
				admin("Nothing, when it was left over from a move between http and https: it is gone with this answer."),
			},
			Retry: "none", Audience: "anyone", SeenBy: "S",
			Likely: []string{"two environments, http and https, on one host", "public_url moved from http to https"},
			See:    []Code{SessionCookieDuplicate, CookieSecureOverHTTP},
			Words:  []string{"__host- cookie", "cookie prefix mismatch"},
		},
		{
			Code: ExtensionTTLLong, Title: "Extension tokens live long",
			Cause: "extension.ttl is over an hour. A token that leaks is good for all that time.",
			Fixes: []Fix{admin("Keep it short; extensions can ask for a new one at any time.", `ttl = "5m"`)},
			Retry: "none", Audience: "admin", SeenBy: "C",
			Likely: []string{"a long life in the place of asking for a new token"},
			See:    []Code{PreAuthTTLShort},
			Words:  []string{"extension token ttl"},
		},
		{
			Code: PreAuthTTLShort, Title: "Too little time to finish signing in",
			Cause: "login.preauth_ttl is under a minute. People who have to fetch a code will often be too late.",
			Fixes: []Fix{admin("Give them some minutes.", `preauth_ttl = "5m"`)},
			Retry: "none", Audience: "admin", SeenBy: "C",
			Likely: []string{"a value meant as minutes was written in seconds"},
			See:    []Code{SessionLifetimeOdd},
			Words:  []string{"pre-auth ttl"},
		},
		{
			Code: SessionLifetimeOdd, Title: "Sessions live very short or very long",
			Cause: "Under an hour people are signed out in the middle of their work; browsers themselves forget a cookie after 400 days.",
			Fixes: []Fix{admin("Choose a time of inactivity between an hour and 400 days.", `idle = "30d"`)},
			Retry: "none", Audience: "admin", SeenBy: "C",
			Likely: []string{"a value meant as days or hours was written with another unit"},
			See:    []Code{SessionIdleExpired, SessionMaxAgeReached},
			Words:  []string{"session too short", "session lifetime"},
		},
		{
			Code: OrganizationNobodyGetsOne, Title: "An organization is required, but nobody gets one",
			Cause: "organization.required is on while new users get none and nobody can be invited yet: everybody would be signed in and refused.",
			Fixes: []Fix{
				admin("Give each new user one.", `on_signup = "personal"`),
				admin("Or do not require one.", "required = false"),
			},
			Retry: "none", Audience: "admin", SeenBy: "C",
			Likely: []string{"required was switched on alone"},
			See:    []Code{AuthzNoMembership},
			Words:  []string{"nobody gets an organization"},
		},
	}
}
