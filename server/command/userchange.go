package command

// named is the argument of every command about one account.
type named struct {
	User string `arg:"" placeholder:"EMAIL|ID" help:"Address or id."`
	JSON bool   `name:"json" help:"Print the account as JSON."`
}

// change asks for a change of one account and tells what it is now.
func (n *named) change(c *console, choose func(match) (person, error), method, action, said string) error {
	return c.with(someData, func(cl *client) error {
		found, err := cl.find(n.User)
		if err != nil {
			return err
		}
		p, err := choose(found)
		if err != nil {
			return err
		}
		if err := cl.do(method, apiPrefix+"/users/"+p.ID+action, nil, &p); err != nil {
			return err
		}
		if n.JSON {
			return c.json(p)
		}
		c.say("%s %s %s\n", said, p.ID, printable(p.Email))
		return nil
	})
}

type userDisableCmd struct{ named }

func (u *userDisableCmd) Run(c *console) error {
	return u.change(c, match.any, "POST", "/disable", "disabled")
}

type userEnableCmd struct{ named }

func (u *userEnableCmd) Run(c *console) error {
	return u.change(c, match.any, "POST", "/enable", "enabled")
}

type userDeleteCmd struct{ named }

func (u *userDeleteCmd) Run(c *console) error {
	return u.change(c, match.any, "DELETE", "", "deleted")
}

type userRestoreCmd struct{ named }

func (u *userRestoreCmd) Run(c *console) error {
	return u.change(c, match.deleted, "POST", "/restore", "restored")
}

type userSetPasswordCmd struct {
	User          string  `arg:"" placeholder:"EMAIL|ID" help:"Address or id."`
	Password      *string `xor:"password" placeholder:"PASSWORD" help:"The password. Others on this machine can see it in the process list; prefer --password-stdin."`
	PasswordStdin bool    `xor:"password" help:"Read the password from standard input."`
}

func (u *userSetPasswordCmd) Run(c *console) error {
	password, err := c.password(u.Password, u.PasswordStdin)
	if err != nil {
		return err
	}
	return c.with(someData, func(cl *client) error {
		found, err := cl.find(u.User)
		if err != nil {
			return err
		}
		if err := cl.do("POST", apiPrefix+"/users/"+found.one.ID+"/set-password", map[string]string{"password": password}, nil); err != nil {
			return err
		}
		c.say("new password for %s %s; every session ended, and a change is asked for at the next login\n", found.one.ID, printable(found.one.Email))
		return nil
	})
}

type userSignOutCmd struct {
	User string `arg:"" placeholder:"EMAIL|ID" help:"Address or id."`
	JSON bool   `name:"json" help:"Print JSON."`
}

func (u *userSignOutCmd) Run(c *console) error {
	return c.with(someData, func(cl *client) error {
		found, err := cl.find(u.User)
		if err != nil {
			return err
		}
		var done struct {
			Revoked int `json:"revoked"`
		}
		if err := cl.do("POST", apiPrefix+"/users/"+found.one.ID+"/sign-out", nil, &done); err != nil {
			return err
		}
		if u.JSON {
			return c.json(done)
		}
		c.say("ended %s of %s\n", count(done.Revoked, "session"), printable(found.one.Email))
		return nil
	})
}
