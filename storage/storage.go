// Package storage is everything that touches the database: rows in, rows out.
// It owns the folder's lock, the SQLite file and its schema, the one writer
// that commits for everybody at once, and the readers. It raises the cache's
// fence after every commit.
//
// It has no policy (who may do what is decided above), no HTTP and no clock of
// its own: every time in a row is handed in. Nothing outside this package
// imports database/sql or knows a result code of SQLite; what fails is told as
// a Fault with a code, ErrNotFound or ErrTaken.
package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"ostiary/cache"
)

// closeTTL bounds how long Close waits for readers at work.
const closeTTL = 10 * time.Second

// Options of a DB.
type Options struct {
	Dir   string       // the data folder: ostiary.db and lock are made in it
	Fence *cache.Fence // raised after every commit
	Log   *slog.Logger // what happens to the database as such; nil for none

	// networkFS is planted by tests; nil asks the system.
	networkFS func(dir string) string
	// checkBytes and busy are planted by tests; see quickCheckBytes, busyTTL.
	checkBytes int64
	busy       time.Duration
}

// DB is an open database. Safe for concurrent use.
type DB struct {
	reads
	version int
	lock    *lockFile
	files   *fileSet
	writing *sql.DB
	writer  *writer

	checking sync.WaitGroup
	stop     context.CancelFunc // ends the check in the background
	closing  sync.Once
	closed   error
}

// Path is the database file. Never open it in this process: closing it again
// would drop SQLite's locks.
func (db *DB) Path() string { return db.files.path }

// SchemaVersion is the number of the last migration.
func (db *DB) SchemaVersion() int { return db.version }

// Ready returns nil, or the Fault that takes readiness away: the last write
// failed (a new one is tried each second until one succeeds), or a check or a
// read found damage. It asks the memory only.
func (db *DB) Ready() error { return db.health.ready() }

// Close finishes the updates that are queued, copies the log into the database
// and releases the folder. What is asked afterwards is db.unavailable. It may
// be called again and then returns the same.
func (db *DB) Close() error {
	db.closing.Do(func() { db.closed = db.shut() })
	return db.closed
}

func (db *DB) shut() error {
	db.stop()
	db.checking.Wait()
	db.writer.end()
	ctx, cancel := context.WithTimeout(context.Background(), closeTTL)
	defer cancel()
	err := db.pool.close(ctx)
	// The goroutine has ended: its connection is ours now. The last connection
	// to close copies the log and deletes it, which marks a clean end.
	if c := db.writer.conn; c != nil {
		err = errors.Join(err, ignoreLocked(db.writer.checkpoint(c)), c.close())
	}
	err = errors.Join(err, db.writing.Close())
	return errors.Join(err, db.lock.release(err == nil))
}

// Checkpoint copies the log into the database and empties it, between two
// transactions. db.locked when readers keep it from finishing; nothing is lost
// by that, the log stays longer.
func (db *DB) Checkpoint(ctx context.Context) error {
	e := errand{do: db.writer.checkpoint, done: make(chan error, 1)}
	select {
	case db.writer.errands <- e:
		return <-e.done
	case <-db.writer.stop:
		return errClosed("checkpoint")
	case <-ctx.Done():
		return explain("checkpoint", ctx.Err())
	}
}

func (w *writer) checkpoint(c *conn) error {
	// Everybody's writes wait behind it: a quarter of a second for readers, no more.
	if _, err := c.do("PRAGMA busy_timeout(250)"); err != nil {
		return explain("checkpoint", err)
	}
	var busy, frames, copied int
	err := c.row("PRAGMA wal_checkpoint(TRUNCATE)", nil, &busy, &frames, &copied)
	if _, again := c.do("PRAGMA " + busyTimeout(w.busy)); err == nil {
		err = again
	}
	if err == nil && busy != 0 {
		return &Fault{Code: CodeLocked, Op: "checkpoint",
			Detail: fmt.Sprintf("readers hold the log: %d of %d pages copied", copied, frames)}
	}
	return explain("checkpoint", err)
}

// ignoreLocked forgets that someone else holds the log: it stays, and is read
// when the database is opened again.
func ignoreLocked(err error) error {
	if f := asFault(err); f != nil && f.Code == CodeLocked {
		return nil
	}
	return err
}

// Figures are counts since the start, and what is true now.
type Figures struct {
	Commits      uint64        // transactions that were committed
	Updates      uint64        // updates that were answered, well or not
	Failed       uint64        // updates undone alone, by their own error
	Withdrawn    uint64        // updates whose deadline passed in the queue
	Faults       uint64        // transactions that failed as a whole
	LastBatch    int           // updates in the last transaction
	LargestBatch int           // updates in the largest
	Queued       int           // updates that wait for their answer now
	CommitTime   time.Duration // spent in COMMIT, in all
	WALBytes     int64         // the log beside the database
	DBBytes      int64         // the database file
	Readers      int           // connections open for reading
}

// Figures returns the counts; it asks the file system for two sizes.
func (db *DB) Figures() Figures {
	n := &db.writer.count
	return Figures{
		Commits: n.commits.Load(), Updates: n.updates.Load(), Failed: n.failed.Load(),
		Withdrawn: n.withdrawn.Load(), Faults: n.faults.Load(),
		LastBatch: int(n.last.Load()), LargestBatch: int(n.largest.Load()), Queued: int(n.waiting.Load()),
		CommitTime: time.Duration(n.commitNanos.Load()),
		WALBytes:   fileSize(db.files.logPath()), DBBytes: fileSize(db.files.path),
		Readers: cap(db.pool.room) - len(db.pool.room),
	}
}
