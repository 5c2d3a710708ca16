package storage

import (
	"context"
	"maps"
	"slices"
	"time"

	"ostiary/cache"
)

// Session is a row of a session, live or ended. EndedAt is zero while it was
// not ended; whether it has expired is for the caller to judge.
type Session struct {
	ID           string
	Digest       [32]byte
	UserID, Kind string
	Remember     bool

	CreatedAt, AuthenticatedAt, RenewedAt, RotatedAt, LastSeenAt, ExpiresAt time.Time

	IP, UserAgent string

	EndedAt           time.Time
	EndedWhy, EndedBy string
}

const sessionColumns = `session.id, session.digest, session.user_id, session.kind, session.remember,
	session.created_at, session.authenticated_at, session.renewed_at, session.rotated_at,
	session.last_seen_at, session.expires_at, session.ip, session.user_agent,
	session.ended_at, session.ended_why, session.ended_by`

func (s *Session) fields() []any {
	return []any{
		&s.ID, (*digest)(&s.Digest), &s.UserID, &s.Kind, &s.Remember,
		(*msTime)(&s.CreatedAt), (*msTime)(&s.AuthenticatedAt), (*msTime)(&s.RenewedAt), (*msTime)(&s.RotatedAt),
		(*msTime)(&s.LastSeenAt), (*msTime)(&s.ExpiresAt), &s.IP, &s.UserAgent,
		(*msTime)(&s.EndedAt), (*nullText)(&s.EndedWhy), (*nullText)(&s.EndedBy),
	}
}

// SessionByDigest returns the session of a secret, ended ones too, with its
// user, or ErrNotFound. One statement, so both are of one moment.
func (r reads) SessionByDigest(ctx context.Context, secret [32]byte) (Session, User, error) {
	var s Session
	var u User
	err := r.one(ctx, "session by digest",
		`SELECT `+sessionColumns+`, `+userColumns+`
		 FROM session JOIN user ON user.id = session.user_id WHERE session.digest = ?`,
		[]any{secret[:]}, append(s.fields(), u.fields()...)...)
	return s, u, err
}

// SessionByID returns a session, ended ones too, or ErrNotFound.
func (r reads) SessionByID(ctx context.Context, id string) (Session, error) {
	var s Session
	err := r.one(ctx, "session by id",
		`SELECT `+sessionColumns+` FROM session WHERE id = ?`, []any{id}, s.fields()...)
	return s, err
}

// SessionsOfUser returns the sessions of a user that are neither ended nor
// expired at now, newest first.
func (r reads) SessionsOfUser(ctx context.Context, userID string, now time.Time) ([]Session, error) {
	return list(ctx, r, "sessions of user",
		`SELECT `+sessionColumns+` FROM session
		 WHERE user_id = ? AND ended_at IS NULL AND expires_at > ?
		 ORDER BY created_at DESC, id DESC`, []any{userID, now.UnixMilli()}, (*Session).fields)
}

// SessionFilter chooses live sessions for a list.
type SessionFilter struct {
	UserID string    // of this user only, unless empty
	After  string    // the last id of the page before; ids sort by creation
	Limit  int       // at most that many; 0 or less is none
	Now    time.Time // those that expire later than this
}

// SessionsAfter returns sessions that are neither ended nor expired, by rising
// id, that is by creation.
func (r reads) SessionsAfter(ctx context.Context, f SessionFilter) ([]Session, error) {
	query := `SELECT ` + sessionColumns + ` FROM session WHERE ended_at IS NULL AND expires_at > ? AND id > ?`
	args := []any{f.Now.UnixMilli(), f.After}
	if f.UserID != "" {
		query += ` AND user_id = ?`
		args = append(args, f.UserID)
	}
	args = append(args, max(f.Limit, 0))
	return list(ctx, r, "sessions after", query+` ORDER BY id LIMIT ?`, args, (*Session).fields)
}

// CountSessions counts those that are neither ended nor expired at now.
func (r reads) CountSessions(ctx context.Context, now time.Time) (int, error) {
	var n int
	err := r.one(ctx, "count sessions",
		`SELECT count(*) FROM session WHERE ended_at IS NULL AND expires_at > ?`, []any{now.UnixMilli()}, &n)
	return n, err
}

