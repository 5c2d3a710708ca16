package server

import (
	"context"
	"strconv"

	"ostiary/server/access"
	"ostiary/server/account"
	"ostiary/server/refusal"
	"ostiary/storage"
)

// adminUserJSON is a user as an admin sees one.
type adminUserJSON struct {
	userJSON
	Admin       bool    `json:"admin"`
	HasPassword bool    `json:"has_password"`
	MustChange  bool    `json:"must_change_password"`
	DisabledAt  *string `json:"disabled_at"`
	DeletedAt   *string `json:"deleted_at"`
	Sessions    *int    `json:"sessions,omitempty"`
}

func adminUserOf(u storage.User) adminUserJSON {
	return adminUserJSON{userJSON: userOf(u), Admin: u.Admin, HasPassword: u.PasswordHash != "", MustChange: u.MustChangePassword,
		DisabledAt: stampOrNull(u.DisabledAt), DeletedAt: stampOrNull(u.DeletedAt)}
}

// Pages of lists: how many items when nothing is said, and at most.
const (
	pageSize = 50
	pageMost = 200
)

// pageOf reads cursor and limit, which every list takes.
func (r *request) pageOf() (cursor string, limit int, err error) {
	limit = pageSize
	if text := r.c.Query("limit"); text != "" {
		limit, err = strconv.Atoi(text)
		if err != nil || limit < 1 || limit > pageMost {
			return "", 0, refusal.New(refusal.RequestInvalid).At("?limit", refusal.RequestBadValue, "This must be a number from 1 to 200.")
		}
	}
	cursor = r.c.Query("cursor")
	if len(cursor) > 64 {
		return "", 0, refusal.New(refusal.RequestInvalid).At("?cursor", refusal.RequestBadValue, "This is no cursor of ours.")
	}
	return cursor, limit, nil
}

func (s *Server) adminUsers(r *request) error {
	cursor, limit, err := r.pageOf()
	if err != nil {
		return err
	}
	ctx, cancel := r.bounded()
	defer cancel()
	users, err := s.accounts.Users(ctx, r.caller(), storage.UserFilter{
		Search: truncate(r.c.Query("search"), 254), After: cursor, Limit: limit + 1, Deleted: r.c.Query("deleted") == "true"})
	if err != nil {
		return err
	}
	out := list[adminUserJSON]{Items: []adminUserJSON{}}
	for i, user := range users {
		if i == limit {
			out.NextCursor = users[i-1].ID
			break
		}
		out.Items = append(out.Items, adminUserOf(user))
	}
	return r.json(200, out)
}

func (s *Server) adminCreateUser(r *request) error {
	var body struct {
		Email    string `json:"email" need:"true"`
		Password string `json:"password"`
		Name     string `json:"name"`
		Admin    bool   `json:"admin"`
		Verified bool   `json:"email_verified"`
	}
	if err := r.decode(&body); err != nil {
		return err
	}
	email, err := account.CanonicalEmail(body.Email)
	if err != nil {
		return invalidField("email", refusal.RequestBadValue, capital(err.Error())+".")
	}
	name, err := cleanName(body.Name)
	if err != nil {
		return err
	}
	ctx, cancel := r.bounded()
	defer cancel()
	user, err := s.accounts.Create(ctx, r.caller(), account.NewUser{Email: email, Name: name, Password: body.Password, Admin: body.Admin, Verified: body.Verified})
	if err != nil {
		return err
	}
	return r.json(201, adminUserOf(user))
}

func (s *Server) adminUser(r *request) error {
	ctx, cancel := r.bounded()
	defer cancel()
	user, err := s.accounts.User(ctx, r.caller(), r.c.Params("id"))
	if err != nil {
		return err
	}
	sessions, err := s.sessions.List(ctx, user.ID)
	if err != nil {
		return err
	}
	count := len(sessions)
	answer := adminUserOf(user)
	answer.Sessions = &count
	return r.json(200, answer)
}

func (s *Server) adminEditUser(r *request) error {
	var body struct {
		Name     *string `json:"name"`
		Admin    *bool   `json:"admin"`
		Verified *bool   `json:"email_verified"`
	}
	if err := r.decode(&body); err != nil {
		return err
	}
	if body.Name != nil {
		name, err := cleanName(*body.Name)
		if err != nil {
			return err
		}
		body.Name = &name
	}
	return r.changeUser(func(ctx change) (storage.User, error) {
		return s.accounts.Edit(ctx.Context, ctx.by, ctx.id, account.Changes{Name: body.Name, Admin: body.Admin, Verified: body.Verified})
	})
}

func (s *Server) adminDisableUser(r *request) error {
	return r.changeUserAlone(func(ctx change) (storage.User, error) { return s.accounts.Disable(ctx.Context, ctx.by, ctx.id) })
}

