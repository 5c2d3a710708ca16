package server

import (
	"slices"
	"time"

	"ostiary/server/account"
	"ostiary/server/refusal"
	"ostiary/web"
)

// setupLink takes the code out of the address bar: it goes into a cookie of
// ten minutes, and the browser to the bare path. A GET uses nothing up, since
// programs that look at links follow them too.
func (s *Server) setupLink(r *request) error {
	r.f.Response.Header.SetCanonical(hReferrerPolicy, vNoReferrer)
	code := r.c.Params("code")
	ctx, cancel := r.bounded()
	defer cancel()
	if err := s.accounts.CheckSetup(ctx, code); err != nil {
		return err
	}
	r.setCookie(s.names.setup, code, 10*time.Minute, false)
	return r.seeOther("/setup")
}

// setupForm is the page behind the link.
func (s *Server) setupForm(r *request) error {
	ctx, cancel := r.bounded()
	defer cancel()
	if err := s.accounts.CheckSetup(ctx, string(r.cookies().setup)); err != nil {
		return err
	}
	return r.renderPage(200, web.Setup, web.SetupPage{MinLength: s.cfg.Password.MinLength})
}

// setup makes the first admin and signs them in. What is wrong with the form
// is shown above it, with what was typed, but for the password.
func (s *Server) setup(r *request) error {
	form, err := r.form("email", "name", "password", "code")
	if err != nil {
		return err
	}
	page := web.SetupPage{Email: form["email"], Name: form["name"], MinLength: s.cfg.Password.MinLength}
	out, err := s.setUp(r, form)
	if err != nil {
		return r.again(err, web.Setup, func(p *web.Problem) any { page.Problem = p; return page })
	}
	r.giveBack()
	r.snap, r.fresh = out.Started.Snapshot, true
	r.setCookies(out)
	r.setCookie(s.names.setup, "", gone, false)
	s.log.Info("the first administrator was created; the setup link is dead", "component", "session", "user", out.User.ID, "address", r.address.String())
	return r.seeOther("/account")
}

func (s *Server) setUp(r *request, form map[string]string) (account.SignedIn, error) {
	email, err := r.account(form["email"])
	if err != nil {
		return account.SignedIn{}, err
	}
	name, err := cleanName(form["name"])
	if err != nil {
		return account.SignedIn{}, err
	}
	code := form["code"]
	if code == "" {
		code = string(r.cookies().setup)
	}
	ctx, cancel := r.bounded()
	defer cancel()
	return s.accounts.SetUp(ctx, r.stranger(), r.signingIn(), code, account.NewUser{Email: email, Name: name, Password: form["password"]})
}

// again shows a form once more, with what is wrong with it. What no form can
// mend (a dead link, a storage fault, a limit) is answered as the refusal it is.
func (r *request) again(err error, name string, view func(*web.Problem) any) error {
	e := refusalOf(err)
	status := e.Entry().Status
	if status >= 500 || status == 404 || status == 410 || !r.wantsPage() {
		return err
	}
	r.refused = e
	r.f.Response.Header.SetCanonical(hAuthCode, []byte(e.Entry().Code))
	r.keep(e, e.Entry())
	return r.renderPage(status, name, view(web.Rejected(e, r.id.String())))
}

// form reads a form's fields: each at most once, and only those named. A
// browser sends a form as this one type; anything else is no form of ours.
func (r *request) form(names ...string) (map[string]string, error) {
	if kind := r.f.Request.Header.ContentType(); string(kind) != "application/x-www-form-urlencoded" {
		return nil, refusal.New(refusal.RequestUnsupportedType).With("expected", "application/x-www-form-urlencoded").With("got", truncate(cleanText(string(kind)), 128))
	}
	fields := map[string]string{}
	bad := refusal.New(refusal.RequestInvalid)
	for key, value := range r.f.PostArgs().All() {
		name := string(key)
		if _, twice := fields[name]; twice {
			bad.At("/"+pointerPart(name), refusal.RequestDuplicateField, "This field was sent twice.")
		}
		if !slices.Contains(names, name) && name != "csrf_token" {
			bad.At("/"+pointerPart(name), refusal.RequestUnknownField, "There is no field of this name here.")
		}
		fields[name] = string(value)
	}
	if len(bad.Fields) > 0 {
		return nil, bad
	}
	return fields, nil
}
