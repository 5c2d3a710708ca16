package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
)

func TestJourney(t *testing.T) {
	browse(t, start(t), "journey.mjs", about{"scripts": true})
}

func TestJourneyWithoutScripts(t *testing.T) {
	browse(t, start(t), "journey.mjs", about{"scripts": false})
}

// unlimited lifts the limits for journeys that are longer than any person's.
const unlimited = "OSTIARY_LIMITS__ENABLED=false"

func TestAdministration(t *testing.T) {
	browse(t, start(t, unlimited), "admin.mjs", about{"scripts": false})
}

func TestForms(t *testing.T) {
	odd, err := filepath.Abs("../testdata/blns/blns.json")
	if err != nil {
		t.Fatal(err)
	}
	browse(t, start(t, unlimited), "forms.mjs", about{"odd": odd})
}

func TestKeyboard(t *testing.T) {
	browse(t, start(t, unlimited), "keyboard.mjs", nil)
}

func TestTooManyAttempts(t *testing.T) {
	p := start(t, "OSTIARY_LIMITS__AUTH=3/30s", "OSTIARY_LIMITS__AUTH_ADDRESS=20/5m")
	browse(t, p, "limits.mjs", about{"tries": 3})
}

func TestLock(t *testing.T) {
	p := start(t, "OSTIARY_LIMITS__AUTH=100/1m", "OSTIARY_LIMITS__LOCK_AFTER=3")
	browse(t, p, "lock.mjs", about{"tries": 3})
}

func TestSignupClosed(t *testing.T) {
	browse(t, start(t, "OSTIARY_SIGNUP__ENABLED=false"), "closed.mjs", nil)
}

func TestRedirect(t *testing.T) {
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, `<!doctype html><title>app</title><link rel="icon" href="data:,"><main>the app</main>`)
	}))
	t.Cleanup(app.Close)
	origin := "http://" + localhost(app.Listener.Addr().String())
	browse(t, start(t, unlimited, "OSTIARY_ORIGINS="+origin), "redirect.mjs", about{"app": origin})
}
