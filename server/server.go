package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"ostiary/cache"
	"ostiary/server/account"
	"ostiary/server/audit"
	"ostiary/server/config"
	"ostiary/server/credential"
	"ostiary/server/password"
	"ostiary/server/session"
	"ostiary/server/throttle"
	"ostiary/storage"
	"ostiary/web"
)

// Options are what a Server is made of. The caller opens and closes DB and
// Cache; everything else the Server makes itself.
type Options struct {
	Config   config.Config
	Settings []config.Setting // each value with its origin, for admins
	DB       *storage.DB
	Cache    *cache.Store
	Master   credential.Master
	Hasher   *password.Hasher // nil: by the settings of [password]
	Now      func() time.Time // nil: time.Now
	Log      *slog.Logger
	Version  string
	Level    *slog.LevelVar // of Log, for Reload; may be nil
	// Reread reads the settings anew, for Reload; nil where there are none.
	Reread func() (config.Config, []config.Setting, config.Problems)
	// Offline makes a server for one operation of a command. It listens to
	// nobody else, so what its settings say about cookies is not remembered.
	Offline bool
}

// Server is the HTTP edge and all that it stands before.
type Server struct {
	cfg          config.Config
	site         config.Site
	names        cookieNames
	cookiePolicy cookiePolicy
	proxies      proxies
	csrfKey      [32]byte
	lockKey      [32]byte
	version      string
	instance     string
	began        time.Time

	live      atomic.Pointer[live]
	level     *slog.LevelVar
	reread    func() (config.Config, []config.Setting, config.Problems)
	reloading sync.Mutex

	now      func() time.Time
	log      *slog.Logger
	findings *findings
	db       *storage.DB
	cache    *cache.Store
	throttle *throttle.Limiter
	hasher   *password.Hasher
	locks    *throttle.Locks
	audit    *audit.Log
	sessions *session.Sessions
	accounts *account.Accounts
	pages    *web.Pages
	assets   map[string]web.Asset
	metrics  *metrics
	backups  *backups

	app      *fiber.App
	rows     []*route
	unknown  *route
	requests sync.Pool // of *request, wiped
	stopping atomic.Bool
	stop     context.CancelFunc
	work     sync.WaitGroup
}

// limitedKeys is how many limit buckets are kept exactly, about 33 MB when
// all of them live; memory is taken as they come.
const limitedKeys = 1 << 20

