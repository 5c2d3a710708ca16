package refusal

// loginEntries are about signing in and up. Nothing here may tell whether an account
// exists: the public answer to a failed login is one, whatever the reason.
func loginEntries() []Entry {
	return []Entry{
		{
			Code: LoginInvalidCredentials, Status: 401, Title: "E-mail address or password is wrong",
			Cause: "The two do not belong together here. The answer is the same for every reason, so that nobody can find out who has an account.",
			Fixes: []Fix{
				user("Check both, also for capital letters, and try again. If it still fails, ask the administrator."),
				admin("The reason is kept under the request id for a week.", "ostiary explain REQUEST_ID"),
			},
			Retry: "login", Audience: "admin", SeenBy: "S",
			Likely: []string{"a wrong password", "another address than the one signed up with", "no account here, or in another environment", "the account is disabled or deleted"},
			See:    []Code{RateAccount, AccountWrongPassword},
			Words:  []string{"invalid credentials", "wrong password", "invalid email or password", "login failed"},
		},
		{
			Code: LoginLocked, Status: 429, Title: "Too many failed sign-ins",
			Cause: "Sign-ins for this address failed too often in a row, so passwords are not tried for a while. It is the same for addresses that nobody has.",
			Fixes: []Fix{
				user("Wait as long as Retry-After says, or sign in on a device that you have used before: it is not locked out."),
				admin("Setting a new password ends the lock.", "ostiary user set-password EMAIL"),
				admin("How many failures, and for how long.", "[limits] lock_after = 10, lock_for = \"5m\""),
			},
			Retry: "wait", Audience: "anyone", SeenBy: "S",
			Likely: []string{"somebody guesses passwords", "a program goes on trying with an old password"},
			See:    []Code{LoginInvalidCredentials, RateAccount, RateIP},
			Words:  []string{"account locked", "too many failed login attempts", "account temporarily locked"},
		},
		{
			Code: SignupDisabled, Status: 403, Title: "Sign-up is closed",
			Cause: "On this server people do not make their own accounts.",
			Fixes: []Fix{
				user("Ask the administrator for an account."),
				admin("Make one for them.", "ostiary user create --email EMAIL"),
				admin("Or open sign-up.", "[signup] enabled = true"),
			},
			Retry: "none", Audience: "anyone", SeenBy: "S",
			Likely: []string{"signup.enabled is false"},
			See:    []Code{SignupEmailTaken},
			Words:  []string{"registration disabled", "sign up disabled", "signup is disabled"},
		},
		{
			Code: SignupEmailTaken, Status: 409, Title: "This address already has an account",
			Cause: "An account with this e-mail address exists.",
			Fixes: []Fix{
				user("Sign in with it, or use another address."),
				admin("Look at the account that has it.", "ostiary user show EMAIL"),
			},
			Retry: "none", Audience: "anyone", SeenBy: "S",
			Likely: []string{"signed up before", "the form was sent twice", "the address of a deleted account was taken by a new one"},
			See:    []Code{SignupTellsAddresses, LoginInvalidCredentials},
			Words:  []string{"user already exists", "email already exists", "email taken", "email already in use"},
		},
		{
			Code: AccountWrongPassword, Status: 403, Title: "The current password is wrong",
			Cause: "To change something this important the present password is asked for, and it did not match.",
			Fixes: []Fix{
				user("Type your present password, the one before the change."),
				admin("If they no longer know it, set a new one; they are asked to change it.", "ostiary user set-password EMAIL"),
			},
			Retry: "none", Audience: "holder", SeenBy: "S",
			Likely: []string{"the new password was typed in both fields", "a password manager filled in an old one"},
			See:    []Code{LoginInvalidCredentials, SessionNotFresh},
			Words:  []string{"current password incorrect", "old password is wrong"},
		},
		{
			Code: AccountEmailUnverified, Status: 403, Title: "The e-mail address is not verified",
			Cause: "The password is right, but this asks for an address that has been proved.",
			Fixes: []Fix{
				user("Open the link in the mail that was sent to you."),
				admin("See whether the address is proved.", "ostiary user show EMAIL"),
			},
			Retry: "none", Audience: "holder", SeenBy: "S",
			Likely: []string{"the mail was not opened yet", "it lies among the unwanted ones"},
			See:    []Code{LoginInvalidCredentials},
			Words:  []string{"email not verified", "unverified email", "verify your email"},
		},
		{
			Code: SessionNotFresh, Status: 403, Title: "Please confirm that it is you",
			Cause: "This step needs a sign-in or a confirmation that is not long ago, so that an open laptop is not enough.",
			Fixes: []Fix{
				user("Type your password once more, then try again."),
				developer("Confirm, then repeat the request.", "POST /api/v1/auth/confirm"),
				admin("How long a confirmation counts is a setting.", `fresh_for = "1h"`),
			},
			Retry: "login", Audience: "holder", SeenBy: "S",
			Likely: []string{"the sign-in was longer ago than session.fresh_for"},
			See:    []Code{AccountWrongPassword, SessionIdleExpired},
			Words:  []string{"session not fresh", "re-authentication required", "fresh session required", "sudo mode"},
		},
	}
}

