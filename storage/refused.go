package storage

import (
	"context"
	"time"
)

// RefusedRow is the private explanation of one refusal.
type RefusedRow struct {
	RequestID             string
	At                    time.Time
	Code                  string
	Status                int
	Method, Route         string
	CallerKind, CallerID  string
	SessionID             string
	IP, UserAgent, Origin string
	Cause                 string // private: for operators alone
	Gates                 string // JSON: each gate of the decision
}

// RefusedByID returns the explanation of the refusal of a request, or
// ErrNotFound.
func (r reads) RefusedByID(ctx context.Context, requestID string) (RefusedRow, error) {
	var x RefusedRow
	err := r.one(ctx, "refused by id",
		`SELECT request_id, at, code, status, method, route, caller_kind, caller_id, session_id,
			ip, user_agent, origin, cause, gates FROM refused WHERE request_id = ?`,
		[]any{requestID},
		&x.RequestID, (*msTime)(&x.At), &x.Code, &x.Status, &x.Method, &x.Route, &x.CallerKind, &x.CallerID,
		&x.SessionID, &x.IP, &x.UserAgent, &x.Origin, &x.Cause, &x.Gates)
	return x, err
}

// InsertRefused adds rows. Of two with one request id the first stays.
func (tx *Tx) InsertRefused(rows []RefusedRow) error {
	tx.touchNobody("explanations are never cached")
	for _, x := range rows {
		_, err := tx.exec("insert refused",
			`INSERT INTO refused (request_id, at, code, status, method, route, caller_kind, caller_id,
				session_id, ip, user_agent, origin, cause, gates)
			 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (request_id) DO NOTHING`,
			x.RequestID, ms(x.At), x.Code, x.Status, x.Method, x.Route, x.CallerKind, x.CallerID,
			x.SessionID, x.IP, x.UserAgent, x.Origin, x.Cause, x.Gates)
		if err != nil {
			return err
		}
	}
	return nil
}

// DeleteRefusedBefore sweeps rows older than t, and the oldest beyond keep
// rows. It tells how many went.
func (tx *Tx) DeleteRefusedBefore(t time.Time, keep int) (int, error) {
	tx.touchNobody("explanations are never cached")
	old, err := tx.exec("sweep refused", `DELETE FROM refused WHERE at < ?`, ms(t))
	if err != nil {
		return 0, err
	}
	beyond, err := tx.exec("sweep refused",
		`DELETE FROM refused WHERE rowid IN
			(SELECT rowid FROM refused ORDER BY at DESC, rowid DESC LIMIT -1 OFFSET ?)`, max(keep, 0))
	return int(old + beyond), err
}
