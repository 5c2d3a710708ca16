package server

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"time"

	"ostiary/server/credential"
	"ostiary/server/refusal"
	"ostiary/server/session"
)

// csrfToken is the token of a session: `<issued at>.<HMAC(public session id,
// issued at)>`. It is bound to the session by a key that only this server
// has, so a value planted as cookie and header alike is worth nothing
// (the flaw of CVE-2023-45128). Issued at is the moment of the last renewal,
// in unix milliseconds, so that an old token shows that a renewal was lost.
func (s *Server) csrfToken(snap *session.Snapshot) string {
	issued := strconv.FormatInt(snap.Session.RenewedAt.UnixMilli(), 10)
	return issued + "." + base64.RawURLEncoding.EncodeToString(s.csrfMAC(snap.Session.ID, issued))
}

func (s *Server) csrfMAC(sessionID, issued string) []byte {
	mac := hmac.New(sha256.New, s.csrfKey[:])
	mac.Write([]byte(sessionID + "." + issued))
	return mac.Sum(nil)
}

// checkCSRF demands, of a request that a cookie authenticated and that may
// change something, the token of that very session. Which other headers are
// present exempts nothing: only the credential that authenticated counts.
func (r *request) checkCSRF() error {
	if r.safe() || r.source != fromCookie {
		return nil
	}
	if err := r.checkOrigin(); err != nil {
		r.miss("origin", "")
		return err
	}
	sent := r.header(hCSRFSent)
	if r.row.page {
		sent = r.f.PostArgs().Peek(csrfField)
	}
	err := r.judgeCSRF(sent)
	if err != nil {
		r.miss("csrf", "")
		return err
	}
	r.pass("csrf", "")
	return nil
}

func (r *request) judgeCSRF(sent []byte) error {
	if len(sent) == 0 {
		return r.csrfAbsent()
	}
	if r.s.cfg.CSRF.Mode == "header" && !r.row.page {
		return nil // the header's presence forced a preflight, and the Origin was checked; a form's field forces none
	}
	issued, ok := r.s.csrfIssued(r.snap, sent)
	if !ok {
		return refusal.New(refusal.CSRFMismatch)
	}
	row := r.snap.Session
	life := r.snap.ExpiresAt().Sub(row.RenewedAt)
	if issued.Before(row.RotatedAt.Truncate(time.Millisecond)) || r.start.Sub(issued) > life {
		r.sendFreshCSRF()
		return refusal.New(refusal.CSRFExpired).With("issued_at", stamp(issued))
	}
	// Who renews with this very request cannot have the new one yet.
	if !r.fresh && issued.Before(row.RenewedAt.Truncate(time.Millisecond)) {
		r.warn(refusal.SessionRenewalNotStored)
	}
	return nil
}

func (r *request) csrfAbsent() error {
	if r.cookies().csrf == nil {
		return refusal.New(refusal.CSRFCookieMissing)
	}
	return refusal.New(refusal.CSRFHeaderMissing)
}

// csrfIssued is when a token of this session was issued; ok is false for
// another session's token and for anything that is no token.
func (s *Server) csrfIssued(snap *session.Snapshot, sent []byte) (issued time.Time, ok bool) {
	at, mac, found := bytes.Cut(sent, []byte("."))
	if !found || len(at) > 15 {
		return issued, false
	}
	ms, err := strconv.ParseInt(string(at), 10, 64)
	if err != nil {
		return issued, false
	}
	got, err := base64.RawURLEncoding.Strict().DecodeString(string(mac))
	if err != nil || !credential.Equal(got, s.csrfMAC(snap.Session.ID, string(at))) {
		return issued, false
	}
	return time.UnixMilli(ms), true
}

// sendFreshCSRF gives a client whose token is too old the present one.
func (r *request) sendFreshCSRF() {
	token := r.s.csrfToken(r.snap)
	life := r.snap.ExpiresAt().Sub(r.start)
	if !r.snap.Session.Remember {
		life = 0
	}
	r.setCookie(r.s.names.csrf, token, life, true)
	r.f.Response.Header.SetCanonical(hCSRFToken, []byte(token))
}
