package command

import (
	"encoding/json"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
)

type userCmd struct {
	Create      userCreateCmd      `cmd:"" help:"Create an account."`
	List        userListCmd        `cmd:"" help:"List accounts."`
	Show        userShowCmd        `cmd:"" help:"Show one account: its state, its sessions, and in which database it is."`
	Disable     userDisableCmd     `cmd:"" help:"Close an account and end its sessions."`
	Enable      userEnableCmd      `cmd:"" help:"Open a disabled account again. Its sessions stay ended."`
	Delete      userDeleteCmd      `cmd:"" help:"Delete an account. Its address is free then; restore brings it back."`
	Restore     userRestoreCmd     `cmd:"" help:"Bring a deleted account back, unless its address is taken."`
	SetPassword userSetPasswordCmd `cmd:"" help:"Give an account a new password, to be changed at the next login."`
	SignOut     userSignOutCmd     `cmd:"" help:"End every session of an account."`
}

// person is an account as the API shows it to an admin.
type person struct {
	ID         string  `json:"id"`
	Email      string  `json:"email"`
	Verified   bool    `json:"email_verified"`
	Name       string  `json:"name"`
	CreatedAt  string  `json:"created_at"`
	Admin      bool    `json:"admin"`
	HasPass    bool    `json:"has_password"`
	MustChange bool    `json:"must_change_password"`
	DisabledAt *string `json:"disabled_at"`
	DeletedAt  *string `json:"deleted_at"`
	Sessions   *int    `json:"sessions"`
}

func (p *person) state() string {
	switch {
	case p.DeletedAt != nil:
		return "deleted since " + moment(*p.DeletedAt)
	case p.DisabledAt != nil:
		return "disabled since " + moment(*p.DisabledAt)
	}
	return "active"
}

func (p *person) role() string {
	if p.Admin {
		return "admin"
	}
	return "user"
}

type userCreateCmd struct {
	Email         string  `required:"" placeholder:"EMAIL" help:"Address to sign in with."`
	Password      *string `xor:"password" placeholder:"PASSWORD" help:"The password. Others on this machine can see it in the process list; prefer --password-stdin."`
	PasswordStdin bool    `xor:"password" help:"Read the password from standard input."`
	Name          string  `placeholder:"NAME" help:"The person's name."`
	Admin         bool    `help:"Make it an administrator of this server."`
	Verified      bool    `help:"The address is known to be theirs."`
	JSON          bool    `name:"json" help:"Print JSON."`
}

// Run creates an account; on a machine where no server was ever started it
// makes the data folder, so that the first admin can be made by a script.
func (u *userCreateCmd) Run(c *console) error {
	password, err := c.password(u.Password, u.PasswordStdin)
	if err != nil {
		return err
	}
	return c.with(anyData, func(cl *client) error {
		body := map[string]any{"email": u.Email, "password": password, "name": u.Name, "admin": u.Admin, "email_verified": u.Verified}
		var raw json.RawMessage
		if err := cl.do("POST", apiPrefix+"/users", body, &raw); err != nil {
			return err
		}
		if u.JSON {
			return c.json(raw)
		}
		var made person
		if err := json.Unmarshal(raw, &made); err != nil {
			return err
		}
		c.say("created %s %s (%s)\n", made.ID, printable(made.Email), made.role())
		return nil
	})
}

type userListCmd struct {
	Search  string `placeholder:"TEXT" help:"Only those whose address or name holds this."`
	Deleted bool   `help:"The deleted, too."`
	JSON    bool   `name:"json" help:"Print JSON."`
}

func (u *userListCmd) Run(c *console) error {
	return c.with(someData, func(cl *client) error {
		raw, err := list[json.RawMessage](cl, "/users", url.Values{"search": {u.Search}, "deleted": {strconv.FormatBool(u.Deleted)}})
		if err != nil {
			return err
		}
		if u.JSON {
			return c.items(raw)
		}
		people, err := decodeAll[person](raw)
		if err != nil {
			return err
		}
		rows := make([][]string, len(people))
		for i, p := range people {
			rows[i] = []string{p.ID, p.Email, p.Name, p.role(), p.state(), moment(p.CreatedAt)}
		}
		c.table([]string{"ID", "EMAIL", "NAME", "ROLE", "STATE", "CREATED"}, rows, "no such account")
		return nil
	})
}

func decodeAll[T any](raw []json.RawMessage) ([]T, error) {
	all := make([]T, len(raw))
	for i := range raw {
		if err := json.Unmarshal(raw[i], &all[i]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

type userShowCmd struct {
	User string `arg:"" placeholder:"EMAIL|ID" help:"Address or id."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// Run shows an account whatever its state, and the database: "the account does
// not exist" is often "in that other folder".
func (u *userShowCmd) Run(c *console) error {
	return c.with(someData, func(cl *client) error {
		found, err := cl.find(u.User)
		if err != nil {
			return err
		}
		var raw map[string]json.RawMessage
		if err := cl.do("GET", apiPrefix+"/users/"+found.one.ID, nil, &raw); err != nil {
			return err
		}
		var server stats
		if err := cl.do("GET", apiPrefix+"/stats", nil, &server); err != nil {
			return err
		}
		database := filepath.Join(server.Data, databaseName)
		if u.JSON {
			raw["database"], _ = json.Marshal(database) // a string can always be encoded
			return c.json(raw)
		}
		return u.print(c, cl, found, database)
	})
}

func (u *userShowCmd) print(c *console, cl *client, found match, database string) error {
	var p person
	if err := cl.do("GET", apiPrefix+"/users/"+found.one.ID, nil, &p); err != nil {
		return err
	}
	password := "none; cannot sign in with one"
	if p.HasPass {
		password = "set"
	}
	if p.MustChange {
		password += "; must be changed at the next login"
	}
	sessions := "unknown"
	if p.Sessions != nil {
		sessions = strconv.Itoa(*p.Sessions)
	}
	var others []string
	for _, other := range found.others {
		others = append(others, other.ID+" ("+other.state()+")")
	}
	c.pairs([2]string{"id", p.ID}, [2]string{"email", p.Email}, [2]string{"verified", yes(p.Verified)}, [2]string{"name", p.Name},
		[2]string{"role", p.role()}, [2]string{"state", p.state()}, [2]string{"password", password}, [2]string{"sessions", sessions},
		[2]string{"created", moment(p.CreatedAt)}, [2]string{"earlier", strings.Join(others, ", ")}, [2]string{"database", database})
	return nil
}
