package storage

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"
)

// everyStatement makes the connections prepare what the methods run, and
// returns it.
func everyStatement(t *testing.T, db *DB) (statements []string) {
	t.Helper()
	ctx := context.Background()
	_, _, _ = db.SessionByDigest(ctx, [32]byte{})
	_, _ = db.SessionByID(ctx, "")
	_, _ = db.SessionsOfUser(ctx, "u", t0)
	_, _ = db.SessionsAfter(ctx, SessionFilter{Now: t0})
	_, _ = db.SessionsAfter(ctx, SessionFilter{Now: t0, UserID: "u"})
	_, _ = db.CountSessions(ctx, t0)
	_, _ = db.RetiredSecret(ctx, [32]byte{})
	_, _ = db.UserByID(ctx, "")
	_, _ = db.UserByEmail(ctx, "")
	_, _ = db.UsersAfter(ctx, UserFilter{})
	_, _ = db.DeviceOfUser(ctx, [32]byte{}, "")
	_, _ = db.DeviceKnown(ctx, [32]byte{})
	_, _ = db.RefusedByID(ctx, "")
	_, _ = db.SetupLink(ctx, [32]byte{})
	_, _ = db.StateValue(ctx, "")
	for _, f := range []AuditFilter{{}, {UserID: "u"}, {ActorID: "u"}, {UserID: "u", ActorID: "a"}} {
		_, _ = db.AuditAfter(ctx, f)
	}
	for _, fn := range []func(*Tx){
		func(tx *Tx) { _ = tx.UpdateUser(User{}) },
		func(tx *Tx) { _ = tx.UpdatePassword("", "", false, t0) },
		func(tx *Tx) { _, _ = tx.RehashPassword("", "", "") },
		func(tx *Tx) { _ = tx.RenewSession("", "", t0, t0) },
		func(tx *Tx) { _ = tx.RotateSession("ses_001", "usr_1", [32]byte{9}, t0, t0, "") },
		func(tx *Tx) { _ = tx.ConfirmSession("", "", t0) },
		func(tx *Tx) { _, _ = tx.EndSession("", "", t0, "", "") },
		func(tx *Tx) { _, _ = tx.EndSessionsOfUser("", "", t0, "", "") },
		func(tx *Tx) { _ = tx.SeeSessions(map[string]time.Time{"x": t0}) },
		func(tx *Tx) { _, _ = tx.DeleteSessionsEndedBefore(t0, t0, 1) },
		func(tx *Tx) { _ = tx.SeeDevice([32]byte{}, "", t0) },
		func(tx *Tx) { _, _ = tx.DeleteDevicesOfUser("") },
		func(tx *Tx) { _, _ = tx.DeleteDevicesBefore(t0, 1) },
		func(tx *Tx) { _, _ = tx.DeleteRefusedBefore(t0, 1) },
		func(tx *Tx) { _, _ = tx.UseSetupLink([32]byte{}, t0) },
		func(tx *Tx) { _ = tx.DeleteState("") },
	} {
		write(t, db, func(tx *Tx) error { fn(tx); return nil })
	}
	collect := func(c *conn) error {
		for query := range c.kept {
			statements = append(statements, query)
		}
		return nil
	}
	onWriter(t, db, collect)
	c, err := db.pool.borrow(ctx)
	must(t, err)
	defer db.pool.giveBack(c, true)
	must(t, collect(c))
	return statements
}

// TestNoStatementReadsAWholeTable: with a million sessions it would be felt by
// everybody.
func TestNoStatementReadsAWholeTable(t *testing.T) {
	db := openWithUser(t)
	insertSessions(t, db, ses(1))
	verb := regexp.MustCompile(`^\s*(SELECT|INSERT|UPDATE|DELETE)`)
	statements := everyStatement(t, db)
	looked := 0
	for _, query := range statements {
		if !verb.MatchString(query) {
			continue
		}
		looked++
		type row struct {
			ID, Parent, Unused int
			Detail             string
		}
		plan, err := list(context.Background(), db.reads, "plan", "EXPLAIN QUERY PLAN "+query, make([]any, 20),
			func(r *row) []any { return []any{&r.ID, &r.Parent, &r.Unused, &r.Detail} })
		must(t, err)
		for _, step := range plan {
			if strings.HasPrefix(step.Detail, "SCAN") && !strings.Contains(step.Detail, "INDEX") && step.Detail != "SCAN CONSTANT ROW" {
				t.Errorf("%s in\n%s", step.Detail, query)
			}
		}
	}
	if looked < 35 {
		t.Errorf("only %d statements were looked at", looked)
	}
}
