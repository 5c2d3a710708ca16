package e2e

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The pages survive a proxy that serves them under a path, whether it takes the path off
// or not: people set up both, and often do not know which.
func TestUnderAPrefix(t *testing.T) {
	t.Parallel()
	for name, upstream := range map[string]string{"taken off": "/", "left on": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			front := freeAddress(t)
			public := "http://" + localhost(front) + "/auth"
			p := start(t, unlimited, "OSTIARY_PUBLIC_URL="+public, "OSTIARY_TRUSTED_PROXIES=127.0.0.1")
			nginx(t, front, "http://"+p.addr+upstream)
			browse(t, p, "prefix.mjs", nil)
		})
	}
}

// nginx passes /auth on to a server, the way its documentation shows.
func nginx(t *testing.T, listen, upstream string) {
	t.Helper()
	dir := t.TempDir()
	conf := filepath.Join(dir, "nginx.conf")
	location := "/auth"
	if strings.HasSuffix(upstream, "/") {
		location += "/" // nginx puts the one in the place of the other
	}
	text := fmt.Sprintf(`daemon off; master_process off; pid %[1]s/pid; error_log %[1]s/error.log;
events { worker_connections 256; }
http {
	access_log off;
	client_body_temp_path %[1]s/a; proxy_temp_path %[1]s/b; fastcgi_temp_path %[1]s/c; uwsgi_temp_path %[1]s/d; scgi_temp_path %[1]s/e;
	server {
		listen %[2]s;
		location %[3]s {
			proxy_pass %[4]s;
			proxy_set_header Host $http_host;
			proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
			proxy_set_header X-Forwarded-Proto $scheme;
		}
	}
}
`, dir, listen, location, upstream)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(need(t).Nginx, "-p", dir, "-c", conf, "-e", filepath.Join(dir, "error.log"))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("nginx: %v", err)
		}
	})
	await(t, listen)
}

// await returns when somebody listens.
func await(t *testing.T, address string) {
	t.Helper()
	for range 300 {
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("nobody listens on %s", address)
}

func TestCookies(t *testing.T) {
	t.Parallel()
	browse(t, start(t, unlimited), "cookies.mjs", about{"secure": false})
}

// Over https the cookies carry __Host-. What ends TLS is a proxy of a few lines with the
// self-signed certificate of net/http/httptest.
func TestCookiesOverHTTPS(t *testing.T) {
	t.Parallel()
	front := httptest.NewUnstartedServer(nil)
	public := "https://" + localhost(front.Listener.Addr().String())
	p := start(t, unlimited, "OSTIARY_PUBLIC_URL="+public, "OSTIARY_TRUSTED_PROXIES=127.0.0.1")
	front.Config.Handler = &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: p.addr})
		r.Out.Host = r.In.Host
		r.SetXForwarded()
	}}
	front.Config.ErrorLog = log.New(io.Discard, "", 0) // the browser is told to overlook the certificate, and grumbles
	front.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	front.StartTLS()
	t.Cleanup(front.Close)
	browse(t, p, "cookies.mjs", about{"secure": true})
}
