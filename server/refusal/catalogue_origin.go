package refusal

// formEntries are about the proof that a state-changing request was made by our own
// visitor's page and not by somebody else's (CSRF).
func formEntries() []Entry {
	reload := user("Reload the page and send it again.")
	return []Entry{
		{
			Code: CSRFCookieMissing, Status: 403, Title: "The CSRF cookie is missing",
			Cause: "The request is authenticated by a cookie and changes something, but the cookie that belongs to the CSRF token did not come along.",
			Fixes: []Fix{reload, developer("Let the browser keep all our cookies; a program that uses cookies sends the CSRF one too.", "curl -b jar -c jar")},
			Retry: "none", Audience: "anyone", SeenBy: "S B",
			Likely: []string{"cookies were cleared in part", "a client that passes on only the session's cookie", "a proxy that lets only named cookies through"},
			See:    []Code{CSRFHeaderMissing, SessionCookieMissing},
			Words:  []string{"csrf cookie missing", "csrf cookie not set"},
		},
		{
			Code: CSRFHeaderMissing, Status: 403, Title: "The CSRF token is missing",
			Cause: "The request is authenticated by a cookie and changes something, but it does not carry the token that only our own page could have read.",
			Fixes: []Fix{
				reload,
				developer("Send the value of the cookie ostiary_csrf, or of the answer header X-CSRF-Token, as a header with every POST, PUT, PATCH and DELETE. A request with a Bearer token needs none.", "X-CSRF-Token: TOKEN"),
			},
			Retry: "none", Audience: "anyone", SeenBy: "S B",
			Likely: []string{"the client does not send the header", "a proxy drops headers that it does not know", "a form without its hidden field csrf_token"},
			See:    []Code{CSRFCookieMissing, CSRFMismatch},
			Words:  []string{"csrf token missing", "missing csrf token", "csrf header missing", "x-csrf-token"},
		},
		{
			Code: CSRFMismatch, Status: 403, Title: "The CSRF token belongs to another session",
			Cause: "A token came, but not the one of the session that this request is authenticated by.",
			Fixes: []Fix{reload, developer("Read the token anew after each login; never keep it beside the session that it was made for.", "GET /api/v1/auth/me")},
			Retry: "none", Audience: "anyone", SeenBy: "S B",
			Likely: []string{"somebody signed in again in another tab", "the token was stored and the session is a newer one", "a tampered token"},
			See:    []Code{CSRFExpired, CSRFHeaderMissing},
			Words:  []string{"csrf token mismatch", "invalid csrf token", "csrf validation failed"},
		},
		{
			Code: CSRFExpired, Status: 403, Title: "The CSRF token is out of date",
			Cause: "It was made before this session last changed its secret. A fresh one comes with this answer.",
			Fixes: []Fix{
				user("Send it once more."),
				developer("Repeat the request once with the value of this answer's X-CSRF-Token."),
			},
			Retry: "none", Audience: "anyone", SeenBy: "S B",
			Likely: []string{"a page that was open for a long time", "the password was changed in another tab"},
			See:    []Code{CSRFMismatch},
			Words:  []string{"csrf token expired", "page expired", "stale csrf"},
		},
		{
			Code: CSRFOriginMismatch, Status: 403, Title: "The request came from a page that may not send it",
			Cause: "A request that changes something arrived from an origin that is neither this server nor in origins. It may be an attack on the visitor, so it was not done.",
			Fixes: []Fix{
				user("Open the app by its own address and try there. If you followed a link from somewhere else, be careful with that page."),
				admin("If the page is yours, add its origin.", `origins = ["https://app.example.com"]`),
			},
			Retry: "none", Audience: "anyone", SeenBy: "S B",
			Likely: []string{"the app's origin is not in origins", "a proxy changes the Host or the scheme", "a page under Referrer-Policy: no-referrer, which sends Origin: null", "a forged request"},
			See:    []Code{CORSOriginNotAllowed, URLHostMismatch, CookieSecureOverHTTP},
			Words:  []string{"origin mismatch", "invalid origin", "cross-site request forgery", "origin null"},
		},
	}
}

// originEntries are about the one list `origins`: who may call from a browser, and
// where a redirect may lead.
func originEntries() []Entry {
	return []Entry{
		{
			Code: CORSOriginNotAllowed, Status: 403, Title: "This origin may not call",
			Cause: "A page of an origin that is not in origins called this server from a browser.",
			Fixes: []Fix{
				user("Nothing you can change: tell the makers of the app, with the request id."),
				admin("If the page is yours, add its origin: scheme, host and port, without a path.", `origins = ["https://app.example.com"]`),
			},
			Retry: "none", Audience: "anyone", SeenBy: "S D",
			Likely: []string{"a new address of the app", "http where https is listed, or another port", "a preview deployment"},
			See:    []Code{CORSLoopbackAlias, CSRFOriginMismatch, CORSHeaderNotAllowed},
			Words:  []string{"no access-control-allow-origin header", "blocked by cors policy", "cors error", "origin not allowed"},
		},
		{
			Code: CORSLoopbackAlias, Status: 403, Title: "localhost and 127.0.0.1 are not the same",
			Cause: "The calling page stands under another name of this machine than the one in origins. To a browser these are different sites.",
			Fixes: []Fix{
				developer("Open the app under the name that is listed."),
				admin("Or list this one too.", `origins = ["http://localhost:5173"]`),
			},
			Retry: "none", Audience: "anyone", SeenBy: "S D",
			Likely: []string{"127.0.0.1 in the address bar and localhost in the list, or the other way"},
			See:    []Code{CORSOriginNotAllowed, URLHostMismatch},
			Words:  []string{"localhost 127.0.0.1 cors", "loopback alias"},
		},
		{
			Code: CORSHeaderNotAllowed, Title: "A header that CORS does not allow",
			Cause: "The browser asked beforehand whether the page may send a header, and it is not one that this server takes from other origins.",
			Fixes: []Fix{developer("Leave the header out. Allowed are Content-Type, Authorization, X-CSRF-Token, X-Auth-Mode, X-API-Key, X-Tenant-Id and X-Request-Id.")},
			Retry: "none", Audience: "anyone", SeenBy: "S",
			Likely: []string{"a tracing or caching header that a library adds", "a header of another product's client"},
			See:    []Code{CORSOriginNotAllowed},
			Words:  []string{"request header field is not allowed", "access-control-allow-headers", "preflight failed"},
		},
		{
			Code: RedirectNotAllowed, Status: 400, Title: "This server does not send people there",
			Cause: "The address to go to afterwards is neither on this server nor on an origin in origins. To follow any address would help those who imitate sign-in pages.",
			Fixes: []Fix{
				user("Go back to the app and sign in from there."),
				developer("Give a path of this server, or a whole address on a listed origin."),
				admin("If the address is yours, add its origin.", `origins = ["https://app.example.com"]`),
			},
			Retry: "none", Audience: "anyone", SeenBy: "C S",
			Likely: []string{"the app's origin is not in origins", "an address without its scheme", "a link that somebody tampered with"},
			See:    []Code{CORSOriginNotAllowed, CSRFOriginMismatch},
			Words:  []string{"invalid redirect", "open redirect", "callback url not allowed", "redirect url not allowed"},
		},
	}
}
