package web

import "time"

// AdminUsersPage lists the people: GET /admin/users with q, deleted ("on"), cursor;
// POST /admin/users with email, name, password, admin ("on") makes one.
type AdminUsersPage struct {
	Frame
	Problem   *Problem
	Search    string
	Deleted   bool // the deleted are listed too
	Users     []User
	Next      string // cursor of the next page; "": there is none
	MinLength int
	New       NewUser // what was typed, when the form was refused
}

// NewUser is what was typed to make an account; never the password.
type NewUser struct {
	Email, Name string
	Admin       bool
}

// User is an account, as administrators see it.
type User struct {
	ID            string
	Email         string
	EmailVerified bool
	Name          string
	Admin         bool
	CreatedAt     time.Time
	DisabledAt    time.Time // zero: enabled
	DeletedAt     time.Time // zero: not deleted
}

// Called is the name to show, or the address of who gave none.
func (u User) Called() string { return Person{Name: u.Name, Email: u.Email}.Called() }

// AdminUserPage is one account with what can be done to it: POST /admin/users/{id}/
// disable, enable, delete, restore, sign-out, and set-password with password.
type AdminUserPage struct {
	Frame
	Problem   *Problem
	Person    User
	Sessions  []Session
	MinLength int
	Self      bool // it is the administrator's own
	LastAdmin bool // it cannot be disabled or deleted
}

// AdminSessionsPage lists all live sessions: GET /admin/sessions with cursor; POST
// /admin/sessions/{id}/end ends one.
type AdminSessionsPage struct {
	Frame
	Problem  *Problem
	Sessions []Session
	Next     string
}
