package server

import (
	"bytes"

	"ostiary/server/refusal"
	"ostiary/server/session"
)

// guard says who may call a route. It stands on the route's row: a guard by
// path prefix would guard its neighbours too, or nothing.
type guard byte

const (
	public   guard = iota // anyone; a credential that comes along is not looked at
	known                 // a signed-in person, by session
	admin                 // an admin of this server, or the operator at the machine
	operator              // the operator at the machine alone
)

var guardNames = [...]string{"public", "known", "admin", "operator"}

// authorize finds out who calls and whether the row is for them.
func (r *request) authorize() error {
	if _, ok := r.f.Conn().(*operatorConn); ok {
		r.source = fromSocket
	}
	switch r.row.guard {
	case public:
		return r.limitPublic()
	case operator:
		if r.source != fromSocket {
			return refusal.New(refusal.RequestNotFound)
		}
		return nil
	}
	if r.source == fromSocket {
		if r.row.guard == admin && !r.row.page { // pages name who looks at them
			return nil
		}
		return refusal.New(refusal.CredentialNotAllowed).Privately("the operator is no user")
	}
	if err := r.authenticate(); err != nil {
		return r.refuseStranger(err)
	}
	if r.row.page && r.source != fromCookie {
		r.snap, r.source = nil, fromNowhere // pages are for browsers, and browsers bring cookies
		return r.refuseStranger(refusal.New(refusal.SessionNone))
	}
	if err := r.takeUser(); err != nil {
		return err
	}
	if r.row.guard == admin && !r.snap.User.Admin {
		r.miss("admin", "")
		return refusal.New(refusal.AuthzNotAdmin)
	}
	return r.checkCSRF()
}

// limitPublic counts a public request; routes that start or end a session
// also want to be called from a page of an allowed origin.
func (r *request) limitPublic() error {
	var err error
	switch r.row.limit {
	case byAuth:
		err = r.takeAuth()
	case byAddress:
		err = r.takeAnonymous()
	}
	if err == nil && r.row.checkOrigin && !r.safe() {
		if err = r.checkOrigin(); err != nil {
			r.miss("origin", "")
		}
	}
	return err
}

// refuseStranger counts what proved nothing against its address, and prefers
// to say that there were too many of them.
func (r *request) refuseStranger(err error) error {
	r.miss("credential", "")
	if limited := r.takeAnonymous(); limited != nil && !isFault(err) {
		return limited
	}
	return err
}

// authenticate finds the one credential that counts and checks it. A header
// credential is judged alone: if it fails, that is the answer. Cookies are
// looked at when there is none.
func (r *request) authenticate() error {
	token, err := r.bearer()
	if err != nil {
		return err
	}
	if token != nil {
		return r.byHeader(token)
	}
	if !r.headerMode() {
		if found, err := r.byCookie(); found || err != nil {
			return err
		}
	}
	return r.noCredential()
}

// bearer is the token of the Authorization header, nil if there is none.
// Other schemes are not ours and no credential to us.
func (r *request) bearer() ([]byte, error) {
	if r.s.cfg.Session.Transport == "cookie" {
		return nil, nil
	}
	key := r.header(hAPIKey)
	if key == nil && r.header(hAuthorization) == nil {
		return nil, nil
	}
	sent := r.f.Request.Header.PeekAll("Authorization")
	if len(sent) > 1 || (len(sent) == 1 && key != nil) {
		return nil, refusal.New(refusal.CredentialConflict).Because("Two credentials were sent in headers; exactly one is taken.")
	}
	if key != nil {
		return nil, refusal.New(refusal.CredentialNotAllowed).Because("This server does not take API keys.")
	}
	if len(sent) == 0 || len(sent[0]) < len(bearerPrefix) || !bytes.EqualFold(sent[0][:len(bearerPrefix)], bearerPrefix) {
		return nil, nil
	}
	return sent[0][len(bearerPrefix):], nil
}

// check judges a session's secret, as of this request's beginning.
func (r *request) check(token []byte) (*session.Snapshot, error) {
	return r.s.sessions.Check(r.c.UserContext(), token, r.start)
}

func (r *request) byHeader(token []byte) error {
	snap, err := r.check(token)
	if err != nil {
		return err
	}
	if err := r.sameSubject(snap); err != nil {
		return err
	}
	r.signIn(snap, fromHeader)
	r.renewQuietly()
	return nil
}

