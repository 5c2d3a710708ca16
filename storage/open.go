package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
)

const (
	// quickCheckBytes is up to which size a database is checked before it is
	// ready: 16 MiB take some 25 ms. Beyond it the check runs behind the start,
	// after an unclean end.
	quickCheckBytes = 16 << 20
	// oldestSQLite is the first version without the WAL-reset bug.
	oldestSQLite = "3.51.3"
	// probeWrite proves that the file takes writes. The count is of starts and
	// recoveries; nobody caches it.
	probeWrite = `INSERT INTO state (name, value) VALUES ('storage.probes', '1')
		ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT)`
)

// Open locks the folder, makes or examines the database, brings its schema up
// to date, writes to it once and starts the writer. An existing file is never
// replaced: one that is empty, damaged, of another program or of a newer
// version of this one is a Fault and stays as it is. Close the DB to release
// the folder.
func Open(ctx context.Context, o Options) (*DB, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.networkFS == nil {
		o.networkFS = networkFS
	}
	if o.checkBytes == 0 {
		o.checkBytes = quickCheckBytes
	}
	if o.busy == 0 {
		o.busy = busyTTL
	}
	if o.Fence == nil || o.Dir == "" {
		return nil, errors.New("open database: no fence or no folder")
	}
	dir, err := dataFolder(o.Dir)
	if err != nil {
		return nil, err
	}
	if kind := o.networkFS(dir); kind != "" {
		return nil, &Fault{Code: CodeNetworkFS, Op: "open data folder",
			Detail: fmt.Sprintf("%s is on %s, where SQLite's locks and shared memory do not hold", dir, kind)}
	}
	lock, err := takeLock(dir)
	if err != nil {
		return nil, err
	}
	db, err := openLocked(ctx, o, filepath.Join(dir, databaseName), lock)
	if err != nil {
		// Unclean stays unclean: what the last holder left was not examined to the end.
		return nil, errors.Join(err, lock.release(!lock.unclean))
	}
	return db, nil
}

// openLocked does what needs the folder for itself.
func openLocked(ctx context.Context, o Options, path string, lock *lockFile) (*DB, error) {
	steps, err := migrations()
	if err != nil {
		return nil, err
	}
	unclean := lock.unclean || fileSize(path+"-wal") > 0
	if err := prepareFile(ctx, path, steps); err != nil {
		return nil, err
	}
	db := &DB{lock: lock, files: &fileSet{path: path}}
	db.health = &health{log: o.Log}
	if err := db.connect(ctx, o, steps); err != nil {
		return nil, errors.Join(err, db.disconnect())
	}
	go db.writer.loop()
	db.checkLater(unclean && fileSize(path) > o.checkBytes)
	return db, nil
}

// prepareFile makes the database, or looks whether it may be opened.
func prepareFile(ctx context.Context, path string, steps []migration) error {
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if fileSize(path+"-wal") > 0 {
			return notDatabase(path, "is missing, but its -wal is there: a part of a database was moved or deleted")
		}
		return create(ctx, path, steps)
	}
	if err != nil {
		return denied("open database", path, err)
	}
	h, err := readHeader(path)
	if err != nil {
		return err
	}
	if h.userVersion > len(steps) {
		return newerSchema(h.userVersion, len(steps))
	}
	return tighten(path, path+"-wal", path+"-shm")
}

// connect opens the connections and proves that they work.
func (db *DB) connect(ctx context.Context, o Options, steps []migration) (err error) {
	path := db.files.path
	if db.pool, err = newPool(path); err != nil {
		return explain("open database", err)
	}
	if err := db.examine(ctx, o, len(steps)); err != nil {
		return err
	}
	if db.writing, err = openWriter(path, o.busy); err != nil {
		return explain("open database", err)
	}
	c, err := connect(ctx, db.writing)
	if err != nil {
		return explain("open database", err)
	}
	db.writer = newWriter(db.writing, o, db.files, db.health, c)
	if db.version, err = migrate(ctx, c, steps); err != nil {
		return err
	}
	if _, err := c.do(probeWrite); err != nil {
		return denied("write probe", path, explain("write probe", err))
	}
	probes, err := probesIn(c)
	if err != nil {
		return err
	}
	if err := db.lock.remember(probes); err != nil {
		return err
	}
	if db.files.db, err = identify(path); err != nil {
		return denied("open database", path, err)
	}
	return nil
}

// examine looks at the database through a connection that cannot write: what
// is newer or damaged is neither migrated nor touched. Its log is read, too,
// which may hold a later version than the header.
func (db *DB) examine(ctx context.Context, o Options, known int) error {
	c, err := db.pool.borrow(ctx)
	if err != nil {
		return explain("open database", err)
	}
	clean := false
	defer func() { db.pool.giveBack(c, clean) }()
	if err := knownSQLite(c); err != nil {
		return err
	}
	if _, err := knownVersion(c, known); err != nil {
		return err
	}
	if err := db.upToDate(c); err != nil {
		return err
	}
	if fileSize(db.files.path) <= o.checkBytes {
		if err := quickCheck(ctx, c); err != nil {
			return err
		}
	}
	clean = true
	return nil
}

// upToDate refuses a database that lacks a write which the last server, ended
// uncleanly, had made: sessions that were ended would live again. SQLite takes a
// database whose log was deleted for a whole one.
//
// The log alone is no proof: another program that opened the database since
// may have copied it in and deleted it. Nor does this find a loss of what was
// written after a checkpoint, which has brought the probe into the file.
func (db *DB) upToDate(c *conn) error {
	if !db.lock.unclean || db.lock.probes == 0 {
		return nil
	}
	probes, err := probesIn(c)
	if err != nil || probes >= db.lock.probes {
		return err
	}
	path := db.files.path
	return notDatabase(path, "lacks what the last server wrote: its -wal was deleted, or an older copy was put in its place. "+
		"Put the -wal back or restore a backup; to go on without what is lost, delete "+filepath.Join(filepath.Dir(path), "lock"))
}

// probesIn is how many write probes a database holds.
func probesIn(c *conn) (n int, err error) {
	err = c.row("SELECT CAST(value AS INTEGER) FROM state WHERE name = 'storage.probes'", nil, &n)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, explain("count write probes", err)
	}
	return n, nil
}

// disconnect undoes connect as far as it came.
func (db *DB) disconnect() error {
	var errs []error
	if db.writer != nil {
		errs = append(errs, db.writer.conn.close())
	}
	if db.writing != nil {
		errs = append(errs, db.writing.Close())
	}
	if db.pool != nil {
		ctx, cancel := context.WithTimeout(context.Background(), closeTTL)
		defer cancel()
		errs = append(errs, db.pool.close(ctx))
	}
	return errors.Join(errs...)
}

// knownSQLite refuses a library that is too old.
func knownSQLite(c *conn) error {
	var version string
	if err := c.row("SELECT sqlite_version()", nil, &version); err != nil {
		return explain("ask SQLite for its version", err)
	}
	if !atLeast(version, oldestSQLite) {
		return fmt.Errorf("open database: SQLite %s is built in, at least %s is needed", version, oldestSQLite)
	}
	return nil
}

func atLeast(version, oldest string) bool {
	var v, o [3]int
	if _, err := fmt.Sscanf(version, "%d.%d.%d", &v[0], &v[1], &v[2]); err != nil {
		return false
	}
	if _, err := fmt.Sscanf(oldest, "%d.%d.%d", &o[0], &o[1], &o[2]); err != nil {
		return false
	}
	for i := range v {
		if v[i] != o[i] {
			return v[i] > o[i]
		}
	}
	return true
}
