package storage

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// The tables that are never cached: devices, audit, refused, setup links.

func TestDevices(t *testing.T) {
	db := open(t)
	fillUsers(t, db, 2)
	ctx := context.Background()
	one := Device{Digest: [32]byte{1}, UserID: "usr_1", CreatedAt: t0, SeenAt: at(1)}
	shared := Device{Digest: [32]byte{1}, UserID: "usr_2", CreatedAt: t0, SeenAt: at(9)}
	two := Device{Digest: [32]byte{2}, UserID: "usr_1", CreatedAt: t0, SeenAt: at(9)}
	write(t, db, func(tx *Tx) error {
		return errors.Join(tx.InsertDevice(one), tx.InsertDevice(shared), tx.InsertDevice(two))
	})
	got, err := db.DeviceOfUser(ctx, one.Digest, "usr_1")
	must(t, err)
	same(t, "device", got, one)
	_, err = db.DeviceOfUser(ctx, two.Digest, "usr_2")
	wantNotFound(t, err)
	known := func(digest [32]byte, want bool) {
		t.Helper()
		got, err := db.DeviceKnown(ctx, digest)
		must(t, err)
		same(t, "known", got, want)
	}
	known(one.Digest, true)
	known([32]byte{9}, false)

	write(t, db, func(tx *Tx) error {
		return errors.Join(tx.SeeDevice(one.Digest, "usr_1", at(3)), tx.SeeDevice(one.Digest, "usr_1", at(2)),
			tx.SeeDevice([32]byte{9}, "usr_1", at(3)))
	})
	one.SeenAt = at(3)
	got, err = db.DeviceOfUser(ctx, one.Digest, "usr_1")
	must(t, err)
	same(t, "seen, forward only", got, one)
	known([32]byte{9}, false)

	write(t, db, func(tx *Tx) error {
		n, err := tx.DeleteDevicesBefore(at(5), 10)
		same(t, "swept", n, 1)
		return err
	})
	known(one.Digest, true) // the other user's
	write(t, db, func(tx *Tx) error {
		n, err := tx.DeleteDevicesOfUser("usr_1")
		same(t, "deleted", n, 1)
		return err
	})
	known(two.Digest, false)
	known(one.Digest, true)
	err = db.Update(ctx, func(tx *Tx) error {
		return tx.InsertDevice(Device{Digest: [32]byte{5}, UserID: "usr_none", CreatedAt: t0, SeenAt: t0})
	})
	wantNotFound(t, err)
}

func TestDeviceSweepIsBounded(t *testing.T) {
	db := openWithUser(t)
	write(t, db, func(tx *Tx) error {
		for i := range 10 {
			if err := tx.InsertDevice(Device{Digest: [32]byte{byte(i)}, UserID: "usr_1", CreatedAt: t0, SeenAt: t0}); err != nil {
				return err
			}
		}
		return nil
	})
	for _, want := range []int{4, 4, 2, 0} {
		write(t, db, func(tx *Tx) error {
			n, err := tx.DeleteDevicesBefore(at(1), 4)
			same(t, "swept", n, want)
			return err
		})
	}
}

func TestAudit(t *testing.T) {
	db := open(t)
	ctx := context.Background()
	full := AuditRow{
		At: t0, Event: "login", ActorKind: "user", ActorID: "usr_1", ActorSession: "ses_1", UserID: "usr_1", Object: "obj",
		IP: "203.0.113.1", UserAgent: "agent", RequestID: "req_1", Detail: `{"a":1}`,
	}
	rows := []AuditRow{
		full,
		{At: t0, Event: "disable", ActorKind: "user", ActorID: "usr_9", UserID: "usr_1"},
		{At: t0, Event: "config", ActorKind: "user", ActorID: "usr_9"},
		{At: t0, Event: "sweep", ActorKind: "server"},
		{At: t0, Event: "login", ActorKind: "user", ActorID: "usr_9", UserID: "usr_9"},
		{At: t0, Event: "login", ActorKind: "user", ActorID: "usr_1", UserID: "usr_1"},
	}
	write(t, db, func(tx *Tx) error {
		for _, row := range rows {
			if err := tx.InsertAudit(row); err != nil {
				return err
			}
		}
		return nil
	})
	read := func(f AuditFilter) []AuditRow {
		t.Helper()
		got, err := db.AuditAfter(ctx, f)
		must(t, err)
		return got
	}
	got := read(AuditFilter{Limit: 10, Before: 2})
	full.ID = 1
	same(t, "the whole row", got, []AuditRow{full})
	for name, c := range map[string]struct {
		filter AuditFilter
		want   []int64
	}{
		"newest first":     {AuditFilter{Limit: 10}, []int64{6, 5, 4, 3, 2, 1}},
		"page":             {AuditFilter{Limit: 2, Before: 5}, []int64{4, 3}},
		"no limit":         {AuditFilter{}, nil},
		"about":            {AuditFilter{Limit: 10, UserID: "usr_1"}, []int64{6, 2, 1}},
		"about, page":      {AuditFilter{Limit: 1, UserID: "usr_1", Before: 6}, []int64{2}},
		"by":               {AuditFilter{Limit: 10, ActorID: "usr_9"}, []int64{5, 3, 2}},
		"by himself":       {AuditFilter{Limit: 10, ActorID: "usr_1"}, []int64{6, 1}},
		"by, page":         {AuditFilter{Limit: 2, ActorID: "usr_9", Before: 5}, []int64{3, 2}},
		"about and by":     {AuditFilter{Limit: 10, UserID: "usr_1", ActorID: "usr_9"}, []int64{2}},
		"event":            {AuditFilter{Limit: 10, Event: "login"}, []int64{6, 5, 1}},
		"event and by":     {AuditFilter{Limit: 10, Event: "login", ActorID: "usr_9"}, []int64{5}},
		"about and by own": {AuditFilter{Limit: 10, UserID: "usr_9", ActorID: "usr_9"}, []int64{5}},
		"nobody":           {AuditFilter{Limit: 10, UserID: "usr_none"}, nil},
	} {
		var got []int64
		for _, row := range read(c.filter) {
			got = append(got, row.ID)
		}
		same(t, name, got, c.want)
	}
}

