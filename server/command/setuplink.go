package command

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"ostiary/server/access"
	"ostiary/server/account"
)

// setupLinkName is the file in the data folder that holds the link, for those
// who cannot see what a service prints.
const setupLinkName = "setup-link"

type setupLinkCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Run makes a fresh link; older ones are dead with it.
func (s *setupLinkCmd) Run(c *console) error {
	return c.with(anyData, func(cl *client) error {
		var made struct {
			URL       string `json:"url"`
			ExpiresAt string `json:"expires_at"`
		}
		if err := cl.do("POST", apiPrefix+"/setup-link", nil, &made); err != nil {
			return err
		}
		if err := writePrivate(filepath.Join(cl.data, setupLinkName), made.URL+"\n"); err != nil {
			return err
		}
		if s.JSON {
			return c.json(made)
		}
		c.say("%s\n", made.URL)
		c.remark("creates the first administrator; one use, until %s", moment(made.ExpiresAt))
		if !cl.running {
			c.remark("no server runs here yet: ostiary")
		}
		return nil
	})
}

// link is a setup link as the start shows it.
type link struct {
	url  string
	left time.Duration
}

// setupLink returns the link for the first administrator, the zero link when
// there is one already. A link that `ostiary setup-link` made a moment ago,
// before this start, is kept: somebody holds it in his hand.
func (r *running) setupLink() (link, error) {
	ctx, cancel := context.WithTimeout(context.Background(), answerTTL)
	defer cancel()
	path := filepath.Join(r.loaded.Config.Data, setupLinkName)
	needed, err := r.Accounts().NeedsSetup(ctx)
	if err != nil || !needed {
		return link{}, told(err, r.loaded.Config.Data)
	}
	l, found := r.earlierLink(ctx, path)
	if !found {
		code, expires, err := r.Accounts().SetupLink(ctx, access.Caller{Method: access.Operator})
		if err != nil {
			return link{}, fmt.Errorf("make setup link: %w", err)
		}
		l = link{url: r.Site().URL + "/setup/" + code, left: time.Until(expires).Round(time.Minute)}
		if err := writePrivate(path, l.url+"\n"); err != nil {
			return link{}, err
		}
	}
	go r.guardSetupLink(path)
	return l, nil
}

// earlierLink is the link in the file, if it still works for a while. Its age
// is the file's.
func (r *running) earlierLink(ctx context.Context, path string) (link, bool) {
	info, err := os.Stat(path)
	if err != nil {
		return link{}, false
	}
	left := account.SetupLinkTTL - time.Since(info.ModTime())
	text, err := os.ReadFile(path)
	code := string(text[strings.LastIndexByte(string(text), '/')+1:])
	code = strings.TrimSpace(code)
	if err != nil || left < account.SetupLinkTTL/2 || left > account.SetupLinkTTL || r.Accounts().CheckSetup(ctx, code) != nil {
		return link{}, false
	}
	return link{url: r.Site().URL + "/setup/" + code, left: left.Truncate(time.Minute)}, true
}

// guardSetupLink takes the file away once the link in it is dead: used, or
// because an administrator was made in another way, or too old. It ends with
// the first administrator, or with the process.
func (r *running) guardSetupLink(path string) {
	for range time.Tick(time.Second) {
		needed, err := r.Accounts().NeedsSetup(context.Background())
		if err != nil {
			return // the server is stopping; stop removes the file
		}
		info, err := os.Stat(path)
		old := err == nil && time.Since(info.ModTime()) > account.SetupLinkTTL
		if !needed || old {
			_ = forget(path) // it is dead, whether it lies there or not
		}
		if !needed {
			return
		}
	}
}
