package config

import (
	"net/netip"
	"slices"
	"strings"
)

func checkProxies(c *checker) {
	if !c.fine("trusted_proxies") {
		return
	}
	var all []netip.Prefix
	for i, text := range c.TrustedProxies {
		prefix, err := parseProxy(text)
		switch {
		case text == "*" || err == nil && coversEveryone([]netip.Prefix{prefix}):
			c.forgeable(i+1, text+" is everybody")
		case err != nil:
			c.add(finding{code: "config.invalid_value", setting: "trusted_proxies", item: i + 1,
				message: "a trusted proxy is an address or a network",
				cause:   "it is neither an IP address nor a CIDR; names are not looked up",
				fix:     "for example " + c.rewrite("trusted_proxies", []string{"127.0.0.1", "10.0.0.0/8"})})
		default:
			all = append(all, prefix)
		}
	}
	if c.fine("trusted_proxies") && coversEveryone(all) {
		c.forgeable(0, "together these networks are everybody: "+strings.Join(c.TrustedProxies, ", "))
	}
}

func (c *checker) forgeable(item int, cause string) {
	c.add(finding{code: "proxy.forgeable", setting: "trusted_proxies", item: item,
		message: "trusted_proxies must not trust everybody",
		cause:   cause,
		effect:  "anybody could forge the client's address, host and scheme",
		fix:     "list only the addresses of your own proxies"})
}

// coversEveryone reports whether the networks hold every IPv4 host of the
// internet (1.0.0.0 to 223.255.255.255) or every IPv6 one (2000::/3).
func coversEveryone(networks []netip.Prefix) bool {
	return coversRange(networks, netip.MustParseAddr("1.0.0.0"), netip.MustParseAddr("223.255.255.255")) ||
		coversRange(networks, netip.MustParseAddr("2000::"), netip.MustParseAddr("3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"))
}

func coversRange(networks []netip.Prefix, first, last netip.Addr) bool {
	sorted := slices.Clone(networks)
	slices.SortFunc(sorted, func(a, b netip.Prefix) int { return a.Addr().Compare(b.Addr()) })
	next := first
	for _, network := range sorted {
		if network.Addr().BitLen() != first.BitLen() || network.Addr().Compare(next) > 0 {
			continue
		}
		end := lastAddr(network)
		if end.Compare(last) >= 0 {
			return true
		}
		if end.Compare(next) >= 0 {
			next = end.Next()
		}
	}
	return false
}

func lastAddr(p netip.Prefix) netip.Addr {
	bytes := p.Addr().AsSlice()
	for bit := p.Bits(); bit < p.Addr().BitLen(); bit++ {
		bytes[bit/8] |= 0x80 >> (bit % 8)
	}
	addr, _ := netip.AddrFromSlice(bytes) // the length is that of an address
	return addr
}