// TestAuditUsesItsIndexes: the log is the longest table there is.
func TestAuditUsesItsIndexes(t *testing.T) {
	db := open(t)
	plan := func(f AuditFilter) (steps string) {
		query, args := auditQuery(f)
		type row struct {
			ID, Parent, Unused int
			Detail             string
		}
		rows, err := list(context.Background(), db.reads, "plan", "EXPLAIN QUERY PLAN "+query, args,
			func(r *row) []any { return []any{&r.ID, &r.Parent, &r.Unused, &r.Detail} })
		must(t, err)
		for _, r := range rows {
			steps += r.Detail + "\n"
		}
		return steps
	}
	for name, f := range map[string]AuditFilter{
		"all": {Limit: 1}, "about": {Limit: 1, UserID: "u"}, "by": {Limit: 1, ActorID: "u"}, "both": {Limit: 1, UserID: "u", ActorID: "a"},
	} {
		steps := plan(f)
		if strings.Contains(steps, "TEMP B-TREE") || strings.Contains(steps, "SCAN audit\n") {
			t.Errorf("%s reads or sorts everything:\n%s", name, steps)
		}
	}
}

func TestRefused(t *testing.T) {
	db := open(t)
	ctx := context.Background()
	full := RefusedRow{
		RequestID: "req_1", At: t0, Code: "session.revoked", Status: 401, Method: "GET", Route: "/api/v1/auth/me",
		CallerKind: "user", CallerID: "usr_1", SessionID: "ses_1", IP: "203.0.113.1", UserAgent: "agent", Origin: "https://a.example",
		Cause: "ended by usr_9", Gates: `["cookie"]`,
	}
	again := full
	again.Cause = "a second one under the same id"
	bare := RefusedRow{RequestID: "req_2", At: t0}
	write(t, db, func(tx *Tx) error { return tx.InsertRefused([]RefusedRow{full, again, bare}) })
	for _, want := range []RefusedRow{full, bare} {
		got, err := db.RefusedByID(ctx, want.RequestID)
		must(t, err)
		same(t, "row", got, want)
	}
	_, err := db.RefusedByID(ctx, "req_none")
	wantNotFound(t, err)
	write(t, db, func(tx *Tx) error { return tx.InsertRefused(nil) })
}

func TestSweepRefused(t *testing.T) {
	db := open(t)
	var rows []RefusedRow
	for i := range 10 {
		rows = append(rows, RefusedRow{RequestID: fmt.Sprint(i), At: t0.Add(time.Duration(i) * time.Minute)})
	}
	write(t, db, func(tx *Tx) error { return tx.InsertRefused(rows) })
	write(t, db, func(tx *Tx) error {
		n, err := tx.DeleteRefusedBefore(t0.Add(3*time.Minute), 4) // 0 to 2 are old, 3 to 5 too many
		same(t, "swept", n, 6)
		return err
	})
	for i := range 10 {
		_, err := db.RefusedByID(context.Background(), fmt.Sprint(i))
		if got, want := err == nil, i >= 6; got != want {
			t.Errorf("row %d is there: %v, want %v", i, got, want)
		}
	}
}

func TestSetupLink(t *testing.T) {
	db := open(t)
	ctx := context.Background()
	first, second := [32]byte{1}, [32]byte{2}
	write(t, db, func(tx *Tx) error { return tx.InsertSetupLink(first, t0, at(1)) })
	write(t, db, func(tx *Tx) error { return tx.InsertSetupLink(second, t0, at(2)) })
	_, err := db.SetupLink(ctx, first)
	wantNotFound(t, err) // superseded
	use := func(digest [32]byte, now time.Time, want bool) {
		t.Helper()
		write(t, db, func(tx *Tx) error {
			ok, err := tx.UseSetupLink(digest, now)
			same(t, "used", ok, want)
			return err
		})
	}
	use(first, t0, false)
	use(second, at(2), false) // its last moment has passed
	link, err := db.SetupLink(ctx, second)
	must(t, err)
	same(t, "unused", link, SetupLink{Digest: second, CreatedAt: t0, ExpiresAt: at(2)})
	use(second, at(1), true)
	use(second, at(1), false)
	link, err = db.SetupLink(ctx, second)
	must(t, err)
	same(t, "used", link, SetupLink{Digest: second, CreatedAt: t0, ExpiresAt: at(2), UsedAt: at(1)})
}
