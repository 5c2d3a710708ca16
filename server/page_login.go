package server

import (
	"strings"

	"ostiary/server/account"
	"ostiary/server/refusal"
	"ostiary/web"
)

// visitorFrame is the frame of a page that anyone may see, with the name of
// who is signed in, if anyone is.
func (r *request) visitorFrame() web.Frame {
	if r.snap == nil {
		r.snap = r.visitor()
	}
	return r.frame()
}

// home sends everyone to where they can begin.
func (s *Server) home(r *request) error {
	if r.visitor() != nil {
		return r.seeOther("/account")
	}
	return r.seeOther("/login")
}

func (s *Server) loginForm(r *request) error {
	page := web.LoginPage{Frame: r.visitorFrame(), Remember: true, SignupOpen: s.cfg.Signup.Enabled}
	page.Why = s.openWhy(r.c.Query("why"), r.cookies().why)
	target, err := r.wantedRedirect(r.c.Query("redirect"))
	if err != nil {
		return err
	}
	page.Redirect = target
	return r.renderPage(200, web.Login, page)
}

// wantedRedirect judges where the browser wants to go afterwards; nothing is
// nowhere in particular.
func (r *request) wantedRedirect(target string) (string, error) {
	if target == "" {
		return "", nil
	}
	return r.live.origins.redirect(target)
}

func (s *Server) loginPage(r *request) error {
	form, err := r.form("email", "password", "remember", "redirect")
	if err != nil {
		return s.loginAgain(r, err)
	}
	target, err := r.wantedRedirect(form["redirect"])
	if err != nil {
		return err
	}
	out, err := s.loginByForm(r, form)
	if err != nil {
		return s.loginAgain(r, err)
	}
	return r.enter(out, target)
}

func (s *Server) loginAgain(r *request, err error) error {
	page := web.LoginPage{Frame: r.frame(), Email: r.typed("email"), Remember: r.typed("remember") != "", SignupOpen: s.cfg.Signup.Enabled}
	page.Redirect, _ = r.wantedRedirect(r.typed("redirect"))
	return r.again(err, web.Login, func(p *web.Problem) any { page.Problem = p; return page })
}

func (s *Server) loginByForm(r *request, form map[string]string) (account.SignedIn, error) {
	if err := needForm(form, "email", "password"); err != nil {
		return account.SignedIn{}, err
	}
	email, err := r.account(form["email"])
	if err != nil {
		return account.SignedIn{}, err
	}
	ctx, cancel := r.bounded()
	defer cancel()
	return s.accounts.Login(ctx, r.stranger(), r.signingIn(), email, form["password"], form["remember"] != "")
}

// needForm names the fields that were left empty.
func needForm(form map[string]string, names ...string) error {
	bad := refusal.New(refusal.RequestInvalid)
	for _, name := range names {
		if form[name] == "" {
			bad.At("/"+name, refusal.RequestRequired, "This is needed.")
		}
	}
	if len(bad.Fields) > 0 {
		return bad
	}
	return nil
}

// enter ends a sign-in by form: cookies, and on to where the browser was
// going. Another origin is reached by a page of its own, since a policy of
// `form-action 'self'` silently stops a redirect there.
func (r *request) enter(out account.SignedIn, target string) error {
	r.giveBack()
	r.snap, r.fresh = out.Started.Snapshot, true
	r.setCookies(out)
	r.setCookie(r.s.names.why, "", gone, false)
	switch {
	case out.User.MustChangePassword:
		return r.seeOther("/account/password")
	case target == "":
		return r.seeOther("/account")
	case strings.HasPrefix(target, "/"):
		return r.sendTo(target)
	}
	return r.renderPage(200, web.Continue, web.ContinuePage{Frame: r.frame(), Target: target})
}

func (s *Server) signupForm(r *request) error {
	if !s.cfg.Signup.Enabled {
		return refusal.New(refusal.SignupDisabled)
	}
	target, err := r.wantedRedirect(r.c.Query("redirect"))
	if err != nil {
		return err
	}
	return r.renderPage(200, web.Signup, web.SignupPage{Frame: r.visitorFrame(), MinLength: s.cfg.Password.MinLength, Redirect: target})
}

func (s *Server) signupPage(r *request) error {
	form, err := r.form("email", "name", "password", "redirect")
	if err != nil {
		return s.signupAgain(r, err)
	}
	target, err := r.wantedRedirect(form["redirect"])
	if err != nil {
		return err
	}
	out, err := s.signupByForm(r, form)
	if err != nil {
		return s.signupAgain(r, err)
	}
	return r.enter(out, target)
}

func (s *Server) signupAgain(r *request, err error) error {
	page := web.SignupPage{Frame: r.frame(), Email: r.typed("email"), Name: r.typed("name"), MinLength: s.cfg.Password.MinLength}
	page.Redirect, _ = r.wantedRedirect(r.typed("redirect"))
	return r.again(err, web.Signup, func(p *web.Problem) any { page.Problem = p; return page })
}

func (s *Server) signupByForm(r *request, form map[string]string) (account.SignedIn, error) {
	wanted, err := r.newUserByForm(form)
	if err != nil {
		return account.SignedIn{}, err
	}
	ctx, cancel := r.bounded()
	defer cancel()
	return s.accounts.SignUp(ctx, r.stranger(), r.signingIn(), wanted)
}

// newUserByForm reads the fields that every form for a new account has.
func (r *request) newUserByForm(form map[string]string) (account.NewUser, error) {
	if err := needForm(form, "email", "password"); err != nil {
		return account.NewUser{}, err
	}
	email, err := r.account(form["email"])
	if err != nil {
		return account.NewUser{}, err
	}
	name, err := cleanName(form["name"])
	return account.NewUser{Email: email, Name: name, Password: form["password"]}, err
}

func (s *Server) logoutForm(r *request) error {
	return r.renderPage(200, web.Logout, web.LogoutPage{Frame: r.visitorFrame()})
}

// logoutPage signs out; with clean=1 this browser forgets everything of ours,
// which is the way out when cookies have got into each other's way.
func (s *Server) logoutPage(r *request) error {
	form, err := r.form("clean")
	if err != nil {
		return err
	}
	if err := s.endVisit(r); err != nil {
		return err
	}
	r.clearSession()
	r.setCookie(s.names.why, "", gone, false)
	if form["clean"] != "" {
		r.setCookie(s.names.device, "", gone, false)
		r.setCookie(s.names.setup, "", gone, false)
		r.f.Response.Header.Set("Clear-Site-Data", `"cookies"`)
	}
	return r.renderPage(200, web.Logout, web.LogoutPage{Done: true})
}

// changePasswordPlace is where password managers look (W3C, A Well-Known URL
// for Changing Passwords).
func (s *Server) changePasswordPlace(r *request) error { return r.seeOther("/account/password") }
