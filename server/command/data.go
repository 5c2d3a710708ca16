package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"ostiary/cache"
	"ostiary/server"
	"ostiary/server/config"
	"ostiary/server/credential"
	"ostiary/server/refusal"
	"ostiary/storage"
)

const (
	databaseName = "ostiary.db"
	secretName   = "secret.key"
)

// load reads the configuration with the flags of this command. Its data folder
// is absolute from here on: what is printed must not depend on where somebody
// stands.
func (c *console) load(flags map[string]string) (config.Loaded, config.Problems) {
	source := config.Source{Env: c.environ, Flags: map[string]string{}}
	for name, value := range flags {
		source.Flags[name] = value
	}
	if c.asked.Config != nil {
		source.Path = *c.asked.Config
	}
	if c.asked.Data != nil {
		source.Flags["data"] = *c.asked.Data
	}
	loaded, problems := config.Load(source)
	loaded.Config.Data = absolute(loaded.Config.Data)
	return loaded, problems
}

// hasDatabase says whether a server was ever started on the folder. What
// cannot be looked at counts as there: opening it will say why.
func hasDatabase(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, databaseName))
	return !errors.Is(err, fs.ErrNotExist)
}

// engine is an opened data folder with a Server on it: what `serve` runs, and
// what every other command makes for a moment when no server runs.
type engine struct {
	*server.Server
	loaded  config.Loaded
	created bool // the database was made just now
	master  credential.Master
	db      *storage.DB
	cache   *cache.Store
	log     *slog.Logger
}

// serving is what a Server has that serves others than the command that made
// it.
type serving struct {
	prove  func() error // asked when the data is open and before anything else happens
	level  *slog.LevelVar
	reread func() (config.Loaded, config.Problems)
}

// openEngine takes the folder for this process and makes a Server on it. how
// is nil for a command that needs a Server for its own operation alone.
func openEngine(loaded config.Loaded, log *slog.Logger, how *serving) (*engine, error) {
	// All that this process makes is for its own user.
	syscall.Umask(0o077)
	dir := loaded.Config.Data
	e := &engine{loaded: loaded, created: !hasDatabase(dir), log: log}
	// Before the folder is made: a start that is refused changes nothing.
	key, err := readMaster(loaded.Config)
	if err != nil {
		return nil, err
	}
	fence := cache.NewFence()
	if e.db, err = storage.Open(context.Background(), storage.Options{Dir: dir, Fence: fence, Log: log}); err != nil {
		return nil, told(err, dir)
	}
	if how != nil {
		err = how.prove()
	}
	if err == nil {
		err = e.furnish(key, fence, how)
	}
	if err != nil {
		return nil, errors.Join(told(err, dir), e.shut())
	}
	return e, nil
}

// furnish makes what stands on the opened data.
func (e *engine) furnish(key masterKey, fence *cache.Fence, how *serving) (err error) {
	cfg := e.loaded.Config
	if e.master, err = key.orMake(cfg.Data, !e.created, e.log); err != nil {
		return err
	}
	if e.cache, err = cache.New(cache.Options{SizeMB: cfg.Cache.SizeMB, Fence: fence}); err != nil {
		return err
	}
	options := server.Options{Config: cfg, Settings: settingsOf(e.loaded, e.master), DB: e.db, Cache: e.cache, Master: e.master,
		Log: e.log, Version: programVersion(), Offline: how == nil}
	if how != nil {
		options.Level = how.level
		options.Reread = func() (config.Config, []config.Setting, config.Problems) {
			loaded, problems := how.reread()
			return loaded.Config, settingsOf(loaded, e.master), problems
		}
	}
	e.Server, err = server.New(context.Background(), options)
	return err
}

// close ends what openEngine began: first the requests, then what they use.
func (e *engine) close(patience time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := e.Close(ctx); err != nil {
		// Requests still run, and the cache does not survive a look-up that
		// meets its end. The process is over in a moment, with its memory.
		e.cache = nil
		return errors.Join(fmt.Errorf("not every request was finished: %w", err), e.shut())
	}
	return e.shut()
}

func (e *engine) shut() error {
	if e.cache != nil {
		e.cache.Close()
	}
	return told(e.db.Close(), e.loaded.Config.Data)
}

// told gives an error of storage its code and its remedy.
func told(err error, dir string) error {
	var fault *storage.Fault
	if errors.As(err, &fault) {
		return faulty(fault, dir)
	}
	return err
}

// noData refuses to make a database for a question: a mistyped --data would be
// answered from an empty one.
func noData(dir string) *failure {
	return refused(refusal.DBUnavailable, "there is no database in "+dir, "no server was ever started with this data folder").
		instead("name the folder of the server: ostiary --data DIR", "or start a server here: ostiary")
}

// instead replaces the catalogue's remedies.
func (f *failure) instead(fixes ...string) *failure {
	f.fixes = fixes
	return f
}

// spread leaves one thread more than there are cores: hashing keeps them all
// busy for 25 ms at a time, and session checks, which need microseconds, would
// wait behind it (13 % of their quiet rate instead of 34 %). Who sets
// GOMAXPROCS himself is left alone.
func spread(environ []string) {
	for _, pair := range environ {
		if strings.HasPrefix(pair, "GOMAXPROCS=") {
			return
		}
	}
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1)
}