// sameSubject refuses a header and a cookie that speak for different people:
// a webview's cookies leak into native requests. A cookie that is not valid
// speaks for nobody.
func (r *request) sameSubject(snap *session.Snapshot) error {
	if r.headerMode() {
		return nil
	}
	jar := r.cookies()
	for _, value := range jar.sessions[:jar.count] {
		other, err := r.check(value)
		if err == nil && other.User.ID != snap.User.ID {
			return refusal.New(refusal.CredentialConflict).Because("The Authorization header and the cookie speak for different people.")
		}
	}
	return nil
}

func (r *request) signIn(snap *session.Snapshot, by source) {
	r.snap, r.source = snap, by
	r.pass("credential", sourceNames[by])
}

// cookiesAtMost is how many distinct values of the session cookie are judged.
const cookiesAtMost = 4

// byCookie judges the session cookie. Browsers send several of one name when
// they lie under several domains or paths, and only one of them is right.
func (r *request) byCookie() (found bool, err error) {
	jar := r.cookies()
	if jar.present {
		r.checkOtherModes(jar)
	}
	if jar.count == 0 {
		return false, nil
	}
	if jar.count > cookiesAtMost {
		r.clearSession()
		return true, refusal.New(refusal.SessionCookieMalformed).Because("The session cookie came with more than four different values.")
	}
	if jar.repeated {
		return true, r.byDuplicates(jar)
	}
	snap, err := r.check(jar.sessions[0])
	if err != nil {
		if refusal.Is(err, refusal.SessionCookieMalformed) {
			r.clearSession()
		}
		return true, err
	}
	r.signIn(snap, fromCookie)
	if r.renewQuietly(); r.fresh {
		r.sendSession(jar.sessions[0])
	}
	return true, nil
}

// checkOtherModes tells of a session cookie under the name of another mode:
// two environments share a host, or somebody plants cookies. It is never tried.
func (r *request) checkOtherModes(jar *jar) {
	if jar.others == ([3]bool{}) {
		return
	}
	r.warn(refusal.CookieNameModeMismatch)
	r.expireOthers()
}

// byDuplicates takes the valid one of several cookies: of several valid for
// one person the newest, and none when they are valid for different people.
// The others are expired wherever they may lie, and the right one sent again,
// since it may lie where one of them did.
func (r *request) byDuplicates(jar *jar) error {
	var best *session.Snapshot
	var token []byte
	var first error
	for _, value := range jar.sessions[:jar.count] {
		snap, err := r.check(value)
		switch {
		case isFault(err):
			return err
		case err != nil && first == nil:
			first = err
		case err == nil && best != nil && best.User.ID != snap.User.ID:
			r.clearSession()
			return refusal.New(refusal.CredentialConflict).Because("Two session cookies came that are valid for different people; both were taken away.")
		case err == nil && (best == nil || snap.Session.CreatedAt.After(best.Session.CreatedAt)):
			best, token = snap, value
		}
	}
	r.warn(refusal.SessionCookieDuplicate)
	if best == nil {
		r.clearSession()
		return first
	}
	r.signIn(best, fromCookie)
	r.renewQuietly()
	r.expireStale()
	r.sendSession(token)
	return nil
}

// renewQuietly slides the session's end when it is due. That the renewal
// could not be stored is no reason to refuse: the session is good, and the
// next request tries again.
func (r *request) renewQuietly() {
	if !r.snap.RenewalDue(r.start) {
		return
	}
	snap, renewed, err := r.s.sessions.Renew(r.c.UserContext(), r.snap)
	if err != nil {
		r.s.log.Warn("a session could not be renewed", "component", "session", "error", err)
		return
	}
	r.snap, r.fresh = snap, renewed
}

// visitor looks for a living session without insisting: a route that needs no
// credential never refuses because of one that came along.
func (r *request) visitor() *session.Snapshot {
	if living, _ := r.visits(); len(living) > 0 {
		return living[0]
	}
	return nil
}

// visits are all the living sessions that came along, for who must end them:
// a sibling host can plant one before the real one. The error is a fault of
// storage: nothing was found out about what came along, which is not the same
// as that nothing came.
func (r *request) visits() (living []*session.Snapshot, err error) {
	token, err := r.bearer()
	if err != nil {
		return nil, nil
	}
	sent := [][]byte{token}
	if token == nil {
		if r.headerMode() {
			return nil, nil
		}
		jar := r.cookies()
		sent = jar.sessions[:min(jar.count, cookiesAtMost)]
	}
	for _, value := range sent {
		snap, err := r.check(value)
		if isFault(err) {
			return nil, err
		}
		if err == nil {
			living = append(living, snap)
		}
	}
	return living, nil
}
