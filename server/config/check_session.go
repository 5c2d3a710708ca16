package config

import (
	"fmt"
	"strings"
	"time"
)

func checkSession(c *checker) {
	// Unwritten, renew_after gives way to a short idle: the server renews after
	// the smaller of it and half of idle.
	if c.given("session.renew_after") {
		c.checkBelow("session.renew_after", "session.idle", c.Session.RenewAfter, c.Session.Idle)
	}
	if c.given("session.fresh_for") && c.Session.FreshFor > c.Session.Idle && c.fine("session.fresh_for", "session.idle") {
		c.invalid("session.fresh_for", "`session.fresh_for` must not be longer than `session.idle`",
			fmt.Sprintf("%s is longer than %s", c.Session.FreshFor, c.Session.Idle), c.removal("session.fresh_for"))
	}
}

func checkTokens(c *checker) {
	c.checkBelow("tokens.access_ttl", "tokens.refresh_idle", c.Tokens.AccessTTL, c.Tokens.RefreshIdle)
}

// checkBelow tells at the smaller setting, unless only the larger was written.
func (c *checker) checkBelow(small, large string, a, b Duration) {
	if !c.fine(small, large) || a < b {
		return
	}
	c.add(finding{code: "config.invalid_value", setting: c.firstGiven(small, large),
		message: fmt.Sprintf("`%s` must be below `%s`", small, large),
		cause:   fmt.Sprintf("%s is not below %s", a, b),
		fix:     "lower " + small + " or raise " + large})
}

// warnLifetimes tells of lives that are allowed and surprising.
func warnLifetimes(c *checker) {
	for _, w := range []struct {
		setting  string
		d        Duration
		low, top time.Duration
		code     string
		effect   string
	}{
		{"session.idle", c.Session.Idle, time.Hour, 400 * day, "session.lifetime_odd", "people are signed out while they work"},
		{"session.max", c.Session.Max, time.Hour, longestDuration, "session.lifetime_odd", "people are signed out while they work"},
		{"extension.ttl", c.Extension.TTL, 0, time.Hour, "extension.ttl_long", "a token that leaks is good for longer than an hour"},
		{"login.preauth_ttl", c.Login.PreauthTTL, time.Minute, day, "preauth.ttl_short", "people have less than a minute to find their code"},
	} {
		if !c.fine(w.setting) || w.d == 0 || w.d.D() >= w.low && w.d.D() <= w.top {
			continue
		}
		effect := w.effect
		if w.setting == "session.idle" && w.d.D() > w.top {
			effect = "browsers keep no cookie longer than 400 days"
		}
		c.add(finding{code: w.code, severity: Warning, setting: w.setting, effect: effect,
			message: fmt.Sprintf("`%s` is %s", w.setting, w.d), fix: c.removal(w.setting) + " for the default"})
	}
}

func checkOnSignup(c *checker) {
	value := c.Organization.OnSignup
	if !c.fine("organization.on_signup") || value == "none" || value == "personal" {
		return
	}
	slug, join := strings.CutPrefix(value, "join:")
	if !join || !isChosenName(slug) {
		c.invalid("organization.on_signup", "`organization.on_signup` must be none, personal or join:<slug>",
			"it is none of them", "for example "+c.rewrite("organization.on_signup", "join:acme"))
	}
}

func warnNobodyGetsOne(c *checker) {
	if c.fine("organization.required", "organization.on_signup", "signup.enabled") &&
		c.Organization.Required && c.Organization.OnSignup == "none" && c.Signup.Enabled {
		c.add(finding{code: "organization.nobody_gets_one", severity: Warning, setting: c.firstGiven("organization.required", "organization.on_signup"),
			message: "organization.required is on, but who signs up gets no organization",
			effect:  "people can do nothing until somebody invites them",
			fix:     `set organization.on_signup to "personal" or "join:<slug>", or signup.enabled = false and invite`})
	}
}

func noteSignup(c *checker) {
	const verify = "signup.require_verified_email"
	if !c.fine("signup.enabled", verify, "mail.driver") || !c.Signup.Enabled {
		return
	}
	if c.Signup.RequireVerifiedEmail == "on" || c.Signup.RequireVerifiedEmail == "auto" && c.Mail.Driver != "inbox" {
		return
	}
	c.add(finding{code: "signup.tells_addresses", severity: Note, setting: c.firstGiven(verify, "signup.enabled"),
		message: "sign-up without verified addresses tells who has an account",
		cause:   "a taken address is answered with signup.email_taken",
		fix:     "set signup.enabled = false, or verify addresses once mail leaves this machine"})
}
