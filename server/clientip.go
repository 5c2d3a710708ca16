package server

import (
	"bytes"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"ostiary/server/refusal"
)

// proxies are the peers whose word about the client is taken.
type proxies []netip.Prefix

// parseProxies reads trusted_proxies, which config has validated.
func parseProxies(list []string) proxies {
	var trusted proxies
	for _, text := range list {
		if prefix, err := netip.ParsePrefix(text); err == nil {
			trusted = append(trusted, prefix.Masked())
		} else if addr, err := netip.ParseAddr(text); err == nil {
			trusted = append(trusted, netip.PrefixFrom(addr, addr.BitLen()))
		}
	}
	return trusted
}

func (p proxies) trust(addr netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

// locate finds the client's address and how the request reached us. Only a
// trusted peer is believed; the list of addresses is then walked from the
// right, past trusted proxies, so that what a client wrote at its left counts
// for nothing. Fiber would take the leftmost.
func (r *request) locate() {
	peer, _ := netip.AddrFromSlice(r.f.RemoteIP())
	r.address = peer.Unmap()
	if !r.s.proxies.trust(r.address) {
		if len(r.header(hForwardedFor)) > 0 || len(r.header(hForwardedProto)) > 0 || len(r.header(hForwarded)) > 0 {
			r.s.findings.tell(refusal.ProxyUntrusted, "peer", r.address.String())
		}
		return
	}
	proto := r.f.Request.Header.PeekAll("X-Forwarded-Proto")
	r.https = len(proto) == 1 && bytes.Equal(proto[0], []byte("https"))
	r.address = r.s.proxies.client(r.f.Request.Header.PeekAll("X-Forwarded-For"), r.address)
}

// client is the rightmost address of the chain that is not a trusted proxy's.
// An entry that is no address ends the walk: what stands left of it was not
// written by anyone we trust.
func (p proxies) client(lines [][]byte, peer netip.Addr) netip.Addr {
	client := peer
	for i := len(lines) - 1; i >= 0; i-- {
		rest := string(lines[i])
		for rest != "" {
			entry := rest
			if comma := strings.LastIndexByte(rest, ','); comma >= 0 {
				entry, rest = rest[comma+1:], rest[:comma]
			} else {
				rest = ""
			}
			addr, ok := forwardedAddr(entry)
			if !ok {
				return client
			}
			client = addr
			if !p.trust(client) {
				return client
			}
		}
	}
	return client
}

// forwardedAddr reads one entry of X-Forwarded-For, with or without a port.
func forwardedAddr(entry string) (netip.Addr, bool) {
	entry = strings.TrimSpace(entry)
	if addr, err := netip.ParseAddr(strings.Trim(entry, "[]")); err == nil {
		return addr.Unmap().WithZone(""), true
	}
	if both, err := netip.ParseAddrPort(entry); err == nil {
		return both.Addr().Unmap().WithZone(""), true
	}
	return netip.Addr{}, false
}

// checkAddress warns of what the way to us shows to be misconfigured: another
// host than public_url's, or plain http where cookies are Secure.
func (r *request) checkAddress() {
	if r.otherHost() {
		r.warn(refusal.URLHostMismatch)
	}
	if r.s.site.Secure && !r.https {
		r.warn(refusal.CookieSecureOverHTTP)
	}
}

// otherHost says whether the request names another host than public_url's.
func (r *request) otherHost() bool {
	return string(r.f.Request.Header.Host()) != r.s.site.Host && r.source != fromSocket
}

// hopLife is how long a browser that was sent to the right host is not sent
// there again.
const hopLife = 10 * time.Second

// toRightHost sends a browser that opened a page under another name of this
// server to public_url, where its cookies are. It is done once: behind a proxy
// that names us by another host each request looks like this, and the browser
// would go round in circles.
func (r *request) toRightHost() bool {
	if !r.row.page || !r.f.IsGet() || !r.otherHost() || !r.wantsPage() || r.cookies().hop != nil {
		return false
	}
	r.addCookie(r.s.names.hop + "=1; Path=/; HttpOnly; SameSite=Lax; Max-Age=" + strconv.Itoa(int(hopLife/time.Second)))
	r.warn(refusal.URLHostMismatch)
	r.redirect(r.s.site.URL + string(r.f.Request.Header.RequestURI()))
	return true
}