// New makes a Server. It reads and writes the server's own state (instance
// tag, last cookie domain) but listens nowhere yet.
func New(ctx context.Context, o Options) (*Server, error) {
	s := &Server{
		cfg: o.Config, site: o.Config.Site(), version: o.Version, level: o.Level, reread: o.Reread,
		names: newCookieNames(o.Config), proxies: parseProxies(o.Config.TrustedProxies),
		csrfKey: o.Master.Derive("csrf"), lockKey: o.Master.Derive("locks"), now: o.Now, log: o.Log, db: o.DB, cache: o.Cache, hasher: o.Hasher,
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.live.Store(newLive(o.Config, o.Settings))
	s.began = s.now()
	s.requests.New = func() any { return new(request) }
	s.findings = newFindings(s.log, s.now)
	s.throttle = throttle.New(s.now, limitedKeys)
	if err := s.recall(ctx, o.Offline); err != nil {
		return nil, err
	}
	if err := s.furnish(); err != nil {
		return nil, err
	}
	s.build()
	s.backups = newBackups(s, o)
	s.background()
	return s, nil
}

// recall reads what the server remembers of itself, and makes it on the
// first start.
func (s *Server) recall(ctx context.Context, offline bool) (err error) {
	if s.instance, err = s.remembered(ctx, "instance", credential.NewTag()); err != nil || offline {
		return err
	}
	older, err := s.recallDomains(ctx)
	s.cookiePolicy = newCookiePolicy(s.cfg, older)
	return err
}

// remembered is the stored value of name, or fallback, which it then stores.
func (s *Server) remembered(ctx context.Context, name, fallback string) (string, error) {
	value, err := s.db.StateValue(ctx, name)
	if err == nil || !errors.Is(err, storage.ErrNotFound) {
		return value, err
	}
	err = s.db.Update(ctx, func(tx *storage.Tx) error { return tx.SetState(name, fallback) })
	return fallback, err
}

// furnish makes the rooms behind the edge.
func (s *Server) furnish() (err error) {
	cfg := s.cfg
	if s.hasher == nil {
		s.hasher = password.New(password.Options{
			Params: password.Params{MemoryKiB: uint32(cfg.Password.MemoryKiB), Iterations: uint32(cfg.Password.Iterations),
				Parallelism: uint8(cfg.Password.Parallelism)},
			Concurrency: cfg.Password.Concurrency,
		})
	}
	s.audit = audit.New(s.db, time.Duration(cfg.Audit.Keep), s.now, s.log)
	s.sessions = session.New(s.db, s.cache, s.audit, s.now, s.log, session.Options{
		Tag: s.instance, Idle: time.Duration(cfg.Session.Idle), Max: time.Duration(cfg.Session.Max), RenewAfter: time.Duration(cfg.Session.RenewAfter),
	})
	s.accounts = account.New(s.db, s.sessions, s.hasher, s.newLocks(), s.audit, s.now, s.log, account.Options{
		SignupEnabled: cfg.Signup.Enabled, Rules: password.Rules{MinLength: cfg.Password.MinLength}, Host: s.site.Hostname,
	})
	s.assets = web.Assets()
	if s.pages, err = web.New(s.site.Prefix); err != nil {
		return fmt.Errorf("read pages: %w", err)
	}
	return nil
}

// newLocks makes the locks of accounts.
func (s *Server) newLocks() *throttle.Locks {
	s.locks = throttle.NewLocks(s.db, s.now, s.lockKey, lockAfter(s.cfg), time.Duration(s.cfg.Limits.LockFor))
	return s.locks
}

// Times and sizes that bound a connection. Fiber's defaults are none: 200
// slow clients would live as long as they liked.
const (
	readTimeout  = 10 * time.Second
	writeTimeout = 30 * time.Second
	idleTimeout  = 60 * time.Second
	readBuffer   = 16 << 10 // 4 KiB, the default, answers a bare 431 to many cookies
	bodyMost     = 64 << 10
)

// FiberConfig is the configuration of the HTTP server. Benchmarks compare
// with a bare handler under the same.
func FiberConfig(onError fiber.ErrorHandler) fiber.Config {
	return fiber.Config{
		// Strings from a Ctx alias its buffer, which the next request on the
		// connection overwrites; kept ones would turn into other people's.
		Immutable: true,
		// Off, which is the default, means that everyone is trusted.
		EnableTrustedProxyCheck:      true,
		CaseSensitive:                true,
		StrictRouting:                true,
		BodyLimit:                    bodyMost,
		ReadBufferSize:               readBuffer,
		ReadTimeout:                  readTimeout,
		WriteTimeout:                 writeTimeout,
		IdleTimeout:                  idleTimeout,
		Network:                      "tcp",
		DisableStartupMessage:        true,
		DisablePreParseMultipartForm: true,
		ErrorHandler:                 onError,
	}
}

// build puts the route table into Fiber. Each row is one handler: there is no
// chain whose order could be wrong.
func (s *Server) build() {
	s.app = fiber.New(FiberConfig(s.onError))
	s.rows = s.routes()
	s.unknown = &route{path: "(unknown)", guard: public, handle: (*Server).nowhere}
	s.metrics = newMetrics(s)
	for _, row := range append([]*route{s.unknown}, s.rows...) {
		row.figures = s.metrics.bind(row)
	}
	for _, row := range s.rows {
		handler := s.handler(row)
		s.app.Add(row.method, row.path, handler)
		if row.method == fiber.MethodGet {
			s.app.Add(fiber.MethodHead, row.path, handler)
		}
	}
	s.app.Use(s.handler(s.unknown))
	inner := s.app.Handler()
	s.app.Server().Handler = s.front(inner)
}

// background starts what works beside the requests.
func (s *Server) background() {
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	for _, run := range []func(context.Context){s.audit.Run, s.sessions.Run, s.sweep, s.backups.run} {
		s.work.Go(func() {
			defer s.survive("background work")
			run(ctx)
		})
	}
}

// survive keeps a panic in work that no request waits for from ending the
// process.
func (s *Server) survive(what string) {
	if cause := recover(); cause != nil {
		s.log.Error("panic", "in", what, "cause", fmt.Sprint(cause), "stack", stack())
	}
}

// Serve answers on a listener until Close. It returns nil when Close ended it.
func (s *Server) Serve(listener net.Listener) error {
	return s.app.Server().Serve(newDoorman(s.patient(listener), s.proxies))
}

// ServeOperator answers on the listener of the command line: whoever comes in
// there has been found to be the operator.
func (s *Server) ServeOperator(listener net.Listener) error {
	return s.app.Server().Serve(operatorListener{s.patient(listener)})
}

// Close stops accepting, waits for what was accepted until ctx ends, and then
// writes what the background work still holds.
func (s *Server) Close(ctx context.Context) error {
	s.stopping.Store(true)
	err := s.app.ShutdownWithContext(ctx)
	s.stop()
	s.work.Wait()
	return err
}

// Handler is the whole edge without a connection, for measurements.
func (s *Server) Handler() fasthttp.RequestHandler { return s.app.Server().Handler }

// Accounts is the room of accounts, for the start's own questions.
func (s *Server) Accounts() *account.Accounts { return s.accounts }

// Site is the public address that everything was made for.
func (s *Server) Site() config.Site { return s.site }
