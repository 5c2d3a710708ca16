package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// readTTL bounds the wait for a reader and the run of a query that returns
// many rows.
const readTTL = 5 * time.Second

// reads has every read method once, for DB, View and Tx. On a DB each method
// is one prepared statement on a connection borrowed for it; in a View and a
// Tx it runs inside their transaction.
type reads struct {
	pool   *pool // where to borrow, or
	conn   *conn // the connection of the transaction
	health *health
	tx     *Tx // in a Tx: the caller's context never reaches a statement
}

// with runs fn on a connection.
func (r reads) with(ctx context.Context, op string, fn func(*conn) error) error {
	if r.conn != nil {
		return r.inside(op, fn)
	}
	if r.pool == nil {
		return fmt.Errorf("%s: the transaction is over", op)
	}
	c, err := r.pool.borrow(ctx)
	if err != nil {
		return r.health.seen(explain(op, err))
	}
	clean := false
	defer func() { r.pool.giveBack(c, clean) }()
	err = fn(c)
	clean = err == nil || errors.Is(err, sql.ErrNoRows)
	return r.health.seen(explain(op, err))
}

// inside runs fn on the connection of a transaction. A Tx in which a fault
// came up runs nothing more: SQLite may have ended the transaction.
func (r reads) inside(op string, fn func(*conn) error) error {
	if r.tx != nil && r.tx.fault != nil {
		return r.tx.fault
	}
	err := r.health.seen(explain(op, fn(r.conn)))
	if r.tx != nil {
		r.tx.note(err)
	}
	return err
}

// one reads one row into dest.
func (r reads) one(ctx context.Context, op, query string, args []any, dest ...any) error {
	return r.with(ctx, op, func(c *conn) error { return c.row(query, args, dest...) })
}

// list reads many rows. Outside a Tx it ends with ctx: a search through
// everything may take long, a row by its key does not.
func list[T any](ctx context.Context, r reads, op, query string, args []any, fields func(*T) []any) ([]T, error) {
	var found []T
	if r.tx != nil {
		ctx = context.Background()
	} else {
		limited, cancel := context.WithTimeout(ctx, readTTL)
		defer cancel()
		ctx = limited
	}
	err := r.with(ctx, op, func(c *conn) (err error) {
		found, err = scanAll(ctx, c, query, args, fields)
		return err
	})
	return found, err
}

func scanAll[T any](ctx context.Context, c *conn, query string, args []any, fields func(*T) []any) (found []T, err error) {
	s, err := c.prepared(query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(ctx, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var row T
		if err := rows.Scan(fields(&row)...); err != nil {
			return nil, err
		}
		found = append(found, row)
	}
	return found, rows.Err()
}

// View is a read transaction: all its reads are of one moment.
type View struct{ reads }

// View runs fn in a read transaction; its error is returned as it is. A single
// read needs none: it is one moment by itself and 8 µs cheaper. Keep it short,
// an open view holds back checkpoints.
func (db *DB) View(ctx context.Context, fn func(*View) error) error {
	c, err := db.pool.borrow(ctx)
	if err != nil {
		return db.health.seen(explain("view", err))
	}
	clean := false
	defer func() { db.pool.giveBack(c, clean) }()
	if _, err := c.do("BEGIN"); err != nil {
		return db.health.seen(explain("view", err))
	}
	view := &View{reads{conn: c, health: db.health}}
	// A panic of fn passes through with the connection thrown away.
	failed := fn(view)
	view.conn = nil
	_, err = c.do("ROLLBACK")
	clean = err == nil
	return failed
}
