package command

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"ostiary/server/config"
)

// stopTTL is how long requests that were accepted may still take after a
// signal; service managers wait for 30 seconds and more before they kill.
const stopTTL = 15 * time.Second

type serveCmd struct {
	Listen *string `placeholder:"ADDR" help:"Listen there, for example 127.0.0.1:8080."`
}

// running is a server at work: an engine and the listeners before it.
type running struct {
	*engine
	console  *console
	public   net.Listener
	operator *operatorSocket
	metrics  net.Listener
	problems config.Problems
	broken   chan error // a listener that ended by itself
}

// Run serves until a signal comes. It returns nil after a clean stop: all
// requests answered, the database closed.
func (s *serveCmd) Run(c *console) error {
	began := time.Now()
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	spread(c.environ)
	r, err := s.open(c)
	if err != nil {
		return err
	}
	link, err := r.setupLink()
	if err == nil {
		r.begin()
		r.announce(link, time.Since(began))
		err = r.wait(signals)
	}
	return errors.Join(err, r.stop())
}

// open does all that can be refused, and starts nothing.
func (s *serveCmd) open(c *console) (*running, error) {
	flags := map[string]string{}
	if s.Listen != nil {
		flags["listen"] = *s.Listen
	}
	loaded, problems := c.load(flags)
	if problems.Errors() > 0 {
		return nil, c.rejected(problems)
	}
	r := &running{console: c, broken: make(chan error, 3)}
	var taken error
	if r.public, taken = listen("listen", loaded.Config.Listen); taken == nil {
		r.problems = rebind(&loaded, r.public, problems)
	} else if !hasDatabase(loaded.Config.Data) {
		return nil, taken // before a data folder is made
	}
	// Of two reasons the lock's is told: who starts the same server twice
	// should hear of that, and not be sent to another port.
	log, level := newLogger(loaded.Config.Log, c.err, c.errTTY)
	how := serving{prove: func() error { return taken }, level: level, reread: func() (config.Loaded, config.Problems) { return c.reread(flags, r.public) }}
	var err error
	if r.engine, err = openWhenFree(loaded, log, &how); err == nil {
		err = r.openInner()
	}
	if err != nil {
		return nil, errors.Join(err, r.closeListeners())
	}
	return r, nil
}

// openWhenFree is openEngine, patient.
func openWhenFree(loaded config.Loaded, log *slog.Logger, how *serving) (e *engine, err error) {
	err = whenFree(loaded.Config.Data, func() (err error) {
		e, err = openEngine(loaded, log, how)
		return err
	})
	return e, err
}

// whenFree waits a moment for a data folder that is in use by no server: a
// command that works there without one, or a server that has stopped answering
// and is closing its database, as in every restart. take tries once.
func whenFree(dir string, take func() error) error {
	for deadline := time.Now().Add(settleTTL); ; time.Sleep(20 * time.Millisecond) {
		err := take()
		if !inUse(err) || time.Now().After(deadline) {
			return err
		}
		if conn, _, dialing := dialOperator(dir); dialing == nil {
			_ = conn.Close() // it only showed that a server is there to stay
			return err
		}
	}
}

// rebind puts the real port into the settings, where the system chose it:
// links, cookies and what is told of them must name it.
func rebind(loaded *config.Loaded, listener net.Listener, problems config.Problems) config.Problems {
	address := bound(loaded.Config.Listen, listener)
	if address == loaded.Config.Listen {
		return problems
	}
	loaded.Config.Listen = address
	return config.Validate(*loaded)
}

// openInner opens the listeners that are not for the public.
func (r *running) openInner() (err error) {
	dir := r.loaded.Config.Data
	if r.operator, err = listenOperator(dir, r.log); err == nil && r.loaded.Config.Metrics.Listen != "" {
		r.metrics, err = listen("metrics.listen", r.loaded.Config.Metrics.Listen)
	}
	if err != nil {
		err = errors.Join(err, r.close(stopTTL))
	}
	return err
}

func (r *running) closeListeners() error {
	var errs []error
	if r.public != nil {
		errs = append(errs, r.public.Close())
	}
	if r.operator != nil {
		errs = append(errs, r.operator.Close())
	}
	if r.metrics != nil {
		errs = append(errs, r.metrics.Close())
	}
	for i, err := range errs {
		if errors.Is(err, net.ErrClosed) {
			errs[i] = nil // the server closed it when it stopped
		}
	}
	return errors.Join(errs...)
}

// begin answers on every listener.
func (r *running) begin() {
	go func() { r.broken <- lost("the public listener", r.Serve(r.public)) }()
	go func() { r.broken <- lost("the operator's socket", r.ServeOperator(r.operator)) }()
	if r.metrics != nil {
		go func() { r.broken <- lost("the listener for metrics", r.ServeMetrics(r.metrics)) }()
	}
}

func lost(what string, err error) error {
	if err == nil || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// wait returns when the server is to stop: nil for a signal, else what broke.
func (r *running) wait(signals chan os.Signal) error {
	supervise(r.console.environ, "READY=1", r.log)
	for {
		select {
		case got := <-signals:
			if got == syscall.SIGHUP {
				r.reload()
				continue
			}
			// From here on the system's own handling is back: a second signal
			// ends the process at once. What was acknowledged is on the disk.
			signal.Reset(os.Interrupt, syscall.SIGTERM)
			r.log.Info("stopping", "signal", got.String(), "at_most", stopTTL.String())
			return nil
		case err := <-r.broken:
			if err == nil {
				err = errors.New("a listener was closed")
			}
			return err
		}
	}
}

// stop ends in the order in which nothing is missed: no new requests, the
// running ones finished, the database closed, and last the way in that says
// that a server is here.
func (r *running) stop() error {
	supervise(r.console.environ, "STOPPING=1", r.log)
	err := errors.Join(r.close(stopTTL), r.closeListeners(), forget(filepath.Join(r.loaded.Config.Data, setupLinkName)))
	if err == nil {
		r.log.Info("stopped")
	}
	return err
}

// supervise tells systemd how the service does (sd_notify(3)); elsewhere it
// does nothing. A service manager that cannot be told is no reason to stop.
func supervise(environ []string, state string, log *slog.Logger) {
	address := variable(environ, "NOTIFY_SOCKET")
	if address == "" {
		return
	}
	conn, err := net.Dial("unixgram", address)
	if err == nil {
		_, err = conn.Write([]byte(state))
		err = errors.Join(err, conn.Close())
	}
	if err != nil {
		log.Warn("the service manager could not be told", "state", state, "error", err)
	}
}
