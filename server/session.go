package server

import (
	"encoding/json"
	"fmt"
	"strings"

	"ostiary/server/refusal"
	"ostiary/server/session"
	"ostiary/storage"
)

// userJSON is a user as the API shows one.
type userJSON struct {
	ID            string `json:"id"`
	Email         string `json:"email"`
	EmailVerified bool   `json:"email_verified"`
	Name          string `json:"name"`
	CreatedAt     string `json:"created_at"`
	UpdatedAt     string `json:"updated_at"`
	Disabled      bool   `json:"disabled"`
}

func userOf(u storage.User) userJSON {
	return userJSON{ID: u.ID, Email: u.Email, EmailVerified: u.EmailVerified, Name: u.Name,
		CreatedAt: stamp(u.CreatedAt), UpdatedAt: stamp(u.UpdatedAt), Disabled: !u.DisabledAt.IsZero()}
}

// sessionJSON is a session as the API shows one. Fresh is true when this very
// request created or renewed it.
type sessionJSON struct {
	ID           string  `json:"id"`
	Kind         string  `json:"kind"`
	UserID       string  `json:"user_id"`
	CreatedAt    string  `json:"created_at"`
	LastSeenAt   string  `json:"last_seen_at"`
	ExpiresAt    string  `json:"expires_at"`
	Fresh        bool    `json:"fresh"`
	IP           string  `json:"ip"`
	UserAgent    string  `json:"user_agent"`
	Organization *string `json:"organization"`
}

func sessionOf(snap *session.Snapshot, fresh bool) sessionJSON {
	row := snap.Session
	return sessionJSON{ID: row.ID, Kind: row.Kind, UserID: row.UserID, CreatedAt: stamp(row.CreatedAt), LastSeenAt: stamp(row.LastSeenAt),
		ExpiresAt: stamp(snap.ExpiresAt()), Fresh: fresh, IP: row.IP, UserAgent: row.UserAgent}
}

// meJSON is who is signed in, and what they may do.
type meJSON struct {
	User         userJSON    `json:"user"`
	Session      sessionJSON `json:"session"`
	Organization *string     `json:"organization"`
	Teams        []string    `json:"teams"`
	Roles        []string    `json:"roles"`
	Permissions  []string    `json:"permissions"`
	Ability      []string    `json:"ability"`
	Version      string      `json:"version"`
	Admin        bool        `json:"admin,omitempty"`
	MustChange   bool        `json:"must_change_password,omitempty"`
}

// verifyJSON is the answer of the one call that an app makes per request.
type verifyJSON struct {
	Method       string      `json:"method"`
	User         userJSON    `json:"user"`
	Session      sessionJSON `json:"session"`
	Organization *string     `json:"organization"`
	Roles        []string    `json:"roles"`
	Permissions  []string    `json:"permissions"`
	Scopes       []string    `json:"scopes"`
}

// prepared is what the edge makes of a snapshot, once: it is kept in the
// snapshot's own slot and goes with it, so it is never older than the rows.
type prepared struct {
	me, verify []byte
	csrf       []byte
}

// prepare returns the prepared answers for this request's session.
func (r *request) prepare() (*prepared, error) {
	if p, ok := r.snap.Edge.Load().(*prepared); ok && !r.fresh {
		return p, nil
	}
	p, err := r.s.prepared(r.snap, r.fresh)
	if err != nil {
		return nil, err
	}
	if !r.fresh {
		r.snap.Edge.Store(p)
	}
	return p, nil
}

func (s *Server) prepared(snap *session.Snapshot, fresh bool) (*prepared, error) {
	user, sess := userOf(snap.User), sessionOf(snap, fresh)
	none := []string{}
	me, err := json.Marshal(meJSON{User: user, Session: sess, Teams: none, Roles: none, Permissions: none, Ability: none,
		Version: "0", Admin: snap.User.Admin, MustChange: snap.User.MustChangePassword})
	if err != nil {
		return nil, fmt.Errorf("prepare me: %w", err)
	}
	verify, err := json.Marshal(verifyJSON{Method: "session", User: user, Session: sess, Roles: none, Permissions: none, Scopes: none})
	if err != nil {
		return nil, fmt.Errorf("prepare verify: %w", err)
	}
	return &prepared{me: me, verify: verify, csrf: []byte(s.csrfToken(snap))}, nil
}

// me answers who is signed in. It also carries the CSRF token, since an app
// on another host cannot read our cookie.
func (s *Server) me(r *request) error {
	p, err := r.prepare()
	if err != nil {
		return err
	}
	r.f.Response.Header.SetCanonical(hCSRFToken, p.csrf)
	return r.raw(200, p.me)
}

// verify answers an app that asks about one request of its own.
func (s *Server) verify(r *request) error {
	if len(r.f.URI().QueryString()) > 0 {
		if err := r.verifyDemands(); err != nil {
			return err
		}
	}
	p, err := r.prepare()
	if err != nil {
		return err
	}
	return r.raw(200, p.verify)
}

