package config

import (
	"net/netip"
	"strings"
)

// normalize brings addresses into the one form in which they are compared.
// What cannot be read stays as it is, for Validate to tell.
func (l *loader) normalize() {
	c := &l.Config
	if c.PublicURL != "" {
		if site := c.Site(); site.URL != "" {
			c.PublicURL = site.URL
		}
	}
	for i, text := range c.Origins {
		if address, trouble := parseWebAddress(text); trouble == "" && address.path == "" {
			c.Origins[i] = address.origin()
		}
	}
	for i, text := range c.TrustedProxies {
		if prefix, err := parseProxy(text); err == nil {
			c.TrustedProxies[i] = proxyText(prefix)
		}
	}
	c.Cookie.Domain = cookieDomain(c.Cookie.Domain)
	for i, text := range c.Cookie.OlderDomains {
		c.Cookie.OlderDomains[i] = cookieDomain(text)
	}
}

// cookieDomain drops the leading dot, which means nothing since RFC 6265
// section 5.2.3, and writes the host in its canonical form.
func cookieDomain(text string) string {
	host, trouble := canonicalHost(strings.TrimPrefix(text, "."))
	if trouble != "" {
		return text
	}
	return host
}

// parseProxy reads an address or a CIDR. An IPv4 address written as IPv6
// (::ffff:10.0.0.1) is the IPv4 address.
func parseProxy(text string) (netip.Prefix, error) {
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		addr, addrErr := netip.ParseAddr(text)
		if addrErr != nil {
			return netip.Prefix{}, err
		}
		addr = addr.Unmap().WithZone("")
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	if prefix.Addr().Is4In6() && prefix.Bits() >= 96 {
		prefix = netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-96)
	}
	return prefix.Masked(), nil
}

func proxyText(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}