// InsertSession adds a session. ErrTaken when its id or digest is there,
// ErrNotFound when its user is not.
func (tx *Tx) InsertSession(s Session) error {
	tx.touchNobody("no row was there before, so none was ever cached")
	_, err := tx.exec("insert session",
		`INSERT INTO session (id, digest, user_id, kind, remember,
			created_at, authenticated_at, renewed_at, rotated_at, last_seen_at, expires_at,
			ip, user_agent, ended_at, ended_why, ended_by)
		 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		s.ID, s.Digest[:], s.UserID, s.Kind, s.Remember,
		ms(s.CreatedAt), ms(s.AuthenticatedAt), ms(s.RenewedAt), ms(s.RotatedAt), ms(s.LastSeenAt), ms(s.ExpiresAt),
		s.IP, s.UserAgent, ms(s.EndedAt), orNull(s.EndedWhy), orNull(s.EndedBy))
	return err
}

// The changes of a live session name its user, because that is whom the fence
// knows it by; a session that has ended, or is another's, is ErrNotFound.

// RenewSession moves the end of a live session.
func (tx *Tx) RenewSession(id, userID string, renewedAt, expiresAt time.Time) error {
	tx.touch(cache.User, userID)
	return tx.execOne("renew session",
		`UPDATE session SET renewed_at = ?, expires_at = ? WHERE id = ? AND user_id = ? AND ended_at IS NULL`,
		ms(renewedAt), ms(expiresAt), id, userID)
}

// RotateSession gives a live session a new secret. The old one opens nothing
// any more and is kept, with why, to tell its holder so.
func (tx *Tx) RotateSession(id, userID string, secret [32]byte, at, expiresAt time.Time, why string) error {
	tx.touch(cache.User, userID)
	err := tx.execOne("retire secret",
		`INSERT INTO retired_secret (digest, session_id, user_id, at, why)
		 SELECT digest, id, user_id, ?, ? FROM session WHERE id = ? AND user_id = ? AND ended_at IS NULL`,
		ms(at), why, id, userID)
	if err != nil {
		return err
	}
	return tx.execOne("rotate session",
		`UPDATE session SET digest = ?, rotated_at = ?, renewed_at = ?, expires_at = ?
		 WHERE id = ? AND user_id = ? AND ended_at IS NULL`,
		secret[:], ms(at), ms(at), ms(expiresAt), id, userID)
}

// ConfirmSession notes that the user proved who he is once more.
func (tx *Tx) ConfirmSession(id, userID string, at time.Time) error {
	tx.touch(cache.User, userID)
	return tx.execOne("confirm session",
		`UPDATE session SET authenticated_at = ? WHERE id = ? AND user_id = ? AND ended_at IS NULL`,
		ms(at), id, userID)
}

// EndSession ends a session and leaves its tombstone. Only one who ends it
// hears true: a session that ended before keeps the reason that it has.
func (tx *Tx) EndSession(id, userID string, at time.Time, why, by string) (ended bool, err error) {
	tx.touch(cache.User, userID)
	n, err := tx.exec("end session",
		`UPDATE session SET ended_at = ?, ended_why = ?, ended_by = ?
		 WHERE id = ? AND user_id = ? AND ended_at IS NULL`,
		ms(at), orNull(why), orNull(by), id, userID)
	return n == 1, err
}

// EndSessionsOfUser ends all sessions of a user but exceptID (empty: all) and
// tells how many there were.
func (tx *Tx) EndSessionsOfUser(userID, exceptID string, at time.Time, why, by string) (int, error) {
	tx.touch(cache.User, userID)
	n, err := tx.exec("end sessions of user",
		`UPDATE session SET ended_at = ?, ended_why = ?, ended_by = ?
		 WHERE user_id = ? AND id <> ? AND ended_at IS NULL`,
		ms(at), orNull(why), orNull(by), userID, exceptID)
	return int(n), err
}

// SeeSessions moves last_seen_at forward, never back, for many sessions by id.
func (tx *Tx) SeeSessions(seen map[string]time.Time) error {
	tx.touchNobody("last_seen_at decides nothing")
	// In the order of the table, so that neighbours share their pages.
	for _, id := range slices.Sorted(maps.Keys(seen)) {
		_, err := tx.exec("see session",
			`UPDATE session SET last_seen_at = ?1 WHERE id = ?2 AND ifnull(last_seen_at, -1) < ?1`,
			ms(seen[id]), id)
		if err != nil {
			return err
		}
	}
	return nil
}

// EndAllSessions ends every living session of everyone and tells how many.
func (tx *Tx) EndAllSessions(at time.Time, why, by string) (int, error) {
	tx.touch(cache.Server, "")
	n, err := tx.exec("end all sessions",
		`UPDATE session SET ended_at = ?, ended_why = ?, ended_by = ? WHERE ended_at IS NULL`, ms(at), why, orNull(by))
	return int(n), err
}

// RedactSessions takes the address and the browser out of a user's sessions.
func (tx *Tx) RedactSessions(userID string) error {
	tx.touch(cache.User, userID)
	_, err := tx.exec("redact sessions", `UPDATE session SET ip = '', user_agent = '' WHERE user_id = ?`, userID)
	return err
}
