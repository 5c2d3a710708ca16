package command

import (
	"context"
	"errors"

	"ostiary/cache"
	"ostiary/storage"
)

// standing is what an account may do.
type standing byte

const (
	absent standing = iota
	deleted
	disabled
	member
	administrator
)

func (s standing) String() string {
	return [...]string{"not there", "deleted", "disabled", "user", "admin"}[s]
}

func standingOf(u storage.User) standing {
	switch {
	case !u.DeletedAt.IsZero():
		return deleted
	case !u.DisabledAt.IsZero():
		return disabled
	case u.Admin:
		return administrator
	}
	return member
}

// census is who stands how in a database, by id.
type census map[string]standing

// takeCensus opens the database in a folder and looks at every account.
func takeCensus(dir string) (census, error) {
	db, err := storage.Open(context.Background(), storage.Options{Dir: dir, Fence: cache.NewFence()})
	if err != nil {
		return nil, err
	}
	c := census{}
	err = everyone(context.Background(), db, func(u storage.User) { c[u.ID] = standingOf(u) })
	return c, errors.Join(err, db.Close())
}

// everyone visits all accounts, the deleted ones too.
func everyone(ctx context.Context, db *storage.DB, visit func(storage.User)) error {
	const page = 1000
	for after := ""; ; {
		users, err := db.UsersAfter(ctx, storage.UserFilter{After: after, Limit: page, Deleted: true})
		if err != nil {
			return err
		}
		for _, u := range users {
			visit(u)
			after = u.ID
		}
		if len(users) < page {
			return nil
		}
	}
}

// revival is an account that may do more after a restore than before.
type revival struct {
	ID     string `json:"id"`
	Email  string `json:"email"`
	Role   string `json:"role"`
	Before string `json:"before,omitempty"` // in the database that was set aside
}

// compare lists whom the restore revives: who is deleted, disabled, no longer
// an admin or not there at all in the database that is set aside. Where that
// is not known it lists the admins, who can look after the rest.
func (r *restoring) compare(ctx context.Context, db *storage.DB) error {
	list := &r.done.Admins
	if r.before != nil {
		list = &r.done.Revived
	}
	*list = []revival{}
	return everyone(ctx, db, func(u storage.User) {
		now, then := standingOf(u), absent
		before := ""
		if r.before != nil {
			then = r.before[u.ID]
			before = then.String()
		}
		if now < member || then >= now || r.before == nil && now != administrator {
			return
		}
		*list = append(*list, revival{ID: u.ID, Email: u.Email, Role: now.String(), Before: before})
	})
}

func (d *restored) print(c *console) {
	c.pairs([2]string{"restored", d.Database}, [2]string{"set aside", d.Aside}, [2]string{"key", d.keyWords()}, [2]string{"key before", d.KeyAside},
		[2]string{"ended", count(d.Ended.Sessions, "session") + ", " + count(d.Ended.Devices, "known device") + ", every setup link"})
	if d.Revived != nil {
		if len(d.Revived) > 0 {
			c.say("\nBack to life, though deleted, disabled, not there or less before:\n")
		}
		c.table([]string{"ID", "EMAIL", "ROLE", "BEFORE"}, revivals(d.Revived), "nobody comes back who was deleted or disabled")
		return
	}
	if len(d.Admins) > 0 {
		c.say("\nAdministrators in it:\n")
	}
	c.table([]string{"ID", "EMAIL", "ROLE"}, revivals(d.Admins), "there is no administrator in it; the next start prints a link that makes one")
}

func revivals(list []revival) [][]string {
	rows := make([][]string, len(list))
	for i, v := range list {
		rows[i] = []string{v.ID, v.Email, v.Role, v.Before}
	}
	return rows
}

func (d *restored) keyWords() string {
	switch d.Key {
	case keyInstalled:
		return "the one beside the backup"
	case keySame, keyKept:
		return "the one that was there"
	case keySettings:
		return "the setting secret.key"
	}
	return "none yet"
}
