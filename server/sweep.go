package server

import (
	"context"
	"errors"
	"time"

	"ostiary/storage"
)

const (
	sweepEvery = time.Minute
	leapBeyond = 24 * time.Hour // a clock that leaps further is not believed at once
	leapWait   = time.Hour
	checkEvery = 24 * time.Hour
	logMost    = 32 << 20 // bytes of write-ahead log from which on it is emptied
)

// sweep frees rows that mean nothing any more. Nothing is valid because a row
// is missing, so a late sweep is harmless and an early one would only forget
// reasons: after a leap of the clock it waits, in case the clock leaps back.
func (s *Server) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	last, hold, checked := s.now(), time.Time{}, s.now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now := s.now()
		if jump := now.Sub(last); jump > leapBeyond || jump < -leapBeyond {
			hold = now.Add(leapWait)
		}
		last = now
		if now.Before(hold) && hold.Sub(now) <= leapWait {
			continue
		}
		s.sweepOnce(ctx)
		s.shortenLog(ctx)
		if now.Sub(checked) >= checkEvery || s.damaged() {
			checked = now
			s.checkDatabase(ctx)
		}
	}
}

// sweepRounds bounds what one sweep frees, in transactions; between them
// everyone else has a turn.
const sweepRounds = 50

// sweepOnce frees what is old, a bounded number of rows in each transaction.
func (s *Server) sweepOnce(ctx context.Context) {
	for _, sweep := range []func(context.Context) (bool, error){s.sessions.Sweep, s.sessions.SweepDevices, s.audit.Sweep, s.locks.Sweep} {
		more, err := true, error(nil)
		for round := 0; more && err == nil && round < sweepRounds; round++ {
			more, err = sweep(ctx)
		}
		if err != nil && ctx.Err() == nil {
			s.log.Warn("old rows could not be freed", "component", "session", "error", err)
			return
		}
	}
}

// shortenLog empties the write-ahead log when a long reader has let it grow:
// SQLite reuses its space, but never gives it back by itself.
func (s *Server) shortenLog(ctx context.Context) {
	if s.db.Figures().WALBytes < logMost {
		return
	}
	if err := s.db.Checkpoint(ctx); err != nil && ctx.Err() == nil {
		s.log.Warn("the write-ahead log could not be emptied", "component", "storage", "error", err)
	}
}

// damaged says whether somebody met damage. A page that the disk failed to read
// once looks the same (SQLITE_IOERR_CORRUPTFS), so each sweep looks again: a
// database that is found whole gets its readiness back.
func (s *Server) damaged() bool {
	var fault *storage.Fault
	return errors.As(s.db.Ready(), &fault) && fault.Code == storage.CodeCorrupt
}

// checkDatabase looks through the database once a day. Damage takes readiness
// away, and the log says so.
func (s *Server) checkDatabase(ctx context.Context) {
	if err := s.db.Check(ctx); err != nil && ctx.Err() == nil {
		s.log.Error("the check of the database failed", "component", "storage", "error", err)
	}
}
