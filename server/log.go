package server

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"ostiary/server/refusal"
)

// tell writes the one log event of a request: successful reads at debug,
// changes and refusals at info, what is our own fault at error. It names the
// route, never the raw path or query, which may hold a secret.
func (r *request) tell(took time.Duration) {
	level := r.level()
	if !r.s.log.Enabled(context.Background(), level) {
		return
	}
	attributes := make([]slog.Attr, 0, 12)
	attributes = append(attributes,
		slog.String("component", r.component()), slog.String("request_id", r.id.String()),
		slog.String("method", truncate(cleanText(string(r.f.Method())), 16)), slog.String("route", r.row.path),
		slog.Int("status", r.status), slog.Float64("took_ms", float64(took.Microseconds())/1000), slog.String("address", r.from()))
	if r.snap != nil {
		attributes = append(attributes, slog.String("user", r.snap.User.ID), slog.String("session", r.snap.Session.ID))
	}
	if sent := h0(r, "X-Request-Id"); len(sent) > 0 {
		attributes = append(attributes, slog.String("client_request_id", truncate(cleanText(string(sent)), 64)))
	}
	if r.refused != nil {
		attributes = append(attributes, slog.String("code", string(r.refused.Entry().Code)), slog.String("cause", privateCause(r.refused)))
	}
	if len(r.warnings) > 0 {
		attributes = append(attributes, slog.Any("warnings", r.warnings))
	}
	if level == slog.LevelDebug || r.s.log.Enabled(context.Background(), slog.LevelDebug) {
		attributes = append(attributes, slog.Any("gates", r.gates))
	}
	r.s.log.LogAttrs(context.Background(), level, "request", attributes...)
}

// from is where a request came from.
func (r *request) from() string {
	if r.source == fromSocket {
		return "socket"
	}
	return r.address.String()
}

// privateCause is what the log may know and the caller may not.
func privateCause(e *refusal.Error) string {
	cause := e.Private
	if e.Err != nil {
		cause = strings.TrimSpace(cause + " " + e.Err.Error())
	}
	return truncate(cause, 4096)
}

func (r *request) level() slog.Level {
	switch {
	case r.status >= 500:
		return slog.LevelError
	case r.refused != nil || !r.safe():
		return slog.LevelInfo
	}
	return slog.LevelDebug
}

// component names the part of the server that an event is about, by the area
// of its code.
func (r *request) component() string {
	if r.refused == nil {
		return "session"
	}
	area, _, _ := strings.Cut(string(r.refused.Code), ".")
	switch area {
	case "authz", "organization":
		return "permission"
	case "rate":
		return "limit"
	case "csrf", "cors":
		return area
	}
	return "session"
}

// findings tells of what is wrong without being refused, each at most once a
// minute: a misconfigured proxy shows with every request.
type findings struct {
	log *slog.Logger
	now func() time.Time
	mu  sync.Mutex
	at  map[refusal.Code]time.Time
}

func newFindings(log *slog.Logger, now func() time.Time) *findings {
	return &findings{log: log, now: now, at: map[refusal.Code]time.Time{}}
}

func (f *findings) tell(code refusal.Code, attributes ...any) {
	now := f.now()
	f.mu.Lock()
	last, told := f.at[code]
	if told && now.Sub(last) < time.Minute && now.Sub(last) >= 0 {
		f.mu.Unlock()
		return
	}
	f.at[code] = now
	f.mu.Unlock()
	entry, _ := refusal.Lookup(code)
	f.log.Warn(entry.Title, append([]any{"code", string(code), "cause", entry.Cause}, attributes...)...)
}
