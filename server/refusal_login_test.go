package server_test

import (
	"strings"
	"time"

	"ostiary/server/config"
	"ostiary/server/credential"
	"ostiary/server/refusal"
	"ostiary/server/servertest"
)

// logIn tries a password.
func (x *scene) logIn(email, password string) *servertest.Answer {
	x.T.Helper()
	return x.do(x.Browser(), "POST", loginAt, map[string]any{"email": email, "password": password})
}

// loginRefusals are about signing in and up.
func loginRefusals() []planted {
	closed := func(c *config.Config) { c.Signup.Enabled = false }
	return []planted{
		{refusal.LoginInvalidCredentials, "a wrong password", nil, func(x *scene) *servertest.Answer {
			newUser(x.Server, ada, false)
			return x.logIn(ada, "a wrong password")
		}},
		{refusal.LoginInvalidCredentials, "a password that nobody can have", nil, func(x *scene) *servertest.Answer {
			newUser(x.Server, ada, false)
			return x.logIn(ada, strings.Repeat("x", 20_000))
		}},
		{refusal.SignupDisabled, "closed", with(closed), func(x *scene) *servertest.Answer {
			return x.do(x.Browser(), "POST", signupAt, map[string]any{"email": ada, "password": servertest.Password})
		}},
		{refusal.SignupEmailTaken, "taken, in another spelling", nil, func(x *scene) *servertest.Answer {
			newUser(x.Server, ada, false)
			return x.do(x.Browser(), "POST", signupAt, map[string]any{"email": " ADA@Example.COM ", "password": servertest.Password})
		}},
		{refusal.AccountWrongPassword, "a wrong current password", nil, func(x *scene) *servertest.Answer {
			return x.do(signedIn(x.Server, ada), "POST", "/api/v1/auth/password/change",
				map[string]any{"current_password": "not the current one", "password": "salt marsh, seven lamps"})
		}},
		{refusal.AccountEmailUnverified, "an app insists", nil, func(x *scene) *servertest.Answer {
			return x.do(signedIn(x.Server, ada), "GET", "/api/v1/auth/verify?email_verified=true", nil)
		}},
	}
}

// passwordRefusals are what a new password breaks, beside the field.
func passwordRefusals() []planted {
	refused := func(code refusal.Code, password string) planted {
		return planted{refusal.RequestInvalid, string(code), nil, func(x *scene) *servertest.Answer {
			a := x.do(x.Browser(), "POST", signupAt, map[string]any{"email": "marguerite.okonkwo@example.com", "password": password})
			if a.Text("errors.0.code") != string(code) || a.Text("errors.0.pointer") != "/password" || a.Get("errors.1") != nil {
				x.T.Errorf("want %s alone: %s", code, a.Raw)
			}
			return a
		}}
	}
	return []planted{
		refused(refusal.PasswordTooShort, "ab3-xk9?zzq"),
		refused(refusal.PasswordTooLong, strings.Repeat("q8 ", 86)),
		refused(refusal.PasswordCommon, "1234567890123456"),
		refused(refusal.PasswordIsIdentity, "Marguerite.Okonkwo1"),
	}
}

// limitRefusals are limits that are used up by one request too many.
func limitRefusals() []planted {
	rate := func(set func(*config.Limits)) []servertest.Option {
		return with(func(c *config.Config) { set(&c.Limits) })
	}
	three := config.Rate{Burst: 3, Per: time.Minute}
	return []planted{
		{refusal.RateAccount, "one account", nil, func(x *scene) *servertest.Answer {
			for range 5 {
				x.Browser().Do("POST", loginAt, map[string]any{"email": ada, "password": "wrong"}).Want(401, "login.invalid_credentials")
			}
			return x.logIn(ada, servertest.Password)
		}},
		{refusal.LoginLocked, "an account that nobody has", with(func(c *config.Config) { c.Limits.LockAfter = 3 }), func(x *scene) *servertest.Answer {
			for range 3 {
				x.Browser().Do("POST", loginAt, map[string]any{"email": ada, "password": "wrong"}).Want(401, "login.invalid_credentials")
			}
			return x.logIn(ada, "wrong")
		}},
		{refusal.RateIP, "many accounts from one address", rate(func(l *config.Limits) { l.AuthAddress = three }), func(x *scene) *servertest.Answer {
			for _, name := range []string{"a", "b", "c"} {
				x.Browser().Do("POST", loginAt, map[string]any{"email": name + "@example.com", "password": "wrong"}).Want(401, "login.invalid_credentials")
			}
			return x.logIn("d@example.com", "wrong")
		}},
		{refusal.RateIP, "many accounts from one network", rate(func(l *config.Limits) { l.AuthNetwork = three }), func(x *scene) *servertest.Answer {
			for range 3 {
				x.Browser().Do("POST", signupAt, "{").Want(400, "request.malformed")
			}
			return x.do(x.Browser(), "POST", signupAt, "{")
		}},
		{refusal.RateIP, "without a credential", rate(func(l *config.Limits) { l.Anonymous = three }), func(x *scene) *servertest.Answer {
			for range 3 {
				x.Browser().Do("GET", meAt, nil).Want(401, "session.none")
			}
			return x.me(x.Browser())
		}},
		{refusal.RateIP, "with credentials that are none", rate(func(l *config.Limits) { l.Anonymous = three }), func(x *scene) *servertest.Answer {
			token, _ := credential.Mint(credential.Session, tag(signedIn(x.Server, ada).Cookies[sessionCookie]))
			for range 3 {
				withCookie(x.Server, token).Do("GET", meAt, nil).Want(401, "session.unknown")
			}
			return x.me(withCookie(x.Server, token))
		}},
		{refusal.RateUser, "one person", rate(func(l *config.Limits) { l.User = three }), func(x *scene) *servertest.Answer {
			b := signedIn(x.Server, ada)
			for range 3 {
				b.Do("GET", meAt, nil).Want(200, "")
			}
			return x.me(b)
		}},
	}
}

// linkRefusals are about the setup link.
func linkRefusals() []planted {
	open := func(x *scene, code string) *servertest.Answer {
		return x.do(x.Browser(), "GET", "/setup/"+code, nil)
	}
	return []planted{
		{refusal.LinkExpired, "half an hour old", nil, func(x *scene) *servertest.Answer {
			code := setupCode(x.Server)
			x.Clock.Move(30 * time.Minute)
			return open(x, code)
		}},
		{refusal.LinkUsed, "there is an admin", nil, func(x *scene) *servertest.Answer {
			code := setupCode(x.Server)
			newUser(x.Server, ada, true)
			return open(x, code)
		}},
		{refusal.LinkUnknown, "never made", nil, func(x *scene) *servertest.Answer {
			setupCode(x.Server)
			code, _ := credential.Short()
			return open(x, code)
		}},
		{refusal.LinkMalformed, "cut short", nil, func(x *scene) *servertest.Answer {
			code := setupCode(x.Server)
			return open(x, code[:len(code)-2])
		}},
		{refusal.LinkMalformed, "no link at all", nil, func(x *scene) *servertest.Answer {
			return x.do(x.Browser(), "GET", "/setup", nil)
		}},
	}
}

// setupCode makes a setup link, as the start does, and returns its code.
func setupCode(s *servertest.Server) string {
	s.T.Helper()
	url := s.Operator().Do("POST", "/api/v1/admin/setup-link", nil).Want(201, "").Text("url")
	return strings.TrimPrefix(url, s.Config.Site().URL+"/setup/")
}
