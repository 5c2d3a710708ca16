//go:build linux

package faults

import (
	"fmt"
	"testing"
	"time"
)

// signedIn is the answer to every way to sign in.
type signedIn struct {
	Token   string
	Session struct{ ID string }
}

// login signs in, and waits where the program is busy.
func login(p *program, email, password string) answer {
	for tries := 0; ; tries++ {
		a := p.do("POST", "/api/v1/auth/login", map[string]string{"email": email, "password": password}, asProgram)
		if !a.busy() || tries == 20 {
			return a
		}
		time.Sleep(200 * time.Millisecond)
	}
}

func signUp(p *program, email, password string) answer {
	return p.do("POST", "/api/v1/auth/signup", map[string]string{"email": email, "password": password}, asProgram)
}

// joiner signs new people up.
type joiner struct {
	name   string
	n      int
	proven int       // how many of joined have signed in since
	joined []*person // acknowledged
	unsure []*person
}

func (j *joiner) step(p *program) answer {
	j.n++
	who := &person{Email: fmt.Sprintf("%s%d@example.com", j.name, j.n), Password: fmt.Sprintf("a brand new secret of number %d", j.n)}
	a := signUp(p, who.Email, who.Password)
	j.book(who, a)
	return a
}

func (j *joiner) book(who *person, a answer) {
	var got signedIn
	if a.ok() && read(a, &got) == nil {
		who.Sessions = append(who.Sessions, held{got.Session.ID, got.Token})
		j.joined = append(j.joined, who)
	} else if !a.busy() {
		j.unsure = append(j.unsure, who)
	}
}

// check asks each session, and some to sign in: a hash is dear.
func (j *joiner) check(t *testing.T, p *program) {
	t.Helper()
	unsure := j.unsure
	j.unsure = nil
	for _, who := range unsure {
		j.resolve(t, p, who)
	}
	for _, who := range j.joined {
		wantAlive(t, p, "the session of an acknowledged sign-up", who.Sessions[0].Token)
	}
	for last := min(len(j.joined), j.proven+few(2, 1000)); j.proven < last; j.proven++ {
		who := j.joined[j.proven]
		if a := login(p, who.Email, who.Password); a.status != 200 {
			t.Errorf("%s, whose sign-up was acknowledged, signs in: %v", who.Email, a)
		}
	}
}

// resolve finds out whether a sign-up that was not answered is there: an address that is
// taken must have an owner who can sign in.
func (j *joiner) resolve(t *testing.T, p *program, who *person) {
	t.Helper()
	a := signUp(p, who.Email, who.Password)
	for ; a.busy(); a = signUp(p, who.Email, who.Password) {
		time.Sleep(200 * time.Millisecond)
	}
	switch {
	case a.ok():
		j.book(who, a)
	case a.status == 409 && a.code == "signup.email_taken":
		if a := login(p, who.Email, who.Password); a.status != 200 {
			t.Errorf("%s is taken by a sign-up that was not answered, but does not sign in: %v", who.Email, a)
		}
	default:
		t.Errorf("a second sign-up of %s: %v", who.Email, a)
	}
}

// changer changes one person's password again and again. Each change ends every other session
// and gives its own a new secret, all in one transaction.
type changer struct {
	who     *person
	n       int
	before  string // the password before this one
	current held
	others  []held // alive until the next change
	ended   []held
	pending string // a password whose change was not answered
}

func (c *changer) step(p *program) answer {
	if c.pending != "" {
		return answer{err: errDone} // only check can tell who may sign in now
	}
	c.n++
	if c.n%2 == 1 {
		a := login(p, c.who.Email, c.who.Password)
		if got := (signedIn{}); a.ok() && read(a, &got) == nil {
			c.others = append(c.others, held{got.Session.ID, got.Token})
		}
		return a
	}
	wanted := fmt.Sprintf("another good secret, the %dth", c.n)
	a := p.do("POST", "/api/v1/auth/password/change", map[string]string{"current_password": c.who.Password, "password": wanted}, bearer(c.current.Token))
	if got := (signedIn{}); a.ok() && read(a, &got) == nil {
		c.changed(wanted, held{got.Session.ID, got.Token})
	} else if !a.busy() {
		c.pending = wanted
	}
	return a
}

// changed books what an applied change means.
func (c *changer) changed(password string, now held) {
	c.ended = append(append(c.ended, c.others...), c.current)
	c.others, c.current = nil, now
	c.before, c.who.Password, c.pending = c.who.Password, password, ""
}

func (c *changer) check(t *testing.T, p *program) {
	t.Helper()
	if c.pending != "" && ended(t, p, c.current.Token) {
		c.changed(c.pending, held{}) // its new secret was not heard
	}
	c.pending = ""
	for _, s := range c.ended {
		wantEnded(t, p, "a session from before the password changed", s.Token)
	}
	for _, s := range c.others {
		wantAlive(t, p, "a session beside which the password did not change", s.Token)
	}
	a := login(p, c.who.Email, c.who.Password)
	if a.status != 200 {
		t.Errorf("the password that counts after the last change does not sign in: %v", a)
		return
	}
	var got signedIn
	a.into(t, &got)
	if c.current.Token == "" {
		c.current = held{got.Session.ID, got.Token}
	} else {
		wantAlive(t, p, "the session that changed the password", c.current.Token)
		c.others = append(c.others, held{got.Session.ID, got.Token})
	}
	if c.before != "" {
		if a := login(p, c.who.Email, c.before); a.status != 401 || a.code != "login.invalid_credentials" {
			t.Errorf("the password from before the change: %v, want 401", a)
		}
	}
}
