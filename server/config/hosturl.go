package config

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// webAddress is a URL of a site taken apart: scheme, host, port, path.
type webAddress struct {
	scheme, hostname, port, path string
}

// defaultPort is the port that a browser leaves out of an origin.
func defaultPort(scheme string) string {
	if scheme == "https" {
		return "443"
	}
	return "80"
}

// host returns the host as a browser writes it: brackets around IPv6, no default port.
func (a webAddress) host() string {
	name := a.hostname
	if strings.Contains(name, ":") {
		name = "[" + name + "]"
	}
	if a.port == "" || a.port == defaultPort(a.scheme) {
		return name
	}
	return name + ":" + a.port
}

// origin returns scheme://host[:port] (RFC 6454 section 6.2).
func (a webAddress) origin() string { return a.scheme + "://" + a.host() }

// parseWebAddress reads an http or https URL without user, query or fragment.
// A problem is told as the words that follow "because"; empty means none.
func parseWebAddress(text string) (address webAddress, trouble string) {
	if strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f }) {
		return webAddress{}, "it has a space, a backslash or a control character"
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Opaque != "" {
		return webAddress{}, "it is not of the form scheme://host"
	}
	address = webAddress{scheme: strings.ToLower(u.Scheme), path: u.EscapedPath()}
	switch {
	case address.scheme != "http" && address.scheme != "https":
		return webAddress{}, "its scheme is neither http nor https"
	case u.User != nil:
		return webAddress{}, "it has a user name before the host"
	case u.RawQuery != "" || u.ForceQuery || strings.Contains(text, "?"):
		return webAddress{}, "it has a query"
	case u.Fragment != "" || strings.Contains(text, "#"):
		return webAddress{}, "it has a fragment"
	}
	if address.port, trouble = checkPort(u); trouble != "" {
		return webAddress{}, trouble
	}
	address.hostname, trouble = canonicalHost(u.Hostname())
	return address, trouble
}

func checkPort(u *url.URL) (port, trouble string) {
	if u.Port() == "" {
		if strings.HasSuffix(u.Host, ":") {
			return "", "its port is missing after the colon"
		}
		return "", ""
	}
	n, err := strconv.Atoi(u.Port())
	if err != nil || n < 1 || n > 65535 {
		return "", "its port is not between 1 and 65535"
	}
	return strconv.Itoa(n), ""
}

// canonicalHost lowers a host name, writes it in ASCII (IDNA) and an address
// in its shortest form: the form in which browsers send Host and Origin.
func canonicalHost(name string) (host, trouble string) {
	if name == "" {
		return "", "it has no host"
	}
	if addr, err := netip.ParseAddr(name); err == nil {
		if addr.Zone() != "" {
			return "", "its host is an address with a zone, which browsers refuse"
		}
		if addr.Is4In6() {
			return "", "its host is an IPv4 address written as IPv6; write " + addr.Unmap().String()
		}
		return addr.String(), ""
	}
	if strings.HasSuffix(name, ".") {
		return "", "its host ends with a dot"
	}
	host = strings.ToLower(name)
	if !isASCII(host) {
		ascii, err := idna.Lookup.ToASCII(host)
		if err != nil {
			return "", "its host is no valid international name"
		}
		host = ascii
	}
	if trouble := checkHostname(host); trouble != "" {
		return "", trouble
	}
	return host, ""
}

// checkHostname judges a lower-case ASCII name that is no address. A name whose
// last label is a number is refused, for browsers read it as an IPv4 address
// in octal or hexadecimal (WHATWG URL, "ends in a number").
func checkHostname(host string) (trouble string) {
	if len(host) > 253 {
		return "its host is longer than 253 characters"
	}
	labels := strings.Split(host, ".")
	for _, label := range labels {
		if !isLabel(label) {
			return "its host has a part that is no name: letters, digits and hyphens, at most 63"
		}
	}
	last := labels[len(labels)-1]
	if _, err := strconv.ParseUint(last, 0, 64); err == nil || isDigits(last) {
		return "its host ends in a number but is no IPv4 address"
	}
	return ""
}

func isLabel(label string) bool {
	if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	for i := range len(label) {
		c := label[i]
		if !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}

func isDigits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}

// isLoopbackHost reports whether a canonical host reaches this machine only:
// localhost and the names below it (RFC 6761 section 6.3), 127.0.0.0/8 and ::1.
func isLoopbackHost(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Unmap().IsLoopback()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}
