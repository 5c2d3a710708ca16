package throttle

import (
	"encoding/binary"
	"hash/maphash"
	"net/netip"
)

// Key stands for one bucket of one limit. It is a hash under a seed of this
// process, so that nobody outside can choose keys that meet in one place; two
// of a million keys meet by chance once in 10^7 starts, and then share a bucket.
type Key uint64

// Key makes the key of the parts under a limit. Parts are set apart by their
// lengths: ("ab","c") and ("a","bc") differ. Nothing is allocated or kept.
func (l *Limiter) Key(limit *Limit, parts ...string) Key {
	h := l.begin(limit)
	for _, part := range parts {
		writePart(&h, part)
	}
	return finish(&h)
}

// PrefixKey is Key for a network, such as AddressKey and NetworkKey give, and
// parts that belong to it.
func (l *Limiter) PrefixKey(limit *Limit, network netip.Prefix, parts ...string) Key {
	h := l.begin(limit)
	address := network.Addr().As16()
	h.Write(address[:])
	// As16 maps IPv4 into IPv6, where the same bytes may be meant; the family
	// keeps them apart, and an invalid prefix (-1) from both.
	h.WriteByte(byte(network.Bits()))
	h.WriteByte(byte(network.Addr().BitLen()))
	for _, part := range parts {
		writePart(&h, part)
	}
	return finish(&h)
}

func (l *Limiter) begin(limit *Limit) (h maphash.Hash) {
	h.SetSeed(l.seed)
	writePart(&h, limit.Name)
	return h
}

func writePart(h *maphash.Hash, part string) {
	var length [8]byte
	binary.LittleEndian.PutUint64(length[:], uint64(len(part)))
	h.Write(length[:])
	h.WriteString(part)
}

// finish keeps 0 free, which marks an empty slot.
func finish(h *maphash.Hash) Key { return Key(max(1, h.Sum64())) }

// AddressKey is what counts as one visitor: an IPv4 address, also when it comes
// mapped into IPv6, or a /64 of IPv6, which is the least that a subscriber has
// (RFC 6177). An invalid address gives the zero prefix: all that have none are
// one visitor.
func AddressKey(addr netip.Addr) netip.Prefix { return network(addr, 32, 64) }

// NetworkKey is the coarser key around a visitor: /24 of IPv4, /48 of IPv6.
func NetworkKey(addr netip.Addr) netip.Prefix { return network(addr, 24, 48) }

func network(addr netip.Addr, bits4, bits6 int) netip.Prefix {
	addr = addr.Unmap()
	bits := bits6
	if addr.Is4() {
		bits = bits4
	}
	prefix, err := addr.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return prefix
}
