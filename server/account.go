package server

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mileusna/useragent"

	"ostiary/server/account"
	"ostiary/server/refusal"
)

// signedInJSON is the answer of every way to sign in. Token is there in
// header mode only: a cookie's value must be nowhere a script can read.
type signedInJSON struct {
	Status     string      `json:"status"`
	User       userJSON    `json:"user"`
	Session    sessionJSON `json:"session"`
	ExpiresAt  string      `json:"expires_at"`
	Token      string      `json:"token,omitempty"`
	MustChange bool        `json:"must_change_password,omitempty"`
}

func (s *Server) login(r *request) error {
	var body struct {
		Email    string `json:"email" need:"true"`
		Password string `json:"password" need:"true"`
		Kind     string `json:"kind"`
		Remember *bool  `json:"remember"`
		Exchange *bool  `json:"exchange"`
	}
	if err := r.decode(&body); err != nil {
		return err
	}
	email, err := r.account(body.Email)
	if err != nil {
		return err
	}
	if err := checkKind(body.Kind, body.Exchange); err != nil {
		return err
	}
	ctx, cancel := r.bounded()
	defer cancel()
	out, err := s.accounts.Login(ctx, r.stranger(), r.signingIn(), email, body.Password, body.Remember == nil || *body.Remember)
	if err != nil {
		return err
	}
	return r.signedIn(200, out)
}

func (s *Server) signup(r *request) error {
	var body struct {
		Email    string `json:"email" need:"true"`
		Password string `json:"password" need:"true"`
		Name     string `json:"name"`
		Kind     string `json:"kind"`
	}
	if err := r.decode(&body); err != nil {
		return err
	}
	email, err := r.account(body.Email)
	if err != nil {
		return err
	}
	if err := checkKind(body.Kind, nil); err != nil {
		return err
	}
	name, err := cleanName(body.Name)
	if err != nil {
		return err
	}
	ctx, cancel := r.bounded()
	defer cancel()
	out, err := s.accounts.SignUp(ctx, r.stranger(), r.signingIn(), account.NewUser{Email: email, Name: name, Password: body.Password})
	if err != nil {
		return err
	}
	return r.signedIn(201, out)
}

func (s *Server) changePassword(r *request) error {
	var body struct {
		Current string `json:"current_password" need:"true"`
		Wanted  string `json:"password" need:"true"`
	}
	if err := r.takeAuth(); err != nil {
		return err
	}
	if err := r.decode(&body); err != nil {
		return err
	}
	if err := r.takeAccount(r.snap.User.Email); err != nil {
		return err
	}
	ctx, cancel := r.bounded()
	defer cancel()
	out, err := s.accounts.ChangePassword(ctx, r.caller(), r.cookies().device, body.Current, body.Wanted)
	if err != nil {
		return err
	}
	return r.signedIn(200, out)
}

// account is the canonical form of an address named in a body, counted
// against the limit of this address and that account before anything is
// judged.
func (r *request) account(text string) (string, error) {
	email, err := account.CanonicalEmail(text)
	if err != nil {
		return "", invalidField("email", refusal.RequestBadValue, capital(err.Error())+".")
	}
	return email, r.takeAccount(email)
}

// signingIn is what is known of the browser that opens a session.
func (r *request) signingIn() account.Visitor {
	return account.Visitor{Device: r.cookies().device, Current: r.visitor()}
}

// signedIn answers a finished login: session and cookies are one function, so
// that neither can be forgotten. In header mode no cookie is set.
func (r *request) signedIn(status int, out account.SignedIn) error {
	r.giveBack()
	r.snap, r.fresh = out.Started.Snapshot, true
	answer := signedInJSON{Status: "ok", User: userOf(out.User), Session: sessionOf(r.snap, true),
		ExpiresAt: stamp(r.snap.ExpiresAt()), MustChange: out.User.MustChangePassword}
	if r.answersInHeader() {
		answer.Token = out.Started.Token
		r.f.Response.Header.SetCanonical(hCSRFToken, []byte(r.s.csrfToken(r.snap)))
		return r.json(status, answer)
	}
	r.setCookies(out)
	return r.json(status, answer)
}

// answersInHeader says where a new secret goes: to where the old one came
// from, or to where the caller asked for it.
func (r *request) answersInHeader() bool { return r.headerMode() || r.source == fromHeader }

// setCookies gives the browser its session, its CSRF token and its device.
func (r *request) setCookies(out account.SignedIn) {
	r.sendSession([]byte(out.Started.Token))
	r.expireStaleAfterLogin()
	r.setCookie(r.s.names.device, out.Device.Token, deviceLife, false)
}

// expireStaleAfterLogin cleans up where several session cookies came: the new
// one would only be one more of them.
func (r *request) expireStaleAfterLogin() {
	if r.cookies().repeated {
		r.expireStale()
	}
}

// checkKind refuses what this version does not make.
func checkKind(kind string, exchange *bool) error {
	bad := refusal.New(refusal.RequestInvalid)
	if kind != "" && kind != "session" {
		bad.At("/kind", refusal.RequestBadValue, `This server makes sessions of kind "session" only.`)
	}
	if exchange != nil && !*exchange {
		bad.At("/exchange", refusal.RequestBadValue, "This server signs in with one call; leave exchange away.")
	}
	if len(bad.Fields) > 0 {
		return bad
	}
	return nil
}

// nameMost bounds a person's name, in code points.
const nameMost = 200

// cleanName takes a name as people write theirs: any script, no control
// characters, spaces trimmed.
func cleanName(text string) (string, error) {
	name := strings.TrimSpace(text)
	if utf8.RuneCountInString(name) > nameMost {
		return "", invalidField("name", refusal.RequestTooLong, "A name has 200 characters at most.")
	}
	if strings.ContainsFunc(name, func(c rune) bool { return unicode.IsControl(c) || c == '\u2028' || c == '\u2029' }) {
		return "", invalidField("name", refusal.RequestBadValue, "A name has no line breaks and no control characters.")
	}
	return name, nil
}

func capital(text string) string {
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// deviceName says in a few words what a session runs on, for people to
// recognise their own. It decides nothing.
func deviceName(agent string) string {
	ua := useragent.Parse(agent)
	switch {
	case ua.Name != "" && ua.OS != "":
		return truncate(ua.Name+" on "+ua.OS, 64)
	case ua.Name != "":
		return truncate(ua.Name, 64)
	}
	return "Unknown client"
}
