package config

import "time"

const day = 24 * time.Hour

// Default returns the configuration of a server that was told nothing.
// The maps are nil, lists are empty.
func Default() Config {
	c := Config{
		Listen:         "127.0.0.1:8080",
		Data:           "./ostiary-data",
		Origins:        []string{},
		TrustedProxies: []string{},
		Cookie:         Cookie{Prefix: "ostiary", SameSite: "lax", OlderDomains: []string{}},
		Session: Session{Kind: "session", Transport: "any",
			Idle: Duration(30 * day), RenewAfter: Duration(day), FreshFor: Duration(time.Hour)},
		Tokens: Tokens{Algorithm: "ES256", AccessTTL: Duration(10 * time.Minute),
			RefreshIdle: Duration(30 * day), ReuseGrace: Duration(30 * time.Second)},
		CSRF:         CSRF{Mode: "token"},
		Signup:       Signup{Enabled: true, RequireVerifiedEmail: "auto"},
		Password:     Password{MinLength: 12, MemoryKiB: 19456, Iterations: 2, Parallelism: 1},
		Login:        Login{Concurrent: "allow", Limit: 1, OnLimit: "evict", PreauthTTL: Duration(5 * time.Minute), EmailCode: "off"},
		Organization: Organization{OnSignup: "none"},
		Extension:    Extension{TTL: Duration(5 * time.Minute), Origins: []string{}},
		Mail:         Mail{Driver: "inbox", SMTP: SMTP{Port: 587, TLS: "starttls"}},
		Upstream: Upstream{LoginField: "login", PasswordField: "password",
			SessionField: "session", TTL: Duration(day)},
		Cache:  Cache{SizeMB: 16},
		Log:    Log{Level: "info"},
		Audit:  Audit{Keep: Duration(365 * day)},
		Backup: Backup{Keep: 7},
	}
	c.Links = defaultLinks()
	c.Limits = defaultLimits()
	return c
}

func defaultLinks() Links {
	return Links{
		Verify:     Duration(day),
		Reset:      Duration(time.Hour),
		Magic:      Duration(15 * time.Minute),
		Code:       Duration(10 * time.Minute),
		Invitation: Duration(7 * day),
	}
}

func defaultLimits() Limits {
	return Limits{
		Enabled:     true,
		Auth:        Rate{5, time.Minute},
		AuthAddress: Rate{60, time.Minute},
		AuthNetwork: Rate{600, time.Minute},
		Anonymous:   Rate{60, time.Minute},
		User:        Rate{600, time.Minute},
		LockAfter:   10,
		LockFor:     Duration(5 * time.Minute),
	}
}
