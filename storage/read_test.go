package storage

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestViewIsOfOneMoment(t *testing.T) {
	db := open(t)
	ctx := context.Background()
	set := func(value string) {
		must(t, db.Update(ctx, func(tx *Tx) error { return tx.SetState("k", value) }))
	}
	set("one")
	must(t, db.View(ctx, func(v *View) error {
		before, err := v.StateValue(ctx, "k")
		must(t, err)
		set("two")
		after, err := v.StateValue(ctx, "k")
		must(t, err)
		if before != "one" || after != "one" {
			t.Errorf("a view saw %q, then %q", before, after)
		}
		outside, err := db.StateValue(ctx, "k")
		must(t, err)
		if outside != "two" {
			t.Errorf("outside of it %q is read", outside)
		}
		return nil
	}))
	own := errors.New("its own")
	if err := db.View(ctx, func(*View) error { return own }); err != own {
		t.Errorf("its error came back as %v", err)
	}
}

func TestReadersCannotWrite(t *testing.T) {
	db := open(t)
	c, err := db.pool.borrow(context.Background())
	must(t, err)
	_, err = c.do(`INSERT INTO state (name, value) VALUES ('k', 'v')`)
	wantFault(t, explain("write", err), CodeReadonly)
	_, err = c.do("PRAGMA query_only = 0")
	must(t, err)
	_, err = c.do(`INSERT INTO state (name, value) VALUES ('k', 'v')`)
	wantFault(t, explain("write", err), CodeReadonly)
	db.pool.giveBack(c, false)
}

func TestConnectionsAreSetAsPromised(t *testing.T) {
	db := open(t)
	want := map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "2000", "temp_store": "2", "query_only": "0",
	}
	onWriter(t, db, func(c *conn) error {
		for name, value := range want {
			var got string
			if err := c.row("PRAGMA "+name, nil, &got); err != nil || got != value {
				t.Errorf("%s of the writer is %q, %v, want %q", name, got, err, value)
			}
		}
		if _, err := c.do(`SELECT "no such column"`); err == nil {
			t.Error("a misspelt column passes for a text")
		}
		return nil
	})
}

// TestNoDatabaseIsMadeByConnecting: only create makes one.
func TestNoDatabaseIsMadeByConnecting(t *testing.T) {
	path := filepath.Join(t.TempDir(), databaseName)
	writing, err := openWriter(path, 0)
	must(t, err)
	defer writing.Close()
	_, err = connect(context.Background(), writing)
	wantFault(t, explain("connect", err), CodeUnavailable)
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Error("a database was made")
	}
}

func TestReadersAreOpenedWhenNeededAndKept(t *testing.T) {
	db := open(t)
	ctx := context.Background()
	for range 50 {
		_, err := db.StateValue(ctx, "storage.probes")
		must(t, err)
	}
	if got := db.Figures().Readers; got != 1 {
		t.Errorf("%d readers for one reader at a time", got)
	}
	size := cap(db.pool.room)
	var inside, leave sync.WaitGroup
	inside.Add(size)
	leave.Add(1)
	var all sync.WaitGroup
	for range size {
		all.Go(func() {
			err := db.View(ctx, func(*View) error { inside.Done(); leave.Wait(); return nil })
			if err != nil {
				t.Error(err)
			}
		})
	}
	inside.Wait()
	if got := db.Figures().Readers; got != size {
		t.Errorf("%d readers, want %d", got, size)
	}
	short, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
	defer cancel()
	_, err := db.StateValue(short, "storage.probes")
	wantFault(t, err, CodeUnavailable)
	gone, stop := context.WithCancel(ctx)
	stop()
	if _, err := db.StateValue(gone, "storage.probes"); !errors.Is(err, context.Canceled) || asFault(err) != nil {
		t.Errorf("a caller who left got %v", err)
	}
	leave.Done()
	all.Wait()
	_, err = db.StateValue(ctx, "storage.probes")
	must(t, err)
}

func TestPanicInAView(t *testing.T) {
	db := open(t)
	ctx := context.Background()
	for range 3 * cap(db.pool.room) {
		func() {
			defer func() { _ = recover() }()
			_ = db.View(ctx, func(*View) error { panic("planted") })
		}()
	}
	must(t, db.View(ctx, func(v *View) error { _, err := v.StateValue(ctx, "storage.probes"); return err }))
	must(t, db.Checkpoint(ctx))
}

// TestLongListEndsWithItsCaller: a search through everything is stopped, and
// its connection is not used again.
func TestLongListEndsWithItsCaller(t *testing.T) {
	db := open(t)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer cancel()
	endless := `WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n WHERE x < 0`
	type row struct{ X int }
	_, err := list(ctx, db.reads, "endless", endless, nil, func(r *row) []any { return []any{&r.X} })
	wantFault(t, err, CodeUnavailable)
	for range 20 {
		_, err := db.StateValue(context.Background(), "storage.probes")
		must(t, err)
	}
	must(t, db.Ready())
}

// TestHostileText comes back as it went in.
func TestHostileText(t *testing.T) {
	db := open(t)
	ctx := context.Background()
	for name, text := range map[string]string{
		"quotes": `'; DROP TABLE user; --"`, "nul": "a\x00b", "bytes": "\xff\xfe\x80", "long": strings.Repeat("ä", 1<<16), "empty": "",
		"unicode": "\u202e\U0001F600\u0000end",
	} {
		must(t, db.Update(ctx, func(tx *Tx) error { return tx.SetState(name, text) }))
		got, err := db.StateValue(ctx, name)
		must(t, err)
		if got != text {
			t.Errorf("%s: %q came back as %q", name, text, got)
		}
		if _, err := db.UsersAfter(ctx, UserFilter{Search: text, Limit: 5}); err != nil {
			t.Errorf("search for %s: %v", name, err)
		}
	}
}
