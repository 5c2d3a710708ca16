package server

import (
	"ostiary/server/refusal"
	"ostiary/server/session"
	"ostiary/storage"
	"ostiary/web"
)

func (r *request) accountView() web.AccountPage {
	u := r.snap.User
	return web.AccountPage{Frame: r.frame(), ID: u.ID, Email: u.Email, EmailVerified: u.EmailVerified, Name: u.Name, CreatedAt: u.CreatedAt}
}

func (s *Server) accountPage(r *request) error {
	return r.renderPage(200, web.Account, r.accountView())
}

func (s *Server) profilePage(r *request) error {
	form, err := r.form("name")
	if err != nil {
		return s.profileAgain(r, err)
	}
	name, err := cleanName(form["name"])
	if err == nil {
		ctx, cancel := r.bounded()
		defer cancel()
		err = s.accounts.Rename(ctx, r.caller(), name)
	}
	if err != nil {
		return s.profileAgain(r, err)
	}
	return r.seeOther("/account?done=profile")
}

func (s *Server) profileAgain(r *request, err error) error {
	page := r.accountView()
	page.Name = r.typed("name")
	return r.again(err, web.Account, func(p *web.Problem) any { page.Problem = p; return page })
}

func (r *request) passwordView() web.PasswordPage {
	u := r.snap.User
	return web.PasswordPage{Frame: r.frame(), Email: u.Email, MinLength: r.s.cfg.Password.MinLength, Must: u.MustChangePassword}
}

func (s *Server) passwordForm(r *request) error {
	return r.renderPage(200, web.Password, r.passwordView())
}

func (s *Server) passwordPage(r *request) error {
	form, err := r.form("current_password", "new_password")
	if err != nil {
		return s.passwordAgain(r, err)
	}
	if err = s.changePasswordByForm(r, form); err != nil {
		return s.passwordAgain(r, err)
	}
	return r.seeOther("/account/password?done=password")
}

func (s *Server) passwordAgain(r *request, err error) error {
	page := r.passwordView()
	return r.again(err, web.Password, func(p *web.Problem) any {
		renameField(p, "password", "new_password")
		page.Problem = p
		return page
	})
}

func (s *Server) changePasswordByForm(r *request, form map[string]string) error {
	if err := needForm(form, "current_password", "new_password"); err != nil {
		return err
	}
	if err := r.takeAuth(); err != nil {
		return err
	}
	if err := r.takeAccount(r.snap.User.Email); err != nil {
		return err
	}
	ctx, cancel := r.bounded()
	defer cancel()
	out, err := s.accounts.ChangePassword(ctx, r.caller(), r.cookies().device, form["current_password"], form["new_password"])
	if err != nil {
		return err
	}
	r.giveBack()
	r.snap, r.fresh = out.Started.Snapshot, true
	r.setCookies(out)
	return nil
}

// renameField leads a complaint about the domain's field to the form's.
func renameField(p *web.Problem, from, to string) {
	for i := range p.Fields {
		if p.Fields[i].Name == from {
			p.Fields[i].Name = to
		}
	}
}

func (s *Server) sessionsPage(r *request) error {
	page, err := s.sessionsView(r)
	if err != nil {
		return err
	}
	return r.renderPage(200, web.Sessions, page)
}

func (s *Server) sessionsAgain(r *request, err error) error {
	page, listErr := s.sessionsView(r)
	if listErr != nil {
		return listErr
	}
	return r.again(err, web.Sessions, func(p *web.Problem) any { page.Problem = p; return page })
}

func (s *Server) sessionsView(r *request) (web.SessionsPage, error) {
	page := web.SessionsPage{Frame: r.frame()}
	ctx, cancel := r.bounded()
	defer cancel()
	rows, err := s.sessions.List(ctx, r.snap.User.ID)
	for _, row := range rows {
		page.Sessions = append(page.Sessions, r.sessionView(row))
	}
	return page, err
}

func (r *request) sessionView(row storage.Session) web.Session {
	return web.Session{ID: row.ID, Current: row.ID == r.snap.Session.ID, Device: deviceName(row.UserAgent), IP: row.IP,
		UserID: row.UserID, CreatedAt: row.CreatedAt, LastSeenAt: row.LastSeenAt, ExpiresAt: row.ExpiresAt}
}

func (s *Server) endSessionPage(r *request) error {
	if _, err := r.form(); err != nil {
		return err
	}
	ctx, cancel := r.bounded()
	defer cancel()
	id := r.c.Params("id")
	if err := s.sessions.End(ctx, r.caller(), id, session.ByOwner); err != nil && !refusal.Is(err, refusal.RequestUnknownID) {
		return err
	}
	if id == r.snap.Session.ID {
		r.clearSession()
		return r.seeOther("/login")
	}
	return r.seeOther("/account/sessions?done=session")
}

func (s *Server) endOthersPage(r *request) error {
	if _, err := r.form(); err != nil {
		return err
	}
	ctx, cancel := r.bounded()
	defer cancel()
	if _, err := s.sessions.LogoutAll(ctx, r.caller(), true); err != nil {
		return err
	}
	return r.seeOther("/account/sessions?done=sessions")
}
