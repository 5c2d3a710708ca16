package web

import "time"

// SetupPage makes the first administrator: POST /setup with email, name, password.
type SetupPage struct {
	Frame
	Problem     *Problem
	Code        string // the code of the link, when no cookie carries it; a hidden field
	Email, Name string
	MinLength   int       // of a password
	ExpiresAt   time.Time // of the link; zero: not shown
}

// LoginPage signs in: POST /login with email, password, remember ("on"), redirect.
type LoginPage struct {
	Frame
	Problem    *Problem
	Why        *Why // why the browser was sent here; nil: somebody just came
	Email      string
	Remember   bool
	Redirect   string // where to go afterwards, already judged; a hidden field
	SignupOpen bool   // whether there is a way to sign up
}

// Why tells why a session is no more, in the browser that was refused.
type Why struct {
	Code string
	Text string    // "You were signed out because your password was changed."
	At   time.Time // zero: not told
}

// SignupPage makes an account: POST /signup with email, name, password, redirect.
type SignupPage struct {
	Frame
	Problem     *Problem
	Email, Name string
	MinLength   int
	Redirect    string
}

// LogoutPage asks whether to sign out: POST /logout, or with clean=1 to expire every
// cookie of ours as well. With Done it says that it has happened.
type LogoutPage struct {
	Frame
	Problem *Problem
	Done    bool
}

// AccountPage is the profile: POST /account/profile with name.
type AccountPage struct {
	Frame
	Problem       *Problem
	ID            string
	Email         string
	EmailVerified bool
	Name          string
	CreatedAt     time.Time
}

// PasswordPage changes the password: POST /account/password with current_password
// and new_password.
type PasswordPage struct {
	Frame
	Problem   *Problem
	Email     string // for password managers
	MinLength int
	Must      bool // an administrator set the present one, and it has to be changed
}

// SessionsPage lists where somebody is signed in: POST /account/sessions/{id}/end and
// /account/sessions/end-others.
type SessionsPage struct {
	Frame
	Problem  *Problem
	Sessions []Session
}

// Others tells whether there is any session but the present one.
func (p SessionsPage) Others() bool {
	for _, session := range p.Sessions {
		if !session.Current {
			return true
		}
	}
	return false
}

// Session is one row of a list of sessions.
type Session struct {
	ID         string
	Current    bool
	Device     string // "Firefox on Linux"
	IP         string
	UserID     string // in the lists of administrators
	Email      string // in the lists of administrators
	CreatedAt  time.Time
	LastSeenAt time.Time
	ExpiresAt  time.Time
}
