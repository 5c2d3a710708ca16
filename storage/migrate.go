package storage

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migration is one step of the schema. Steps go forward only: a file that was
// released is never changed.
type migration struct {
	version int
	name    string
	script  string
}

// migrations returns the steps in order; the file name begins with the number.
func migrations() ([]migration, error) {
	names, err := fs.Glob(migrationFiles, "migrations/*.sql")
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	steps := make([]migration, 0, len(names))
	for i, name := range names {
		m := migration{name: filepath.Base(name)}
		if _, err := fmt.Sscanf(m.name, "%04d_", &m.version); err != nil || m.version != i+1 {
			return nil, fmt.Errorf("migration %s is not number %d", m.name, i+1)
		}
		script, err := migrationFiles.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read migration: %w", err)
		}
		m.script = string(script)
		steps = append(steps, m)
	}
	return steps, nil
}

// migrate brings the schema from version to that of this program, each step in
// one transaction, and returns the version reached.
func migrate(ctx context.Context, c *conn, steps []migration) (int, error) {
	version, err := knownVersion(c, len(steps))
	if err != nil {
		return version, err
	}
	for _, m := range steps[version:] {
		if err := ctx.Err(); err != nil {
			return version, explain("migrate", err)
		}
		if err := m.run(c); err != nil {
			return version, err
		}
		version = m.version
	}
	return version, nil
}

// knownVersion reads the schema version and refuses one above known.
func knownVersion(c *conn, known int) (version int, err error) {
	if err := c.row("PRAGMA user_version", nil, &version); err != nil {
		return 0, explain("read schema version", err)
	}
	if version > known {
		return version, newerSchema(version, known)
	}
	return version, nil
}

func newerSchema(version, known int) error {
	return &Fault{Code: CodeNewerSchema, Op: "open database",
		Detail: fmt.Sprintf("its schema is version %d, this program knows up to %d", version, known)}
}

// run takes one step. The version is part of the transaction.
func (m migration) run(c *conn) error {
	op := "migrate to " + m.name
	script := fmt.Sprintf("BEGIN IMMEDIATE;\n%s\nPRAGMA user_version = %d;\nCOMMIT;", m.script, m.version)
	if _, err := c.raw.ExecContext(context.Background(), script); err != nil {
		_, _ = c.raw.ExecContext(context.Background(), "ROLLBACK") // the first error is the one to tell
		return explain(op, err)
	}
	return nil
}

// create makes a new database under another name and moves it into place when
// it is whole: whatever stops it, no half or empty file has the database's
// name, so such a file is never ours and is never taken for a new one.
func create(ctx context.Context, path string, steps []migration) error {
	temp := path + ".new"
	for _, leftover := range []string{temp, temp + "-wal", temp + "-shm", temp + "-journal"} {
		if err := os.Remove(leftover); err != nil && !os.IsNotExist(err) {
			return denied("remove unfinished database", leftover, err)
		}
	}
	if err := makeFile(temp); err != nil {
		return err
	}
	if err := fill(ctx, temp, steps); err != nil {
		return err
	}
	if err := makeDurable(temp); err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return denied("make database", path, err)
	}
	return makeDurable(filepath.Dir(path))
}

// fill writes the schema into a new file. It is not synchronous: the file is
// synced as a whole before anyone relies on it.
func fill(ctx context.Context, temp string, steps []migration) (err error) {
	db, err := openPool(temp, 1, "mode=rw", "_pragma=journal_mode(WAL)", "_pragma=synchronous(OFF)")
	if err != nil {
		return explain("make database", err)
	}
	defer func() {
		if closed := db.Close(); err == nil {
			err = explain("make database", closed)
		}
	}()
	c, err := connect(ctx, db)
	if err != nil {
		return explain("make database", err)
	}
	defer func() {
		if closed := c.close(); err == nil {
			err = explain("make database", closed)
		}
	}()
	if _, err := c.do(fmt.Sprintf("PRAGMA application_id = %d", applicationID)); err != nil {
		return explain("make database", err)
	}
	_, err = migrate(ctx, c, steps)
	return err
}

// makeDurable makes a file or folder durable.
func makeDurable(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return denied("sync", path, err)
	}
	err = file.Sync()
	if closed := file.Close(); err == nil {
		err = closed
	}
	return explain("sync "+path, err)
}
