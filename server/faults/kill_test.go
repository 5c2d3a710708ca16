//go:build linux

package faults

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// everyone is a crew of every kind, in a folder that is furnished for it.
func everyone(t *testing.T, dir string) *crew {
	t.Helper()
	sessions := []int{400, 400, 1, 1}
	for range 150 {
		sessions = append(sessions, 5)
	}
	people := furnish(t, dir, sessions...)
	return &crew{workers: []worker{
		&ender{who: people[0]}, &ender{who: people[1]}, &renamer{who: people[2]}, &sweeper{people: people[4:]},
		&joiner{name: "new"}, &changer{who: people[3], current: people[3].Sessions[0]},
	}}
}

// wantNothingHalf looks at what belongs together in one transaction, in a copy of the
// database of a program that is dead.
func wantNothingHalf(t *testing.T, dir string) {
	t.Helper()
	copied := folder(t)
	copyFolder(t, dir, copied)
	db := openRaw(t, copied, "")
	for what, query := range map[string]string{
		"sessions that began without a record": `SELECT id FROM session WHERE id NOT IN (SELECT object FROM audit WHERE event = 'session.started')`,
		"records of sessions that never began": `SELECT object FROM audit WHERE event = 'session.started' AND object NOT IN (SELECT id FROM session)`,
		"ends without a record": `SELECT id FROM session WHERE ended_why IN ('revoked', 'logout')
			AND id NOT IN (SELECT object FROM audit WHERE event = 'session.ended')`,
		"records of ends that did not happen": `SELECT object FROM audit WHERE event = 'session.ended'
			AND object NOT IN (SELECT id FROM session WHERE ended_at IS NOT NULL)`,
	} {
		if found := rows(t, db, query); len(found) > 0 {
			t.Errorf("%d %s", len(found), what)
		}
	}
}

// took is how long the start says it took.
func took(t *testing.T, p *program) time.Duration {
	t.Helper()
	for line := range strings.Lines(p.log.String()) {
		var event struct {
			Msg  string
			Took time.Duration
		}
		if json.Unmarshal([]byte(line), &event) == nil && event.Msg == "ready" {
			return event.Took
		}
	}
	t.Error("the log does not tell how long the start took")
	return 0
}

// DUR-01: killed at any moment under a mixed load, nothing that was acknowledged is lost and
// nothing that was ended comes back.
func TestDUR01Kill(t *testing.T) {
	t.Parallel()
	const kills = 5 // of one folder, before a new one
	for life := range few(1, 40) {
		t.Run(fmt.Sprint(life), func(t *testing.T) {
			dir := folder(t)
			all := everyone(t, dir)
			for range kills {
				p := start(t, dir, launch{})
				all.check(t, p)
				halt := all.load(t, p)
				time.Sleep(time.Duration(50+rand.IntN(1200)) * time.Millisecond)
				p.alive()
				p.kill()
				halt()
				wantWhole(t, dir)
				wantNothingHalf(t, dir)
			}
			p := start(t, dir, launch{})
			if d := took(t, p); d > 5*time.Second {
				t.Errorf("the start after %d kills took %v", kills, d)
			}
			all.check(t, p)
			p.stop()
			t.Logf("%d kills, %d changes acknowledged; the last start took %v", kills, all.acked.Load(), took(t, p))
		})
	}
}
