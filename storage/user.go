package storage

import (
	"context"
	"time"

	"ostiary/cache"
)

// User is an account. DisabledAt and DeletedAt are zero while it is neither.
type User struct {
	ID, Email          string // Email in its canonical form
	EmailVerified      bool
	Name, PasswordHash string // PasswordHash is empty for those who have none
	MustChangePassword bool
	Admin              bool

	DisabledAt, DeletedAt, CreatedAt, UpdatedAt time.Time
}

const userColumns = `user.id, user.email, user.email_verified, user.name, user.password_hash,
	user.must_change_password, user.admin, user.disabled_at, user.deleted_at, user.created_at, user.updated_at`

func (u *User) fields() []any {
	return []any{
		&u.ID, &u.Email, &u.EmailVerified, &u.Name, (*nullText)(&u.PasswordHash),
		&u.MustChangePassword, &u.Admin,
		(*msTime)(&u.DisabledAt), (*msTime)(&u.DeletedAt), (*msTime)(&u.CreatedAt), (*msTime)(&u.UpdatedAt),
	}
}

// UserByID returns a user, deleted or not, or ErrNotFound.
func (r reads) UserByID(ctx context.Context, id string) (User, error) {
	var u User
	err := r.one(ctx, "user by id", `SELECT `+userColumns+` FROM user WHERE id = ?`, []any{id}, u.fields()...)
	return u, err
}

// UserByEmail returns the user of a canonical address who is not deleted, or
// ErrNotFound.
func (r reads) UserByEmail(ctx context.Context, email string) (User, error) {
	var u User
	err := r.one(ctx, "user by email",
		`SELECT `+userColumns+` FROM user WHERE email = ? AND deleted_at IS NULL`, []any{email}, u.fields()...)
	return u, err
}

// UserFilter chooses users for a list.
type UserFilter struct {
	Search  string // part of the address or name, or a whole id; letters A-Z match either case
	After   string // the last id of the page before; ids sort by creation
	Limit   int    // at most that many; 0 or less is none
	Deleted bool   // the soft-deleted, too
}

// UsersAfter returns users by rising id, that is by creation.
func (r reads) UsersAfter(ctx context.Context, f UserFilter) ([]User, error) {
	query := `SELECT ` + userColumns + ` FROM user WHERE id > ?`
	args := []any{f.After}
	if !f.Deleted {
		query += ` AND deleted_at IS NULL`
	}
	if f.Search != "" {
		// Not LIKE: its patterns need escaping and refuse long texts.
		query += ` AND (instr(lower(email), lower(?)) > 0 OR instr(lower(name), lower(?)) > 0 OR id = ?)`
		args = append(args, f.Search, f.Search, f.Search)
	}
	args = append(args, max(f.Limit, 0))
	return list(ctx, r, "users after", query+` ORDER BY id LIMIT ?`, args, (*User).fields)
}

// CountUsers counts those who are not deleted, and the administrators among
// them who are not disabled either.
func (r reads) CountUsers(ctx context.Context) (all, admins int, err error) {
	err = r.one(ctx, "count users",
		`SELECT count(*), count(*) FILTER (WHERE admin = 1 AND disabled_at IS NULL)
		 FROM user WHERE deleted_at IS NULL`, nil, &all, &admins)
	return all, admins, err
}

// InsertUser adds a user. ErrTaken when the id, or the address of one who is
// not deleted, is there already.
func (tx *Tx) InsertUser(u User) error {
	tx.touch(cache.User, u.ID)
	_, err := tx.exec("insert user",
		`INSERT INTO user (id, email, email_verified, name, password_hash, must_change_password,
			admin, disabled_at, deleted_at, created_at, updated_at)
		 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		u.ID, u.Email, u.EmailVerified, u.Name, orNull(u.PasswordHash), u.MustChangePassword,
		u.Admin, ms(u.DisabledAt), ms(u.DeletedAt), ms(u.CreatedAt), ms(u.UpdatedAt))
	return err
}

// UpdateUser writes all of a user but the password, its flag and created_at.
// ErrTaken when the address belongs to another, ErrNotFound when nobody has
// this id.
func (tx *Tx) UpdateUser(u User) error {
	tx.touch(cache.User, u.ID)
	return tx.execOne("update user",
		`UPDATE user SET email = ?, email_verified = ?, name = ?, admin = ?,
			disabled_at = ?, deleted_at = ?, updated_at = ? WHERE id = ?`,
		u.Email, u.EmailVerified, u.Name, u.Admin,
		ms(u.DisabledAt), ms(u.DeletedAt), ms(u.UpdatedAt), u.ID)
}

// UpdatePassword stores the hash of a new password; an empty hash removes it.
// ErrNotFound when nobody has this id.
func (tx *Tx) UpdatePassword(userID, hash string, mustChange bool, at time.Time) error {
	tx.touch(cache.User, userID)
	return tx.execOne("update password",
		`UPDATE user SET password_hash = ?, must_change_password = ?, updated_at = ? WHERE id = ?`,
		orNull(hash), mustChange, ms(at), userID)
}

// RehashPassword replaces the hash of the same password by one with other
// parameters, unless the stored one is no longer oldHash.
func (tx *Tx) RehashPassword(userID, oldHash, newHash string) (changed bool, err error) {
	tx.touchNobody("the password is the same, and no snapshot is judged by its hash")
	n, err := tx.exec("rehash password",
		`UPDATE user SET password_hash = ? WHERE id = ? AND password_hash = ?`, newHash, userID, oldHash)
	return n == 1, err
}
