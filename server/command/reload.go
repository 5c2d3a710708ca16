package command

import (
	"errors"
	"net"
	"strings"

	"ostiary/server"
	"ostiary/server/config"
)

type reloadCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Run asks the running server to read its settings anew. The settings are
// checked here first: problems are told with their place in the file, and a
// server is not bothered with them.
func (r *reloadCmd) Run(c *console) error {
	if _, problems := c.load(nil); problems.Errors() > 0 {
		return c.rejected(problems)
	}
	return c.with(someData, func(cl *client) error {
		if !cl.running {
			return errors.New("no server runs on " + cl.data + ": the next start reads the settings")
		}
		var out server.Reloaded
		if err := cl.do("POST", apiPrefix+"/reload", nil, &out); err != nil {
			return err
		}
		if r.JSON {
			return c.json(out)
		}
		printReloaded(c, out)
		return nil
	})
}

func printReloaded(c *console, out server.Reloaded) {
	if len(out.Changed)+len(out.Restart) == 0 {
		c.say("nothing has changed\n")
	}
	if len(out.Changed) > 0 {
		c.say("in force now     %s\n", strings.Join(out.Changed, ", "))
	}
	if len(out.Restart) > 0 {
		c.say("needs a restart  %s\n", strings.Join(out.Restart, ", "))
	}
}

// reread reads the settings as the start did: the same flags, and the port
// that the system chose.
func (c *console) reread(flags map[string]string, public net.Listener) (config.Loaded, config.Problems) {
	loaded, problems := c.load(flags)
	if problems.Errors() > 0 || public == nil {
		return loaded, problems
	}
	return loaded, rebind(&loaded, public, problems)
}

// reload is what SIGHUP does.
func (r *running) reload() {
	if _, err := r.Reload(); err != nil {
		r.log.Error("the settings were not read anew; the old ones stay in force", "error", err)
	}
}
