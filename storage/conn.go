package storage

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"runtime"
	"strings"
	"time"
)

// conn is one SQLite connection and the statements prepared on it, which live
// as long as it does. It is used by one goroutine at a time.
type conn struct {
	raw  *sql.Conn
	kept map[string]*sql.Stmt
}

// connect opens a connection of db. The caller owns it until close.
func connect(ctx context.Context, db *sql.DB) (*conn, error) {
	raw, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{raw: raw, kept: make(map[string]*sql.Stmt)}, nil
}

// close ends the connection for good: the pools keep no idle ones, because
// what is idle is kept here, with its statements.
func (c *conn) close() error {
	for _, s := range c.kept {
		_ = s.Close() // it ends with the connection in any case
	}
	return c.raw.Close()
}

// prepared returns the statement of a query, prepared at its first use.
func (c *conn) prepared(query string) (*sql.Stmt, error) {
	if s, ok := c.kept[query]; ok {
		return s, nil
	}
	s, err := c.raw.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, err
	}
	c.kept[query] = s
	return s, nil
}

// do runs a statement that returns nothing, never with a caller's context: one
// caller's deadline inside an INSERT rolls back the whole batch.
func (c *conn) do(query string, args ...any) (changed int64, err error) {
	s, err := c.prepared(query)
	if err != nil {
		return 0, err
	}
	result, err := s.ExecContext(context.Background(), args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// row runs a query of one row, without a context for the same reason and
// because a context that can be cancelled costs half the read rate.
func (c *conn) row(query string, args []any, dest ...any) error {
	s, err := c.prepared(query)
	if err != nil {
		return err
	}
	return s.QueryRowContext(context.Background(), args...).Scan(dest...)
}

// driverName is the name modernc.org/sqlite registers.
const driverName = "sqlite"

// busyTTL is how long SQLite waits for a lock of another program. It is well
// below queueTTL: who waits behind a lock must live to be told of it.
const busyTTL = 2 * time.Second

func busyTimeout(d time.Duration) string { return fmt.Sprintf("busy_timeout(%d)", d.Milliseconds()) }

// openWriter returns the pool of the one writing connection. mode=rw: SQLite
// never makes a database in place of one that is missing.
func openWriter(path string, busy time.Duration) (*sql.DB, error) {
	return openPool(path, 1, "mode=rw", "_txlock=immediate", "_defensive=1",
		"_pragma="+busyTimeout(busy), "_pragma=journal_mode(WAL)", "_pragma=synchronous(FULL)",
		"_pragma=foreign_keys(1)", "_pragma=temp_store(2)", "_pragma=cache_size(-2000)")
}

// openReaders returns the pool of the reading connections.
func openReaders(path string, size int) (*sql.DB, error) {
	return openPool(path, size, "mode=ro",
		"_pragma="+busyTimeout(busyTTL), "_pragma=query_only(1)", "_pragma=temp_store(2)", "_pragma=cache_size(-1000)")
}

// fileURI names a file to SQLite, whatever characters are in its path.
func fileURI(path string) string {
	name := url.URL{Scheme: "file", Path: path}
	return name.String()
}

// openPool makes a pool without connecting. The name must begin with file:,
// or SQLite would open read-write whatever the mode; all state of a connection
// is in it, because a pooled connection hands on whatever was set later.
func openPool(path string, size int, params ...string) (*sql.DB, error) {
	params = append(params, "_dqs=0", "_error_rc=1")
	db, err := sql.Open(driverName, fileURI(path)+"?"+strings.Join(params, "&"))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(-1)
	return db, nil
}

// pool hands out reading connections. They are opened when they are needed,
// kept with their statements, and replaced when an error came over them.
type pool struct {
	db   *sql.DB
	idle chan *conn
	room chan struct{} // one token for each connection that may still be opened
	gone chan struct{} // closed: nobody gets one any more
}

func readerCount() int { return min(max(4, runtime.NumCPU()), 8) }

func newPool(path string) (*pool, error) {
	size := readerCount()
	db, err := openReaders(path, size)
	if err != nil {
		return nil, err
	}
	p := &pool{db: db, idle: make(chan *conn, size), room: make(chan struct{}, size), gone: make(chan struct{})}
	for range size {
		p.room <- struct{}{}
	}
	return p, nil
}

// borrow returns a connection, waiting for one as long as ctx allows and
// readTTL at most.
func (p *pool) borrow(ctx context.Context) (*conn, error) {
	select {
	case c := <-p.idle: // no timer is made where there is nothing to wait for
		return c, nil
	default:
	}
	ctx, cancel := context.WithTimeout(ctx, readTTL)
	defer cancel()
	select {
	case c := <-p.idle:
		return c, nil
	case <-p.room:
		c, err := connect(context.Background(), p.db)
		if err != nil {
			p.room <- struct{}{}
			return nil, err
		}
		return c, nil
	case <-p.gone:
		return nil, errClosed("read")
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a reader: %w", ctx.Err())
	}
}

// giveBack returns a connection. After an error it is not used again: a fault
// or an interrupt may have left anything behind.
func (p *pool) giveBack(c *conn, clean bool) {
	if clean {
		p.idle <- c
		return
	}
	_ = c.close() // it is thrown away because of an error that was told already
	p.room <- struct{}{}
}

// close waits for every connection until ctx ends and closes them all.
func (p *pool) close(ctx context.Context) error {
	close(p.gone)
	var wait error
	for range cap(p.room) {
		select {
		case c := <-p.idle:
			_ = c.close() // a reader has nothing to lose
		case <-p.room:
		case <-ctx.Done():
			wait = fmt.Errorf("readers are still at work: %w", ctx.Err())
		}
	}
	if err := p.db.Close(); err != nil {
		return err
	}
	return wait
}
