package server

import (
	"encoding/json"
	"strconv"

	"ostiary/server/refusal"
	"ostiary/storage"
)

// eventJSON is one line of the audit log.
type eventJSON struct {
	ID        int64           `json:"id"`
	At        string          `json:"at"`
	Event     string          `json:"event"`
	Actor     actorJSON       `json:"actor"`
	UserID    string          `json:"user_id,omitempty"`
	Object    string          `json:"object,omitempty"`
	IP        string          `json:"ip,omitempty"`
	UserAgent string          `json:"user_agent,omitempty"`
	RequestID string          `json:"request_id,omitempty"`
	Detail    json.RawMessage `json:"detail,omitempty"`
}

// actorJSON is who did it, and with which credential.
type actorJSON struct {
	Kind    string `json:"kind"`
	ID      string `json:"id,omitempty"`
	Session string `json:"session,omitempty"`
}

func eventOf(row storage.AuditRow) eventJSON {
	return eventJSON{ID: row.ID, At: stamp(row.At), Event: row.Event, Actor: actorJSON{row.ActorKind, row.ActorID, row.ActorSession},
		UserID: row.UserID, Object: row.Object, IP: row.IP, UserAgent: row.UserAgent, RequestID: row.RequestID, Detail: json.RawMessage(row.Detail)}
}

// adminAudit lists what happened, newest first: ?user (about whom), ?actor
// (who did it), ?event, ?cursor, ?limit.
func (s *Server) adminAudit(r *request) error {
	cursor, limit, err := r.pageOf()
	if err != nil {
		return err
	}
	before := int64(0)
	if cursor != "" {
		if before, err = strconv.ParseInt(cursor, 10, 64); err != nil || before < 1 {
			return refusal.New(refusal.RequestInvalid).At("?cursor", refusal.RequestBadValue, "This is no cursor of ours.")
		}
	}
	ctx, cancel := r.bounded()
	defer cancel()
	rows, err := s.audit.Page(ctx, r.caller(), storage.AuditFilter{UserID: truncate(r.c.Query("user"), 64),
		ActorID: truncate(r.c.Query("actor"), 64), Event: truncate(r.c.Query("event"), 64), Before: before, Limit: limit + 1})
	if err != nil {
		return err
	}
	out := list[eventJSON]{Items: []eventJSON{}}
	for i, row := range rows {
		if i == limit {
			out.NextCursor = strconv.FormatInt(rows[i-1].ID, 10)
			break
		}
		out.Items = append(out.Items, eventOf(row))
	}
	return r.json(200, out)
}
