package command

import (
	"net/url"
	"regexp"
	"strings"

	"ostiary/server/account"
	"ostiary/server/refusal"
)

// match is whom a name on the command line means.
type match struct {
	name   string
	one    person   // the living one, else the one that was deleted last
	others []person // deleted ones that had the same address, newest first
}

// find looks an account up by its id or its address, deleted ones too. An
// address is compared in its canonical form, as the server stores it.
func (cl *client) find(name string) (match, error) {
	if isID(name, "usr_") {
		m := match{name: name}
		return m, cl.do("GET", apiPrefix+"/users/"+name, nil, &m.one)
	}
	email, err := account.CanonicalEmail(name)
	if err != nil {
		return match{}, unknownUser(name, err.Error())
	}
	people, err := list[person](cl, "/users", url.Values{"search": {email}, "deleted": {"true"}})
	if err != nil {
		return match{}, err
	}
	return pick(name, email, people)
}

// pick chooses among accounts in the order of their creation.
func pick(name, email string, people []person) (match, error) {
	m := match{name: name}
	found := false
	for _, p := range people {
		switch {
		case p.Email != email: // the search finds parts of addresses, too
		case found && m.one.DeletedAt == nil:
			m.others = append([]person{p}, m.others...)
		default:
			if found {
				m.others = append([]person{m.one}, m.others...)
			}
			m.one, found = p, true
		}
	}
	if !found {
		return match{}, unknownUser(name, "no account has this address, not even a deleted one")
	}
	return m, nil
}

func (m match) any() (person, error) { return m.one, nil }

// deleted is the account that `restore` means. Of several with one address it
// does not choose: each was another person's, perhaps.
func (m match) deleted() (person, error) {
	if m.one.DeletedAt == nil && len(m.others) == 0 {
		return person{}, &failure{message: m.name + " is not deleted", cause: "the account is " + m.one.state(), fixes: []string{"ostiary user show " + m.name}}
	}
	if m.one.DeletedAt == nil {
		f := refused(refusal.SignupEmailTaken, "the address of the deleted account is taken", m.one.ID+" has it now")
		return person{}, f.instead("change or delete that account first: ostiary user show " + m.name)
	}
	if len(m.others) > 0 {
		f := &failure{message: "several deleted accounts had the address " + m.name, fixes: []string{"ostiary user restore " + m.one.ID + "   (" + m.one.state() + ")"}}
		for _, p := range m.others {
			f.fixes = append(f.fixes, "ostiary user restore "+p.ID+"   ("+p.state()+")")
		}
		return person{}, f
	}
	return m.one, nil
}

func unknownUser(name, why string) *failure {
	return refused(refusal.UserUnknown, "there is no user "+short(name), why)
}

// short keeps what somebody pasted from filling the screen.
func short(text string) string {
	if runes := []rune(text); len(runes) > 80 {
		return string(runes[:80]) + "…"
	}
	return text
}

// idForm is what every id of ours looks like; nothing in it means anything in
// a path.
var idForm = regexp.MustCompile(`^[a-z]+_[0-9A-Za-z]+$`)

func isID(text, prefix string) bool {
	return strings.HasPrefix(text, prefix) && len(text) <= 64 && idForm.MatchString(text)
}
