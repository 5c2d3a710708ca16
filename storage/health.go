package storage

import (
	"log/slog"
	"sync/atomic"
)

// health keeps what takes readiness away: the last write's fault, until a
// write succeeds, and damage, until a check finds none.
type health struct {
	log    *slog.Logger
	write  atomic.Pointer[Fault]
	damage atomic.Pointer[Fault]
}

func (h *health) ready() error {
	if f := h.damage.Load(); f != nil {
		return f
	}
	if f := h.write.Load(); f != nil {
		return f
	}
	return nil
}

// seen looks at the error of a read and hands it on.
func (h *health) seen(err error) error {
	if err == nil {
		return nil
	}
	if f := asFault(err); f != nil && f.Code == CodeCorrupt {
		h.damaged(f)
	}
	return err
}

// damaged takes readiness away until a check finds the database whole.
func (h *health) damaged(f *Fault) {
	if h.damage.Swap(f) == nil {
		h.log.Error("the database is damaged", "component", "storage", "code", f.Code, "error", f.Error())
	}
}

// whole gives readiness back after a check.
func (h *health) whole() {
	if h.damage.Swap(nil) != nil {
		h.log.Info("the database is whole again", "component", "storage")
	}
}

// wrote notes how the last commit went; f is nil when it went well.
func (h *health) wrote(f *Fault) {
	before := h.write.Swap(f)
	switch {
	case f != nil && (before == nil || before.Code != f.Code):
		h.log.Error("the database does not take writes", "component", "storage", "code", f.Code, "error", f.Error())
	case f == nil && before != nil:
		h.log.Info("the database takes writes again", "component", "storage")
	}
	if f != nil && f.Code == CodeCorrupt {
		h.damaged(f)
	}
}
