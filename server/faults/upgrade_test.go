//go:build linux

package faults

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// ofOld is how the program is started on a database that was made long ago: with sessions that
// live for a century, and the secret of the server that made it.
var ofOld = launch{env: []string{"OSTIARY_SESSION__IDLE=36500d", "OSTIARY_SECRET__KEY=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}}

// fixture tells what a database in testdata holds. Nothing in it opens anything elsewhere.
type fixture struct {
	Ada, Ben  *person // an admin with two sessions; a person with one
	Ended     held    // a session of Ada that was ended
	Disabled  *person // whose session ended with that
	Name      string  // Ben's
	OldSecret string  // Ben's, from before he changed it
}

// TestMakeFixture makes testdata/v1.db.gz and v1.json anew, when asked to. A fixture that a
// release was tested with is never made anew: the next schema gets the next number.
func TestMakeFixture(t *testing.T) {
	if os.Getenv("FAULTS_FIXTURE") == "" {
		t.Skip("FAULTS_FIXTURE=1 makes the fixture")
	}
	dir := folder(t)
	p := start(t, dir, ofOld)
	f := fixture{Ada: join(t, p, "ada@example.com"), Ben: join(t, p, "ben@example.com"), Disabled: join(t, p, "eve@example.com"), Name: "Ben Ütz"}
	for range 2 {
		var got signedIn
		login(p, f.Ada.Email, f.Ada.Password).into(t, &got)
		f.Ada.Sessions = append(f.Ada.Sessions, held{got.Session.ID, got.Token})
	}
	f.Ended, f.Ada.Sessions = f.Ada.Sessions[2], f.Ada.Sessions[:2]
	f.OldSecret = f.Ben.Password
	var changed signedIn
	body := map[string]string{"current_password": f.Ben.Password, "password": "quite another secret of mine"}
	p.do("POST", "/api/v1/auth/password/change", body, bearer(f.Ben.Sessions[0].Token)).into(t, &changed)
	f.Ben.Password, f.Ben.Sessions = body["password"], []held{{changed.Session.ID, changed.Token}}
	for _, a := range []answer{
		p.do("DELETE", "/api/v1/auth/sessions/"+f.Ended.ID, nil, bearer(f.Ada.Sessions[0].Token)),
		p.operate("PATCH", "/users/"+f.Ada.ID, map[string]any{"admin": true}),
		p.operate("PATCH", "/users/"+f.Ben.ID, map[string]any{"name": f.Name}),
		p.operate("POST", "/users/"+f.Disabled.ID+"/disable", nil),
	} {
		if !a.ok() {
			t.Fatal(a)
		}
	}
	p.stop()
	text, err := json.MarshalIndent(f, "", "  ")
	must(t, err)
	must(t, os.WriteFile("testdata/v1.json", append(text, '\n'), 0o644))
	db, err := os.ReadFile(filepath.Join(dir, "ostiary.db"))
	must(t, err)
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	_, err = writer.Write(db)
	must(t, err)
	must(t, writer.Close())
	must(t, os.WriteFile("testdata/v1.db.gz", packed.Bytes(), 0o644))
}

// join signs somebody up.
func join(t *testing.T, p *program, email string) *person {
	t.Helper()
	var got struct {
		signedIn
		User struct{ ID string }
	}
	signUp(p, email, firstPassword).into(t, &got)
	return &person{ID: got.User.ID, Email: email, Password: firstPassword, Sessions: []held{{got.Session.ID, got.Token}}}
}

// unpack puts the database of a fixture into a data folder.
func unpack(t *testing.T, name, dir string) (f fixture) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	must(t, err)
	must(t, json.Unmarshal(text, &f))
	packed, err := os.Open(filepath.Join("testdata", name+".db.gz"))
	must(t, err)
	defer packed.Close()
	reader, err := gzip.NewReader(packed)
	must(t, err)
	db, err := io.ReadAll(reader)
	must(t, err)
	must(t, os.MkdirAll(dir, 0o700))
	must(t, os.WriteFile(filepath.Join(dir, "ostiary.db"), db, 0o600))
	return f
}

// OPS-02: the database of an earlier release is brought up to date, however often the start is
// killed on the way, and everything in it is what it was.
func TestOPS02Upgrade(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	f := unpack(t, "v1", dir)
	for range few(5, 20) {
		p := run(t, dir, ofOld)
		time.Sleep(time.Duration(rand.IntN(60)) * time.Millisecond)
		_ = p.cmd.Process.Signal(syscall.SIGKILL)
		p.await()
	}
	p := start(t, dir, ofOld)
	for _, s := range append(f.Ada.Sessions, f.Ben.Sessions...) {
		wantAlive(t, p, "a session of before", s.Token)
	}
	for _, s := range append(f.Disabled.Sessions, f.Ended) {
		// A dead session tells for a week how it ended; then it is unknown.
		if a := p.me(s.Token); a.status != 401 {
			t.Errorf("a session that had ended: %v", a)
		}
	}
	for _, who := range []*person{f.Ada, f.Ben} {
		if a := login(p, who.Email, who.Password); a.status != 200 {
			t.Errorf("%s signs in: %v", who.Email, a)
		}
	}
	for email, password := range map[string]string{f.Ben.Email: f.OldSecret, f.Disabled.Email: f.Disabled.Password} {
		if a := login(p, email, password); a.status != 401 {
			t.Errorf("%s signs in: %v, want 401", email, a)
		}
	}
	var ada, ben struct {
		Name  string
		Admin bool
	}
	p.operate("GET", "/users/"+f.Ada.ID, nil).into(t, &ada)
	p.operate("GET", "/users/"+f.Ben.ID, nil).into(t, &ben)
	if !ada.Admin || ben.Admin || ben.Name != f.Name {
		t.Errorf("people are not who they were: %+v, %+v", ada, ben)
	}
	p.stop()
	wantWhole(t, dir)
	wantSchemaOfToday(t, dir)
}

// wantSchemaOfToday compares the schema with that of a database that was made just now.
func wantSchemaOfToday(t *testing.T, dir string) {
	t.Helper()
	fresh := folder(t)
	start(t, fresh, launch{}).stop()
	for _, query := range []string{"PRAGMA user_version", "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name"} {
		got, want := rows(t, openRaw(t, dir, ""), query), rows(t, openRaw(t, fresh, ""), query)
		if len(got) != len(want) {
			t.Fatalf("%s: %d lines, want %d", query, len(got), len(want))
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%s: %s, want %s", query, got[i], want[i])
			}
		}
	}
}
