package server

import (
	"encoding/json"
	"errors"
	"time"

	"ostiary/server/refusal"
	"ostiary/storage"
)

// explanationJSON is the private side of one refusal.
type explanationJSON struct {
	RequestID string          `json:"request_id"`
	At        string          `json:"at"`
	Code      string          `json:"code"`
	Status    int             `json:"status"`
	Method    string          `json:"method"`
	Route     string          `json:"route"`
	Caller    string          `json:"caller"`
	CallerID  string          `json:"caller_id,omitempty"`
	SessionID string          `json:"session_id,omitempty"`
	IP        string          `json:"ip,omitempty"`
	UserAgent string          `json:"user_agent,omitempty"`
	Origin    string          `json:"origin,omitempty"`
	Cause     string          `json:"cause"`
	Gates     json.RawMessage `json:"gates"`
}

// adminRequest explains a refusal by its request id: the decision as it was
// made, gate by gate, with the cause that the caller was not told.
func (s *Server) adminRequest(r *request) error {
	ctx, cancel := r.bounded()
	defer cancel()
	row, err := s.audit.Explanation(ctx, r.c.Params("id"))
	if errors.Is(err, storage.ErrNotFound) {
		return refusal.New(refusal.RequestUnknownID)
	}
	if err != nil {
		return err
	}
	gates := json.RawMessage(row.Gates)
	if !json.Valid(gates) {
		gates = json.RawMessage("[]")
	}
	return r.json(200, explanationJSON{RequestID: row.RequestID, At: stamp(row.At), Code: row.Code, Status: row.Status, Method: row.Method,
		Route: row.Route, Caller: row.CallerKind, CallerID: row.CallerID, SessionID: row.SessionID, IP: row.IP, UserAgent: row.UserAgent,
		Origin: row.Origin, Cause: row.Cause, Gates: gates})
}

// settingJSON is one setting with where its value comes from. Secrets arrive
// here as fingerprints already.
type settingJSON struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Origin string `json:"origin"`
}

func (s *Server) adminSettings(r *request) error {
	settings := r.live.settings
	out := list[settingJSON]{Items: make([]settingJSON, len(settings))}
	for i, setting := range settings {
		out.Items[i] = settingJSON{setting.Name, setting.Value, setting.Origin}
	}
	return r.json(200, out)
}

// statsJSON is what the server holds and how it does.
type statsJSON struct {
	Version    string `json:"version"`
	Instance   string `json:"instance"`
	URL        string `json:"url"`
	Data       string `json:"data"`
	StartedAt  string `json:"started_at"`
	Uptime     int64  `json:"uptime_s"`
	Users      int    `json:"users"`
	Admins     int    `json:"admins"`
	Sessions   int    `json:"sessions"`
	NeedsSetup bool   `json:"needs_setup"`
	Schema     int    `json:"schema"`
	LastBackup string `json:"last_backup_at,omitempty"` // by [backup]
}

func (s *Server) adminStats(r *request) error {
	ctx, cancel := r.bounded()
	defer cancel()
	users, admins, err := s.db.CountUsers(ctx)
	if err != nil {
		return err
	}
	sessions, err := s.db.CountSessions(ctx, s.now())
	if err != nil {
		return err
	}
	return r.json(200, statsJSON{Version: s.version, Instance: s.instance, URL: s.site.URL, Data: s.cfg.Data, StartedAt: stamp(s.began),
		Uptime: int64(s.now().Sub(s.began) / time.Second), Users: users, Admins: admins, Sessions: sessions, NeedsSetup: admins == 0, Schema: s.db.SchemaVersion(),
		LastBackup: s.backups.last()})
}

// adminSetupLink makes a fresh setup link for the operator.
func (s *Server) adminSetupLink(r *request) error {
	if err := r.decode(&struct{}{}); err != nil {
		return err
	}
	ctx, cancel := r.bounded()
	defer cancel()
	code, expires, err := s.accounts.SetupLink(ctx, r.caller())
	if err != nil {
		return err
	}
	return r.json(201, map[string]string{"url": s.site.URL + "/setup/" + code, "expires_at": stamp(expires)})
}
