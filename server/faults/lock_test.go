//go:build linux

package faults

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// asHelper makes this test program another one: it names the statement that takes a lock.
const asHelper = "FAULTS_HELPER"

// help holds a lock on the database of a folder, until its standard input ends.
func help(statement string) int {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(os.Getenv("FAULTS_FOLDER"), "ostiary.db")+"?mode=rw&_pragma=busy_timeout(10000)")
	if err == nil {
		var conn *sql.Conn
		if conn, err = db.Conn(context.Background()); err == nil {
			_, err = conn.ExecContext(context.Background(), statement)
		}
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("held")
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}

// holdLock starts another program that has the database open and holds a lock on it.
func holdLock(t *testing.T, dir, statement string) (release func()) {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), asHelper+"="+statement, "FAULTS_FOLDER="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	if strings.TrimSpace(line) != "held" {
		t.Fatalf("the other program does not get its lock: %s %v", line, err)
	}
	return func() {
		_ = in.Close() // which ends it
		if err := cmd.Wait(); err != nil {
			t.Errorf("the other program ended with %v", err)
		}
	}
}

// DUR-08, OPS-09: while another program holds a lock on the database, changes are refused as
// what they are, everything else goes on, and the end of the lock is enough to go on.
func TestDUR08OPS09ForeignLock(t *testing.T) {
	t.Parallel()
	for _, statement := range []string{"BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"} {
		t.Run(statement, func(t *testing.T) {
			dir := folder(t)
			people := furnish(t, dir, 20, 1, 2)
			p := start(t, dir, launch{})
			all := &crew{workers: []worker{&ender{who: people[0]}, &renamer{who: people[1]}}}
			all.step(t, p, all.workers[0])
			release := holdLock(t, dir, statement)

			wantFault(t, "a change", p.operate("PATCH", "/users/"+people[2].ID, map[string]string{"name": "Ada"}), dir, "db.locked")
			mine := people[2].Sessions[0]
			a := p.do("POST", "/api/v1/auth/logout", nil, cookie(mine.Token))
			wantFault(t, "a logout", a, dir, "db.locked")
			if a := p.me(mine.Token, cookie(mine.Token)); a.status != 200 || a.header["Set-Cookie"] != nil {
				t.Errorf("a session check: %v %v", a, a.header["Set-Cookie"])
			}
			wantAlive(t, p, "a session that nobody asked for before", people[2].Sessions[1].Token)
			all.check(t, p)
			wantHealth(t, p, "db.locked")

			release()
			p.recovers()
			for range 3 {
				if a := all.workers[0].step(p); !a.ok() {
					t.Errorf("a change after the lock: %v", a)
				}
			}
			all.check(t, p)
			p.alive()
			p.stop()
		})
	}
}

// DUR-08: a second server on the same folder hears who has it, and disturbs nobody.
func TestDUR08SecondServer(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	people := furnish(t, dir, 3)
	p := start(t, dir, launch{})
	second := try(t, dir, launch{})
	wantRefused(t, second, "db.in_use", "pid "+strconv.Itoa(p.pid), dir)
	work := &ender{who: people[0]}
	if a := work.step(p); !a.ok() {
		t.Errorf("a change after a second server was refused: %v", a)
	}
	work.check(t, p)
	p.stop()
	start(t, dir, launch{}).stop()
}
