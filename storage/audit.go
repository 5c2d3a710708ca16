package storage

import (
	"context"
	"math"
	"time"
)

// AuditRow is one thing that happened. Text that does not apply is empty.
type AuditRow struct {
	ID                               int64 // given by InsertAudit; rises with time, never used twice
	At                               time.Time
	Event                            string
	ActorKind, ActorID, ActorSession string // who did it
	UserID                           string // about whom
	Object                           string // what else it was done to
	IP, UserAgent, RequestID         string
	Detail                           string // JSON
}

const auditColumns = `id, at, event, actor_kind, actor_id, actor_session, user_id, object,
	ip, user_agent, request_id, detail`

func (a *AuditRow) fields() []any {
	return []any{
		&a.ID, (*msTime)(&a.At), &a.Event, &a.ActorKind, &a.ActorID, &a.ActorSession, &a.UserID, &a.Object,
		&a.IP, &a.UserAgent, &a.RequestID, &a.Detail,
	}
}

// InsertAudit adds a row; its ID is not looked at.
func (tx *Tx) InsertAudit(a AuditRow) error {
	tx.touchNobody("what happened is never cached")
	_, err := tx.exec("insert audit",
		`INSERT INTO audit (at, event, actor_kind, actor_id, actor_session, user_id, object,
			ip, user_agent, request_id, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		ms(a.At), a.Event, a.ActorKind, a.ActorID, a.ActorSession, a.UserID, a.Object,
		a.IP, a.UserAgent, a.RequestID, a.Detail)
	return err
}

// DeleteAuditBefore sweeps at most limit rows older than t. It tells how many
// went. Rows are written in the order of time, so the oldest ids are looked at
// alone: no index on the time is paid for by every login.
func (tx *Tx) DeleteAuditBefore(t time.Time, limit int) (int, error) {
	tx.touchNobody("the audit log is never cached")
	n, err := tx.exec("sweep audit",
		`DELETE FROM audit WHERE id IN (SELECT id FROM audit ORDER BY id LIMIT ?) AND at < ?`, limit, ms(t))
	return int(n), err
}

// AuditFilter chooses audit rows; an empty field chooses all.
type AuditFilter struct {
	UserID, ActorID, Event string
	Before                 int64 // the last id of the page before; 0 is the newest
	Limit                  int   // at most that many; 0 or less is none
}

// AuditAfter returns rows, newest first, that come after f.Before in this
// order, that is rows older than it.
func (r reads) AuditAfter(ctx context.Context, f AuditFilter) ([]AuditRow, error) {
	query, args := auditQuery(f)
	return list(ctx, r, "audit after", query, args, (*AuditRow).fields)
}

func auditQuery(f AuditFilter) (query string, args []any) {
	if f.Before == 0 {
		f.Before = math.MaxInt64
	}
	query = `SELECT ` + auditColumns + ` FROM audit WHERE id < ?1 AND (?2 = '' OR event = ?2)`
	if f.UserID != "" {
		query += ` AND user_id = ?3 AND user_id <> ''`
	}
	if f.ActorID != "" {
		// Two halves, each with an index: what he did to himself, and to others.
		query = query + ` AND user_id = ?4 AND user_id <> '' AND actor_id = ?4 UNION ALL ` +
			query + ` AND actor_id = ?4 AND actor_id <> user_id`
	}
	return query + ` ORDER BY id DESC LIMIT ?5`,
		[]any{f.Before, f.Event, f.UserID, f.ActorID, max(f.Limit, 0)}
}

// RedactAudit takes the address and the browser out of all that a user did;
// what was done, when and to whom stays.
func (tx *Tx) RedactAudit(userID string) error {
	tx.touchNobody("the audit log is never cached")
	_, err := tx.exec("redact audit",
		`UPDATE audit SET ip = '', user_agent = '' WHERE (user_id = ?1 AND user_id <> '' AND actor_id = ?1) OR (actor_id = ?1 AND actor_id <> user_id)`, userID)
	return err
}