// limitEntries say which bucket is empty. They run alike for addresses that nobody
// has, so they tell nothing about accounts.
func limitEntries() []Entry {
	slower := user("Wait for the time that is shown, then try once.")
	pace := developer("Keep to Retry-After, and read X-RateLimit-Remaining before you call.")
	return []Entry{
		{
			Code: RateIP, Status: 429, Title: "Too many requests from this network",
			Cause: "All calls from one address share a limit as long as nobody is signed in.",
			Fixes: []Fix{
				slower, pace,
				admin("If everybody shares one address, the proxy is not trusted; otherwise raise the limit.", `trusted_proxies = ["127.0.0.1"]`),
			},
			Retry: "wait", Audience: "anyone", SeenBy: "S",
			Likely: []string{"a program that calls in a loop", "many people behind one address", "a proxy that is not in trusted_proxies, so that all seem to be one"},
			See:    []Code{ProxyUntrusted, RateAccount, RateRoute},
			Words:  []string{"too many requests", "rate limit exceeded", "ip rate limit"},
		},
		{
			Code: RateAccount, Status: 429, Title: "Too many tries for this address",
			Cause: "Attempts that name one e-mail address are limited, whether or not it has an account here, so that passwords cannot be guessed.",
			Fixes: []Fix{
				slower,
				pace,
				admin("See who tries.", "ostiary explain REQUEST_ID"),
				admin("The limit is a setting.", `[limits] auth = "5/1m"`),
			},
			Retry: "wait", Audience: "anyone", SeenBy: "S",
			Likely: []string{"a password typed wrongly several times", "a program with an old password", "somebody guesses"},
			See:    []Code{LoginInvalidCredentials, RateIP},
			Words:  []string{"too many attempts", "too many login attempts", "account rate limit"},
		},
		{
			Code: RateUser, Status: 429, Title: "Too many requests with this account",
			Cause: "All calls of one signed-in user share a limit.",
			Fixes: []Fix{
				slower, pace,
				admin("The limit is a setting.", `[limits] user = "600/1m"`),
			},
			Retry: "wait", Audience: "holder", SeenBy: "S",
			Likely: []string{"a page that calls in a loop", "a script that runs with a person's session"},
			See:    []Code{RateIP, RateRoute},
			Words:  []string{"user rate limit", "user quota exceeded"},
		},
		{
			Code: RateRoute, Status: 429, Title: "Too many requests of this kind",
			Cause: "This route has a limit of its own.",
			Fixes: []Fix{slower, pace},
			Retry: "wait", Audience: "anyone", SeenBy: "S",
			Likely: []string{"a program that repeats a costly call", "many people behind one network who do the same at once"},
			See:    []Code{RateIP, RateUser},
			Words:  []string{"route rate limit", "endpoint rate limit"},
		},
	}
}

