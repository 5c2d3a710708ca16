package server

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"ostiary/server/access"
	"ostiary/server/audit"
	"ostiary/server/session"
	"ostiary/storage"
)

// Ended counts what a restore ended.
type Ended struct {
	Sessions int `json:"sessions"`
	Devices  int `json:"devices"`
}

// EndRestored ends whatever a restored database could bring back to life:
// every session, every browser that was known and every link that was open
// when the backup was made. Some of them were ended since, and nothing here
// can tell which. What only shuts somebody out (locks, failures) stays.
//
// It runs before the database takes its place, so that there is no moment at
// which anything old opens anything.
func EndRestored(ctx context.Context, db *storage.DB, now time.Time, from string, revived int) (out Ended, err error) {
	by := access.Caller{Method: access.Operator}
	log := audit.New(db, 0, func() time.Time { return now }, slog.New(slog.DiscardHandler))
	err = db.Update(ctx, func(tx *storage.Tx) (err error) {
		if out.Sessions, err = tx.EndAllSessions(now, session.ByRestore, string(by.Method)); err != nil {
			return err
		}
		if out.Devices, err = tx.DeleteDevices(); err != nil {
			return err
		}
		if err := tx.DeleteSetupLinks(); err != nil {
			return err
		}
		return log.Record(tx, by, backupRestored, "", from, audit.Details{"sessions": out.Sessions, "devices": out.Devices, "revived": revived})
	})
	if err != nil {
		return Ended{}, fmt.Errorf("end what was before the restore: %w", err)
	}
	return out, nil
}
