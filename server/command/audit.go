package command

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

type auditCmd struct {
	User   *string `placeholder:"EMAIL|ID" help:"Only what was done to this account."`
	Actor  *string `placeholder:"EMAIL|ID" help:"Only what this account did."`
	Event  string  `placeholder:"NAME" help:"Only this event, such as user.disabled."`
	Limit  int     `default:"50" placeholder:"N" help:"The last N events (${default})."`
	Follow bool    `help:"Go on with what happens, until Ctrl-C."`
	JSON   bool    `name:"json" help:"Print JSON; with --follow an object a line."`
}

// happened is one line of the audit log.
type happened struct {
	ID    int64  `json:"id"`
	At    string `json:"at"`
	Event string `json:"event"`
	Actor struct {
		Kind    string `json:"kind"`
		ID      string `json:"id"`
		Session string `json:"session"`
	} `json:"actor"`
	UserID string          `json:"user_id"`
	Object string          `json:"object"`
	IP     string          `json:"ip"`
	Detail json.RawMessage `json:"detail"`
	raw    json.RawMessage
}

// Run prints the last events, newest last.
func (a *auditCmd) Run(c *console) error {
	if a.Limit < 1 {
		return &failure{exit: exitUsage, message: "--limit must be at least 1"}
	}
	out := &journal{c: c, cmd: a, widths: columns{}}
	err := c.with(someData, func(cl *client) error {
		query, err := a.query(cl)
		if err != nil {
			return err
		}
		out.query = query
		events, err := lastEvents(cl, query, a.Limit, func(happened) bool { return true })
		if err != nil {
			return err
		}
		return out.print(cl, events)
	})
	if err != nil || !a.Follow {
		return err
	}
	return out.follow()
}

func (a *auditCmd) query(cl *client) (url.Values, error) {
	query := url.Values{}
	for name, person := range map[string]*string{"user": a.User, "actor": a.Actor} {
		if person == nil {
			continue
		}
		found, err := cl.find(*person)
		if err != nil {
			return nil, err
		}
		query.Set(name, found.one.ID)
	}
	if a.Event != "" {
		query.Set("event", a.Event)
	}
	return query, nil
}

// lastEvents reads the newest events, back to the first that is not wanted and
// at most limit; they come back oldest first.
func lastEvents(cl *client, query url.Values, limit int, wanted func(happened) bool) (events []happened, err error) {
	query = maps.Clone(query)
	for {
		query.Set("limit", strconv.Itoa(min(limit-len(events), 200)))
		var page struct {
			Items []json.RawMessage `json:"items"`
			Next  string            `json:"next_cursor"`
		}
		if err := cl.do("GET", apiPrefix+"/audit?"+query.Encode(), nil, &page); err != nil {
			return nil, err
		}
		for _, raw := range page.Items {
			e := happened{raw: raw}
			if err := json.Unmarshal(raw, &e); err != nil {
				return nil, fmt.Errorf("read event: %w", err)
			}
			if !wanted(e) {
				page.Next = ""
				break
			}
			events = append(events, e)
		}
		if page.Next == "" || len(events) >= limit {
			slices.Reverse(events)
			return events, nil
		}
		query.Set("cursor", page.Next)
	}
}

// journal prints events as they come.
type journal struct {
	c       *console
	cmd     *auditCmd
	query   url.Values
	widths  columns
	begun   bool
	waiting bool // for a server
	last    happened
	names   map[string]string
}

func (j *journal) print(cl *client, events []happened) error {
	if len(events) > 0 {
		j.last = events[len(events)-1]
	}
	if j.cmd.JSON {
		return j.json(events)
	}
	var rows [][]string
	if !j.begun && (len(events) > 0 || j.cmd.Follow) {
		j.begun, rows = true, [][]string{{"TIME", "EVENT", "BY", "ABOUT", "FROM", "WHAT"}}
	}
	if len(events) == 0 && !j.cmd.Follow {
		j.c.remark("nothing of that kind is in the audit log")
	}
	for _, e := range events {
		rows = append(rows, []string{moment(e.At), e.Event, j.actor(cl, e), j.name(cl, e.UserID), e.IP, e.what()})
	}
	j.widths.print(j.c, rows)
	return nil
}

func (j *journal) json(events []happened) error {
	raw := make([]json.RawMessage, len(events))
	for i, e := range events {
		raw[i] = e.raw
	}
	if !j.cmd.Follow {
		return j.c.items(raw)
	}
	for _, line := range raw {
		j.c.say("%s\n", line)
	}
	return nil
}

func (j *journal) actor(cl *client, e happened) string {
	if e.Actor.ID == "" {
		return e.Actor.Kind
	}
	return j.name(cl, e.Actor.ID)
}

// name is the address of an account that is not deleted, else its id: of who
// is deleted the log keeps no more, and another may have the address now.
func (j *journal) name(cl *client, id string) string {
	if j.names == nil {
		j.names = map[string]string{"": ""}
	}
	if name, known := j.names[id]; known {
		return name
	}
	var p person
	name := id
	if isID(id, "usr_") && cl.do("GET", apiPrefix+"/users/"+id, nil, &p) == nil && p.DeletedAt == nil {
		name = p.Email
	}
	j.names[id] = name
	return name
}

// what is all that an event tells beyond its columns.
func (e *happened) what() string {
	words := []string{}
	if e.Object != "" {
		words = append(words, e.Object)
	}
	var details map[string]json.RawMessage
	if json.Unmarshal(e.Detail, &details) != nil {
		return strings.Join(words, " ") // there are none
	}
	for _, name := range slices.Sorted(maps.Keys(details)) {
		var text string
		if json.Unmarshal(details[name], &text) != nil {
			text = string(details[name])
		}
		words = append(words, name+"="+text)
	}
	return strings.Join(words, " ")
}