// passwordEntries stand in errors[] of request.invalid, beside the field.
func passwordEntries() []Entry {
	return []Entry{
		{
			Code: PasswordTooShort, Status: 422, Title: "The password is too short",
			Cause: "Length is what makes a password hard to guess; there are no rules about kinds of characters.",
			Fixes: []Fix{
				user("Take a longer one. A few words in a row are easy to remember, and spaces are allowed."),
				admin("The minimum is a setting; NIST SP 800-63B-4 asks for 15 where a password is the only factor.", "[password] min_length = 12"),
			},
			Retry: "none", Audience: "anyone", SeenBy: "S",
			Likely: []string{"fewer characters than the setting password.min_length"},
			See:    []Code{PasswordCommon, PasswordTooLong},
			Words:  []string{"password too short", "minimum password length"},
		},
		{
			Code: PasswordTooLong, Status: 422, Title: "The password is too long",
			Cause: "A password has 256 characters at most here. It is never cut, so a longer one is refused.",
			Fixes: []Fix{user("Take a shorter one; 256 characters are plenty.")},
			Retry: "none", Audience: "anyone", SeenBy: "S",
			Likely: []string{"something else was pasted into the field"},
			See:    []Code{PasswordTooShort, RequestTooLong},
			Words:  []string{"password too long", "maximum password length"},
		},
		{
			Code: PasswordCommon, Status: 422, Title: "The password is well known",
			Cause: "It stands on lists of passwords that are tried first.",
			Fixes: []Fix{user("Take one of your own: a few words that do not belong together, or what a password manager offers.")},
			Retry: "none", Audience: "anyone", SeenBy: "S",
			Likely: []string{"a popular password", "a row of keys, or a word with a year"},
			See:    []Code{PasswordTooShort, PasswordIsIdentity},
			Words:  []string{"password too common", "compromised password", "breached password", "weak password"},
		},
		{
			Code: PasswordIsIdentity, Status: 422, Title: "The password is your own name or address",
			Cause: "It is made of your e-mail address or of the name of this service: the first thing that anybody tries.",
			Fixes: []Fix{user("Take one that has nothing to do with your address or with this site.")},
			Retry: "none", Audience: "anyone", SeenBy: "S",
			Likely: []string{"the e-mail address as the password", "the name before the @ with some digits"},
			See:    []Code{PasswordCommon},
			Words:  []string{"password contains email", "password same as username"},
		},
	}
}

// linkEntries are about one-use links; for now there is one, the setup link.
func linkEntries() []Entry {
	newer := admin("Make a new setup link, as long as there is no administrator.", "ostiary setup-link")
	return []Entry{
		{
			Code: LinkExpired, Status: 410, Title: "The link has expired",
			Cause: "Links are good for a limited time; the setup link for 30 minutes.",
			Fixes: []Fix{user("Ask for a new link."), newer},
			Retry: "none", Audience: "holder", SeenBy: "S",
			Likely: []string{"the link was opened too late"},
			See:    []Code{LinkSuperseded, LinkUsed},
			Words:  []string{"link expired", "this link is no longer valid"},
		},
		{
			Code: LinkUsed, Status: 410, Title: "The link has been used",
			Cause: "Each link works once. The setup link is also dead as soon as there is an administrator.",
			Fixes: []Fix{
				user("If it was you, sign in. If it was not, tell the administrator at once."),
				admin("See who came in by it.", "ostiary user list"),
			},
			Retry: "none", Audience: "holder", SeenBy: "S",
			Likely: []string{"the form was sent twice", "the first administrator exists already, perhaps made on the command line", "somebody else had the link"},
			See:    []Code{LinkExpired, LinkUnknown},
			Words:  []string{"link already used", "setup already completed"},
		},
		{
			Code: LinkSuperseded, Status: 410, Title: "There is a newer link",
			Cause: "A newer link was made, and that ended this one.",
			Fixes: []Fix{user("Use the newest link."), newer},
			Retry: "none", Audience: "holder", SeenBy: "S",
			Likely: []string{"the server was started again and printed a new one", "two links were asked for"},
			See:    []Code{LinkExpired},
			Words:  []string{"newer link", "link superseded"},
		},
		{
			Code: LinkUnknown, Status: 404, Title: "There is no such link",
			Cause: "The code has the right form, but this server did not make it, or made it so long ago that it is forgotten.",
			Fixes: []Fix{user("Copy the link again, whole. If it still fails, ask for a new one."), newer},
			Retry: "none", Audience: "anyone", SeenBy: "S",
			Likely: []string{"a character was mistyped", "the link is of another server or another data folder"},
			See:    []Code{LinkMalformed, LinkSuperseded},
			Words:  []string{"unknown link", "invalid link"},
		},
		{
			Code: LinkMalformed, Status: 400, Title: "The link is not whole",
			Cause: "The code in it is too short, too long, or holds characters that a code never has.",
			Fixes: []Fix{user("Copy the whole link, to its very end, and open it again."), newer},
			Retry: "none", Audience: "anyone", SeenBy: "S",
			Likely: []string{"a line break cut the link", "a full stop or a bracket was copied along"},
			See:    []Code{LinkUnknown},
			Words:  []string{"truncated link", "broken link"},
		},
	}
}
