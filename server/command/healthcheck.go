package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"

	"ostiary/server/config"
)

// healthTTL is shorter than any monitor's own patience.
const healthTTL = 5 * time.Second

type healthcheckCmd struct{}

// Run asks /readyz: at the address that the server listens on, as everybody
// else does, or over the operator's socket when that address is not known from
// here. It ends with exitFailed when the server is not ready or not there, and
// with exitUnable when that could not be found out.
func (*healthcheckCmd) Run(c *console) error {
	loaded, problems := c.load(nil)
	if problems.Errors() > 0 {
		problems.Render(c.err)
		return ended(exitUnable)
	}
	ready, why, err := health(loaded.Config)
	switch {
	case err != nil:
		return &failure{exit: exitUnable, message: "the server could not be asked", cause: err.Error(), fixes: []string{"ostiary status"}}
	case !ready:
		return &failure{message: "the server is not ready", cause: why, fixes: []string{"ostiary status"}}
	}
	c.say("ready\n")
	return nil
}

func health(cfg config.Config) (ready bool, why string, err error) {
	address, known := reachable(cfg.Listen)
	if known {
		ready, why, err = askReady(func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", address)
		}, cfg.Site().Host)
		if !errors.Is(err, syscall.ECONNREFUSED) {
			return ready, why, err
		}
	}
	ready, socketWhy, err := askReady(func(context.Context, string, string) (net.Conn, error) {
		conn, _, err := dialOperator(cfg.Data)
		if err != nil {
			return nil, err
		}
		return conn, nil
	}, "operator")
	if errors.Is(err, errNoServer) {
		return false, fmt.Sprintf("nobody listens on %s, and %v", cfg.Listen, errNoServer), nil
	}
	return ready, socketWhy, err
}

// reachable is where to connect to for an address that was listened on. Port 0
// stands for one that only the server knows.
func reachable(listen string) (address string, known bool) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil || port == "0" {
		return "", false
	}
	if addr, err := netip.ParseAddr(host); host == "" || err == nil && addr.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, port), true
}

func askReady(dial func(context.Context, string, string) (net.Conn, error), host string) (ready bool, why string, err error) {
	cl := httpOver(dial)
	cl.Timeout = healthTTL
	request, err := http.NewRequest("GET", "http://server/readyz", nil)
	if err != nil {
		return false, "", err
	}
	request.Host = host
	response, err := cl.Do(request)
	if errors.Is(err, context.DeadlineExceeded) {
		return false, "no answer within " + healthTTL.String(), nil
	}
	if err != nil {
		return false, "", err
	}
	defer func() { _ = response.Body.Close() }() // read as far as it matters
	var said struct {
		Status any    `json:"status"` // "ready", or the number of a refusal
		Code   string `json:"code"`
		Detail string `json:"detail"`
	}
	if json.NewDecoder(io.LimitReader(response.Body, largestAnswer)).Decode(&said) != nil {
		return false, "something else than ostiary answers there, with status " + response.Status, nil
	}
	if response.StatusCode == http.StatusOK && said.Status == "ready" {
		return true, "", nil
	}
	return false, fmt.Sprintf("%s %s %s", response.Status, said.Code, said.Detail), nil
}