// verifyDemands judges the query of /verify. A parameter that is not known is
// refused: a misspelt `permision=` must not let everyone in.
func (r *request) verifyDemands() error {
	bad := refusal.New(refusal.RequestInvalid)
	seen := map[string]string{}
	for key, value := range r.f.QueryArgs().All() {
		name := string(key)
		_, twice := seen[name]
		switch {
		case twice:
			bad.At("?"+pointerPart(name), refusal.RequestDuplicateField, "This parameter was sent twice.")
		case !strings.Contains(" permission scope organization team audience email_verified ", " "+name+" "):
			bad.At("?"+pointerPart(name), refusal.RequestUnknownField, "There is no parameter of this name here.")
		case name == "email_verified" && string(value) != "true":
			bad.At("?"+name, refusal.RequestBadValue, "This can only be true.")
		}
		seen[name] = string(value)
	}
	if len(bad.Fields) > 0 {
		return bad
	}
	return r.meetDemands(seen)
}

// meetDemands refuses what this session does not meet. Nobody belongs to an
// organization here, so every question about one has the same answer.
func (r *request) meetDemands(demands map[string]string) error {
	if _, asked := demands["email_verified"]; asked && !r.snap.User.EmailVerified {
		return refusal.New(refusal.AccountEmailUnverified)
	}
	if slug, asked := demands["organization"]; asked {
		return refusal.New(refusal.OrganizationUnknown).With("organization", truncate(cleanText(slug), 64))
	}
	for _, name := range []string{"permission", "team"} {
		if wanted, asked := demands[name]; asked {
			r.miss("permission", truncate(cleanText(wanted), 64))
			return refusal.New(refusal.AuthzNoMembership).With("need", truncate(cleanText(wanted), 64))
		}
	}
	return nil
}

// ownSessionJSON is one line of a person's own session list.
type ownSessionJSON struct {
	ID         string `json:"id"`
	Current    bool   `json:"current"`
	CreatedAt  string `json:"created_at"`
	LastSeenAt string `json:"last_seen_at"`
	ExpiresAt  string `json:"expires_at"`
	IP         string `json:"ip"`
	UserAgent  string `json:"user_agent"`
	Device     string `json:"device"`
}

func (s *Server) listSessions(r *request) error {
	ctx, cancel := r.bounded()
	defer cancel()
	rows, err := s.sessions.List(ctx, r.snap.User.ID)
	if err != nil {
		return err
	}
	out := list[ownSessionJSON]{Items: make([]ownSessionJSON, len(rows))}
	for i, row := range rows {
		out.Items[i] = ownSessionJSON{ID: row.ID, Current: row.ID == r.snap.Session.ID, CreatedAt: stamp(row.CreatedAt),
			LastSeenAt: stamp(row.LastSeenAt), ExpiresAt: stamp(row.ExpiresAt), IP: row.IP, UserAgent: row.UserAgent, Device: deviceName(row.UserAgent)}
	}
	return r.json(200, out)
}

// endSession ends one of the caller's own sessions; the current one too, with
// its cookies.
func (s *Server) endSession(r *request) error {
	if err := r.decode(&struct{}{}); err != nil {
		return err
	}
	ctx, cancel := r.bounded()
	defer cancel()
	id := r.c.Params("id")
	why := session.ByOwner
	if id == r.snap.Session.ID {
		why = session.ByLogout
	}
	if err := s.sessions.End(ctx, r.caller(), id, why); err != nil {
		return err
	}
	if id == r.snap.Session.ID && r.source == fromCookie {
		r.clearSession()
	}
	return r.noContent()
}

// logout ends the session that came along, if one did, and takes the cookies
// away. It is 204 also without a session; but a session whose end could not
// be stored is an error, never a 204.
func (s *Server) logout(r *request) error {
	if err := r.decode(&struct{}{}); err != nil {
		return err
	}
	if err := s.endVisit(r); err != nil {
		return err
	}
	if !r.headerMode() {
		r.clearSession()
	}
	return r.noContent()
}

// endVisit ends the living sessions that came along, if any did. Who cannot
// find out whether one lives must not answer that it has ended.
func (s *Server) endVisit(r *request) error {
	living, err := r.visits()
	if err != nil {
		return err
	}
	ctx, cancel := r.bounded()
	defer cancel()
	for _, snap := range living {
		r.snap, r.source = snap, fromHeader
		err := s.sessions.End(ctx, r.caller(), snap.Session.ID, session.ByLogout)
		if err != nil && !refusal.Is(err, refusal.RequestUnknownID) {
			return err
		}
	}
	return nil
}

func (s *Server) logoutAll(r *request) error {
	var body struct {
		KeepCurrent bool `json:"keep_current"`
	}
	if err := r.decode(&body); err != nil {
		return err
	}
	ctx, cancel := r.bounded()
	defer cancel()
	n, err := s.sessions.LogoutAll(ctx, r.caller(), body.KeepCurrent)
	if err != nil {
		return err
	}
	if !body.KeepCurrent && r.source == fromCookie {
		r.clearSession()
	}
	return r.json(200, map[string]int{"revoked": n})
}
