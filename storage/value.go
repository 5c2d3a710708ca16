package storage

import (
	"fmt"
	"time"
)

// Times are INTEGER milliseconds since 1970 UTC in the database and time.Time
// in rows; the zero time is NULL. Empty text in a column that may be NULL is
// NULL. The types below scan into a row's fields in place.

func ms(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

type msTime time.Time

// Scan implements sql.Scanner.
func (m *msTime) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*m = msTime{}
	case int64:
		*m = msTime(time.UnixMilli(v).UTC())
	default:
		return fmt.Errorf("time from %T", src)
	}
	return nil
}

type nullText string

// Scan implements sql.Scanner.
func (t *nullText) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*t = ""
	case string:
		*t = nullText(v)
	default:
		return fmt.Errorf("text from %T", src)
	}
	return nil
}

type digest [32]byte

// Scan implements sql.Scanner.
func (d *digest) Scan(src any) error {
	b, ok := src.([]byte)
	if !ok || len(b) != len(d) {
		return fmt.Errorf("digest from %T of %d bytes", src, len(b))
	}
	copy(d[:], b)
	return nil
}
