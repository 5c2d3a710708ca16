//go:build linux

package faults

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// DUR-04, DUR-05, OPS-09: on a full disk changes are refused as what they are, everything else
// goes on, nobody is signed out, and room is enough to go on without a restart. The log lies
// on the same disk.
func TestDUR04OPS09DiskFull(t *testing.T) {
	t.Parallel()
	small := mountMemory(t, "4m")
	dir := filepath.Join(small, "data")
	people := furnish(t, dir, 300, 1, 4)
	log, err := os.Create(filepath.Join(small, "log"))
	must(t, err)
	defer log.Close()
	p := start(t, dir, launch{stderr: log})
	all := &crew{workers: []worker{&ender{who: people[0]}, &renamer{who: people[1]}}}
	fillUp(t, p, all, filepath.Join(small, "ballast"))
	acked := all.acked.Load()

	wantHealth(t, p, "db.disk_full")
	wantWorkOnAFullDisk(t, p, people[2])
	p.alive()
	all.check(t, p) // what was acknowledged, read while the disk is full
	if strings.Count(p.log.String(), `"level":"ERROR"`) > 20 {
		t.Errorf("a full disk is told of again and again:\n%.2000s", p.log)
	}

	must(t, unix.Mount("tmpfs", small, "tmpfs", unix.MS_REMOUNT, "size=16m"))
	p.recovers()
	for _, w := range all.workers {
		for range 5 {
			all.step(t, p, w)
		}
	}
	if all.acked.Load() != acked+10 {
		t.Errorf("%d of 10 changes were made once there was room", all.acked.Load()-acked)
	}
	wantHealth(t, p, "")
	all.check(t, p)
	p.kill()
	wantNothingHalf(t, dir)
	again := start(t, dir, launch{})
	all.check(t, again)
	again.stop()
	t.Logf("%d changes acknowledged before the disk was full, %d refused", acked, all.refused.Load())
}

// fillUp changes things until the disk is full of them, and then fills the rest of it to the
// last byte, until no change is taken any more.
func fillUp(t *testing.T, p *program, all *crew, ballast string) {
	t.Helper()
	for all.refused.Load() == 0 && all.acked.Load() < 2000 {
		for _, w := range all.workers {
			all.step(t, p, w)
		}
	}
	file, err := os.Create(ballast)
	must(t, err)
	defer file.Close()
	for size := 1 << 20; size > 0; {
		if _, err := file.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
	// The write-ahead log may have room of its own left.
	until(t, "the disk is full", func() bool {
		before := all.refused.Load()
		for _, w := range all.workers {
			all.step(t, p, w)
		}
		return all.refused.Load() == before+int64(len(all.workers))
	})
}

// wantWorkOnAFullDisk tries every kind of request.
func wantWorkOnAFullDisk(t *testing.T, p *program, who *person) {
	t.Helper()
	mine, other := who.Sessions[0], who.Sessions[1]
	check := p.me(mine.Token, cookie(mine.Token))
	if check.status != 200 || check.header["Set-Cookie"] != nil {
		t.Errorf("a session check: %v %v, want 200 and no cookie touched", check, check.header["Set-Cookie"])
	}
	proof := csrf(check.header.Get("X-CSRF-Token"))
	if a := p.do("GET", "/api/v1/auth/sessions", nil, cookie(mine.Token)); a.status != 200 {
		t.Errorf("a list: %v", a)
	}
	if a := p.do("GET", "/login", nil); a.status != 200 {
		t.Errorf("a page: %v", a)
	}
	body := map[string]string{"email": who.Email, "password": who.Password}
	fresh := map[string]string{"email": "late@example.com", "password": firstPassword}
	change := map[string]string{"current_password": who.Password, "password": "quite another secret of mine"}
	for what, a := range map[string]answer{
		"log in":            p.do("POST", "/api/v1/auth/login", body),
		"sign up":           p.do("POST", "/api/v1/auth/signup", fresh),
		"log out":           p.do("POST", "/api/v1/auth/logout", nil, cookie(mine.Token)),
		"end a session":     p.do("DELETE", "/api/v1/auth/sessions/"+other.ID, nil, cookie(mine.Token), proof),
		"end my session":    p.do("DELETE", "/api/v1/auth/sessions/"+mine.ID, nil, cookie(mine.Token), proof),
		"end all":           p.do("POST", "/api/v1/auth/logout-all", nil, cookie(mine.Token), proof),
		"change a password": p.do("POST", "/api/v1/auth/password/change", change, cookie(mine.Token), proof),
		"create a user":     p.operate("POST", "/users", map[string]string{"email": "made@example.com"}),
		"disable a user":    p.operate("POST", "/users/"+who.ID+"/disable", nil),
	} {
		wantFault(t, what, a, p.dir, "db.disk_full")
	}
	wantAlive(t, p, "a session that could not be ended", mine.Token)
	wantAlive(t, p, "a session that could not be ended", other.Token)
}
