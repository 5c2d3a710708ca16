package command

import (
	"encoding/json"
	"net/url"

	"ostiary/server/refusal"
)

type sessionCmd struct {
	List   sessionListCmd   `cmd:"" help:"List who is signed in."`
	Revoke sessionRevokeCmd `cmd:"" help:"End a session. Its next request is refused."`
}

type sessionListCmd struct {
	User *string `placeholder:"EMAIL|ID" help:"Only the sessions of this account."`
	JSON bool    `name:"json" help:"Print JSON."`
}

func (s *sessionListCmd) Run(c *console) error {
	return c.with(someData, func(cl *client) error {
		query := url.Values{}
		if s.User != nil {
			found, err := cl.find(*s.User)
			if err != nil {
				return err
			}
			query.Set("user", found.one.ID)
		}
		raw, err := list[json.RawMessage](cl, "/sessions", query)
		if err != nil {
			return err
		}
		if s.JSON {
			return c.items(raw)
		}
		return printSessions(c, raw)
	})
}

func printSessions(c *console, raw []json.RawMessage) error {
	type session struct {
		ID         string `json:"id"`
		Email      string `json:"email"`
		Device     string `json:"device"`
		IP         string `json:"ip"`
		LastSeenAt string `json:"last_seen_at"`
		ExpiresAt  string `json:"expires_at"`
	}
	sessions, err := decodeAll[session](raw)
	if err != nil {
		return err
	}
	rows := make([][]string, len(sessions))
	for i, s := range sessions {
		rows[i] = []string{s.ID, s.Email, s.Device, s.IP, moment(s.LastSeenAt), moment(s.ExpiresAt)}
	}
	c.table([]string{"ID", "USER", "DEVICE", "ADDRESS", "LAST SEEN", "EXPIRES"}, rows, "nobody is signed in")
	return nil
}

type sessionRevokeCmd struct {
	ID string `arg:"" placeholder:"ID" help:"The session's id, as list shows it."`
}

func (s *sessionRevokeCmd) Run(c *console) error {
	return c.with(someData, func(cl *client) error {
		unknown := refused(refusal.RequestUnknownID, "there is no session "+short(s.ID), "it never was, or it has ended").
			instead("ostiary session list")
		if !isID(s.ID, "ses_") {
			return unknown
		}
		if err := cl.do("DELETE", apiPrefix+"/sessions/"+s.ID, nil, nil); err != nil {
			return unless(refusal.RequestUnknownID, err, unknown)
		}
		c.say("ended %s\n", s.ID)
		return nil
	})
}
