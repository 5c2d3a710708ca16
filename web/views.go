package web

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"ostiary/server/refusal"
)

// Frame is what every page has around its content.
type Frame struct {
	User   *Person // who is signed in; nil: nobody
	CSRF   string  // goes into every form as csrf_token; "" before there is a session
	Notice string  // what just happened, said once: "Your password is changed."
}

// Person is who is signed in.
type Person struct {
	Name, Email string
	Admin       bool
}

// Called is the name to show, or the address of who gave none.
func (p Person) Called() string {
	if p.Name != "" {
		return p.Name
	}
	return p.Email
}

// Problem is why a form was not taken. The page that shows it keeps what was typed,
// but never a password.
type Problem struct {
	Code      string
	Title     string // what is wrong
	Text      string // why
	Help      []string
	RequestID string
	Fields    []FieldProblem
}

// FieldProblem is what is wrong with one field.
type FieldProblem struct {
	Name string // of the form field: "email"
	Code string
	Text string
}

// Label is what the field is called on its form.
func (f FieldProblem) Label() string {
	switch f.Name {
	case "email":
		return "E-mail address"
	case "name":
		return "Name"
	case "password":
		return "Password"
	case "current_password":
		return "Current password"
	case "new_password":
		return "New password"
	}
	return f.Name
}

// For finds what is wrong with a field. It may be called on nil: no problem at all.
func (p *Problem) For(name string) *FieldProblem {
	if p == nil {
		return nil
	}
	for i := range p.Fields {
		if p.Fields[i].Name == name {
			return &p.Fields[i]
		}
	}
	return nil
}

// Rejected is the problem to show above a form that was refused. It holds only what
// may be sent; the private reason stays behind.
func Rejected(err *refusal.Error, requestID string) *Problem {
	refused := Refused(err, requestID)
	problem := &Problem{Code: refused.Code, Title: refused.Detail, Text: refused.Cause, RequestID: requestID}
	if wait := refused.Wait(); wait != "" {
		problem.Help = append(problem.Help, wait)
	}
	for _, fix := range refused.ForUser() {
		problem.Help = append(problem.Help, fix.Text)
	}
	if err.Code == refusal.RequestInvalid && err.Detail == "" { // then the fields say it all
		problem.Title, problem.Text, problem.Help = "Please correct what is marked", "", nil
	}
	for _, field := range err.Fields {
		problem.Fields = append(problem.Fields, FieldProblem{
			Name: strings.TrimPrefix(field.Pointer, "/"), Code: string(field.Code), Text: field.Text,
		})
	}
	return problem
}

// RefusalPage is any refusal, shown to a person.
type RefusalPage struct {
	Frame
	Status     int
	Code       string
	Title      string // of the code
	Detail     string // what happened this time
	Cause      string
	Fixes      []refusal.Fix
	Retry      string
	RetryAfter time.Duration
	RequestID  string
	Back       *Link // where to go on; nil: the start page
}

// Link leads to a path of this server ("/account", without the prefix).
type Link struct{ Path, Text string }

// Refused is the page for a refusal. It holds only what may be sent.
func Refused(err *refusal.Error, requestID string) RefusalPage {
	entry := err.Entry()
	page := RefusalPage{
		Status: entry.Status, Code: string(entry.Code), Title: entry.Title, Detail: err.Detail,
		Cause: err.Cause, Fixes: err.Fixes, Retry: entry.Retry, RetryAfter: err.RetryAfter, RequestID: requestID,
	}
	if page.Detail == "" {
		page.Detail = entry.Title
	}
	if page.Cause == "" {
		page.Cause = entry.Cause
	}
	if len(page.Fixes) == 0 {
		page.Fixes = entry.Fixes
	}
	return page
}

// ForUser lists what the person in front of the screen can do.
func (p RefusalPage) ForUser() []refusal.Fix { return only(p.Fixes, "user") }

// ForDeveloper lists what who wrote the calling program can do.
func (p RefusalPage) ForDeveloper() []refusal.Fix { return only(p.Fixes, "developer") }

// ForAdmin lists what who runs this server can do.
func (p RefusalPage) ForAdmin() []refusal.Fix { return only(p.Fixes, "admin") }

// Wait says in words how long to wait, or nothing.
func (p RefusalPage) Wait() string {
	switch seconds := int((p.RetryAfter + time.Second - 1) / time.Second); {
	case seconds <= 0:
		return ""
	case seconds == 1:
		return "You can try again in a second."
	case seconds < 120:
		return fmt.Sprintf("You can try again in %d seconds.", seconds)
	case seconds < 7200:
		return fmt.Sprintf("You can try again in %d minutes.", (seconds+59)/60)
	default:
		return fmt.Sprintf("You can try again in %d hours.", (seconds+3599)/3600)
	}
}

func only(fixes []refusal.Fix, who string) []refusal.Fix {
	var found []refusal.Fix
	for _, fix := range fixes {
		if fix.Who == who {
			found = append(found, fix)
		}
	}
	return found
}

// ContinuePage sends the browser on to another origin after a form: Chromium stops a
// redirect that leaves under form-action 'self'. Whether the target is allowed was
// decided before.
type ContinuePage struct {
	Frame
	Target string // a whole http or https address
}

// Refresh is the content of the refresh element, or "" for anything but http and
// https: a javascript: address must not even get this far.
func (p ContinuePage) Refresh() string {
	if p.Host() == "" {
		return ""
	}
	return "0;url=" + p.Target
}

// Host is the host of the target, or "" when the target is no web address.
func (p ContinuePage) Host() string {
	target, err := url.Parse(p.Target)
	if err != nil || (target.Scheme != "http" && target.Scheme != "https") {
		return ""
	}
	return target.Host
}
