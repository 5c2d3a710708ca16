package refusal

// requestEntries are about the request itself, whoever sent it.
func requestEntries() []Entry {
	tellMakers := user("Nothing you can change: tell the makers of the app, with the request id.")
	return []Entry{
		{
			Code: RequestMalformed, Status: 400, Title: "The request cannot be read",
			Cause: "The body is not valid JSON, or a part of the request is not what its form promises.",
			Fixes: []Fix{tellMakers, developer("Send one JSON object in UTF-8. The detail names the place where reading failed.", "jq . body.json")},
			Retry: "none", Audience: "anyone", SeenBy: "S",
			Likely: []string{"single quotes or a trailing comma", "an empty body", "a form was sent where JSON belongs", "nested too deep"},
			See:    []Code{RequestInvalid, RequestUnsupportedType},
			Words:  []string{"invalid json", "unexpected token", "bad request", "cannot parse body"},
		},
		{
			Code: RequestInvalid, Status: 422, Title: "Some of what was sent cannot be used",
			Cause: "The request can be read, but one or more fields are not right. Each is listed with its reason; nothing was changed.",
			Fixes: []Fix{user("Correct what is marked and send it again."), developer("Read errors[]: each has a pointer to the field, a code and a text.")},
			Retry: "none", Audience: "anyone", SeenBy: "S",
			Likely: []string{"a field is missing or empty", "a field that this route does not know", "a password that the rules refuse"},
			See:    []Code{RequestMalformed, RequestUnknownField, PasswordTooShort},
			Words:  []string{"validation failed", "validation error", "unprocessable entity"},
		},
		{
			Code: RequestUnsupportedType, Status: 415, Title: "The content type is not taken here",
			Cause: "The body was sent with a content type that this route does not read.",
			Fixes: []Fix{tellMakers, developer("Send JSON and say so.", "Content-Type: application/json")},
			Retry: "none", Audience: "anyone", SeenBy: "S",
			Likely: []string{"curl -d without a header sends a form", "fetch with a plain text body"},
			See:    []Code{RequestMalformed},
			Words:  []string{"unsupported media type", "wrong content type"},
		},
		{
			Code: RequestTooLarge, Status: 413, Title: "The request is too large",
			Cause: "The body is beyond 64 KiB; nothing here needs more.",
			Fixes: []Fix{tellMakers, developer("Send only what the route asks for.")},
			Retry: "none", Audience: "anyone", SeenBy: "S",
			Likely: []string{"a file was sent to the wrong address"},
			See:    []Code{RequestHeaderTooBig, RequestURITooLong},
			Words:  []string{"payload too large", "request entity too large", "body too large"},
		},
		{
			Code: RequestURITooLong, Status: 414, Title: "The address is too long",
			Cause: "The path and query of the request are longer than anything that this server hands out.",
			Fixes: []Fix{user("Open the page from its start, not from this link."), developer("Put data into the body, not into the address.")},
			Retry: "none", Audience: "anyone", SeenBy: "S",
			Likely: []string{"redirects that nest one another in ?redirect=", "a token or a form in the query"},
			See:    []Code{RequestHeaderTooBig},
			Words:  []string{"uri too long", "request uri too large"},
		},
		{
			Code: RequestHeaderTooBig, Status: 431, Title: "The headers of the request are too big",
			Cause: "All headers together, cookies included, are beyond what this server and common proxies carry.",
			Fixes: []Fix{
				user("Clear the cookies of this site, then sign in again."),
				developer("See which cookies pile up on this host and its parent domains."),
			},
			Retry: "none", Audience: "anyone", SeenBy: "S B D",
			Likely: []string{"many cookies of other programs on the same domain", "a very large token in a header"},
			See:    []Code{RequestTooLarge, SessionCookieDuplicate},
			Words:  []string{"request header fields too large", "header too large", "cookie too big"},
		},
		{
			Code: RequestTimeout, Status: 408, Title: "The request took too long to arrive",
			Cause: "The connection was open, but the request did not come in whole in time.",
			Fixes: []Fix{user("Try again; if it stays, look at the network."), admin("See whether a proxy in front holds requests back.")},
			Retry: "wait", Audience: "anyone", SeenBy: "S",
			Likely: []string{"a slow or broken network", "a Content-Length greater than the body", "somebody holds connections open on purpose"},
			See:    []Code{ServerBusy},
			Words:  []string{"request timeout", "slow client"},
		},
		{
			Code: RequestBadFraming, Status: 400, Title: "The request is framed in two ways",
			Cause: "Its first line, its headers or its length are not as the protocol has them, so that a proxy and this server could read different requests out of it. The connection is closed.",
			Fixes: []Fix{tellMakers, developer("Send either Content-Length or Transfer-Encoding, once."), admin("If a proxy in front makes such requests, update it.")},
			Retry: "none", Audience: "anyone", SeenBy: "S",
			Likely: []string{"a hand-made HTTP client", "an old proxy", "an attempt at request smuggling"},
			See:    []Code{RequestMalformed},
			Words:  []string{"request smuggling", "duplicate content-length", "bad framing"},
		},
		{
			Code: RequestNotFound, Status: 404, Title: "There is nothing here",
			Cause: "This server has no such path.",
			Fixes: []Fix{user("Check the address, or go to the start page."), developer("The API is under /api/v1 after public_url; paths tell capital letters and trailing slashes apart.")},
			Retry: "none", Audience: "anyone", SeenBy: "S",
			Likely: []string{"a mistyped path", "a trailing slash", "an address of another version"},
			See:    []Code{URLPathMismatch, RequestMethodNotAllowed, RequestUnknownID},
			Words:  []string{"not found", "page not found", "cannot get"},
		},
		{
			Code: RequestMethodNotAllowed, Status: 405, Title: "This path takes another method",
			Cause: "The path exists, but not for this method. The Allow header names those that it takes.",
			Fixes: []Fix{user("Open the page from its start."), developer("Use a method that the Allow header names.")},
			Retry: "none", Audience: "anyone", SeenBy: "S",
			Likely: []string{"GET where POST belongs", "a redirect that turned a POST into a GET"},
			See:    []Code{RequestNotFound},
			Words:  []string{"method not allowed", "cannot post"},
		},
		{
			Code: RequestUnknownID, Status: 404, Title: "There is nothing with this id",
			Cause: "Nothing of yours has this id. What belongs to somebody else looks exactly the same.",
			Fixes: []Fix{user("Go back to the list; it may be gone already."), developer("Use an id from one of this caller's own lists.")},
			Retry: "none", Audience: "anyone", SeenBy: "S",
			Likely: []string{"it was ended or deleted meanwhile", "an id of another account or environment", "another request id than the one that was shown"},
			See:    []Code{RequestNotFound, UserUnknown},
			Words:  []string{"unknown id", "no such id", "resource not found"},
		},
	}
}

