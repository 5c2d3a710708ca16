package command

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ostiary/server/refusal"
)

type explainCmd struct {
	What []string `arg:"" name:"what" placeholder:"CODE|STATUS|REQUEST_ID" help:"A code such as session.none, a status such as 401, a request id, or the words of an error message."`
	JSON bool     `name:"json" help:"Print JSON."`
}

// Run explains. Codes and statuses need no data and no server.
func (e *explainCmd) Run(c *console) error {
	asked := strings.TrimSpace(strings.Join(e.What, " "))
	if isID(asked, "req_") {
		return e.request(c, asked)
	}
	if entry, known := refusal.Lookup(refusal.Code(strings.ToLower(asked))); known {
		return e.entry(c, entry)
	}
	if isStatus.MatchString(asked) {
		return e.status(c, asked)
	}
	return e.words(c, asked)
}

var isStatus = regexp.MustCompile(`^[1-5][0-9]{2}$`)

// explained is an entry of the catalogue for programs.
type explained struct {
	Code   refusal.Code   `json:"code"`
	Status int            `json:"status"` // 0: a finding, never a refusal
	Title  string         `json:"title"`
	Cause  string         `json:"cause"`
	Fix    []explainedFix `json:"fix"`
	Retry  string         `json:"retry"`
	Since  string         `json:"since"`
	Likely []string       `json:"likely"`
	See    []refusal.Code `json:"see"`
}

type explainedFix struct {
	Who  string `json:"who"`
	Text string `json:"text"`
	Cmd  string `json:"cmd,omitempty"`
}

func explanation(entry refusal.Entry) explained {
	x := explained{Code: entry.Code, Status: entry.Status, Title: entry.Title, Cause: entry.Cause, Retry: entry.Retry,
		Since: entry.Since, Likely: entry.Likely, See: entry.See}
	for _, fix := range entry.Fixes {
		x.Fix = append(x.Fix, explainedFix(fix))
	}
	return x
}

func (e *explainCmd) entry(c *console, entry refusal.Entry) error {
	if e.JSON {
		return c.json(explanation(entry))
	}
	c.say("%s  %s  %s      since %s   retry: %s\n\n%s\n", entry.Code, statusWord(entry.Status), entry.Title, entry.Since, entry.Retry, entry.Cause)
	if len(entry.Likely) > 0 {
		c.say("\nMost likely, in order\n")
		for i, cause := range entry.Likely {
			c.say("  %d  %s\n", i+1, cause)
		}
	}
	c.say("\nWhat helps\n")
	for _, fix := range entry.Fixes {
		c.say("  %-10s %s\n", fix.Who, fix.Text)
		if fix.Cmd != "" {
			c.say("  %-10s %s\n", "", fix.Cmd)
		}
	}
	if len(entry.See) > 0 {
		c.say("\nSee also   %s\n", joinCodes(entry.See))
	}
	return nil
}

func statusWord(status int) string {
	if status == 0 {
		return "warning"
	}
	return strconv.Itoa(status)
}

func joinCodes(codes []refusal.Code) string {
	words := make([]string, len(codes))
	for i, code := range codes {
		words[i] = string(code)
	}
	return strings.Join(words, ", ")
}

// status lists every code that is answered with one status.
func (e *explainCmd) status(c *console, asked string) error {
	var found []refusal.Entry
	for _, entry := range refusal.All() {
		if strconv.Itoa(entry.Status) == asked {
			found = append(found, entry)
		}
	}
	if len(found) == 0 {
		return &failure{message: "nothing here is refused with status " + asked,
			cause: "the answer came from something in front of this server, or was no refusal",
			fixes: []string{"look for the header X-Auth-Code: every refusal of this server carries it"}}
	}
	return e.several(c, found)
}

func (e *explainCmd) several(c *console, found []refusal.Entry) error {
	if e.JSON {
		all := make([]explained, len(found))
		for i, entry := range found {
			all[i] = explanation(entry)
		}
		return c.json(map[string]any{"items": all})
	}
	rows := make([][]string, len(found))
	for i, entry := range found {
		rows[i] = []string{string(entry.Code), statusWord(entry.Status), entry.Title}
	}
	c.table([]string{"CODE", "STATUS", "TITLE"}, rows, "")
	c.remark("the header X-Auth-Code of the answer names the one: ostiary explain CODE")
	return nil
}

// words looks for an error message of this or another system. What cannot
// happen here is said to be so, rather than explained by something near.
func (e *explainCmd) words(c *console, asked string) error {
	if impossible, found := refusal.CannotHappen(asked); found {
		return e.impossible(c, impossible)
	}
	codes := refusal.Nearest(asked)
	if len(codes) == 0 {
		return &failure{message: fmt.Sprintf("nothing in the catalogue is about %q", short(asked)),
			fixes: []string{"ostiary explain 401, or any other status, lists the codes", "ostiary explain REQUEST_ID, with the request_id of the answer"}}
	}
	if len(codes) == 1 {
		entry, _ := refusal.Lookup(codes[0])
		return e.entry(c, entry)
	}
	var found []refusal.Entry
	for _, entry := range refusal.All() {
		if slices.Contains(codes, entry.Code) {
			found = append(found, entry)
		}
	}
	return e.several(c, found)
}

func (e *explainCmd) impossible(c *console, impossible refusal.Impossible) error {
	if e.JSON {
		return c.json(map[string]any{"impossible": true, "why": impossible.Why, "see": impossible.See})
	}
	c.say("This cannot be the cause here.\n\n%s\n", impossible.Why)
	if len(impossible.See) > 0 {
		c.say("\nIt may be   %s\n", joinCodes(impossible.See))
	}
	return nil
}
