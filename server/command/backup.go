package command

import (
	"encoding/json"
	"fmt"

	"ostiary/server"
	"ostiary/server/refusal"
)

type backupCmd struct {
	File string `arg:"" placeholder:"FILE" help:"A file that does not exist yet. The key goes to FILE.key."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// Run makes a backup: through the server that runs, or by opening the data.
func (b *backupCmd) Run(c *console) error {
	path := absolute(b.File)
	if path == "" {
		return &failure{exit: exitUsage, message: "FILE names nothing", fixes: []string{"ostiary backup /var/backups/ostiary.db"}}
	}
	return c.with(someData, func(cl *client) error {
		cl.http.Timeout = server.BackupTTL + answerTTL // it copies and checks everything
		var raw json.RawMessage
		if err := cl.do("POST", apiPrefix+"/backup", map[string]string{"path": path}, &raw); err != nil {
			return refusedPath(path, err)
		}
		if b.JSON {
			return c.json(raw)
		}
		return printBackup(c, raw)
	})
}

// refusedPath says what is wrong with FILE, in place of the words for any
// invalid request.
func refusedPath(path string, err error) error {
	f := &failure{code: string(refusal.RequestInvalid), message: "no backup was made to " + path, fixes: []string{"name another file: ostiary backup FILE"}}
	if refused := refusalIn(err, refusal.RequestInvalid); refused != nil && len(refused.fields) > 0 {
		f.cause = refused.fields[0].Text
		return f
	}
	return err
}

func printBackup(c *console, raw json.RawMessage) error {
	var made struct {
		Path string `json:"path"`
		Key  string `json:"key"`
		Size int64  `json:"size"`
	}
	if err := json.Unmarshal(raw, &made); err != nil {
		return err
	}
	c.pairs([2]string{"database", made.Path + " (" + size(made.Size) + ")"}, [2]string{"key", made.Key})
	if made.Key == "" {
		c.remark("the master key is not in it: it comes from the setting secret.key. Keep that too, a restore wants both: open forms and locks on accounts hold under it alone")
	} else {
		c.remark("keep both, a restore wants both: nothing in the database is sealed with the key, but open forms and locks on accounts hold under it alone")
	}
	c.remark("whoever has the database has every address and every password's hash")
	return nil
}

func size(bytes int64) string {
	if bytes < 1<<20 {
		return fmt.Sprintf("%d KiB", (bytes+1023)>>10)
	}
	return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20))
}
