package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"ostiary/server/access"
	"ostiary/server/audit"
	"ostiary/server/refusal"
	"ostiary/storage"
)

// The events of backups.
const (
	backupCreated  audit.Event = "backup.created"
	backupRestored audit.Event = "backup.restored"
)

// BackupTTL bounds one backup: it copies and checks everything.
const BackupTTL = time.Hour

// KeySuffix is what the name of a backup's key has beyond the backup's own.
const KeySuffix = ".key"

// backups copies the database and the master key that belongs to it: when
// somebody asks for it, and by [backup] every so often.
type backups struct {
	s       *Server
	key     string // what secret.key holds; "": the key comes from the settings and is not ours to copy
	making  sync.Mutex
	planned *planned // nil: never by itself
}

func newBackups(s *Server, o Options) *backups {
	b := &backups{s: s}
	if o.Config.Secret.Key == "" {
		b.key = o.Master.Text() + "\n"
	}
	// What is made for one operation of a command is gone before anything is due.
	if every := time.Duration(o.Config.Backup.Every); every > 0 && !o.Offline {
		b.planned = newPlanned(b, filepath.Join(o.Config.Data, "backups"), every, o.Config.Backup.Keep)
	}
	return b
}

// backupJSON is a backup that was made.
type backupJSON struct {
	Path string `json:"path"`
	Key  string `json:"key,omitempty"` // none: it comes from the settings
	Size int64  `json:"size"`          // of the database, in bytes
	At   string `json:"at"`
}

// make writes a backup to path and its key to path.key, both or neither. It
// replaces nothing (fs.ErrExist), and there is one at a time: two of one name
// would work on one unfinished file.
func (b *backups) make(ctx context.Context, path string) (out backupJSON, err error) {
	b.making.Lock()
	defer b.making.Unlock()
	out = backupJSON{Path: path, At: stamp(b.s.now())}
	if err := free(path, path+KeySuffix); err != nil {
		return out, err
	}
	// The key comes first, so that a database of this name is a whole backup.
	if b.key != "" {
		out.Key = path + KeySuffix
		if err := WriteKey(out.Key, b.key); err != nil {
			return out, err
		}
	}
	if err := b.s.db.Backup(ctx, path); err != nil {
		if out.Key != "" {
			err = errors.Join(err, os.Remove(out.Key))
		}
		return out, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return out, fmt.Errorf("look at backup: %w", err)
	}
	out.Size = info.Size()
	return out, nil
}

// free fails unless all names are free and their folder takes new files. It
// looks before the work begins, and knows better than SQLite what is wrong.
func free(paths ...string) error {
	for _, path := range paths {
		if _, err := os.Lstat(path); err == nil {
			return &fs.PathError{Op: "write", Path: path, Err: fs.ErrExist}
		}
	}
	probe, err := os.CreateTemp(filepath.Dir(paths[0]), ".ostiary-*")
	if err != nil {
		return err
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// adminBackup makes a backup where the operator says. The path is absolute: a
// server's own working folder is nowhere that anybody thinks of.
func (s *Server) adminBackup(r *request) error {
	var body struct {
		Path string `json:"path" need:"true"`
	}
	if err := r.decode(&body); err != nil {
		return err
	}
	if !filepath.IsAbs(body.Path) {
		return invalidField("path", refusal.RequestBadValue, "This must be an absolute path.")
	}
	ctx, cancel := context.WithTimeout(r.c.UserContext(), BackupTTL)
	defer cancel()
	made, err := s.backups.make(ctx, filepath.Clean(body.Path))
	if err != nil {
		return unmade(err)
	}
	s.recordBackup(ctx, r.caller(), made)
	return r.json(201, made)
}

// recordBackup tells the audit log. A backup that was made is made, also when
// that can no longer be written: of a full disk it may be the last.
func (s *Server) recordBackup(ctx context.Context, by access.Caller, made backupJSON) {
	err := s.db.Update(ctx, func(tx *storage.Tx) error {
		return s.audit.Record(tx, by, backupCreated, "", made.Path, audit.Details{"size": made.Size, "key": made.Key != ""})
	})
	if err != nil {
		s.log.Warn("a backup could not be recorded in the audit log", "component", "storage", "path", made.Path, "error", err)
	}
}

// unmade says why there is no backup. Only the operator hears it, so it may
// say what the system said of the place where it was to go.
func unmade(err error) error {
	var fault *storage.Fault
	var file *fs.PathError
	switch {
	case errors.Is(err, fs.ErrExist):
		return invalidField("path", refusal.RequestBadValue, "Something is there already, and a backup replaces nothing.")
	case errors.As(err, &fault):
		return refusal.New(refusal.Code(fault.Code)).Say("The backup was not made.").Because(fault.Error()).Wait(time.Second).
			Fix(refusal.Fix{Who: "admin", Text: "Look at the place that it goes to: its disk, and whose it is."}).Wrap(err)
	case errors.As(err, &file):
		return invalidField("path", refusal.RequestBadValue, fmt.Sprintf("The server, which is user %d, cannot write there: %v.", os.Geteuid(), file.Err))
	}
	return err
}
