package server

import (
	"bytes"
	"encoding/base64"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"crypto/hmac"
	"crypto/sha256"

	"ostiary/server/credential"
	"ostiary/server/refusal"
	"ostiary/web"
)

// frame is what every page has around its content.
func (r *request) frame() web.Frame {
	f := web.Frame{Notice: notices[r.c.Query("done")]}
	if r.snap != nil {
		u := r.snap.User
		f.User = &web.Person{Name: u.Name, Email: u.Email, Admin: u.Admin}
		f.CSRF = r.s.csrfToken(r.snap)
	}
	return f
}

// notices are what a page may say about what was just done. The address names
// one of them; it cannot bring a text of its own.
var notices = map[string]string{
	"profile":      "Your profile is saved.",
	"password":     "Your password is changed. Your other sessions have ended.",
	"session":      "The session has ended.",
	"sessions":     "Your other sessions have ended.",
	"created":      "The account is made.",
	"disable":      "The account is disabled, and everything it had open has ended.",
	"enable":       "The account is enabled.",
	"delete":       "The account is deleted.",
	"restore":      "The account is restored.",
	"sign-out":     "All sessions of this account have ended.",
	"set-password": "The new password is set. It has to be changed at the next sign-in.",
}

// form reads a form's fields: each at most once, only those named, and whole
// text: bytes that are none would be mended, and two passwords become one. A
// browser sends a form as this one type; anything else is no form of ours.
func (r *request) form(names ...string) (map[string]string, error) {
	kind := string(r.f.Request.Header.ContentType())
	if len(r.f.PostBody()) > 0 && kind != "application/x-www-form-urlencoded" {
		return nil, refusal.New(refusal.RequestUnsupportedType).
			With("expected", "application/x-www-form-urlencoded").With("got", truncate(cleanText(kind), 128))
	}
	fields := map[string]string{}
	bad := refusal.New(refusal.RequestInvalid)
	for key, value := range r.f.PostArgs().All() {
		name := string(key)
		if _, twice := fields[name]; twice {
			bad.At("/"+pointerPart(name), refusal.RequestDuplicateField, "This field was sent twice.")
		}
		if !slices.Contains(names, name) && name != csrfField {
			bad.At("/"+pointerPart(name), refusal.RequestUnknownField, "There is no field of this name here.")
		}
		if !utf8.Valid(value) || bytes.IndexByte(value, 0) >= 0 {
			bad.At("/"+pointerPart(name), refusal.RequestBadValue, "This text holds a character that cannot be kept.")
		}
		fields[name] = string(value)
	}
	if len(bad.Fields) > 0 {
		return nil, bad
	}
	return fields, nil
}

// typed is what a field of the form held, for showing it once more.
func (r *request) typed(name string) string {
	return strings.ToValidUTF8(string(r.f.PostArgs().Peek(name)), "\uFFFD")
}

// csrfField is where our own forms carry the CSRF token.
const csrfField = "csrf_token"

// again shows a form once more, with what is wrong with it and what was typed,
// but never passwords. What no form can mend (a dead link, a storage fault) is
// answered as the refusal it is.
func (r *request) again(err error, name string, view func(*web.Problem) any) error {
	e := refusalOf(err)
	entry := e.Entry()
	switch entry.Status {
	case 404, 410, 415:
		return err
	}
	if entry.Status >= 500 {
		return err
	}
	r.refused = e
	h := &r.f.Response.Header
	h.SetCanonical(hAuthCode, []byte(entry.Code))
	if entry.Status == 401 { // which needs a challenge, RFC 9110, 15.5.2
		h.Set("WWW-Authenticate", `Bearer realm="ostiary", error="`+bearerError(entry)+`", error_description="`+string(entry.Code)+`"`)
	}
	if seconds := seconds(e.RetryAfter); seconds > 0 {
		h.SetCanonical(hRetryAfter, []byte(strconv.Itoa(seconds)))
	}
	r.keep(e, entry)
	problem := web.Rejected(e, r.id.String())
	if field, ok := fieldOf[entry.Code]; ok && len(problem.Fields) == 0 {
		problem.Text, problem.Fields = "", []web.FieldProblem{field}
	}
	return r.renderPage(entry.Status, name, view(problem))
}

// fieldOf is the field of a form that a refusal as a whole is about.
var fieldOf = map[refusal.Code]web.FieldProblem{
	refusal.SignupEmailTaken:     {Name: "email", Text: "Another account has this one."},
	refusal.AccountWrongPassword: {Name: "current_password", Text: "This is not it."},
}

