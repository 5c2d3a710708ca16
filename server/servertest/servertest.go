// Package servertest starts a whole server on a database of its own, with a
// clock that tests move and argon2 parameters that cost nothing, and talks to
// it over real HTTP as a browser or a program would.
//
// It must decide nothing about right and wrong: scenarios say what they want.
package servertest

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"ostiary/cache"
	"ostiary/server"
	"ostiary/server/config"
	"ostiary/server/credential"
	"ostiary/server/password"
	"ostiary/storage"
)

// Server is a running server and the levers of a test.
type Server struct {
	T        testing.TB
	URL      string // http://127.0.0.1:<port>, where it listens
	Origin   string // of public_url, which it believes in
	Clock    *Clock
	DB       *storage.DB
	Dir      string
	Config   config.Config
	Log      *Log
	Inner    *server.Server
	Hasher   *password.Hasher                                          // from the next Restart on; nil: CheapHasher
	Tune     func(*server.Server)                                      // what the next Restart does to a server before it listens
	Reread   func() (config.Config, []config.Setting, config.Problems) // what a reload finds
	Fence    *cache.Fence
	Instance string // tag of the instance, from the next Restart on; "": a new one
	stopped  bool
	cache    *cache.Store
	master   credential.Master
	logger   *slog.Logger
}

// Option changes the settings before the server starts.
type Option func(*config.Config)

// New starts a server that ends with the test.
func New(t testing.TB, options ...Option) *Server {
	t.Helper()
	cfg := config.Default()
	cfg.Data = t.TempDir()
	cfg.PublicURL = "http://localhost"
	for _, option := range options {
		option(&cfg)
	}
	s := &Server{T: t, Clock: NewClock(), Dir: cfg.Data, Config: cfg, Log: &Log{}, master: credential.NewMaster()}
	s.start()
	t.Cleanup(s.Stop)
	return s
}

// start opens the data and listens.
func (s *Server) start() {
	s.T.Helper()
	ctx := context.Background()
	logger := s.logger
	if logger == nil {
		logger = slog.New(slog.NewTextHandler(s.Log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	fence := cache.NewFence()
	db, err := storage.Open(ctx, storage.Options{Dir: s.Dir, Fence: fence, Log: logger})
	s.must("open storage", err)
	if s.Instance != "" {
		s.must("set instance", db.Update(ctx, func(tx *storage.Tx) error { return tx.SetState("instance", s.Instance) }))
	}
	store, err := cache.New(cache.Options{SizeMB: 4, Fence: fence})
	s.must("open cache", err)
	inner, err := server.New(ctx, server.Options{
		Config: s.Config, DB: db, Cache: store, Master: s.master, Now: s.now(), Log: logger, Version: "test", Hasher: s.hasher(),
		Settings: config.Loaded{Config: s.Config}.Settings(),
		Reread:   s.reread,
	})
	s.must("make server", err)
	if s.Tune != nil {
		s.Tune(inner)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	s.must("listen", err)
	s.Fence = fence
	s.DB, s.cache, s.Inner, s.stopped = db, store, inner, false
	s.URL, s.Origin = "http://"+listener.Addr().String(), inner.Site().Origin
	go func() { _ = inner.Serve(listener) }()
}

// now is the test's clock, or the real one for measurements.
func (s *Server) now() func() time.Time {
	if s.Clock == nil {
		return time.Now
	}
	return s.Clock.Now
}

func (s *Server) hasher() *password.Hasher {
	if s.Hasher != nil {
		return s.Hasher
	}
	return CheapHasher()
}

// reread is what a reload finds: what there is, when a test says nothing.
func (s *Server) reread() (config.Config, []config.Setting, config.Problems) {
	if s.Reread != nil {
		return s.Reread()
	}
	return s.Config, nil, nil
}

// CheapHasher hashes with parameters that no real server may have.
func CheapHasher() *password.Hasher {
	return password.New(password.Options{Params: password.Params{MemoryKiB: 64, Iterations: 1, Parallelism: 1}, Concurrency: 4})
}

// Stop ends the server as a signal would.
func (s *Server) Stop() {
	if s.stopped {
		return
	}
	s.stopped = true
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := s.Inner.Close(ctx); err != nil {
		s.T.Logf("close server: %v", err)
	}
	s.cache.Close()
	if err := s.DB.Close(); err != nil {
		s.T.Errorf("close storage: %v", err)
	}
}

// Restart stops the server and starts it again on the same data.
func (s *Server) Restart() {
	s.T.Helper()
	s.Stop()
	s.start()
}

// Quiet starts the server again with another logger and the real clock, for
// measurements.
func (s *Server) Quiet(logger *slog.Logger) {
	s.T.Helper()
	s.logger, s.Clock = logger, nil
	s.Restart()
}

// Operator returns a client with the rights of the command line.
func (s *Server) Operator() *Client { return s.operator() }

func (s *Server) must(what string, err error) {
	s.T.Helper()
	if err != nil {
		s.T.Fatalf("%s: %v", what, err)
	}
}

// Clock is the time that the server sees.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock starts at a fixed moment.
func NewClock() *Clock { return &Clock{now: time.Date(2026, 11, 21, 17, 31, 4, 0, time.UTC)} }

// Now is the present moment.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Move goes forward, or back.
func (c *Clock) Move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Log keeps what the server logged.
type Log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write takes a line.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String is everything so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
