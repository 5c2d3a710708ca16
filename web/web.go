// Package web owns what people see: the templates, the style sheet, the little
// script and the pictures, all embedded, without a build step.
//
// It must not decide anything. It is handed plain view structs and writes HTML; who
// may see a page, what a form did and where to go next is the server's business. It
// knows no HTTP, no database and no config, and of the server only the catalogue of
// refusals, which is made of plain texts.
//
// Every page works without JavaScript. No page holds inline code or style, so that
// Policy can forbid both: a text that slipped through the escaping could not run.
package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"reflect"
	"strings"
	"sync"
)

// Policy is the Content-Security-Policy under which the pages are written. A form
// that ends on another origin answers with ContinuePage: under form-action 'self'
// Chromium silently stops a redirect that leaves.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
	"connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; " +
	"frame-ancestors 'none'; require-trusted-types-for 'script'"

//go:embed templates/*.html
var templates embed.FS

// Names of the pages, for Render.
const (
	Refusal       = "refusal"        // RefusalPage
	Codes         = "codes"          // CodesPage, at /e
	Code          = "code"           // CodePage, at /e/<code>
	Continue      = "continue"       // ContinuePage
	Setup         = "setup"          // SetupPage
	Login         = "login"          // LoginPage
	Signup        = "signup"         // SignupPage
	Logout        = "logout"         // LogoutPage
	Account       = "account"        // AccountPage, at /account
	Password      = "password"       // PasswordPage, at /account/password
	Sessions      = "sessions"       // SessionsPage, at /account/sessions
	AdminUsers    = "admin_users"    // AdminUsersPage
	AdminUser     = "admin_user"     // AdminUserPage
	AdminSessions = "admin_sessions" // AdminSessionsPage
)

// views says which struct each page is made of.
func views() map[string]any {
	return map[string]any{
		Refusal: RefusalPage{}, Codes: CodesPage{}, Code: CodePage{}, Continue: ContinuePage{},
		Setup: SetupPage{}, Login: LoginPage{}, Signup: SignupPage{}, Logout: LogoutPage{},
		Account: AccountPage{}, Password: PasswordPage{}, Sessions: SessionsPage{},
		AdminUsers: AdminUsersPage{}, AdminUser: AdminUserPage{}, AdminSessions: AdminSessionsPage{},
	}
}

// Pages renders the pages for one public address.
type Pages struct {
	base   string
	assets map[string]string // "style.css" to the hashed name
	pages  map[string]page
}

// page is parsed when it is first asked for: a server that shows no pages pays
// neither start time nor memory for them.
type page struct {
	view   reflect.Type
	parsed func() (*template.Template, error)
}

// New makes the pages. base is the path prefix of public_url, "" or "/auth": each
// link, form and asset carries it, so that pages survive a proxy that serves them
// under a path.
func New(base string) (*Pages, error) {
	if base != "" && (!strings.HasPrefix(base, "/") || strings.HasSuffix(base, "/")) {
		return nil, fmt.Errorf("make pages: base %q: must be empty, or begin with a slash and not end with one", base)
	}
	p := &Pages{base: base, assets: map[string]string{}, pages: map[string]page{}}
	for hashed, asset := range Assets() {
		p.assets[asset.Name] = hashed
	}
	for name, view := range views() {
		p.pages[name] = page{reflect.TypeOf(view), sync.OnceValues(func() (*template.Template, error) {
			return p.parse(name)
		})}
	}
	return p, nil
}

func (p *Pages) parse(name string) (*template.Template, error) {
	set := template.New("layout.html").Option("missingkey=error").Funcs(p.functions(name))
	return set.ParseFS(templates, "templates/layout.html", "templates/parts.html", "templates/"+name+".html")
}

// Render writes the page. The data must be of the struct that the page is made of:
// with another one, a branch that is rarely taken would fail only when it is. Nothing
// is written when there is an error.
func (p *Pages) Render(w io.Writer, name string, data any) error {
	found, ok := p.pages[name]
	if !ok {
		return fmt.Errorf("render page: there is no page %q", name)
	}
	if got := reflect.TypeOf(data); got != found.view {
		return fmt.Errorf("render page %s: made of %s, got %s", name, found.view, got)
	}
	set, err := found.parsed()
	if err != nil {
		return fmt.Errorf("parse page %s: %w", name, err)
	}
	var body bytes.Buffer
	if err := set.Execute(&body, data); err != nil {
		return fmt.Errorf("render page %s: %w", name, err)
	}
	_, err = w.Write(body.Bytes())
	return err
}
