package throttle

import (
	"net/netip"
	"testing"
	"time"
)

func TestKeysAreKeptApart(t *testing.T) {
	l := New(time.Now, 1)
	limit, other := &Limit{Name: "a"}, &Limit{Name: "b"}
	parse := netip.MustParsePrefix
	keys := []Key{
		l.Key(limit), l.Key(other), l.Key(limit, ""), l.Key(limit, "", ""),
		l.Key(limit, "ab", "c"), l.Key(limit, "a", "bc"), l.Key(limit, "abc"), l.Key(other, "abc"),
		l.Key(limit, "a\x00b"), l.Key(limit, "a", "b"),
		l.PrefixKey(limit, netip.Prefix{}), l.PrefixKey(limit, parse("0.0.0.0/32")),
		l.PrefixKey(limit, parse("10.0.0.0/32")), l.PrefixKey(limit, parse("10.0.0.0/24")),
		l.PrefixKey(limit, parse("::ffff:10.0.0.0/128")), l.PrefixKey(limit, parse("::/64")),
		l.PrefixKey(limit, parse("::/48")), l.PrefixKey(limit, parse("::/48"), "x"), l.PrefixKey(other, parse("::/48")),
	}
	seen := map[Key]int{}
	for i, key := range keys {
		if at, dup := seen[key]; dup || key == 0 {
			t.Errorf("keys %d and %d are one", at, i)
		}
		seen[key] = i
	}
	if again := l.Key(limit, "x", "y"); again != l.Key(limit, "x", "y") {
		t.Error("a key is not stable")
	}
	if New(time.Now, 1).Key(limit, "x") == l.Key(limit, "x") {
		t.Error("two limiters have one seed")
	}
}

func TestAddressAndNetwork(t *testing.T) {
	for _, c := range []struct{ address, visitor, network string }{
		{"203.0.113.7", "203.0.113.7/32", "203.0.113.0/24"},
		{"::ffff:203.0.113.7", "203.0.113.7/32", "203.0.113.0/24"},
		{"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"},
		{"2001:db8:1:2::1", "2001:db8:1:2::/64", "2001:db8:1::/48"},
		{"fe80::1%eth0", "fe80::/64", "fe80::/48"},
		{"::1", "::/64", "::/48"},
	} {
		address := netip.MustParseAddr(c.address)
		if got := AddressKey(address).String(); got != c.visitor {
			t.Errorf("%s: visitor %s", c.address, got)
		}
		if got := NetworkKey(address).String(); got != c.network {
			t.Errorf("%s: network %s", c.address, got)
		}
	}
	if AddressKey(netip.Addr{}).IsValid() || NetworkKey(netip.Addr{}).IsValid() {
		t.Error("an invalid address has a network")
	}
}
