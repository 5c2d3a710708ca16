package server_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ostiary/server/config"
	"ostiary/server/servertest"
)

// backedUpDaily keeps three backups, a day apart.
func backedUpDaily(c *config.Config) {
	c.Backup.Every, c.Backup.Keep = config.Duration(24*time.Hour), 3
}

// lookedForBackup lists the folder of backups, after a look whether one is due.
func lookedForBackup(s *servertest.Server) []string {
	s.T.Helper()
	s.Inner.LookForBackup()
	entries, err := os.ReadDir(filepath.Join(s.Dir, "backups"))
	if err != nil {
		s.T.Fatal(err)
	}
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = entry.Name()
	}
	return names
}

// backupOn is the name of the backup of a day after the clock's beginning.
func backupOn(n int) string {
	return "ostiary-" + servertest.NewClock().Now().AddDate(0, 0, n).Format("20060102T150405Z") + ".db"
}

func wantBackups(t *testing.T, got []string, days ...int) {
	t.Helper()
	var want []string
	for _, n := range days {
		want = append(want, backupOn(n), backupOn(n)+".key")
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("there are %v, want %v", got, want)
	}
}

func TestPlannedBackupsRotate(t *testing.T) {
	s := servertest.New(t, backedUpDaily)
	wantBackups(t, lookedForBackup(s), 0)
	wantFileMode(t, filepath.Join(s.Dir, "backups"), 0o700)
	s.Clock.Move(24*time.Hour - time.Second)
	wantBackups(t, lookedForBackup(s), 0)
	s.Clock.Move(time.Second)
	wantBackups(t, lookedForBackup(s), 0, 1)
	s.Clock.Move(24 * time.Hour)
	wantBackups(t, lookedForBackup(s), 0, 1, 2)
	// What a crash left, and what is not ours.
	folder := filepath.Join(s.Dir, "backups")
	for _, name := range []string{"ostiary-20260101T000000Z.db.part", "ostiary-20260101T000000Z.db.part-journal", "ostiary-20260101T000000Z.db.key",
		"ostiary-20260102T000000Z.db.key.part", "notes.txt", "ostiary-2020.db"} {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.Clock.Move(24 * time.Hour)
	got := lookedForBackup(s)
	for _, mine := range []string{"notes.txt", "ostiary-2020.db"} {
		i := slices.Index(got, mine)
		if i < 0 {
			t.Fatalf("%s was removed", mine)
		}
		got = slices.Delete(got, i, i+1)
	}
	wantBackups(t, got, 1, 2, 3)
	if all, _, err := openedBackup(t, filepath.Join(folder, backupOn(3))).CountUsers(t.Context()); err != nil || all != 0 {
		t.Errorf("it holds %d users, %v", all, err)
	}
}

// Restarts neither postpone a backup nor bring it forward.
func TestPlannedBackupsOutliveRestarts(t *testing.T) {
	s := servertest.New(t, backedUpDaily)
	wantBackups(t, lookedForBackup(s), 0)
	for range 3 {
		s.Clock.Move(8 * time.Hour)
		s.Restart()
	}
	wantBackups(t, lookedForBackup(s), 0, 1)
	op := s.Operator()
	if at := op.Do("GET", "/api/v1/admin/stats", nil).Text("last_backup_at"); at != "2026-11-22T17:31:04.000Z" {
		t.Errorf("the last backup was at %q", at)
	}
	want := fmt.Sprintf("ostiary_backup_last_success_seconds %g", float64(s.Clock.Now().Unix()))
	if page := op.Do("GET", "/metrics", nil).Want(200, ""); !strings.Contains(page.Raw, want) {
		t.Errorf("no %q in the metrics", want)
	}
}

// A clock that was wrong costs no good backup: one that is set back makes a
// backup at once, and what bears a moment to come goes first.
func TestPlannedBackupsAndAWrongClock(t *testing.T) {
	s := servertest.New(t, backedUpDaily)
	wantBackups(t, lookedForBackup(s), 0)
	s.Clock.Move(30 * 24 * time.Hour)
	wantBackups(t, lookedForBackup(s), 0, 30)
	s.Clock.Move(24 * time.Hour)
	wantBackups(t, lookedForBackup(s), 0, 30, 31)
	s.Clock.Move(-30 * 24 * time.Hour)
	wantBackups(t, lookedForBackup(s), 0, 1, 31)
	s.Clock.Move(24 * time.Hour)
	wantBackups(t, lookedForBackup(s), 0, 1, 2)
	s.Restart()
	s.Clock.Move(24 * time.Hour)
	wantBackups(t, lookedForBackup(s), 1, 2, 3)
}

// A backup that fails takes no old one with it, is told, and is tried again
// long before the next is due.
func TestPlannedBackupThatFails(t *testing.T) {
	s := servertest.New(t, backedUpDaily)
	wantBackups(t, lookedForBackup(s), 0)
	inTheWay := filepath.Join(s.Dir, "backups", backupOn(1)+".key")
	if err := os.Mkdir(inTheWay, 0o700); err != nil {
		t.Fatal(err)
	}
	s.Clock.Move(24 * time.Hour)
	s.Inner.LookForBackup()
	if !strings.Contains(s.Log.String(), "the backup failed") {
		t.Errorf("the log does not tell: %s", s.Log)
	}
	if page := s.Operator().Do("GET", "/metrics", nil); !strings.Contains(page.Raw, fmt.Sprintf("ostiary_backup_last_success_seconds %g", float64(servertest.NewClock().Now().Unix()))) {
		t.Error("the metric counts it as a success")
	}
	if err := os.Remove(inTheWay); err != nil {
		t.Fatal(err)
	}
	wantBackups(t, lookedForBackup(s), 0) // not at once again
	s.Clock.Move(5 * time.Minute)
	if got := lookedForBackup(s); len(got) != 4 {
		t.Errorf("it was not tried again: %v", got)
	}
}

// Without the setting there are none, and no metric that seems to be ill.
func TestNoPlannedBackups(t *testing.T) {
	s := servertest.New(t)
	if _, err := os.Stat(filepath.Join(s.Dir, "backups")); err == nil {
		t.Error("there is a folder of backups")
	}
	op := s.Operator()
	if page := op.Do("GET", "/metrics", nil); strings.Contains(page.Raw, "ostiary_backup") {
		t.Error("there is a metric of backups")
	}
	if a := op.Do("GET", "/api/v1/admin/stats", nil); a.Get("last_backup_at") != nil {
		t.Errorf("stats tell of one: %s", a.Raw)
	}
}
