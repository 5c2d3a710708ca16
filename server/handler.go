package server

import (
	"bytes"
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// handler is the whole way of a request through one row: who, how much, where
// from, what. It is the only middleware there is.
func (s *Server) handler(row *route) fiber.Handler {
	return func(c *fiber.Ctx) error {
		r := s.newRequest(c, row)
		defer r.release()
		r.commonHeaders()
		if err := r.run(); err != nil {
			r.refuse(err)
		}
		r.finish()
		return nil
	}
}

// run takes the request through its gates to its handler. A panic ends as
// server.internal for this request, and for no other.
func (r *request) run() (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v\n%s", cause, stack())
		}
	}()
	r.locate()
	r.cors()
	if r.toRightHost() {
		return nil
	}
	if err := r.authorize(); err != nil {
		if r.row.page && r.row.guard != public {
			return r.toLogin(err)
		}
		return err
	}
	r.checkAddress()
	return r.row.handle(r.s, r)
}

// finish puts what was gathered on the way on the answer, and tells the log
// and the metrics.
func (r *request) finish() {
	r.limitHeaders()
	r.warningHeader()
	if r.s.stopping.Load() {
		r.f.SetConnectionClose()
	}
	took := r.s.now().Sub(r.start)
	r.row.figures.observe(r.status, took)
	r.tell(took)
}

// stack is where a panic came from, for the log.
func stack() string { return string(debug.Stack()) }

// onError answers what Fiber and fasthttp refuse before a row is found:
// malformed requests, time-outs, bodies too large. Their own texts may hold
// the raw request, so nothing of them is sent.
func (s *Server) onError(c *fiber.Ctx, err error) error {
	r := s.newRequest(c, s.unknown)
	defer r.release()
	r.f.Response.Reset()
	r.commonHeaders()
	r.locate()
	r.cors()
	r.refuse(err)
	r.f.SetConnectionClose()
	r.finish()
	return nil
}

// front looks at a request before Fiber does: what Fiber would answer in its
// own words, and framing that two servers could read in two ways.
func (s *Server) front(inner fasthttp.RequestHandler) fasthttp.RequestHandler {
	return func(f *fasthttp.RequestCtx) {
		err := badFraming(f)
		if err == nil {
			s.stripPrefix(f)
			if knownMethod(f) {
				inner(f)
				return
			}
		}
		s.turnAway(f, err)
	}
}

// turnAway answers in the place of Fiber, and closes the connection: what
// follows on it may be part of what was not understood.
func (s *Server) turnAway(f *fasthttp.RequestCtx, err error) {
	c := s.app.AcquireCtx(f)
	defer s.app.ReleaseCtx(c)
	r := s.newRequest(c, s.unknown)
	defer r.release()
	r.commonHeaders()
	r.locate()
	if err == nil {
		err = s.nowhere(r) // a method that no row has
	}
	r.refuse(err)
	r.f.SetConnectionClose()
	r.finish()
}

// stripPrefix takes the prefix of public_url off the path. Proxies may strip
// it or leave it on; both work, and public_url itself is our start page.
func (s *Server) stripPrefix(f *fasthttp.RequestCtx) {
	rest, found := bytes.CutPrefix(f.Request.Header.RequestURI(), []byte(s.site.Prefix))
	switch {
	case s.site.Prefix == "" || !found:
	case len(rest) == 0 || rest[0] == '?':
		f.Request.SetRequestURIBytes(append([]byte("/"), rest...))
	case rest[0] == '/':
		f.Request.SetRequestURIBytes(bytes.Clone(rest))
	}
}

func knownMethod(f *fasthttp.RequestCtx) bool {
	return f.IsGet() || f.IsPost() || f.IsHead() || f.IsDelete() || f.IsPatch() || f.IsPut() || f.IsOptions()
}

// waitMost bounds how long a request may wait for storage and the hashing
// gate together.
const waitMost = 10 * time.Second

// bounded is a context for work that may wait. It is made where waiting
// begins: a timer for every request would cost 7 % of the check rate.
func (r *request) bounded() (context.Context, context.CancelFunc) {
	return context.WithTimeout(r.c.UserContext(), waitMost)
}
