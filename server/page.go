package server

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

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

// form reads a form's fields: each at most once, and only those named. A
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
		fields[name] = strings.ToValidUTF8(string(value), "\uFFFD")
	}
	if len(bad.Fields) > 0 {
		return nil, bad
	}
	return fields, nil
}

// csrfField is where our own forms carry the CSRF token.
const csrfField = "csrf_token"

// again shows a form once more, with what is wrong with it and what was typed,
// but never passwords. What no form can mend (a dead link, a storage fault) is
// answered as the refusal it is.
func (r *request) again(err error, name string, view func(*web.Problem) any) error {
	e := refusalOf(err)
	entry := e.Entry()
	if entry.Status >= 500 || entry.Status == 404 || entry.Status == 410 {
		return err
	}
	r.refused = e
	r.f.Response.Header.SetCanonical(hAuthCode, []byte(entry.Code))
	if seconds := seconds(e.RetryAfter); seconds > 0 {
		r.f.Response.Header.SetCanonical(hRetryAfter, []byte(strconv.Itoa(seconds)))
	}
	r.keep(e, entry)
	return r.renderPage(entry.Status, name, view(web.Rejected(e, r.id.String())))
}

// toLogin sends a browser that must sign in to the page for it, which then
// brings it back and says why. Only a page that was asked for by GET can be
// come back to.
func (r *request) toLogin(err error) error {
	e := refusalOf(err)
	if e.Entry().Status != 401 {
		return err
	}
	r.refused = e
	r.keep(e, e.Entry())
	query := url.Values{"why": {r.id.String()}}
	if r.f.IsGet() {
		query.Set("redirect", r.s.site.Prefix+string(r.f.URI().PathOriginal()))
	}
	r.setCookie(r.s.names.why, r.s.sealWhy(r.id.String(), e, r.start), 10*time.Minute, false)
	r.f.Response.Header.SetCanonical(hAuthCode, []byte(e.Entry().Code))
	return r.seeOther("/login?" + query.Encode())
}

// sealWhy is what the login page may say about a refusal: its code and when
// the session ended. It lies in a cookie of the browser that was refused, so
// that a link with the request id tells nobody else; and under a key of ours,
// so that no sibling host can put words there.
func (s *Server) sealWhy(requestID string, e *refusal.Error, at time.Time) string {
	ended, _ := e.Context["ended_at"].(string)
	if ended == "" {
		ended = stamp(at)
	}
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
	at, _ := time.Parse(time.RFC3339, parts[2])
	return &web.Why{Code: string(code), Text: whyText(code, parts[3]), At: at}
}

// whyText says in one sentence why somebody has to sign in again.
func whyText(code refusal.Code, why string) string {
	entry, _ := refusal.Lookup(code)
	if text, ok := whyTexts[why]; ok && code == refusal.SessionRevoked {
		return text
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
}
