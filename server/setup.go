package server

import (
	"context"
	"time"

	"ostiary/server/account"
	"ostiary/server/refusal"
	"ostiary/web"
)

// setupCookieLife is how long the code of a setup link stays in its cookie.
const setupCookieLife = 10 * time.Minute

// setupLink takes the code out of the address bar: it goes into a cookie of
// ten minutes, and the browser to the bare path. A GET uses nothing up, since
// programs that look at links follow them too.
func (s *Server) setupLink(r *request) error {
	r.f.Response.Header.SetCanonical(hReferrerPolicy, vNoReferrer)
	code := r.c.Params("code")
	ctx, cancel := r.bounded()
	defer cancel()
	if err := s.accounts.CheckSetup(ctx, code); err != nil {
		return err
	}
	r.setCookie(s.names.setup, code, setupCookieLife, false)
	return r.seeOther("/setup")
}

// setupForm is the page behind the link.
func (s *Server) setupForm(r *request) error {
	ctx, cancel := r.bounded()
	defer cancel()
	code := string(r.cookies().setup)
	if code == "" {
		return s.noSetupCode(ctx)
	}
	if err := s.accounts.CheckSetup(ctx, code); err != nil {
		return err
	}
	return r.renderPage(200, web.Setup, web.SetupPage{Frame: r.frame(), MinLength: s.cfg.Password.MinLength})
}

// noSetupCode answers who opens the bare page: mostly somebody who has just
// set the server up and comes back to it.
func (s *Server) noSetupCode(ctx context.Context) error {
	needed, err := s.accounts.NeedsSetup(ctx)
	if err != nil {
		return err
	}
	if !needed {
		return refusal.New(refusal.LinkUsed).Because("This server is set up: it has an administrator.").
			Fix(refusal.Fix{Who: "user", Text: "Sign in."})
	}
	return refusal.New(refusal.LinkMalformed).Because("This page needs the whole setup link, which the server prints when it starts.").
		Fix(refusal.Fix{Who: "user", Text: "Open the link in this browser, to its very end."},
			refusal.Fix{Who: "admin", Text: "Print a fresh one.", Cmd: "ostiary setup-link"})
}

// setup makes the first admin and signs them in. What is wrong with the form
// is shown above it, with what was typed, but for the password.
func (s *Server) setup(r *request) error {
	form, err := r.form("email", "name", "password", "code")
	if err != nil {
		return s.setupAgain(r, err)
	}
	out, err := s.setUp(r, form)
	if err != nil {
		return s.setupAgain(r, err)
	}
	r.giveBack()
	r.snap, r.fresh = out.Started.Snapshot, true
	r.setCookies(out)
	r.setCookie(s.names.setup, "", gone, false)
	s.log.Info("the first administrator was created; the setup link is dead", "component", "session", "user", out.User.ID, "address", r.address.String())
	return r.seeOther("/account")
}

func (s *Server) setupAgain(r *request, err error) error {
	page := web.SetupPage{Frame: r.frame(), Email: r.typed("email"), Name: r.typed("name"), Code: r.typed("code"), MinLength: s.cfg.Password.MinLength}
	return r.again(err, web.Setup, func(p *web.Problem) any { page.Problem = p; return page })
}

func (s *Server) setUp(r *request, form map[string]string) (account.SignedIn, error) {
	if err := needForm(form, "email", "password"); err != nil {
		return account.SignedIn{}, err
	}
	email, err := r.account(form["email"])
	if err != nil {
		return account.SignedIn{}, err
	}
	name, err := cleanName(form["name"])
	if err != nil {
		return account.SignedIn{}, err
	}
	code := form["code"]
	if code == "" {
		code = string(r.cookies().setup)
	}
	ctx, cancel := r.bounded()
	defer cancel()
	return s.accounts.SetUp(ctx, r.stranger(), r.signingIn(), code, account.NewUser{Email: email, Name: name, Password: form["password"]})
}
