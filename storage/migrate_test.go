package storage

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var rewrite = flag.Bool("update", false, "write schema.sql anew")

// schemaOf lists what is in a database, in the order of its making.
func schemaOf(t *testing.T, path string) string {
	t.Helper()
	db, err := openReaders(path, 1)
	must(t, err)
	defer db.Close()
	rows, err := db.Query(`SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid`)
	must(t, err)
	defer rows.Close()
	var all []string
	for rows.Next() {
		var s string
		must(t, rows.Scan(&s))
		all = append(all, s+";\n")
	}
	must(t, rows.Err())
	return strings.Join(all, "\n")
}

// TestGoldenSchema shows each change of the schema in review, as a whole.
// go test ./storage -run GoldenSchema -update writes it anew.
func TestGoldenSchema(t *testing.T) {
	db := open(t)
	got := schemaOf(t, db.Path())
	if *rewrite {
		must(t, os.WriteFile("schema.sql", []byte(got), 0o644))
	}
	want, err := os.ReadFile("schema.sql")
	must(t, err)
	if got != string(want) {
		t.Errorf("schema.sql is not what the migrations make; run with -update and look at the difference:\n%s", got)
	}
}

// TestEveryTableIsStrict: without STRICT a text would pass for a time.
func TestEveryTableIsStrict(t *testing.T) {
	for _, statement := range strings.Split(schemaOf(t, open(t).Path()), ";\n") {
		if strings.HasPrefix(strings.TrimSpace(statement), "CREATE TABLE") && !strings.Contains(statement, "STRICT") {
			t.Errorf("not strict: %s", statement)
		}
	}
}

// TestUpgradeFromEveryVersion stops after each migration, as an older program
// would have, and lets this one go on.
func TestUpgradeFromEveryVersion(t *testing.T) {
	steps, err := migrations()
	must(t, err)
	want := schemaOf(t, open(t).Path())
	for n := 1; n < len(steps); n++ { // version 0 has no state table and was never released
		dir := t.TempDir()
		path := filepath.Join(dir, databaseName)
		must(t, create(context.Background(), path, steps[:n]))
		db := openIn(t, dir)
		if db.SchemaVersion() != len(steps) {
			t.Errorf("from %d: version %d", n, db.SchemaVersion())
		}
		if got := schemaOf(t, path); got != want {
			t.Errorf("from %d another schema came out:\n%s", n, got)
		}
		mustClose(t, db)
	}
}

// TestFailedMigrationChangesNothing: a step is one transaction, its version
// included.
func TestFailedMigrationChangesNothing(t *testing.T) {
	_, path := filled(t)
	before := schemaOf(t, path)
	db, err := openWriter(path, 0)
	must(t, err)
	defer db.Close()
	c, err := connect(context.Background(), db)
	must(t, err)
	defer c.close()
	steps, err := migrations()
	must(t, err)
	bad := migration{version: len(steps) + 1, name: "9999_bad.sql", script: "CREATE TABLE half (a TEXT) STRICT; INSERT INTO nowhere VALUES (1);"}
	version, err := migrate(context.Background(), c, append(steps, bad))
	if err == nil || !strings.Contains(err.Error(), bad.name) {
		t.Errorf("got %v, want the name of the step", err)
	}
	if version != len(steps) {
		t.Errorf("version %d, want %d", version, len(steps))
	}
	if _, err := c.do("BEGIN IMMEDIATE"); err != nil {
		t.Errorf("a transaction was left open: %v", err)
	}
	if got := schemaOf(t, path); got != before {
		t.Errorf("the schema changed:\n%s", got)
	}
}
