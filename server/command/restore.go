package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"ostiary/server"
	"ostiary/server/config"
	"ostiary/storage"
)

type restoreCmd struct {
	File  string `arg:"" placeholder:"FILE" help:"What ostiary backup wrote. Its key is FILE.key."`
	Force bool   `help:"Set the database aside that is there, and its key when the backup brings another."`
	JSON  bool   `name:"json" help:"Print JSON."`
}

// restoring is a restore on its way. It is the one operation that has no
// route: a running server cannot change the ground under its own feet.
type restoring struct {
	file, dir string
	force     bool
	cfg       config.Config
	aside     string // what is added to names of what is set aside
	before    census // nil: there is none, or nobody can tell
	done      restored
	undo      func() error // takes the key's change back
}

// restored is what a restore did.
type restored struct {
	Database string       `json:"database"`
	Aside    string       `json:"set_aside,omitempty"` // the database that was there
	Key      string       `json:"key"`                 // see the key… constants
	KeyAside string       `json:"key_set_aside,omitempty"`
	Ended    server.Ended `json:"ended"`
	Revived  []revival    `json:"revived"` // null: there was nothing to compare with
	Admins   []revival    `json:"admins"`  // null: they are not told, for Revived is
	notes    []string
}

// Run restores. It refuses while a server runs, and replaces nothing unasked.
func (r *restoreCmd) Run(c *console) error {
	loaded, problems := c.load(nil)
	if problems.Errors() > 0 {
		return c.rejected(problems)
	}
	// All that this process makes is for its own user.
	syscall.Umask(0o077)
	work := &restoring{file: absolute(r.File), dir: loaded.Config.Data, force: r.Force, cfg: loaded.Config,
		aside: ".before-" + time.Now().UTC().Format("20060102T150405Z")}
	if err := work.run(); err != nil {
		return err
	}
	for _, note := range work.done.notes {
		c.remark("%s", note)
	}
	if r.JSON {
		return c.json(work.done)
	}
	work.done.print(c)
	return nil
}

func (r *restoring) run() error {
	if info, err := os.Stat(r.file); err != nil || !info.Mode().IsRegular() {
		return &failure{message: fmt.Sprintf("there is no backup %s", r.file), cause: reason(err, "it is not a file"),
			fixes: []string{"name a file that ostiary backup wrote"}}
	}
	if exists(r.file + "-wal") {
		return &failure{message: r.file + " is a database in use or what was left of one, and no backup", cause: "a part of it is in " + r.file + "-wal, and would be lost",
			fixes: []string{"make a backup of it: ostiary backup FILE"}}
	}
	existing := exists(r.path(databaseName)) || exists(r.path(databaseName+"-wal"))
	if existing && r.force {
		if err := r.lookAtExisting(); err != nil {
			return err
		}
	}
	// Without the database its log would be taken for one of the new database.
	if !exists(r.path(databaseName)) && existing && !r.force {
		return r.refuseExisting()
	}
	err := whenFree(r.dir, func() error {
		return r.told(storage.Restore(context.Background(), r.file, r.dir, r.asideName(), r.prepare))
	})
	if err != nil && r.undo != nil {
		err = errors.Join(err, r.undo())
	}
	if err != nil {
		return err
	}
	r.done.Database = r.path(databaseName)
	if existing {
		r.done.Aside = r.path(r.asideName())
	}
	// A link that a server left there when it was killed is dead now.
	return forget(r.path(setupLinkName))
}

func (r *restoring) path(name string) string { return filepath.Join(r.dir, name) }

// asideName is what the database that is there will be called; "" when it must
// stay where it is.
func (r *restoring) asideName() string {
	if !r.force {
		return ""
	}
	return databaseName + r.aside
}

// lookAtExisting counts who is in the database that will be set aside. One
// that cannot be read is no reason to keep it: it may be why there is a
// restore.
func (r *restoring) lookAtExisting() error {
	if name := r.path(r.asideName()); exists(name) {
		return &failure{message: name + " exists", fixes: []string{"wait a second, and try again"}}
	}
	var err error
	err = whenFree(r.dir, func() error {
		r.before, err = takeCensus(r.dir)
		return told(err, r.dir)
	})
	if inUse(err) {
		return r.told(err)
	}
	if err != nil {
		r.before = nil
		r.note("who was deleted or disabled since the backup cannot be told: the database that was set aside cannot be read (" + err.Error() + ")")
	}
	return nil
}

func (r *restoring) note(text string) { r.done.notes = append(r.done.notes, text) }

// prepare makes the copy ready, while it is not in its place and nobody else
// has the folder. What is outside of the copy is changed last.
func (r *restoring) prepare(db *storage.DB) error {
	ctx := context.Background()
	err := r.compare(ctx, db)
	if err == nil {
		r.done.Ended, err = server.EndRestored(ctx, db, time.Now(), r.file, len(r.done.Revived))
	}
	if err == nil {
		err = server.HandOver(db.Path(), r.dir)
	}
	if err == nil {
		err = r.placeKey()
	}
	return err
}

// told says what a failed restore means.
func (r *restoring) told(err error) error {
	if errors.Is(err, fs.ErrExist) {
		return r.refuseExisting()
	}
	err = told(err, r.dir)
	var f *failure
	if !errors.As(err, &f) {
		return err
	}
	switch f.code {
	case storage.CodeInUse:
		f.instead("stop the server first: a restore puts another database under it", "see which one it is: ostiary status")
	case storage.CodeCorrupt, storage.CodeNewerSchema:
		// Said of the copy, which nobody knows of.
		real, _ := filepath.EvalSymlinks(r.dir)
		f.message, f.cause = r.file+" cannot be restored", strings.ReplaceAll(f.cause, filepath.Join(real, "restore.part", databaseName), r.file)
		f.instead("try another backup; nothing was changed in " + r.dir)
	}
	return err
}

func (r *restoring) refuseExisting() *failure {
	return &failure{message: "there is a database in " + r.dir + " already; nothing was changed",
		fixes: []string{"set it aside, and put the backup in its place: ostiary restore " + r.file + " --force",
			"or look at the backup in a folder of its own: ostiary restore " + r.file + " --data OTHER_DIR"}}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func reason(err error, otherwise string) string {
	if err != nil {
		return err.Error()
	}
	return otherwise
}
