package command

import (
	"encoding/json"
	"strconv"
	"strings"

	"ostiary/server/refusal"
)

// decision is the private explanation of one refusal.
type decision struct {
	RequestID string `json:"request_id"`
	At        string `json:"at"`
	Code      string `json:"code"`
	Status    int    `json:"status"`
	Method    string `json:"method"`
	Route     string `json:"route"`
	Caller    string `json:"caller"`
	CallerID  string `json:"caller_id"`
	SessionID string `json:"session_id"`
	IP        string `json:"ip"`
	UserAgent string `json:"user_agent"`
	Origin    string `json:"origin"`
	Cause     string `json:"cause"`
	Gates     []struct {
		Gate   string `json:"gate"`
		Passed bool   `json:"passed"`
		Note   string `json:"note"`
	} `json:"gates"`
}

// request tells how one request was decided: not what could have been the
// cause, but what was.
func (e *explainCmd) request(c *console, id string) error {
	return c.with(someData, func(cl *client) error {
		var raw json.RawMessage
		if err := cl.do("GET", apiPrefix+"/requests/"+id, nil, &raw); err != nil {
			return unless(refusal.RequestUnknownID, err, refused(refusal.RequestUnknownID, "no refusal with the id "+id+" is kept here",
				"explanations are kept for a week, and a request that was not refused has none").
				instead("look whether this is the right server's data: ostiary status"))
		}
		if e.JSON {
			return c.json(raw)
		}
		var d decision
		if err := json.Unmarshal(raw, &d); err != nil {
			return err
		}
		d.print(c)
		return nil
	})
}

func (d *decision) print(c *console) {
	c.say("%s  %d  %s\n\n", printable(d.RequestID), d.Status, printable(d.Code))
	c.pairs([2]string{"when", moment(d.At)}, [2]string{"request", d.Method + " " + d.Route}, [2]string{"caller", d.who()},
		[2]string{"address", d.IP}, [2]string{"client", d.UserAgent}, [2]string{"origin", d.Origin}, [2]string{"cause", d.Cause},
		[2]string{"decision", d.gates()})
	entry, known := refusal.Lookup(refusal.Code(d.Code))
	if !known {
		return
	}
	c.say("\n%s. %s\n", entry.Title, entry.Cause)
	for _, fix := range entry.Fixes {
		c.say("  %-10s %s\n", fix.Who, fixLine(fix))
	}
}

func (d *decision) who() string {
	switch {
	case d.Caller == "":
		return "nobody who was recognised"
	case d.SessionID != "":
		return d.Caller + " " + d.CallerID + " (" + d.SessionID + ")"
	}
	return strings.TrimSpace(d.Caller + " " + d.CallerID)
}

// gates is the way of the request through the server: each gate in the order
// in which it was met.
func (d *decision) gates() string {
	if len(d.Gates) == 0 {
		return "refused before any gate"
	}
	steps := make([]string, len(d.Gates))
	for i, g := range d.Gates {
		verdict := "ok"
		if !g.Passed {
			verdict = "MISS"
		}
		steps[i] = strconv.Itoa(i+1) + " " + g.Gate + " " + verdict
		if g.Note != "" {
			steps[i] += " (" + g.Note + ")"
		}
	}
	return strings.Join(steps, "   ")
}
