package server

import (
	"context"
	"time"
)

const (
	sweepEvery = time.Minute
	leapBeyond = 24 * time.Hour // a clock that leaps further is not believed at once
	leapWait   = time.Hour
)

// sweep frees rows that mean nothing any more. Nothing is valid because a row
// is missing, so a late sweep is harmless and an early one would only forget
// reasons: after a leap of the clock it waits, in case the clock leaps back.
func (s *Server) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	last, hold := s.now(), time.Time{}
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
	}
}

// sweepOnce frees a bounded number of rows of each kind.
func (s *Server) sweepOnce(ctx context.Context) {
	_, err := s.sessions.Sweep(ctx)
	for _, next := range []func(context.Context) error{s.sessions.SweepDevices, s.audit.Sweep} {
		if err == nil {
			err = next(ctx)
		}
	}
	if err != nil && ctx.Err() == nil {
		s.log.Warn("old rows could not be freed", "component", "session", "error", err)
	}
}
