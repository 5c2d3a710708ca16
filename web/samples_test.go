package web

import (
	"time"

	"ostiary/server/refusal"
)

var noon = time.Date(2026, 11, 21, 14, 2, 9, 0, time.UTC)

// samples are pages as people meet them, each name of views at least once. Every text
// that a person or a client could have chosen is filled with said.
func samples(said string) map[string]any {
	member := &Person{Name: said, Email: "ada@example.com"}
	admin := &Person{Name: said, Email: "ada@example.com", Admin: true}
	frame := func(p *Person) Frame {
		return Frame{User: p, CSRF: "1795292029.Zm9v", Notice: "Saved: " + said}
	}
	wrong := func(names ...string) *Problem {
		err := refusal.New(refusal.RequestInvalid)
		for _, name := range names {
			err.At("/"+name, refusal.RequestBadValue, "This cannot be used: "+said)
		}
		return Rejected(err, "req_4fTq9Zb2LkXw8RsV1nYcHd")
	}
	refused := refusal.New(refusal.LoginInvalidCredentials).Say("E-mail address or password is wrong " + said)
	return map[string]any{
		Refusal: Refused(refusal.New(refusal.AuthzMissingPermission).Say("Missing permission: "+said).
			Because("Your role viewer in acme does not include tool.create."), said),
		"refusal wait":   Refused(refusal.New(refusal.RateAccount).Wait(42*time.Second), "req_4fTq9Zb2LkXw8RsV1nYcHd"),
		"refusal login":  Refused(refusal.New(refusal.SessionRevoked), "req_4fTq9Zb2LkXw8RsV1nYcHd"),
		Codes:            FindCodes(""),
		"codes found":    FindCodes("csrf token mismatch"),
		"codes note":     CodesPage{Query: said, Note: said, Areas: areas()},
		"codes nothing":  FindCodes("xyzzy"),
		"codes redis":    FindCodes("redis is down"),
		Code:             explained(refusal.SessionCookieMissing),
		"code note":      explained(refusal.ProxyUntrusted),
		Continue:         ContinuePage{Target: "https://app.example.com/?from=1&to=2"},
		"continue bad":   ContinuePage{Target: "javascript:alert(1)//" + said},
		Setup:            SetupPage{Code: said, MinLength: 12, ExpiresAt: noon},
		"setup wrong":    SetupPage{Problem: wrong("email", "name", "password"), Email: said, Name: said, MinLength: 12},
		Login:            LoginPage{SignupOpen: true, Remember: true},
		"login why":      LoginPage{Why: &Why{Code: "session.revoked", Text: "You were signed out because your password was changed. " + said, At: noon}, Redirect: said, SignupOpen: true, Remember: true},
		"login known":    LoginPage{Frame: frame(member), SignupOpen: true},
		"login wrong":    LoginPage{Problem: Rejected(refused, "req_4fTq9Zb2LkXw8RsV1nYcHd"), Email: said, Redirect: said},
		Signup:           SignupPage{MinLength: 12},
		"signup wrong":   SignupPage{Problem: wrong("email", "name", "password"), Email: said, Name: said, MinLength: 12, Redirect: said},
		Logout:           LogoutPage{Frame: frame(member)},
		"logout done":    LogoutPage{Done: true},
		"logout nobody":  LogoutPage{},
		Account:          AccountPage{Frame: frame(member), ID: said, Email: said, EmailVerified: true, Name: said, CreatedAt: noon},
		"account wrong":  AccountPage{Frame: frame(admin), Problem: wrong("name"), ID: "usr_1", Email: said, Name: said},
		Password:         PasswordPage{Frame: frame(member), Email: said, MinLength: 12},
		"password wrong": PasswordPage{Frame: frame(member), Problem: wrong("current_password", "new_password"), Email: said, MinLength: 12, Must: true},
		Sessions:         SessionsPage{Frame: frame(member), Sessions: sessions(said)},
		"sessions one":   SessionsPage{Frame: frame(member), Sessions: sessions(said)[:1]},
		AdminUsers: AdminUsersPage{Frame: frame(admin), Search: said, Users: users(said), Next: said, MinLength: 12,
			New: NewUser{Email: said, Name: said, Admin: true}},
		"admin_users none":    AdminUsersPage{Frame: frame(admin), Problem: wrong("email", "name", "password"), Search: said, Deleted: true, MinLength: 12},
		AdminUser:             AdminUserPage{Frame: frame(admin), Person: users(said)[0], Sessions: sessions(said), MinLength: 12, Self: true},
		"admin_user last":     AdminUserPage{Frame: frame(admin), Problem: wrong("password"), Person: users(said)[0], MinLength: 12, LastAdmin: true},
		"admin_user disabled": AdminUserPage{Frame: frame(admin), Person: users(said)[1], MinLength: 12},
		"admin_user deleted":  AdminUserPage{Frame: frame(admin), Person: users(said)[2], MinLength: 12},
		AdminSessions:         AdminSessionsPage{Frame: frame(admin), Sessions: sessions(said), Next: said},
		"admin_sessions none": AdminSessionsPage{Frame: frame(admin)},
	}
}

func explained(code refusal.Code) CodePage {
	page, _ := ExplainCode(code)
	return page
}

func sessions(said string) []Session {
	return []Session{
		{ID: "ses_1", Current: true, Device: "Firefox on Linux", IP: "203.0.113.9", UserID: "usr_1", Email: said, CreatedAt: noon.Add(-72 * time.Hour), LastSeenAt: noon, ExpiresAt: noon.Add(720 * time.Hour)},
		{ID: said, Device: said, IP: said, UserID: said, Email: said, CreatedAt: noon, LastSeenAt: noon, ExpiresAt: noon},
		{ID: "ses_3", Device: "Safari on iPhone", IP: "2001:db8:85a3:8d3:1319:8a2e:370:7348", UserID: "usr_3", Email: "cat@example.com", CreatedAt: noon},
	}
}

func users(said string) []User {
	return []User{
		{ID: said, Email: said, EmailVerified: true, Name: said, Admin: true, CreatedAt: noon},
		{ID: "usr_2", Email: "ben@example.com", CreatedAt: noon, DisabledAt: noon},
		{ID: "usr_3", Email: "cat.with.a.rather.long.address@department.example.com", Name: "Cat", CreatedAt: noon, DisabledAt: noon, DeletedAt: noon},
	}
}

func secondsOf(n int) time.Duration { return time.Duration(n) * time.Second }
