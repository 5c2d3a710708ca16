package config

import (
	"testing"
	"time"
)

func TestSite(t *testing.T) {
	for _, test := range []struct {
		url, listen string
		want        Site
	}{
		{"", "127.0.0.1:8080", Site{"http", "localhost:8080", "localhost", "8080", "", "http://localhost:8080", "http://localhost:8080", false, true}},
		{"", ":80", Site{"http", "localhost", "localhost", "80", "", "http://localhost", "http://localhost", false, true}},
		{"https://Auth.Example.com:443/", "x", Site{"https", "auth.example.com", "auth.example.com", "443", "", "https://auth.example.com", "https://auth.example.com", true, false}},
		{"HTTP://auth.example.com:443/a/B/", "x", Site{"http", "auth.example.com:443", "auth.example.com", "443", "/a/B", "http://auth.example.com:443", "http://auth.example.com:443/a/B", false, false}},
		{"https://[0:0::1]:8443", "x", Site{"https", "[::1]:8443", "::1", "8443", "", "https://[::1]:8443", "https://[::1]:8443", true, true}},
		{"https://app.localhost", "x", Site{"https", "app.localhost", "app.localhost", "443", "", "https://app.localhost", "https://app.localhost", true, true}},
		{"https://bücher.example", "x", Site{"https", "xn--bcher-kva.example", "xn--bcher-kva.example", "443", "", "https://xn--bcher-kva.example", "https://xn--bcher-kva.example", true, false}},
		{"https://auth.example.com/?", "x", Site{}},
	} {
		c := Config{PublicURL: test.url, Listen: test.listen}
		if got := c.Site(); got != test.want {
			t.Errorf("%q, %q:\n%+v\n%+v", test.url, test.listen, got, test.want)
		}
	}
}

func TestListensOnLoopback(t *testing.T) {
	for listen, want := range map[string]bool{
		"127.0.0.1:1": true, "127.5.5.5:1": true, "localhost:1": true, "[::1]:1": true, "LOCALHOST:1": true,
		":1": false, "0.0.0.0:1": false, "[::]:1": false, "10.0.0.1:1": false, "auth.example.com:1": false, "nonsense": false,
	} {
		if got := (Config{Listen: listen}).ListensOnLoopback(); got != want {
			t.Errorf("%s: %v", listen, got)
		}
	}
}

func TestNormalForm(t *testing.T) {
	loaded, problems := loadText(t, `
public_url = "HTTPS://Auth.Example.COM:443/"
origins = ["https://App.Example.com:443", "https://BÜCHER.example.com"]
trusted_proxies = ["10.1.2.3/8", "::ffff:192.0.2.1", "2001:DB8::/32", "::ffff:10.0.0.0/104"]
[cookie]
domain = ".Example.com"
older_domains = [".Auth.example.com"]
`)
	if len(loud(problems)) != 0 {
		t.Fatal(rendered(problems))
	}
	c := loaded.Config
	for got, want := range map[string]string{
		c.PublicURL: "https://auth.example.com", c.Origins[0]: "https://app.example.com",
		c.Origins[1]: "https://xn--bcher-kva.example.com", c.TrustedProxies[0]: "10.0.0.0/8",
		c.TrustedProxies[1]: "192.0.2.1", c.TrustedProxies[2]: "2001:db8::/32",
		c.Cookie.Domain: "example.com", c.Cookie.OlderDomains[0]: "auth.example.com",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestDurationText(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"": 0, "0s": 0, "250ms": 250 * time.Millisecond, "30s": 30 * time.Second, "10m": 10 * time.Minute,
		"24h": 24 * time.Hour, "30d": 30 * 24 * time.Hour, "1d12h": 36 * time.Hour, "90m": 90 * time.Minute, "36500d": longestDuration,
	} {
		var d Duration
		if err := d.UnmarshalText([]byte(text)); err != nil || d.D() != want {
			t.Errorf("%q: %v, %v", text, d.D(), err)
		}
		var again Duration
		if err := again.UnmarshalText([]byte(d.String())); err != nil || again != d {
			t.Errorf("%q is written %q", text, d)
		}
	}
	for _, text := range []string{"30", "d", "-1d", "1.5h", " 1d", "1d ", "1w", "1D", "36501d", "36500d1ms", "9223372036854775808ms"} {
		var d Duration
		if err := d.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was read as %v", text, d.D())
		}
	}
	for d, want := range map[time.Duration]string{24 * time.Hour: "24h", 7 * day: "7d", time.Hour: "1h", 15 * time.Minute: "15m", 400 * day: "400d"} {
		if got := Duration(d).String(); got != want {
			t.Errorf("%v is written %s instead of %s", d, got, want)
		}
	}
}

func TestRateText(t *testing.T) {
	var r Rate
	if err := r.UnmarshalText([]byte("600/1m")); err != nil || r != (Rate{600, time.Minute}) || r.String() != "600/1m" {
		t.Errorf("%v %v", r, err)
	}
	for _, text := range []string{"", "5", "5/", "/1m", "x/1m", "5/m", "5/1m/1m", "99999999999/1m"} {
		if err := r.UnmarshalText([]byte(text)); err == nil && r.Per > 0 {
			t.Errorf("%q was read as %v", text, r)
		}
	}
}
