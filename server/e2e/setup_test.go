package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// person is somebody at the setup page, with what the browser of theirs keeps.
type person struct {
	t      *testing.T
	p      product
	client http.Client
}

func visit(t *testing.T, p product) *person {
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &person{t, p, http.Client{CheckRedirect: stay}}
}

func (v *person) do(method, address, body string, cookies ...*http.Cookie) *http.Response {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", v.p.url)
	}
	for _, cookie := range cookies {
		r.AddCookie(cookie)
	}
	answer, err := v.client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	answer.Body.Close()
	return answer
}

// Programs that look at links follow them too, some with HEAD and some often: only the
// form uses the link up.
func TestSetupLinkIsNotUsedUpByLooking(t *testing.T) {
	t.Parallel()
	p := start(t)
	v := visit(t, p)
	for _, method := range []string{"GET", "HEAD", "GET", "HEAD", "GET"} {
		answer := v.do(method, p.setup, "")
		if answer.StatusCode != 303 || answer.Header.Get("Location") != "/setup" || answer.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Fatalf("%s: %d to %q, %s", method, answer.StatusCode, answer.Header.Get("Location"), answer.Header.Get("Referrer-Policy"))
		}
		for _, looked := range []string{"GET", "HEAD"} {
			if page := v.do(looked, p.url+"/setup", "", answer.Cookies()...); page.StatusCode != 200 {
				t.Fatalf("%s /setup: %d", looked, page.StatusCode)
			}
		}
	}
	cookies := v.do("GET", p.setup, "").Cookies()
	if answer := v.do("POST", p.url+"/setup", applicant(0), cookies...); answer.Header.Get("Location") != "/account" {
		t.Errorf("setup after all that: %d %s", answer.StatusCode, answer.Header.Get("X-Auth-Code"))
	}
}

// The link works once, whoever is how fast: of twenty at the same time one becomes the
// admin, and the others hear that the link is used.
func TestSetupLinkWorksOnceInParallel(t *testing.T) {
	t.Parallel()
	p := start(t, unlimited)
	v := visit(t, p)
	cookies := v.do("GET", p.setup, "").Cookies()
	const many = 20
	answers := make(chan *http.Response, many)
	begin := make(chan struct{})
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() {
			<-begin
			answers <- v.do("POST", p.url+"/setup", applicant(i), cookies...)
		})
	}
	close(begin)
	all.Wait()
	close(answers)
	admins := 0
	for answer := range answers {
		switch code := answer.Header.Get("X-Auth-Code"); {
		case answer.StatusCode == 303 && answer.Header.Get("Location") == "/account":
			admins++
		case answer.StatusCode != 410 || code != "link.used" || len(answer.Cookies()) > 0:
			t.Errorf("%d %s %v", answer.StatusCode, code, answer.Cookies())
		}
	}
	if admins != 1 {
		t.Errorf("%d admins were made by one link", admins)
	}
	for _, method := range []string{"GET", "HEAD"} {
		if answer := v.do(method, p.setup, ""); answer.StatusCode != 410 || answer.Header.Get("X-Auth-Code") != "link.used" {
			t.Errorf("%s afterwards: %d %s", method, answer.StatusCode, answer.Header.Get("X-Auth-Code"))
		}
	}
}

// applicant is the form of somebody who wants to be the admin.
func applicant(i int) string {
	return url.Values{"email": {string(rune('a'+i)) + "@example.com"}, "password": {"quiet lamp of everybody"}}.Encode()
}