// toLogin sends a browser that must sign in to the page for it, which then
// brings it back and says why. Only a page that was asked for by GET can be
// come back to. A form whose token is out of date is shown once more instead.
func (r *request) toLogin(err error) error {
	e := refusalOf(err)
	if again, ok := formsAgain[r.row.path]; ok && outdated[e.Entry().Code] {
		return again(r.s, r, e.Say("This page was out of date, so nothing was changed").
			Because("It was opened before you last signed in or changed your password.").
			Fix(refusal.Fix{Who: "user", Text: "It is up to date now: look at what it says, and send it once more."}))
	}
	if e.Entry().Status != 401 {
		return err
	}
	r.refused = e
	r.keep(e, e.Entry())
	query := url.Values{"why": {r.id.String()}}
	if target, err := r.wantedRedirect(r.here()); err == nil && r.f.IsGet() {
		query.Set("redirect", target)
	}
	r.setCookie(r.s.names.why, r.s.sealWhy(r.id.String(), e), 10*time.Minute, false)
	r.f.Response.Header.SetCanonical(hAuthCode, []byte(e.Entry().Code))
	return r.seeOther("/login?" + query.Encode())
}

// here is the page that the browser asked for, as its address bar shows it.
func (r *request) here() string {
	here := r.s.site.Prefix + string(r.f.URI().PathOriginal())
	if query := r.f.URI().QueryString(); len(query) > 0 {
		here += "?" + string(query)
	}
	return here
}

// outdated are the refusals of a form that came from our own page, but from
// one that was made for another session than the present one.
var outdated = map[refusal.Code]bool{
	refusal.CSRFCookieMissing: true, refusal.CSRFHeaderMissing: true, refusal.CSRFMismatch: true, refusal.CSRFExpired: true,
}

// formsAgain shows the form that posts to a row once more, with what was typed.
var formsAgain = map[string]func(*Server, *request, error) error{
	"/account/profile":             (*Server).profileAgain,
	"/account/password":            (*Server).passwordAgain,
	"/account/sessions/end-others": (*Server).sessionsAgain,
	"/account/sessions/:id/end":    (*Server).sessionsAgain,
	"/admin/users":                 (*Server).adminUsersAgain,
	"/admin/users/:id/:action":     (*Server).adminUserAgain,
	"/admin/sessions/:id/end":      (*Server).adminSessionsAgain,
}

// sealWhy is what the login page may say about a refusal: its code, and when
// the session ended if it did. It lies in a cookie of the browser that was refused, so
// that a link with the request id tells nobody else; and under a key of ours,
// so that no sibling host can put words there.
func (s *Server) sealWhy(requestID string, e *refusal.Error) string {
	ended, _ := e.Context["ended_at"].(string)
	why, _ := e.Context["why"].(string)
	text := requestID + "|" + string(e.Entry().Code) + "|" + ended + "|" + why
	return base64.RawURLEncoding.EncodeToString([]byte(text)) + "." + base64.RawURLEncoding.EncodeToString(s.whyMAC(text))
}

func (s *Server) whyMAC(text string) []byte {
	mac := hmac.New(sha256.New, s.csrfKey[:])
	mac.Write([]byte("why|" + text))
	return mac.Sum(nil)
}

// openWhy is the reason that belongs to this request id, nil if this browser
// has none.
func (s *Server) openWhy(requestID string, cookie []byte) *web.Why {
	encoded, mac, found := strings.Cut(string(cookie), ".")
	text, errText := base64.RawURLEncoding.DecodeString(encoded)
	sum, errMAC := base64.RawURLEncoding.DecodeString(mac)
	if !found || errText != nil || errMAC != nil || !credential.Equal(sum, s.whyMAC(string(text))) {
		return nil
	}
	parts := strings.Split(string(text), "|")
	if len(parts) != 4 || parts[0] != requestID {
		return nil
	}
	code := refusal.Code(parts[1])
	if code == refusal.SessionNone {
		return nil // who never signed in needs no explanation
	}
	at, _ := time.Parse(time.RFC3339, parts[2]) // zero when nothing ended, and then not told
	return &web.Why{Code: string(code), Text: whyText(code, parts[3]), At: at}
}

// whyText says in one sentence why somebody has to sign in again.
func whyText(code refusal.Code, why string) string {
	entry, _ := refusal.Lookup(code)
	if text, ok := whyTexts[why]; ok && code == refusal.SessionRevoked {
		return text
	}
	if code == refusal.SessionCookieMissing { // mostly after an ordinary sign-out
		return "You are not signed in any more in this browser."
	}
	return entry.Title + "."
}

var whyTexts = map[string]string{
	"logout":          "You signed out of this session.",
	"logout_all":      "You signed out everywhere.",
	"revoked":         "This session was ended from another session of yours.",
	"admin":           "An administrator ended this session.",
	"login":           "A new sign-in in this browser took the place of this session.",
	"password_change": "You were signed out because your password was changed.",
	"password_set":    "You were signed out because an administrator set a new password.",
	"user_disabled":   "You were signed out because the account was disabled.",
	"user_deleted":    "You were signed out because the account was deleted.",
	"restored":        "You were signed out because the server was restored from a backup.",
}
