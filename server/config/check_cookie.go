package config

import (
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// longestPrefix keeps cookie names short; the longest is PREFIX_preauth.
const longestPrefix = 64

func checkCookiePrefix(c *checker) {
	prefix := c.Cookie.Prefix
	if !c.fine("cookie.prefix") {
		return
	}
	cause := ""
	lower := strings.ToLower(prefix)
	switch {
	case prefix == "":
		cause = "it is empty"
	case len(prefix) > longestPrefix:
		cause = "it is longer than 64 characters"
	case strings.HasPrefix(lower, "__host-") || strings.HasPrefix(lower, "__secure-"):
		cause = "__Host- and __Secure- are added by the server where they hold"
	case strings.ContainsFunc(prefix, func(r rune) bool { return !isTokenChar(r) }):
		cause = "a cookie's name is a token (RFC 6265 section 4.1.1): no space, quote, comma, semicolon, =, /, brackets or letters beyond ASCII"
	default:
		return
	}
	c.invalid("cookie.prefix", "`cookie.prefix` must be the beginning of a cookie's name", cause,
		"for example "+c.rewrite("cookie.prefix", "ostiary"))
}

// isTokenChar is tchar of RFC 9110 section 5.6.2.
func isTokenChar(r rune) bool {
	return '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || strings.ContainsRune("!#$%&'*+-.^_`|~", r)
}

func checkCookieDomain(c *checker) {
	if c.Cookie.Domain != "" && c.fine("cookie.domain") {
		c.checkDomain("cookie.domain", 0, c.Cookie.Domain)
	}
}

func checkOlderDomains(c *checker) {
	if !c.fine("cookie.older_domains") {
		return
	}
	for i, domain := range c.Cookie.OlderDomains {
		switch {
		case domain == c.Cookie.Domain:
			c.add(finding{code: "config.invalid_value", setting: "cookie.older_domains", item: i + 1,
				message: "an older domain is the present cookie.domain",
				effect:  "every answer would expire the cookies that it sets",
				fix:     c.rewrite("cookie.older_domains", without(c.Cookie.OlderDomains, i))})
		case slices.Contains(c.Cookie.OlderDomains[:i], domain):
			c.add(finding{code: "config.invalid_value", setting: "cookie.older_domains", item: i + 1,
				message: "an older domain is listed twice",
				fix:     c.rewrite("cookie.older_domains", without(c.Cookie.OlderDomains, i))})
		default:
			c.checkDomain("cookie.older_domains", i+1, domain)
		}
	}
}

// checkDomain judges a cookie's Domain attribute as a browser does (RFC 6265
// section 5.3): what it would refuse is refused here.
func (c *checker) checkDomain(setting string, item int, domain string) {
	f := finding{setting: setting, item: item, code: "cookie.domain_mismatch",
		message: "`" + setting + "` is no domain that a browser takes from this server",
		fix:     "remove it: cookies then belong to the host of public_url alone"}
	host, known := "", c.fine("public_url", "listen")
	if known {
		host = c.Site().Hostname
	}
	f.code, f.cause = judgeDomain(domain, host, known)
	if f.code == "" {
		return
	}
	if f.code == "cookie.public_suffix" {
		f.message = "`" + setting + "` is a public suffix"
		f.effect = "browsers drop such cookies"
	}
	c.add(f)
}

func judgeDomain(domain, host string, hostKnown bool) (code, cause string) {
	const mismatch = "cookie.domain_mismatch"
	if name, port, found := strings.Cut(domain, ":"); found && isDigits(port) && !strings.Contains(name, "/") {
		return mismatch, "it has a port; cookies know no ports, write " + name
	}
	if _, err := netip.ParseAddr(strings.Trim(domain, ".[]")); err == nil {
		return mismatch, "it is an IP address; cookies of an address belong to that host alone"
	}
	canonical, trouble := canonicalHost(domain)
	if trouble != "" || canonical != domain {
		return "config.invalid_value", "it is not a host name such as example.com"
	}
	// The name itself is a suffix when the list leaves nothing in front of it;
	// single labels, localhost among them, are suffixes by the list's default rule.
	if suffix, _ := publicsuffix.PublicSuffix(domain); suffix == domain {
		return "cookie.public_suffix", "everybody can have a name below " + domain + " (public suffix list)"
	}
	if hostKnown && host != domain && !strings.HasSuffix(host, "."+domain) {
		return mismatch, "the host of public_url, " + host + ", is not below " + domain
	}
	return "", ""
}

// checkCookieSecure: browsers take SameSite=None and Partitioned only together
// with Secure, and Secure only over https (draft-ietf-httpbis-rfc6265bis 4.1.2.5, 5.7).
func checkCookieSecure(c *checker) {
	if !c.fine("public_url", "listen", "cookie.same_site", "cookie.partitioned") || c.Site().Secure {
		return
	}
	setting, what := "cookie.same_site", `same_site = "none"`
	if c.Cookie.SameSite != "none" {
		setting, what = "cookie.partitioned", "partitioned = true"
		if !c.Cookie.Partitioned {
			return
		}
	}
	c.add(finding{code: "cookie.none_needs_secure", setting: c.firstGiven("public_url", setting),
		message: what + " needs an https public_url",
		effect:  "browsers drop such cookies",
		fix:     `use https, or put the app on the same site and keep same_site = "lax"`})
}
