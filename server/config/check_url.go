package config

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/publicsuffix"
)

func checkListen(c *checker) {
	if c.fine("listen") {
		c.checkListenAddress("listen", c.Listen)
	}
	if c.Metrics.Listen == "" || !c.fine("metrics.listen") {
		return
	}
	c.checkListenAddress("metrics.listen", c.Metrics.Listen)
	if c.fine("listen", "metrics.listen") && c.Metrics.Listen == c.Listen && !strings.HasSuffix(c.Listen, ":0") {
		c.invalid("metrics.listen", "`metrics.listen` is the address of the server itself",
			"two listeners cannot have one address", "choose another port, or remove the line and set metrics.token")
	}
}

func (c *checker) checkListenAddress(setting, text string) {
	host, port, err := net.SplitHostPort(text)
	cause := ""
	n, portErr := strconv.Atoi(port)
	switch {
	case strings.HasPrefix(text, "unix:"):
		cause = "this version listens on TCP only"
	case err != nil:
		cause = "it is not of the form host:port"
	case portErr != nil || !isDigits(port) || n > 65535:
		cause = "its port is no number from 0 to 65535"
	case !isListenHost(host):
		cause = "its host is neither an address nor a name"
	}
	if cause == "" {
		return
	}
	fix := c.rewrite(setting, "127.0.0.1:8080")
	if isDigits(text) && len(text) <= 5 {
		fix = c.rewrite(setting, "127.0.0.1:"+text)
	}
	c.invalid(setting, "`"+setting+"` must be host:port", cause, fix)
}

func isListenHost(host string) bool {
	if host == "" {
		return true
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return checkHostname(strings.ToLower(host)) == ""
}

func checkPublicURL(c *checker) {
	if c.PublicURL == "" || !c.fine("public_url") {
		return
	}
	if _, trouble := parsePublicURL(c.PublicURL); trouble != "" {
		c.invalid("public_url", "`public_url` must be the address that people open, such as https://auth.example.com",
			trouble, c.rewrite("public_url", "https://auth.example.com"))
	}
}

// checkExposure judges what is reachable from where. Told once: an address
// that nobody may use yet is not also told to be plain http.
func checkExposure(c *checker) {
	if !c.fine("public_url", "listen") {
		return
	}
	site := c.Site()
	switch {
	case c.PublicURL == "" && !c.ListensOnLoopback():
		c.add(finding{code: "config.public_url_required", setting: "listen",
			message: "listening beyond this machine needs `public_url`",
			cause:   "others can reach " + c.Listen + ", but the server does not know under which address",
			effect:  "links, cookies and the issuer would be wrong",
			fix:     "add public_url = \"https://auth.example.com\" at the top of the configuration, or listen on 127.0.0.1"})
	case c.PublicURL == "":
		c.add(finding{code: "url.not_set", severity: Note, setting: "public_url",
			message: "public_url is not set, so links in mails point at " + site.URL,
			fix:     "set public_url before anybody else uses this server"})
	case !site.Secure && !site.Loopback:
		c.add(finding{code: "url.plain_http", severity: Warning, setting: "public_url",
			message: "public_url is plain http",
			effect:  "passwords and cookies cross the network readable for everybody on the way",
			fix:     "put a proxy with https in front and write https"})
	}
}

func checkOrigins(c *checker) {
	if !c.fine("origins") {
		return
	}
	for i, text := range c.Origins {
		if len(c.found) >= enough {
			return
		}
		if !c.checkOrigin(i, text) {
			continue
		}
		if slices.Contains(c.Origins[:i], text) {
			c.add(finding{code: "config.invalid_value", setting: "origins", item: i + 1,
				message: "an origin is listed twice", fix: c.rewrite("origins", without(c.Origins, i))})
		}
	}
}

// checkOrigin judges one entry and reports whether it is an origin.
func (c *checker) checkOrigin(i int, text string) bool {
	if strings.Contains(text, "*") {
		c.add(finding{code: "cors.star_with_credentials", setting: "origins", item: i + 1,
			message: "`*` in origins would let every site act as the person who is signed in",
			cause:   "these origins carry cookies; browsers refuse `*` with credentials (Fetch standard)",
			fix:     "write each origin, such as https://app.example.com"})
		return false
	}
	address, trouble := parseWebAddress(text)
	if trouble == "" && address.path == "" {
		return true
	}
	f := finding{code: "config.invalid_value", setting: "origins", item: i + 1,
		message: "an origin is scheme://host[:port] and nothing else", cause: trouble,
		fix: "write an origin such as https://app.example.com, or remove it"}
	if trouble == "" {
		f.cause = "it has a path"
		if address.path == "/" {
			f.cause = "it has a slash at its end"
		}
	}
	if corrected, known := correctOrigin(text); known {
		list := slices.Clone(c.Origins)
		list[i] = corrected
		f.fix = c.rewrite("origins", list)
	} else if strings.Contains(text, "-extension://") {
		f.fix = "extensions belong in extension.origins: they call with a Bearer header, without cookies"
	}
	c.add(f)
	return false
}

// correctOrigin finds the origin in a text that says more or less than one.
func correctOrigin(text string) (origin string, known bool) {
	scheme, rest, found := strings.Cut(text, "://")
	if !found {
		scheme, rest = "https", text
	}
	rest = rest[strings.LastIndexByte(rest, '@')+1:]
	if end := strings.IndexAny(rest, "/?#\\"); end >= 0 {
		rest = rest[:end]
	}
	if !found && !strings.Contains(rest, ".") {
		return "", false
	}
	address, trouble := parseWebAddress(scheme + "://" + rest)
	return address.origin(), trouble == ""
}

func without(list []string, i int) []string {
	return append(slices.Clone(list[:i]), list[i+1:]...)
}

// checkThirdParties warns of origins that are another site than public_url:
// browsers do not send our cookies with their calls.
func checkThirdParties(c *checker) {
	if !c.fine("origins", "public_url", "listen") || c.Session.Transport == "header" || c.Cookie.SameSite == "none" {
		return
	}
	self := c.Site()
	for i, text := range c.Origins {
		address, trouble := parseWebAddress(text)
		if trouble != "" || siteName(address.scheme, address.hostname) == siteName(self.Scheme, self.Hostname) {
			continue
		}
		c.add(finding{code: "site.third_party", severity: Warning, setting: "origins", item: i + 1,
			message: address.origin() + " is another site than " + self.Origin,
			cause: "to a browser a site is the scheme and the registrable domain: " +
				siteName(address.scheme, address.hostname) + " and " + siteName(self.Scheme, self.Hostname),
			effect: "cookies with SameSite are not sent with its calls",
			fix:    "put both under one domain, proxy a path of that site to this server, or call with X-Auth-Mode: header"})
	}
}

// siteName is the site of an origin (HTML standard, "obtain a site"): scheme
// and registrable domain, or the host where there is none.
func siteName(scheme, host string) string {
	domain, err := publicsuffix.EffectiveTLDPlusOne(host)
	if _, addrErr := netip.ParseAddr(host); err != nil || addrErr == nil {
		domain = host
	}
	return scheme + "://" + domain
}
