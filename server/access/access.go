// Package access says who asks and what that lets them do.
//
// It owns the Caller, the one description of whoever stands behind a request,
// and the pure decisions made about one. It does no I/O, keeps nothing, and
// does not find out who is calling: the guard of the server does that, once,
// and hands the Caller down to every operation that acts on someone's behalf.
package access

import "ostiary/server/refusal"

// Method is how a caller proved who they are. The words are those of the
// answer of GET /verify.
type Method string

// The ways to be known. Operator is the person at the machine itself, who
// came in through the socket in the data folder.
const (
	Nobody   Method = ""
	Session  Method = "session"
	Operator Method = "operator"
)

// Caller is who asks: put together in one place (the guard), read everywhere.
// The zero Caller is a stranger.
type Caller struct {
	Method    Method
	UserID    string // empty for strangers and the operator
	Email     string
	SessionID string // public id of the session, never its secret
	Admin     bool   // role admin of this server

	// Where the request came from, for the audit log and the session list.
	Address   string // client address as text, after trusted proxies
	UserAgent string // at most 512 bytes
	RequestID string
}

// Known says whether anyone at all was recognised.
func (c Caller) Known() bool { return c.Method != Nobody }

// MayAdminister is nil for an admin of the server and for the operator at the
// machine; all others are refused with authz.not_admin.
func (c Caller) MayAdminister() error {
	if c.Method == Operator || (c.Method == Session && c.Admin) {
		return nil
	}
	return refusal.New(refusal.AuthzNotAdmin)
}
