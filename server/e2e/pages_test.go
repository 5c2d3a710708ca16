package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
)

func TestJourney(t *testing.T) {
	t.Parallel()
	browse(t, start(t), "journey.mjs", about{"scripts": true})
}

func TestJourneyWithoutScripts(t *testing.T) {
	t.Parallel()
	browse(t, start(t), "journey.mjs", about{"scripts": false})
}

// unlimited lifts the limits for journeys that are longer than any person's.
const unlimited = "OSTIARY_LIMITS__ENABLED=false"

func TestAdministration(t *testing.T) {
	t.Parallel()
	browse(t, start(t, unlimited), "admin.mjs", about{"scripts": false})
}

func TestForms(t *testing.T) {
	t.Parallel()
	odd, err := filepath.Abs("../testdata/blns/blns.json")
	if err != nil {
		t.Fatal(err)
	}
	browse(t, start(t, unlimited), "forms.mjs", about{"odd": odd})
}

func TestKeyboard(t *testing.T) {
	t.Parallel()
	browse(t, start(t, unlimited), "keyboard.mjs", nil)
}

func TestLooks(t *testing.T) {
	t.Parallel()
	p := start(t, "OSTIARY_LIMITS__AUTH=8/1m", "OSTIARY_LIMITS__USER=6000/1m", "OSTIARY_ORIGINS=https://app.example.com")
	browse(t, p, "looks.mjs", nil)
}

func TestTooManyAttempts(t *testing.T) {
	t.Parallel()
	p := start(t, "OSTIARY_LIMITS__AUTH=2/40s", "OSTIARY_LIMITS__AUTH_ADDRESS=20/5m")
	browse(t, p, "limits.mjs", about{"tries": 2})
}

func TestLock(t *testing.T) {
	t.Parallel()
	p := start(t, "OSTIARY_LIMITS__AUTH=100/1m", "OSTIARY_LIMITS__LOCK_AFTER=3")
	browse(t, p, "lock.mjs", about{"tries": 3})
}

func TestSignupClosed(t *testing.T) {
	t.Parallel()
	browse(t, start(t, "OSTIARY_SIGNUP__ENABLED=false"), "closed.mjs", nil)
}

func TestRedirect(t *testing.T) {
	t.Parallel()
	origin := app(t)
	browse(t, start(t, unlimited, "OSTIARY_ORIGINS="+origin), "redirect.mjs", about{"app": origin})
}

func TestFirefox(t *testing.T) {
	t.Parallel()
	origin := app(t)
	browse(t, start(t, "OSTIARY_ORIGINS="+origin), "firefox.mjs", about{"app": origin})
}

// app is somebody's app on another origin, to which people want to get back.
func app(t *testing.T) (origin string) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, `<!doctype html><title>app</title><link rel="icon" href="data:,"><main>the app</main>`)
	}))
	t.Cleanup(server.Close)
	return "http://" + localhost(server.Listener.Addr().String())
}