// fieldEntries stand in errors[] of request.invalid, beside the field.
func fieldEntries() []Entry {
	correct := user("Correct the field and send it again.")
	return []Entry{
		{
			Code: RequestRequired, Status: 422, Title: "This field is needed",
			Cause: "It is missing or empty.",
			Fixes: []Fix{correct}, Retry: "none", Audience: "anyone", SeenBy: "S",
			Likely: []string{"the field was left empty", "its name is misspelt"},
			See:    []Code{RequestUnknownField},
			Words:  []string{"required field", "field is required", "missing field"},
		},
		{
			Code: RequestWrongType, Status: 422, Title: "This field has the wrong type",
			Cause: "Another kind of value belongs here, such as a text in the place of a number.",
			Fixes: []Fix{correct, developer("Send the JSON type that the text names.")}, Retry: "none", Audience: "anyone", SeenBy: "S",
			Likely: []string{"\"true\" in quotes where true belongs", "a list in the place of one value"},
			See:    []Code{RequestBadValue},
			Words:  []string{"wrong type", "expected string", "type mismatch"},
		},
		{
			Code: RequestUnknownField, Status: 422, Title: "This field is not known here",
			Cause: "The route has no field of this name. To drop it silently would hide a mistake.",
			Fixes: []Fix{developer("Correct the name or leave the field out.")}, Retry: "none", Audience: "anyone", SeenBy: "S",
			Likely: []string{"a misspelt name", "a field of another route or product"},
			See:    []Code{RequestRequired},
			Words:  []string{"unknown field", "unexpected field", "additional properties"},
		},
		{
			Code: RequestTooLong, Status: 422, Title: "This field is too long",
			Cause: "It holds more characters than it may.",
			Fixes: []Fix{user("Shorten it and send it again.")}, Retry: "none", Audience: "anyone", SeenBy: "S",
			Likely: []string{"something else was pasted into the field"},
			See:    []Code{PasswordTooLong, RequestTooLarge},
			Words:  []string{"too long", "maximum length"},
		},
		{
			Code: RequestBadValue, Status: 422, Title: "This value cannot be used here",
			Cause: "The field has the right type, but this value is not one that it can take.",
			Fixes: []Fix{correct}, Retry: "none", Audience: "anyone", SeenBy: "S",
			Likely: []string{"an e-mail address without @ or with spaces", "control characters", "a word that is not one of the choices", "a time in the past"},
			See:    []Code{RequestWrongType},
			Words:  []string{"bad value", "invalid email", "invalid email address"},
		},
		{
			Code: RequestDuplicateField, Status: 422, Title: "This field is there twice",
			Cause: "The same name stands in the body more than once. Readers disagree which one counts, so none does.",
			Fixes: []Fix{developer("Send each field once.")}, Retry: "none", Audience: "anyone", SeenBy: "S",
			Likely: []string{"a body that was put together by hand"},
			See:    []Code{RequestMalformed},
			Words:  []string{"duplicate key", "duplicate field"},
		},
	}
}
