// Package audit keeps what happened and who did it, and the private
// explanation of what was refused.
//
// A change is recorded by Record, inside the transaction that makes it: both
// are there after a crash, or neither. A refusal leaves nothing behind where
// it happens; it is told to Refused, which keeps it in bounded memory and
// writes it a moment later, off the request's path. In a flood refusals are
// dropped and counted, so strangers can neither slow the server nor fill the
// disk by being refused.
//
// The package stores facts. It decides nothing, and no secret, password or
// token may ever be handed to it.
package audit

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"ostiary/server/access"
	"ostiary/storage"
)

// Event is what happened, as `noun.verb` in the past tense. Events are part
// of what operators filter by: never renamed.
type Event string

// The events of accounts and sessions.
const (
	UserCreated      Event = "user.created"
	UserUpdated      Event = "user.updated"
	UserDisabled     Event = "user.disabled"
	UserEnabled      Event = "user.enabled"
	UserDeleted      Event = "user.deleted"
	UserRestored     Event = "user.restored"
	UserSignedOut    Event = "user.signed_out"
	PasswordSet      Event = "password.set"
	PasswordChanged  Event = "password.changed"
	PasswordRehashed Event = "password.rehashed"
	SessionStarted   Event = "session.started"
	SessionEnded     Event = "session.ended"
	SessionsEnded    Event = "session.all_ended"
	SetupLinkMade    Event = "setup_link.created"
	SetupLinkUsed    Event = "setup_link.used"
	SettingsReloaded Event = "settings.reloaded"
)

// Details are facts about an event beyond its fixed columns. Values must be
// safe to show to every admin.
type Details map[string]any

// Log writes the audit table and the explanations of refusals.
type Log struct {
	db      *storage.DB
	now     func() time.Time
	log     *slog.Logger
	keep    time.Duration
	refused *buffer

	flushing sync.Mutex // held while refusals are on their way to the disk
}

// New returns a Log that writes to db and keeps events for keep. Run must be
// started for refusals to reach the disk.
func New(db *storage.DB, keep time.Duration, now func() time.Time, log *slog.Logger) *Log {
	return &Log{db: db, keep: keep, now: now, log: log, refused: newBuffer()}
}

// Record writes one event in the transaction of the change it tells about.
// userID is whom it is about, object what else (a session's public id, say);
// both may be empty.
func (l *Log) Record(tx *storage.Tx, by access.Caller, event Event, userID, object string, details Details) error {
	text, err := details.text()
	if err != nil {
		return fmt.Errorf("record %s: %w", event, err)
	}
	return tx.InsertAudit(storage.AuditRow{
		At:           l.now(),
		Event:        string(event),
		ActorKind:    actorKind(by),
		ActorID:      by.UserID,
		ActorSession: by.SessionID,
		UserID:       userID,
		Object:       object,
		IP:           by.Address,
		UserAgent:    by.UserAgent,
		RequestID:    by.RequestID,
		Detail:       text,
	})
}

// text is the JSON that is stored; no details are an empty string, which
// spares the encoder on the way of every login.
func (d Details) text() (string, error) {
	if len(d) == 0 {
		return "", nil
	}
	encoded, err := json.Marshal(d)
	return string(encoded), err
}

// actorKind names who acted: strangers act too, when they sign up.
func actorKind(by access.Caller) string {
	if by.Method == access.Nobody {
		return "anonymous"
	}
	return string(by.Method)
}
