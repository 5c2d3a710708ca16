package refusal

// serverEntries are about this server, not about what was sent.
func serverEntries() []Entry {
	return []Entry{
		{
			Code: ServerBusy, Status: 503, Title: "Too much to do at the moment",
			Cause: "Checking passwords is costly on purpose, and more people wait for it than can be served in time.",
			Fixes: []Fix{
				user("Wait for the time that is shown, then try again. Those who are signed in are not affected."),
				developer("Keep to Retry-After; do not repeat at once."),
				admin("If it stays, give the machine more cores, or see whether somebody is guessing passwords."),
			},
			Retry: "wait", Audience: "anyone", SeenBy: "S",
			Likely: []string{"many sign-ins in the same moment", "somebody tries passwords", "a slow machine, or password settings that are too costly for it"},
			See:    []Code{RateIP, ServerStopping},
			Words:  []string{"server busy", "service unavailable", "overloaded"},
		},
		{
			Code: ServerStopping, Status: 503, Title: "The server is restarting",
			Cause: "It is finishing what it has begun and takes nothing new.",
			Fixes: []Fix{user("Try again in a moment."), developer("Repeat the request after Retry-After.")},
			Retry: "wait", Audience: "anyone", SeenBy: "S",
			Likely: []string{"an update or a restart"},
			See:    []Code{ServerBusy},
			Words:  []string{"shutting down", "server is stopping", "graceful shutdown"},
		},
		{
			Code: ServerInternal, Status: 500, Title: "Something went wrong here",
			Cause: "It is a mistake of this server, not of what you did. The particulars are in its log.",
			Fixes: []Fix{
				user("Try again. If it stays, give the administrator the request id."),
				admin("Look the request up.", "ostiary explain REQUEST_ID"),
			},
			Retry: "none", Audience: "admin", SeenBy: "S",
			Likely: []string{"a bug"},
			See:    []Code{DBUnavailable},
			Words:  []string{"internal server error", "panic", "something went wrong"},
		},
	}
}
