package command

import (
	"context"
	"errors"
	"math"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// followEvery is how often a command looks for what is new.
const followEvery = time.Second

// follow prints what happens until a signal comes. It asks the server alone:
// without one nothing happens, and opening the data would keep a server from
// starting. So it outlives a restart of the server.
func (j *journal) follow() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	dir := j.c.dataFolder()
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for j.c.out.failed == nil {
		if err := j.look(dir); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
	return nil
}

func (j *journal) look(dir string) error {
	conn, who, err := dialOperator(dir)
	if errors.Is(err, errNoServer) {
		if !j.waiting {
			j.c.remark("no server runs on %s; waiting for one", dir)
		}
		j.waiting = true
		return nil
	}
	if err != nil {
		return unreachable(dir, err)
	}
	_ = conn.Close() // it only showed that somebody listens
	j.waiting = false
	return j.poll(throughSocket(dir, who))
}

// poll prints what came since the last time. A server that ends between two
// words is met again at the next look.
func (j *journal) poll(cl *client) error {
	newer := func(e happened) bool { return e.ID > j.last.ID }
	newest, err := lastEvents(cl, j.query, 1, func(happened) bool { return true })
	if err == nil && len(newest) > 0 && newest[0].ID < j.last.ID {
		// Ids rise for ever in one database: this is another one, restored.
		newer = func(e happened) bool { return e.At > j.last.At }
	}
	if err != nil || len(newest) == 0 || newest[0].ID == j.last.ID {
		return unlessPassing(err)
	}
	events, err := lastEvents(cl, j.query, math.MaxInt, newer)
	if err != nil || len(events) == 0 {
		return unlessPassing(err)
	}
	return j.print(cl, events)
}

// unlessPassing forgets what goes by: a connection that broke, a server that
// stops, a database that cannot be read for the moment.
func unlessPassing(err error) error {
	var f *failure
	if errors.As(err, &f) && (f.code == "" || strings.HasPrefix(f.code, "server.") || strings.HasPrefix(f.code, "db.")) {
		return nil
	}
	return err
}

// dataFolder is the folder that this command is about.
func (c *console) dataFolder() string {
	loaded, _ := c.load(nil) // that it can be read was seen at the beginning
	return loaded.Config.Data
}