func (s *Server) adminEnableUser(r *request) error {
	return r.changeUserAlone(func(ctx change) (storage.User, error) { return s.accounts.Enable(ctx.Context, ctx.by, ctx.id) })
}

func (s *Server) adminDeleteUser(r *request) error {
	return r.changeUserAlone(func(ctx change) (storage.User, error) { return s.accounts.Delete(ctx.Context, ctx.by, ctx.id) })
}

func (s *Server) adminRestoreUser(r *request) error {
	return r.changeUserAlone(func(ctx change) (storage.User, error) { return s.accounts.Restore(ctx.Context, ctx.by, ctx.id) })
}

func (s *Server) adminSetPassword(r *request) error {
	var body struct {
		Password string `json:"password" need:"true"`
	}
	if err := r.decode(&body); err != nil {
		return err
	}
	ctx, cancel := r.bounded()
	defer cancel()
	if err := s.accounts.SetPassword(ctx, r.caller(), r.c.Params("id"), body.Password); err != nil {
		return err
	}
	return r.noContent()
}

func (s *Server) adminSignOut(r *request) error {
	if err := r.decode(&struct{}{}); err != nil {
		return err
	}
	ctx, cancel := r.bounded()
	defer cancel()
	n, err := s.accounts.SignOut(ctx, r.caller(), r.c.Params("id"))
	if err != nil {
		return err
	}
	return r.json(200, map[string]int{"revoked": n})
}

// adminSessionJSON is a session as an admin sees one.
type adminSessionJSON struct {
	ownSessionJSON
	UserID string `json:"user_id"`
	Email  string `json:"email"`
}

func (s *Server) adminSessions(r *request) error {
	cursor, limit, err := r.pageOf()
	if err != nil {
		return err
	}
	ctx, cancel := r.bounded()
	defer cancel()
	by := r.caller()
	rows, err := s.sessions.Page(ctx, by, storage.SessionFilter{UserID: r.c.Query("user"), After: cursor, Limit: limit + 1})
	if err != nil {
		return err
	}
	out := list[adminSessionJSON]{Items: []adminSessionJSON{}}
	emails := emailBook{s: s, known: map[string]string{}}
	for i, row := range rows {
		if i == limit {
			out.NextCursor = rows[i-1].ID
			break
		}
		email, err := emails.of(ctx, by, row.UserID)
		if err != nil {
			return err
		}
		out.Items = append(out.Items, adminSessionJSON{UserID: row.UserID, Email: email, ownSessionJSON: ownSessionJSON{ID: row.ID, Current: row.ID == by.SessionID,
			CreatedAt: stamp(row.CreatedAt), LastSeenAt: stamp(row.LastSeenAt), ExpiresAt: stamp(row.ExpiresAt), IP: row.IP,
			UserAgent: row.UserAgent, Device: deviceName(row.UserAgent)}})
	}
	return r.json(200, out)
}

// emailBook looks up the address of each user of a page once.
type emailBook struct {
	s     *Server
	known map[string]string
}

func (b emailBook) of(ctx context.Context, by access.Caller, userID string) (string, error) {
	if email, ok := b.known[userID]; ok {
		return email, nil
	}
	user, err := b.s.accounts.User(ctx, by, userID)
	b.known[userID] = user.Email
	return user.Email, err
}

func (s *Server) adminEndSession(r *request) error {
	if err := r.decode(&struct{}{}); err != nil {
		return err
	}
	ctx, cancel := r.bounded()
	defer cancel()
	if err := s.sessions.EndAny(ctx, r.caller(), r.c.Params("id")); err != nil {
		return err
	}
	return r.noContent()
}

// adminEndSessions ends everyone's sessions, the caller's own among them.
func (s *Server) adminEndSessions(r *request) error {
	if err := r.decode(&struct{}{}); err != nil {
		return err
	}
	ctx, cancel := r.bounded()
	defer cancel()
	n, err := s.sessions.EndEveryone(ctx, r.caller())
	if err != nil {
		return err
	}
	return r.json(200, map[string]int{"revoked": n})
}

// change is one admin's change to one user.
type change struct {
	context.Context
	by access.Caller
	id string
}

// changeUser runs a change to the user that the path names, and answers with
// the user as it is then. What a change needs beside the path it has decoded.
func (r *request) changeUser(apply func(change) (storage.User, error)) error {
	ctx, cancel := r.bounded()
	defer cancel()
	user, err := apply(change{ctx, r.caller(), r.c.Params("id")})
	if err != nil {
		return err
	}
	return r.json(200, adminUserOf(user))
}

// changeUserAlone is changeUser for what the path alone describes. A body is
// held to the rules of all bodies all the same: what it says is refused
// rather than ignored.
func (r *request) changeUserAlone(apply func(change) (storage.User, error)) error {
	if err := r.decode(&struct{}{}); err != nil {
		return err
	}
	return r.changeUser(apply)
}
