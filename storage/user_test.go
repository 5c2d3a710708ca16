package storage

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"
)

// write runs fn as an update that must succeed.
func write(t *testing.T, db *DB, fn func(*Tx) error) {
	t.Helper()
	must(t, db.Update(context.Background(), fn))
}

// wantNotFound fails unless err says so and is no fault.
func wantNotFound(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, ErrNotFound) || asFault(err) != nil {
		t.Errorf("got %v, want %v", err, ErrNotFound)
	}
}

// same compares rows as a whole.
func same[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

func ids[T any](rows []T, id func(T) string) (out []string) {
	for _, r := range rows {
		out = append(out, id(r))
	}
	return out
}

func userIDs(users []User) []string { return ids(users, func(u User) string { return u.ID }) }

func TestUserRoundTrip(t *testing.T) {
	db := open(t)
	ctx := context.Background()
	full := User{
		ID: "usr_full", Email: "full@example.org", EmailVerified: true, Name: "Full", PasswordHash: "$argon2id$",
		MustChangePassword: true, Admin: true, DisabledAt: t0.Add(1 * time.Hour), CreatedAt: t0, UpdatedAt: t0.Add(time.Minute),
	}
	bare := User{ID: "usr_bare", Email: "bare@example.org", CreatedAt: t0, UpdatedAt: t0}
	deleted := User{ID: "usr_gone", Email: "gone@example.org", CreatedAt: t0, UpdatedAt: t0, DeletedAt: t0.Add(2 * time.Hour)}
	write(t, db, func(tx *Tx) error {
		return errors.Join(tx.InsertUser(full), tx.InsertUser(bare), tx.InsertUser(deleted))
	})
	for _, want := range []User{full, bare, deleted} {
		got, err := db.UserByID(ctx, want.ID)
		must(t, err)
		same(t, "by id", got, want)
	}
	got, err := db.UserByEmail(ctx, full.Email)
	must(t, err)
	same(t, "by email", got, full)
	_, err = db.UserByEmail(ctx, deleted.Email)
	wantNotFound(t, err)
	_, err = db.UserByID(ctx, "usr_none")
	wantNotFound(t, err)
}

func TestTimesAreMillisecondsUTC(t *testing.T) {
	db := open(t)
	at := time.Date(2026, 7, 1, 12, 0, 0, 123_456_789, time.FixedZone("x", 7200))
	old := time.Date(1969, 1, 1, 0, 0, 0, 0, time.UTC)
	write(t, db, func(tx *Tx) error {
		return tx.InsertUser(User{ID: "usr_1", Email: "a@example.org", CreatedAt: at, UpdatedAt: old})
	})
	u, err := db.UserByID(context.Background(), "usr_1")
	must(t, err)
	same(t, "a time", u.CreatedAt, at.Truncate(time.Millisecond).UTC())
	same(t, "a time before 1970", u.UpdatedAt, old)
}

func TestUpdateUser(t *testing.T) {
	db := open(t)
	fillUsers(t, db, 2)
	ctx := context.Background()
	write(t, db, func(tx *Tx) error { return tx.UpdatePassword("usr_1", "hash", true, t0.Add(time.Second)) })
	u, err := db.UserByID(ctx, "usr_1")
	must(t, err)
	if u.PasswordHash != "hash" || !u.MustChangePassword || !u.UpdatedAt.Equal(t0.Add(time.Second)) {
		t.Errorf("after UpdatePassword: %+v", u)
	}
	want := User{
		ID: "usr_1", Email: "new@example.org", EmailVerified: true, Name: "New", PasswordHash: "hash", MustChangePassword: true,
		Admin: true, DisabledAt: t0.Add(time.Hour), DeletedAt: t0.Add(2 * time.Hour), CreatedAt: t0, UpdatedAt: t0.Add(3 * time.Hour),
	}
	change := want
	change.PasswordHash, change.MustChangePassword, change.CreatedAt = "not written", false, t0.Add(time.Hour)
	write(t, db, func(tx *Tx) error { return tx.UpdateUser(change) })
	u, err = db.UserByID(ctx, "usr_1")
	must(t, err)
	same(t, "after UpdateUser", u, want)
	change.DisabledAt, change.DeletedAt = time.Time{}, time.Time{}
	write(t, db, func(tx *Tx) error {
		return errors.Join(tx.UpdateUser(change), tx.UpdatePassword("usr_1", "", false, t0))
	})
	u, err = db.UserByID(ctx, "usr_1")
	must(t, err)
	if u.PasswordHash != "" || u.MustChangePassword || !u.DisabledAt.IsZero() || !u.DeletedAt.IsZero() {
		t.Errorf("nothing was taken back: %+v", u)
	}

	change.Email = "user2@example.org"
	err = db.Update(ctx, func(tx *Tx) error { return tx.UpdateUser(change) })
	if !errors.Is(err, ErrTaken) {
		t.Errorf("another's address: %v", err)
	}
	change.ID = "usr_none"
	wantNotFound(t, db.Update(ctx, func(tx *Tx) error { return tx.UpdateUser(change) }))
	wantNotFound(t, db.Update(ctx, func(tx *Tx) error { return tx.UpdatePassword("usr_none", "h", false, t0) }))
}

func TestAddressOfTheDeletedIsFree(t *testing.T) {
	db := openWithUser(t)
	ctx := context.Background()
	first, err := db.UserByID(ctx, "usr_1")
	must(t, err)
	second := User{ID: "usr_2", Email: first.Email, CreatedAt: t0, UpdatedAt: t0}
	gone := first
	gone.DeletedAt = t0
	write(t, db, func(tx *Tx) error { return errors.Join(tx.UpdateUser(gone), tx.InsertUser(second)) })
	got, err := db.UserByEmail(ctx, first.Email)
	must(t, err)
	same(t, "by email", got.ID, "usr_2")
	err = db.Update(ctx, func(tx *Tx) error { return tx.UpdateUser(first) })
	if !errors.Is(err, ErrTaken) {
		t.Errorf("restored over another: %v", err)
	}
}

func TestRehashOnlyWhatIsStored(t *testing.T) {
	db := openWithUser(t)
	fence, asOf := db.writer.fence, db.writer.fence.AsOf()
	rehash := func(user, old, hash string, want bool) {
		t.Helper()
		write(t, db, func(tx *Tx) error {
			changed, err := tx.RehashPassword(user, old, hash)
			if changed != want {
				t.Errorf("from %q to %q: %v, want %v", old, hash, changed, want)
			}
			return err
		})
	}
	rehash("usr_1", "", "h1", false) // no password: none is made
	write(t, db, func(tx *Tx) error { return tx.UpdatePassword("usr_1", "h1", false, t0) })
	rehash("usr_1", "h1", "h2", true)
	rehash("usr_1", "h1", "h3", false)
	rehash("usr_none", "h1", "h3", false)
	u, err := db.UserByID(context.Background(), "usr_1")
	must(t, err)
	same(t, "hash", u.PasswordHash, "h2")
	if fence.AsOf() <= asOf {
		t.Error("the commits were not counted")
	}
}

func TestUsersAfter(t *testing.T) {
	db := open(t)
	write(t, db, func(tx *Tx) error {
		for _, u := range []User{
			{ID: "usr_a", Email: "ann@example.org", Name: "Ann O'Neil"},
			{ID: "usr_b", Email: "bob%_x@example.org", Name: "Bob 100%"},
			{ID: "usr_c", Email: "carl@other.net", Name: "Çarl", DeletedAt: t0},
			{ID: "usr_d", Email: "dora@other.net", Name: "dora", DisabledAt: t0},
		} {
			u.CreatedAt, u.UpdatedAt = t0, t0
			if err := tx.InsertUser(u); err != nil {
				return err
			}
		}
		return nil
	})
	for name, c := range map[string]struct {
		filter UserFilter
		want   []string
	}{
		"all":            {UserFilter{Limit: 10}, []string{"usr_a", "usr_b", "usr_d"}},
		"deleted, too":   {UserFilter{Limit: 10, Deleted: true}, []string{"usr_a", "usr_b", "usr_c", "usr_d"}},
		"first page":     {UserFilter{Limit: 2}, []string{"usr_a", "usr_b"}},
		"next page":      {UserFilter{Limit: 2, After: "usr_b"}, []string{"usr_d"}},
		"no limit":       {UserFilter{}, nil},
		"negative limit": {UserFilter{Limit: -1}, nil},
		"by address":     {UserFilter{Limit: 9, Search: "OTHER.net"}, []string{"usr_d"}},
		"by name":        {UserFilter{Limit: 9, Search: "o'neil"}, []string{"usr_a"}},
		"by id":          {UserFilter{Limit: 9, Search: "usr_b"}, []string{"usr_b"}},
		"part of an id":  {UserFilter{Limit: 9, Search: "sr_b"}, nil},
		"percent":        {UserFilter{Limit: 9, Search: "%"}, []string{"usr_b"}},
		"underscore":     {UserFilter{Limit: 9, Search: "_"}, []string{"usr_b"}},
		"beyond ASCII":   {UserFilter{Limit: 9, Search: "Çarl", Deleted: true}, []string{"usr_c"}},
	} {
		got, err := db.UsersAfter(context.Background(), c.filter)
		must(t, err)
		if !slices.Equal(userIDs(got), c.want) {
			t.Errorf("%s: %v, want %v", name, userIDs(got), c.want)
		}
	}
}

func TestCountUsers(t *testing.T) {
	db := open(t)
	write(t, db, func(tx *Tx) error {
		for i, u := range []User{
			{Admin: true}, {Admin: true, DisabledAt: t0}, {Admin: true, DeletedAt: t0}, {DisabledAt: t0}, {},
		} {
			u.ID, u.Email = string(rune('a'+i)), string(rune('a'+i))
			u.CreatedAt, u.UpdatedAt = t0, t0
			if err := tx.InsertUser(u); err != nil {
				return err
			}
		}
		return nil
	})
	all, admins, err := db.CountUsers(context.Background())
	must(t, err)
	if all != 4 || admins != 1 {
		t.Errorf("%d users and %d administrators, want 4 and 1", all, admins)
	}
}

func TestState(t *testing.T) {
	db := open(t)
	ctx := context.Background()
	_, err := db.StateValue(ctx, "k")
	wantNotFound(t, err)
	write(t, db, func(tx *Tx) error { return errors.Join(tx.SetState("k", "one"), tx.SetState("k", "two")) })
	got, err := db.StateValue(ctx, "k")
	must(t, err)
	same(t, "value", got, "two")
	write(t, db, func(tx *Tx) error { return errors.Join(tx.DeleteState("k"), tx.DeleteState("k")) })
	_, err = db.StateValue(ctx, "k")
	wantNotFound(t, err)
}
