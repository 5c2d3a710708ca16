package config

import (
	"net"
	"net/netip"
	"strings"
)

// Site is public_url taken apart, the one truth for cookies, links, issuer,
// redirects and CORS self.
type Site struct {
	Scheme   string // "http" or "https"
	Host     string // as browsers send it: lower case, without a default port
	Hostname string // Host without port and brackets
	Port     string // always there: "443" for https://auth.example.com
	Prefix   string // "" or "/auth", never with a slash at its end
	Origin   string // scheme://host[:port]
	URL      string // Origin and Prefix
	Secure   bool   // https
	Loopback bool   // this machine only
}

// Site returns the public address. Without public_url it is
// http://localhost:<port of listen>; a server that listens on port 0 sets
// Listen to the address it got before it asks.
// A public_url that Validate refuses gives the zero Site.
func (c Config) Site() Site {
	text := c.PublicURL
	if text == "" {
		_, port, err := net.SplitHostPort(c.Listen)
		if err != nil {
			return Site{}
		}
		return siteOf(webAddress{scheme: "http", hostname: "localhost", port: port})
	}
	address, trouble := parsePublicURL(text)
	if trouble != "" {
		return Site{}
	}
	return siteOf(address)
}

func siteOf(a webAddress) Site {
	s := Site{
		Scheme: a.scheme, Host: a.host(), Hostname: a.hostname, Port: a.port,
		Prefix: a.path, Origin: a.origin(),
		Secure: a.scheme == "https", Loopback: isLoopbackHost(a.hostname),
	}
	if s.Port == "" {
		s.Port = defaultPort(a.scheme)
	}
	s.URL = s.Origin + s.Prefix
	return s
}

// parsePublicURL reads public_url; the slash at its end is dropped.
func parsePublicURL(text string) (webAddress, string) {
	address, trouble := parseWebAddress(text)
	if trouble != "" {
		return webAddress{}, trouble
	}
	if addr, err := netip.ParseAddr(address.hostname); err == nil && addr.IsUnspecified() {
		return webAddress{}, "its host stands for all interfaces, which no browser can open"
	}
	address.path = strings.TrimSuffix(address.path, "/")
	if address.path == "" {
		return address, ""
	}
	for _, segment := range strings.Split(address.path[1:], "/") {
		if !isPathSegment(segment) {
			return webAddress{}, "its path has a part other than letters, digits, \"-\", \"_\", \".\" and \"~\""
		}
	}
	return address, ""
}

// isPathSegment holds the prefix to characters that nobody escapes or
// resolves: it is compared with request paths and sent as a cookie's Path.
func isPathSegment(segment string) bool {
	if segment == "" || segment == "." || segment == ".." {
		return false
	}
	for i := range len(segment) {
		c := segment[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-_.~", c) >= 0) {
			return false
		}
	}
	return true
}

// ListensOnLoopback reports whether nobody but this machine can reach Listen.
func (c Config) ListensOnLoopback() bool {
	host, _, err := net.SplitHostPort(c.Listen)
	return err == nil && isLoopbackHost(strings.ToLower(host))
}
