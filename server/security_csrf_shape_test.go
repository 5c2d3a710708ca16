package server_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"ostiary/server/servertest"
)

// A page of another site can send bodies of three types without asking first.
// None of them, and nothing that a lenient reader would take for JSON, is read
// by a route that takes JSON.
func TestCSRF04ContentTypes(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	x := newStage(t, s)
	before := world(s)
	for _, kind := range []string{
		"text/plain", "text/plain; charset=utf-8", "text/plain; application/json", "text/plain;application/json", urls,
		"multipart/form-data; boundary=x", "application/json;x", "application/json;", "application/json; x=y", "application/json; charset=utf-16",
		"application/json, text/plain", "text/plain, application/json", "text/x-json", "text/json", "application/jsonp", "application/json5",
		"application/x-json", "application/json-patch+json", "application/merge-patch+json", "application/vnd.api+json", "application/ld+json",
		"application/csp-report", "application/octet-stream", "application/xml", "application/javascript", "json", "*/*", "/", ";", "", "none",
	} {
		for _, c := range append(x.changes(), doors(x)...) {
			if c.row.Page {
				continue
			}
			a := c.send(x.root, x.root.CSRF, func(r *http.Request) {
				setBody(r, c.json())
				r.Header.Del("Content-Type")
				if kind != "none" {
					r.Header.Set("Content-Type", kind)
				}
			})
			if a.Status != 415 || a.Code() != "request.unsupported_type" {
				t.Errorf("%s as %q: %d %s", c, kind, a.Status, a.Raw)
			}
		}
	}
	wantWorld(t, s, before, "a body of another type")
	x.root.DoWith("POST", api+"/logout-all", `{"keep_current":true}`, func(r *http.Request) {
		r.Header.Set("Content-Type", `Application/JSON; charset="UTF-8"`)
	}).Want(200, "")
}

// A form is what a browser sends as one, and nothing else.
func TestCSRF04FormTypes(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	x := newStage(t, s)
	before := world(s)
	for _, kind := range []string{"text/plain", "multipart/form-data; boundary=x", "application/json", urls + "; charset=utf-16", "none"} {
		for _, c := range append(x.changes(), doors(x)...) {
			if !c.row.Page {
				continue
			}
			a := c.send(x.root, x.root.CSRF, func(r *http.Request) {
				r.Header.Del("Content-Type")
				if kind != "none" {
					r.Header.Set("Content-Type", kind)
				}
			})
			if a.Status != 403 && a.Status != 415 {
				t.Errorf("%s as %q: %d %s", c, kind, a.Status, a.Raw)
			}
		}
	}
	wantWorld(t, s, before, "a form of another type")
}

// setBody replaces the body of a request.
func setBody(r *http.Request, body string) {
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	r.GetBody = nil
}

// No change is made by another method than its own, whatever header or
// parameter asks for it.
func TestCSRF05OtherMethods(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	x := newStage(t, s)
	table := s.Inner.Table()
	before := world(s)
	for _, c := range append(x.changes(), doors(x)...) {
		for _, method := range []string{"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"} {
			if hasRow(table, method, c.row.Path) && method != "GET" && method != "HEAD" {
				continue
			}
			for name, override := range overrides(c.row.Method) {
				a := c.send(x.root, x.root.CSRF, func(r *http.Request) {
					r.Method = method
					override(r)
				})
				reads := method == "OPTIONS" || hasRow(table, "GET", c.row.Path) && (method == "GET" || method == "HEAD")
				if a.Status != 405 && !reads || a.Status >= 500 {
					t.Errorf("%s sent as %s (%s): %d %s", c, method, name, a.Status, a.Raw)
				}
				if allow := a.Header.Get("Allow"); a.Status == 405 && !slices.Contains(strings.Split(allow, ", "), c.row.Method) {
					t.Errorf("%s sent as %s: Allow is %q", c, method, allow)
				}
			}
		}
	}
	wantWorld(t, s, before, "another method")
	x.root.Do("GET", api+"/me", nil).Want(200, "")
}

func hasRow(table []tableRow, method, path string) bool {
	return slices.ContainsFunc(table, func(row tableRow) bool { return row.Method == method && row.Path == path })
}

// overrides are the ways in which frameworks let a request say that it means
// another method.
func overrides(method string) map[string]func(*http.Request) {
	header := func(name string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, method) }
	}
	return map[string]func(*http.Request){
		"as it is":               asIs,
		"X-HTTP-Method-Override": header("X-HTTP-Method-Override"),
		"X-HTTP-Method":          header("X-HTTP-Method"),
		"X-Method-Override":      header("X-Method-Override"),
		"query": func(r *http.Request) {
			r.URL.RawQuery = "_method=" + method + "&method=" + method + "&X-HTTP-Method-Override=" + method
		},
		"body": func(r *http.Request) {
			r.Header.Set("Content-Type", urls)
			setBody(r, "_method="+method)
		},
	}
}

// Asking for every page and every read, twice, changes nothing: no link and
// no picture on another site can.
func TestCSRF05ReadingChangesNothing(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	x := newStage(t, s)
	before := world(s)
	for _, row := range s.Inner.Table() {
		if row.Method != "GET" {
			continue
		}
		path := strings.NewReplacer("/users/:id", "/users/"+x.bobID, ":id", x.bobSession, ":code", "session.none", ":name", "x").Replace(row.Path)
		for _, method := range []string{"GET", "HEAD", "GET"} {
			if a := x.root.Fork().Do(method, path, nil); a.Status >= 500 {
				t.Errorf("%s %s: %d %s", method, path, a.Status, a.Raw)
			}
		}
	}
	wantWorld(t, s, before, "reading")
}
