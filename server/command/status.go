package command

import (
	"errors"
	"path/filepath"
	"strconv"
	"time"
)

type statusCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// stats is what the server says of itself.
type stats struct {
	Version    string `json:"version"`
	Instance   string `json:"instance"`
	URL        string `json:"url"`
	Data       string `json:"data"`
	StartedAt  string `json:"started_at"`
	Uptime     int64  `json:"uptime_s"`
	Users      int    `json:"users"`
	Admins     int    `json:"admins"`
	Sessions   int    `json:"sessions"`
	NeedsSetup bool   `json:"needs_setup"`
	Schema     int    `json:"schema"`
	LastBackup string `json:"last_backup_at,omitempty"`
}

// runs is the answer of `status`.
type runs struct {
	Running bool `json:"running"`
	PID     int  `json:"pid,omitempty"`
	*stats
	Folder string `json:"folder"`
}

// Run looks for a running server and opens no data of its own: a question must
// not keep a server from starting. It ends with exitFailed when none runs.
func (s *statusCmd) Run(c *console) error {
	loaded, problems := c.load(nil)
	if problems.Errors() > 0 && c.asked.Data == nil {
		return c.rejected(problems)
	}
	dir := loaded.Config.Data
	conn, who, err := dialOperator(dir)
	if errors.Is(err, errNoServer) {
		return s.notRunning(c, dir)
	}
	if err != nil {
		f := unreachable(dir, err)
		f.exit = exitUnable
		return f
	}
	_ = conn.Close() // it only showed that somebody listens
	found := runs{Running: true, PID: who.pid, Folder: dir}
	if err := throughSocket(dir, who).do("GET", apiPrefix+"/stats", nil, &found.stats); err != nil {
		return err
	}
	if s.JSON {
		return c.json(found)
	}
	found.print(c)
	return nil
}

func (s *statusCmd) notRunning(c *console, dir string) error {
	if s.JSON {
		if err := c.json(runs{Folder: dir}); err != nil {
			return err
		}
		return ended(exitFailed)
	}
	c.say("no server runs on %s\n", printable(dir))
	if !hasDatabase(dir) {
		c.remark("there is no data there either; a server makes it at its first start")
	}
	return ended(exitFailed)
}

func (r *runs) print(c *console) {
	process := "unknown"
	if r.PID > 0 {
		process = strconv.Itoa(r.PID)
	}
	setup := ""
	if r.NeedsSetup {
		setup = "no administrator yet: ostiary setup-link"
	}
	c.pairs([2]string{"running", "yes"}, [2]string{"url", r.URL}, [2]string{"pid", process}, [2]string{"version", r.Version},
		[2]string{"users", strconv.Itoa(r.Users) + " (" + count(r.Admins, "admin") + ")"}, [2]string{"sessions", strconv.Itoa(r.Sessions)},
		[2]string{"setup", setup}, [2]string{"backup", moment(r.LastBackup)}, [2]string{"database", filepath.Join(r.Data, databaseName)},
		[2]string{"up since", moment(r.StartedAt) + " (" + (time.Duration(r.Uptime) * time.Second).String() + ")"})
}
