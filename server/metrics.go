package server

import (
	"bytes"
	"net"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/valyala/fasthttp"
	"github.com/valyala/fasthttp/fasthttpadaptor"

	"ostiary/server/credential"
	"ostiary/server/refusal"
)

// metrics is what Prometheus may read. Labels have bounded values: routes of
// the table and statuses, never an address or a user.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	took     *prometheus.HistogramVec
	serve    func(r *request)
}

// figures are the metrics of one row, looked up once.
type figures struct {
	requests *prometheus.CounterVec
	ok       prometheus.Counter
	took     prometheus.Observer
}

func newMetrics(s *Server) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "ostiary_requests_total", Help: "Requests by route and status."}, []string{"method", "route", "status"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "ostiary_request_seconds", Help: "Time to answer, by route.",
			Buckets: []float64{.0001, .0005, .001, .005, .025, .1, .5, 2.5, 10}}, []string{"method", "route"}),
	}
	m.registry.MustRegister(m.requests, m.took, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.registerCache(s)
	m.registerRooms(s)
	handler := fasthttpadaptor.NewFastHTTPHandler(promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	m.serve = func(r *request) { handler(r.f) }
	return m
}

// counter and gauge register a figure that is read when it is asked for.
func (m *metrics) counter(name, help string, value func() float64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, value))
}

func (m *metrics) gauge(name, help string, value func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
}

func (m *metrics) registerCache(s *Server) {
	m.counter("ostiary_cache_hits_total", "Look-ups that the cache answered.", func() float64 { return float64(s.cache.Figures().Hits) })
	m.counter("ostiary_cache_misses_total", "Look-ups that went to the database.", func() float64 { return float64(s.cache.Figures().Misses) })
	m.counter("ostiary_cache_stale_total", "Entries read again because what they depend on was written since.", func() float64 { return float64(s.cache.Figures().Stale) })
	m.counter("ostiary_cache_drops_total", "Entries that the cache was too busy to take.", func() float64 { return float64(s.cache.Figures().Drops) })
	m.counter("ostiary_cache_rejects_total", "Entries that the cache did not find worth keeping.", func() float64 { return float64(s.cache.Figures().Rejects) })
	m.counter("ostiary_cache_evictions_total", "Entries that made room for others.", func() float64 { return float64(s.cache.Figures().Evictions) })
	m.gauge("ostiary_cache_bytes", "What the cache holds, by its own count.", func() float64 { return float64(s.cache.Figures().Cost) })
}

func (m *metrics) registerRooms(s *Server) {
	m.counter("ostiary_refusals_dropped_total", "Refusals that were too many to keep an explanation of.", func() float64 { return float64(s.audit.Dropped()) })
	m.gauge("ostiary_hash_waiting", "Password checks that wait for their turn.", func() float64 { return float64(s.hasher.Figures().Waiting) })
	m.counter("ostiary_hash_refused_total", "Password checks refused because too many waited.", func() float64 { return float64(s.hasher.Figures().Refused) })
	m.counter("ostiary_db_commits_total", "Transactions committed.", func() float64 { return float64(s.db.Figures().Commits) })
	m.counter("ostiary_db_updates_total", "Changes that those transactions held.", func() float64 { return float64(s.db.Figures().Updates) })
}

// bind makes the figures of a row. The status that nearly every answer has is
// looked up now, the others when they occur.
func (m *metrics) bind(row *route) figures {
	vec := m.requests.MustCurryWith(prometheus.Labels{"method": row.method, "route": row.path})
	return figures{requests: vec, ok: vec.WithLabelValues("200"), took: m.took.WithLabelValues(row.method, row.path)}
}

func (f *figures) observe(status int, took time.Duration) {
	if status == 200 {
		f.ok.Inc()
	} else {
		f.requests.WithLabelValues(strconv.Itoa(status)).Inc()
	}
	f.took.Observe(took.Seconds())
}

// metricsPage answers Prometheus: with the token of metrics.token, or on the
// listener of metrics.listen alone. Without either there is no such page.
func (s *Server) metricsPage(r *request) error {
	if token := s.cfg.Metrics.Token; token == "" || !credential.Equal(bytes.TrimPrefix(r.header(hAuthorization), bearerPrefix), []byte(token)) {
		if r.source != fromSocket {
			return refusal.New(refusal.RequestNotFound)
		}
	}
	s.metrics.serve(r)
	r.status = 200
	return nil
}

// ServeMetrics answers GET /metrics, and nothing else, on the listener of
// metrics.listen until that is closed. It needs no token: who may reach the
// address may read.
func (s *Server) ServeMetrics(listener net.Listener) error {
	figures := fasthttpadaptor.NewFastHTTPHandler(promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{}))
	alone := fasthttp.Server{
		ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		Logger: mute{},
		Handler: func(f *fasthttp.RequestCtx) {
			if !f.IsGet() || string(f.Path()) != "/metrics" {
				f.Error("GET /metrics\n", fasthttp.StatusNotFound)
				return
			}
			figures(f)
		},
	}
	return alone.Serve(s.patient(listener))
}

// mute keeps fasthttp's own words out of the log: they quote the raw request,
// with its tokens.
type mute struct{}

// Printf says nothing.
func (mute) Printf(string, ...any) {}
