package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	lookEvery   = 5 * time.Second
	retryAfter  = 5 * time.Minute // a backup that failed
	clockSlack  = time.Minute     // a step back that says nothing about the clock
	backupStamp = "20060102T150405Z"
)

// backupName is every file that a backup of ours can consist of, and what a
// crash leaves of it.
var backupName = regexp.MustCompile(`^ostiary-([0-9]{8}T[0-9]{6}Z)\.db(\.key)?(\.part)?(-journal|-wal|-shm)?$`)

// planned makes a backup every so often, and keeps the newest. A name tells
// when it was made, so a restart does not begin the time anew.
type planned struct {
	*backups
	folder string
	every  time.Duration
	keep   int

	looking sync.Mutex
	failed  time.Time    // when the last one failed; zero: it did not
	newest  atomic.Int64 // when the newest was made, in unix seconds; 0: there is none
}

func newPlanned(b *backups, folder string, every time.Duration, keep int) *planned {
	p := &planned{backups: b, folder: folder, every: every, keep: keep}
	if whole, _, err := p.found(); err == nil && len(whole) > 0 {
		p.newest.Store(whole[0].Unix())
	}
	b.s.metrics.gauge("ostiary_backup_last_success_seconds", "When the newest backup by [backup] was made, as unix time; 0: never.",
		func() float64 { return float64(p.newest.Load()) })
	return p
}

// run makes backups until ctx ends.
func (b *backups) run(ctx context.Context) {
	if b.planned == nil {
		return
	}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		b.planned.look(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// look makes a backup if one is due.
func (p *planned) look(ctx context.Context) {
	p.looking.Lock()
	defer p.looking.Unlock()
	now := p.s.now()
	if !p.due(now) {
		return
	}
	made, err := p.makeAt(ctx, now)
	if err != nil {
		if p.failed = now; ctx.Err() == nil {
			p.s.log.Error("the backup failed", "component", "storage", "folder", p.folder, "retry", min(retryAfter, p.every).String(), "error", err)
		}
		return
	}
	p.failed = time.Time{}
	p.newest.Store(now.Unix())
	p.s.log.Info("backed up", "component", "storage", "path", made.Path, "size", made.Size)
	if err := p.rotate(); err != nil {
		p.s.log.Warn("old backups could not be removed", "component", "storage", "folder", p.folder, "error", err)
	}
}

// due says whether the next backup is to be made. When the clock went back
// behind the newest one, nobody knows how old that is.
func (p *planned) due(now time.Time) bool {
	if wait := now.Sub(p.failed); !p.failed.IsZero() && wait >= 0 && wait < min(retryAfter, p.every) {
		return false
	}
	age := now.Sub(time.Unix(p.newest.Load(), 0))
	return age >= p.every || age < -clockSlack
}

func (p *planned) makeAt(ctx context.Context, now time.Time) (backupJSON, error) {
	err := os.Mkdir(p.folder, 0o700)
	if err == nil {
		err = errors.Join(HandOver(p.folder, filepath.Dir(p.folder)), syncFolder(filepath.Dir(p.folder)))
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return backupJSON{}, fmt.Errorf("make folder of backups: %w", err)
	}
	return p.make(ctx, filepath.Join(p.folder, "ostiary-"+now.UTC().Format(backupStamp)+".db"))
}

// rotate removes all but the newest backups, each with its key, and what a
// crash left half made.
func (p *planned) rotate() error {
	p.making.Lock()
	defer p.making.Unlock()
	whole, files, err := p.found()
	if err != nil {
		return err
	}
	for _, kept := range whole[:min(p.keep, len(whole))] {
		delete(files, kept.Format(backupStamp))
	}
	var errs []error
	for _, names := range files {
		// Longest name first: the key goes before its database, which alone
		// leads here once more.
		slices.SortFunc(names, func(a, b string) int { return len(b) - len(a) })
		for _, name := range names {
			errs = append(errs, os.Remove(filepath.Join(p.folder, name)))
		}
	}
	return errors.Join(errs...)
}

// found lists the moments of the backups in the folder, newest first, and the
// files of each. A moment that is still to come is from a clock that was
// wrong: nobody knows how old that one is, and it counts as the oldest.
func (p *planned) found() (whole []time.Time, files map[string][]string, err error) {
	entries, err := os.ReadDir(p.folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	files = map[string][]string{}
	for _, entry := range entries {
		parts := backupName.FindStringSubmatch(entry.Name())
		if parts == nil {
			continue
		}
		files[parts[1]] = append(files[parts[1]], entry.Name())
		if at, err := time.Parse(backupStamp, parts[1]); err == nil && strings.HasSuffix(entry.Name(), "Z.db") {
			whole = append(whole, at)
		}
	}
	now := p.s.now()
	slices.SortFunc(whole, func(a, b time.Time) int {
		if a.After(now) != b.After(now) {
			return after(a, now) - after(b, now)
		}
		return b.Compare(a)
	})
	return whole, files, err
}

func after(a, b time.Time) int {
	if a.After(b) {
		return 1
	}
	return 0
}

// last is when the newest backup by [backup] was made; "" when there is none.
func (b *backups) last() string {
	if b.planned == nil || b.planned.newest.Load() == 0 {
		return ""
	}
	return stamp(time.Unix(b.planned.newest.Load(), 0))
}
