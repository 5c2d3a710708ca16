package session

import (
	"errors"
	"time"

	"ostiary/server/credential"
	"ostiary/server/refusal"
)

// whys says in words how a session ended, to its holder: how and when, never
// by whom or from where.
var whys = map[string]string{
	ByLogout:         "you signed out of it",
	ByLogoutAll:      "you signed out everywhere",
	ByOwner:          "it was ended from another session of yours",
	ByAdmin:          "an administrator ended it",
	ByLogin:          "a new sign-in in the same browser took its place",
	ByPasswordChange: "the password was changed",
	ByPasswordSet:    "an administrator set a new password",
	ByUserDisabled:   "the account was disabled",
	ByUserDeleted:    "the account was deleted",
	ByRotation:       "the session goes on under a newer secret",
	ByRestore:        "the server was restored from a backup",
}

// ended is the refusal of a session that somebody ended.
func ended(why string, at time.Time, by string) error {
	words, known := whys[why]
	if !known {
		words = "it was ended"
	}
	r := refusal.New(refusal.SessionRevoked).
		Say("This session has ended: "+words+".").
		Because("At "+stamp(at)+" "+words+".").
		With("ended_at", stamp(at)).With("why", why)
	if by != "" {
		r.Privately("ended by %s", by)
	}
	return r
}

func (s *Sessions) tooOld(snap *Snapshot) error {
	setting := "session.max"
	if !snap.Session.Remember {
		setting = "remember=false"
	}
	return refusal.New(refusal.SessionMaxAgeReached).
		Because("It began at "+stamp(snap.Session.CreatedAt)+" and reached its greatest age at "+stamp(snap.lastMoment)+".").
		With("ended_at", stamp(snap.lastMoment)).With("setting", setting)
}

func (s *Sessions) idle(snap *Snapshot) error {
	return refusal.New(refusal.SessionIdleExpired).
		Because("It was last renewed at "+stamp(snap.Session.RenewedAt)+" and ended unused at "+stamp(snap.expiresAt)+".").
		With("ended_at", stamp(snap.expiresAt)).With("setting", "session.idle")
}

func malformed(err error) error {
	r := refusal.New(refusal.SessionCookieMalformed)
	if errors.Is(err, credential.ErrTruncated) {
		r.Because("The value is cut short: part of it was lost on the way.")
	}
	return r
}

func (s *Sessions) otherInstance(tag string) error {
	return refusal.New(refusal.CredentialOtherInstance).
		Because("It was issued by instance "+tag+"; this is instance "+s.opts.Tag+".").
		With("issued_by", tag).With("this", s.opts.Tag)
}

// stamp writes a moment the way the whole API does: RFC 3339, UTC, three
// fraction digits.
func stamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }
