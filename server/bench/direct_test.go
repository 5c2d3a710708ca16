package bench

import (
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"ostiary/server/config"
	"ostiary/server/servertest"
)

// BenchmarkSessionCheckHandler is the handler of GET /me alone, without a
// connection: for profiles.
func BenchmarkSessionCheckHandler(b *testing.B) {
	s := servertest.New(b, func(c *config.Config) { c.Limits.User = config.Rate{Burst: 1_000_000_000, Per: time.Minute} })
	s.Quiet(slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelInfo})))
	browser := s.Browser()
	browser.SignUp("ada@example.com")
	browser.Do("GET", "/api/v1/auth/me", nil).Want(200, "")
	handler := s.Inner.Handler()
	var ctx fasthttp.RequestCtx
	ctx.Request.Header.SetMethod("GET")
	ctx.Request.SetRequestURI("/api/v1/auth/me")
	ctx.Request.Header.SetHost("localhost")
	for name, value := range browser.Cookies {
		ctx.Request.Header.SetCookie(name, value)
	}
	line := string(ctx.Request.Header.Peek("Cookie"))
	ctx.Request.Header.DelAllCookies()
	ctx.Request.Header.Set("Accept", "application/json")
	ctx.Request.Header.Add("X-Dummy", "1")
	ctx.Request.Header.AddBytesKV([]byte("Cookie"), []byte(line))
	b.ReportAllocs()
	for b.Loop() {
		ctx.Response.Reset()
		handler(&ctx)
	}
	if ctx.Response.StatusCode() != 200 {
		b.Fatal(ctx.Response.StatusCode(), string(ctx.Response.Body()))
	}
}
