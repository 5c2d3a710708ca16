package storage

import (
	"context"
	"database/sql"
	"errors"
)

// Check looks through the whole database for damage (PRAGMA quick_check: half
// a second for a million sessions). What it finds takes readiness away, and
// finding nothing gives it back. Call it once a night.
func (db *DB) Check(ctx context.Context) error {
	c, err := db.pool.borrow(ctx)
	if err != nil {
		return explain("check database", err)
	}
	err = quickCheck(ctx, c)
	db.pool.giveBack(c, err == nil)
	var f *Fault
	switch {
	case err == nil:
		db.health.whole()
	case errors.As(err, &f) && f.Code == CodeCorrupt:
		db.health.damaged(f)
	}
	return err
}

// checkLater runs a check behind the start.
func (db *DB) checkLater(needed bool) {
	ctx, stop := context.WithCancel(context.Background())
	db.stop = stop
	if !needed {
		return
	}
	db.checking.Go(func() {
		if err := db.Check(ctx); err != nil && ctx.Err() == nil && db.health.damage.Load() == nil {
			db.health.log.Error("the database could not be checked", "component", "storage", "error", err.Error())
		}
	})
}

// quickCheck runs on any connection, outside a transaction.
func quickCheck(ctx context.Context, c *conn) error {
	s, err := c.prepared("PRAGMA quick_check(1)")
	if err != nil {
		return explain("check database", err)
	}
	var verdict string
	if err := s.QueryRowContext(ctx).Scan(&verdict); err != nil {
		return explain("check database", err)
	}
	if verdict != "ok" {
		return &Fault{Code: CodeCorrupt, Op: "check database", Detail: verdict}
	}
	return nil
}

// checkCopy looks through a whole file that nobody has open: every page, every
// index, and that it is of our schema.
func checkCopy(ctx context.Context, path string, newest int) error {
	copied, err := sql.Open(driverName, fileURI(path)+"?mode=ro&immutable=1")
	if err != nil {
		return explain("check copy", err)
	}
	defer copied.Close()
	var verdict string
	var version int
	if err := copied.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&verdict); err != nil {
		return explain("check copy", err)
	}
	if verdict != "ok" {
		return &Fault{Code: CodeCorrupt, Op: "check copy", Detail: verdict}
	}
	if err := copied.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return explain("check copy", err)
	}
	if version > newest {
		return newerSchema(version, newest)
	}
	if version < 1 {
		return notDatabase(path, "has no schema")
	}
	return nil
}
