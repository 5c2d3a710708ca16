package server

import (
	"context"

	"ostiary/server/account"
	"ostiary/server/refusal"
	"ostiary/storage"
	"ostiary/web"
)

func (s *Server) adminHome(r *request) error { return r.seeOther("/admin/users") }

func userView(u storage.User) web.User {
	return web.User{ID: u.ID, Email: u.Email, EmailVerified: u.EmailVerified, Name: u.Name, Admin: u.Admin,
		CreatedAt: u.CreatedAt, DisabledAt: u.DisabledAt, DeletedAt: u.DeletedAt}
}

func (s *Server) adminUsersPage(r *request) error {
	page, err := s.usersView(r)
	if err != nil {
		return err
	}
	return r.renderPage(200, web.AdminUsers, page)
}

// usersView is the list of people as the address asks for it.
func (s *Server) usersView(r *request) (web.AdminUsersPage, error) {
	page := web.AdminUsersPage{Frame: r.frame(), Search: truncate(cleanText(r.c.Query("q")), 254), Deleted: r.c.Query("deleted") == "on", MinLength: s.cfg.Password.MinLength}
	ctx, cancel := r.bounded()
	defer cancel()
	users, err := s.accounts.Users(ctx, r.caller(), storage.UserFilter{
		Search: page.Search, After: truncate(r.c.Query("cursor"), 64), Limit: pageSize + 1, Deleted: page.Deleted})
	if err != nil {
		return page, err
	}
	for i, user := range users {
		if i == pageSize {
			page.Next = users[i-1].ID
			break
		}
		page.Users = append(page.Users, userView(user))
	}
	return page, nil
}

func (s *Server) adminCreatePage(r *request) error {
	form, err := r.form("email", "name", "password", "admin")
	if err != nil {
		return s.adminUsersAgain(r, err)
	}
	if err = s.createByForm(r, form); err != nil {
		return s.adminUsersAgain(r, err)
	}
	return r.seeOther("/admin/users?done=created")
}

func (s *Server) adminUsersAgain(r *request, err error) error {
	page, listErr := s.usersView(r)
	if listErr != nil {
		return listErr
	}
	page.New = web.NewUser{Email: r.typed("email"), Name: r.typed("name"), Admin: r.typed("admin") != ""}
	return r.again(err, web.AdminUsers, func(p *web.Problem) any { page.Problem = p; return page })
}

func (s *Server) createByForm(r *request, form map[string]string) error {
	if err := needForm(form, "email", "password"); err != nil {
		return err
	}
	email, err := account.CanonicalEmail(form["email"])
	if err != nil {
		return invalidField("email", refusal.RequestBadValue, capital(err.Error())+".")
	}
	name, err := cleanName(form["name"])
	if err != nil {
		return err
	}
	ctx, cancel := r.bounded()
	defer cancel()
	_, err = s.accounts.Create(ctx, r.caller(), account.NewUser{Email: email, Name: name, Password: form["password"], Admin: form["admin"] != ""})
	return err
}

func (s *Server) adminUserPage(r *request) error {
	page, err := s.userPageView(r)
	if err != nil {
		return err
	}
	return r.renderPage(200, web.AdminUser, page)
}

func (s *Server) userPageView(r *request) (page web.AdminUserPage, err error) {
	ctx, cancel := r.bounded()
	defer cancel()
	user, err := s.accounts.User(ctx, r.caller(), r.c.Params("id"))
	if err != nil {
		return page, err
	}
	rows, err := s.sessions.List(ctx, user.ID)
	if err != nil {
		return page, err
	}
	last, err := s.accounts.IsLastAdmin(ctx, user)
	page = web.AdminUserPage{Frame: r.frame(), Person: userView(user), MinLength: s.cfg.Password.MinLength, Self: user.ID == r.snap.User.ID, LastAdmin: last}
	for _, row := range rows {
		page.Sessions = append(page.Sessions, r.sessionView(row))
	}
	return page, err
}

// userActions are what a button on a user's page does, by the end of the path
// it posts to.
var userActions = map[string]func(*account.Accounts, context.Context, change) error{
	"disable": func(a *account.Accounts, ctx context.Context, c change) error {
		_, err := a.Disable(ctx, c.by, c.id)
		return err
	},
	"enable": func(a *account.Accounts, ctx context.Context, c change) error {
		_, err := a.Enable(ctx, c.by, c.id)
		return err
	},
	"delete": func(a *account.Accounts, ctx context.Context, c change) error {
		_, err := a.Delete(ctx, c.by, c.id)
		return err
	},
	"restore": func(a *account.Accounts, ctx context.Context, c change) error {
		_, err := a.Restore(ctx, c.by, c.id)
		return err
	},
	"sign-out": func(a *account.Accounts, ctx context.Context, c change) error {
		_, err := a.SignOut(ctx, c.by, c.id)
		return err
	},
}

func (s *Server) adminUserAction(r *request) error {
	form, err := r.form("password")
	if err != nil {
		return s.adminUserAgain(r, err)
	}
	id, action := r.c.Params("id"), r.c.Params("action")
	ctx, cancel := r.bounded()
	defer cancel()
	if do, ok := userActions[action]; ok {
		err = do(s.accounts, ctx, change{ctx, r.caller(), id})
	} else if action == "set-password" {
		err = s.accounts.SetPassword(ctx, r.caller(), id, form["password"])
	} else {
		return refusal.New(refusal.RequestNotFound)
	}
	if err != nil {
		return s.adminUserAgain(r, err)
	}
	return r.seeOther("/admin/users/" + id + "?done=" + action)
}

func (s *Server) adminUserAgain(r *request, err error) error {
	page, viewErr := s.userPageView(r)
	if viewErr != nil {
		return viewErr
	}
	return r.again(err, web.AdminUser, func(p *web.Problem) any { page.Problem = p; return page })
}

func (s *Server) adminSessionsPage(r *request) error {
	page, err := s.allSessionsView(r)
	if err != nil {
		return err
	}
	return r.renderPage(200, web.AdminSessions, page)
}

func (s *Server) adminSessionsAgain(r *request, err error) error {
	page, listErr := s.allSessionsView(r)
	if listErr != nil {
		return listErr
	}
	return r.again(err, web.AdminSessions, func(p *web.Problem) any { page.Problem = p; return page })
}

func (s *Server) allSessionsView(r *request) (web.AdminSessionsPage, error) {
	page := web.AdminSessionsPage{Frame: r.frame()}
	ctx, cancel := r.bounded()
	defer cancel()
	rows, err := s.sessions.Page(ctx, r.caller(), storage.SessionFilter{After: truncate(r.c.Query("cursor"), 64), Limit: pageSize + 1})
	if err != nil {
		return page, err
	}
	emails := emailBook{s: s, known: map[string]string{}}
	for i, row := range rows {
		if i == pageSize {
			page.Next = rows[i-1].ID
			break
		}
		view := r.sessionView(row)
		if view.Email, err = emails.of(ctx, r.caller(), row.UserID); err != nil {
			return page, err
		}
		page.Sessions = append(page.Sessions, view)
	}
	return page, nil
}

func (s *Server) adminEndSessionPage(r *request) error {
	if _, err := r.form(); err != nil {
		return err
	}
	ctx, cancel := r.bounded()
	defer cancel()
	if err := s.sessions.EndAny(ctx, r.caller(), r.c.Params("id")); err != nil && !refusal.Is(err, refusal.RequestUnknownID) {
		return err
	}
	return r.seeOther("/admin/sessions?done=session")
}
