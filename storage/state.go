package storage

import (
	"context"

	"ostiary/cache"
)

// StateValue returns what the server remembers under name, or ErrNotFound.
func (r reads) StateValue(ctx context.Context, name string) (string, error) {
	var value string
	err := r.one(ctx, "state value", `SELECT value FROM state WHERE name = ?`, []any{name}, &value)
	return value, err
}

// SetState remembers value under name, in place of what was there.
func (tx *Tx) SetState(name, value string) error {
	tx.touch(cache.Server, "")
	_, err := tx.exec("set state",
		`INSERT INTO state (name, value) VALUES (?, ?)
		 ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	return err
}

// DeleteState forgets name; that it was not there is no error.
func (tx *Tx) DeleteState(name string) error {
	tx.touch(cache.Server, "")
	_, err := tx.exec("delete state", `DELETE FROM state WHERE name = ?`, name)
	return err
}
