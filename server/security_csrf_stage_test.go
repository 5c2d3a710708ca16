package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ostiary/server"
	"ostiary/server/servertest"
)

// stage is a signed-in admin, whose browser the attacker rides on, and what
// their requests could change.
type stage struct {
	s           *servertest.Server
	n           int64              // in the addresses of its people
	root        *servertest.Client // by cookie
	before      string             // root's CSRF token from before the secret rotated
	sibling     *servertest.Client // another session of root
	other       *servertest.Client // somebody else's session
	rootEmail   string
	bobID       string
	bobSession  string
	mateSession string // id of sibling's session
}

var stages atomic.Int64

// newStage makes people nobody else has.
func newStage(t *testing.T, s *servertest.Server) *stage {
	t.Helper()
	x := &stage{s: s, n: stages.Add(1)}
	x.rootEmail = fmt.Sprintf("root%d@example.com", x.n)
	x.root = newAdmin(t, s, x.rootEmail)
	x.before = x.root.CSRF
	s.Clock.Move(time.Second)
	x.root.Do("POST", api+"/password/change", changeTo(secondPassword)).Want(200, "")
	again := map[string]any{"email": x.rootEmail, "password": secondPassword}
	x.sibling, x.other = s.Browser(), s.Browser()
	x.mateSession = x.sibling.Do("POST", api+"/login", again).Want(200, "").Text("session.id")
	bob := x.other.SignUp(fmt.Sprintf("bob%d@example.com", x.n))
	x.bobID, x.bobSession = bob.Text("user.id"), bob.Text("session.id")
	return x
}

type tableRow = server.TableRow

// change is a request that changes something, by the route table.
type change struct {
	row  tableRow
	path string
	body map[string]any // nil: none
}

func (c change) String() string { return c.row.Method + " " + c.row.Path }

// changes are the requests of every row that changes something and wants a
// session. A row that is added to the table is attacked without being named
// here; if it needs a body, its positive control will say so.
func (x *stage) changes() (all []change) {
	for _, row := range x.s.Inner.Table() {
		if row.Method == "GET" || (row.Guard != "known" && row.Guard != "admin") {
			continue
		}
		path := strings.NewReplacer("/users/:id", "/users/"+x.bobID).Replace(row.Path)
		switch {
		case strings.HasPrefix(path, adm) || strings.HasPrefix(path, "/admin"):
			path = strings.Replace(path, ":id", x.bobSession, 1)
		default:
			path = strings.Replace(path, ":id", x.mateSession, 1)
		}
		if strings.Contains(path, ":action") {
			for _, action := range []string{"disable", "delete", "sign-out", "set-password"} {
				all = append(all, x.with(row, strings.Replace(path, ":action", action, 1)))
			}
			continue
		}
		all = append(all, x.with(row, path))
	}
	return all
}

func (x *stage) with(row tableRow, path string) change {
	c := change{row: row, path: path}
	switch end := path[strings.LastIndexByte(path, '/')+1:]; {
	case end == "change":
		c.body = map[string]any{"current_password": secondPassword, "password": servertest.Password}
	case path == "/account/password":
		c.body = map[string]any{"current_password": secondPassword, "new_password": servertest.Password}
	case end == "set-password":
		c.body = map[string]any{"password": secondPassword}
	case end == "users":
		c.body = map[string]any{"email": fmt.Sprintf("new%d@example.com", x.n), "password": secondPassword}
	case row.Method == "PATCH" || end == "profile":
		c.body = map[string]any{"name": "changed"}
	}
	return c
}

// send sends a change as a page would: JSON with the token as a header, a
// form with the token as a field. prepare may bend the request.
func (c change) send(b *servertest.Client, token string, prepare func(*http.Request)) *servertest.Answer {
	from := b.Fork()
	from.CSRF = ""
	if !c.row.Page {
		var body any
		if c.body != nil {
			body = c.body
		}
		return from.DoWith(c.row.Method, c.path, body, func(r *http.Request) {
			if token != "" {
				r.Header.Set("X-CSRF-Token", token)
			}
			prepare(r)
		})
	}
	form := url.Values{}
	for name, value := range c.body {
		form.Set(name, fmt.Sprint(value))
	}
	if token != "" {
		form.Set("csrf_token", token)
	}
	return from.DoWith(c.row.Method, c.path, form.Encode(), func(r *http.Request) {
		asForm(r)
		prepare(r)
	})
}

// json is the body as text, an empty object when there is none.
func (c change) json() string {
	if c.body == nil {
		return "{}"
	}
	text, _ := json.Marshal(c.body)
	return string(text)
}

func asIs(*http.Request) {}

// The control for all that follows: with the right token each of these
// requests is let in, and does something.
func TestCSRF01RightTokenIsLetIn(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	for i := range newStage(t, s).changes() {
		x := newStage(t, s)
		c := x.changes()[i]
		before := world(s)
		if a := c.send(x.root, x.root.CSRF, asIs); a.Status >= 400 {
			t.Errorf("%s: %d %s", c, a.Status, a.Raw)
		}
		if world(s) == before && !strings.HasSuffix(c.path, "/enable") && !strings.HasSuffix(c.path, "/restore") {
			t.Errorf("%s changed nothing", c)
		}
	}
}
