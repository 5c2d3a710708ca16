package command

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// portHolder names the process that listens on an address: "python3 (pid
// 4312)". It reads what Linux tells in /proc (proc(5)); elsewhere, and for
// processes of others, it finds nothing.
func portHolder(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return ""
	}
	wanted, _ := netip.ParseAddr(host) // a name: the port alone decides
	number, _ := strconv.ParseUint(port, 10, 16)
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		for _, inode := range listenersIn(table, wanted.Unmap(), uint16(number)) {
			if holder := socketHolder(inode); holder != "" {
				return holder
			}
		}
	}
	return ""
}

// listenersIn returns the inodes of the sockets that listen where we want to.
func listenersIn(table string, wanted netip.Addr, port uint16) (inodes []string) {
	file, err := os.Open(table)
	if err != nil {
		return nil
	}
	defer func() { _ = file.Close() }() // only read
	const listening = "0A"
	for lines := bufio.NewScanner(file); lines.Scan(); {
		f := strings.Fields(lines.Text())
		if len(f) < 10 || f[3] != listening {
			continue
		}
		local, ok := kernelAddress(f[1])
		if ok && local.Port() == port && inTheWay(local.Addr(), wanted) {
			inodes = append(inodes, f[9])
		}
	}
	return inodes
}

// inTheWay says whether two listeners of one port exclude each other.
func inTheWay(have, wanted netip.Addr) bool {
	return have.IsUnspecified() || !wanted.IsValid() || wanted.IsUnspecified() || have == wanted
}

// kernelAddress reads "0100007F:1F90": 32-bit words in the machine's order.
func kernelAddress(text string) (netip.AddrPort, bool) {
	words, port, _ := strings.Cut(text, ":")
	raw, err := hex.DecodeString(words)
	number, portErr := strconv.ParseUint(port, 16, 16)
	if err != nil || portErr != nil || len(raw)%4 != 0 {
		return netip.AddrPort{}, false
	}
	for i := 0; i < len(raw); i += 4 {
		binary.NativeEndian.PutUint32(raw[i:], binary.BigEndian.Uint32(raw[i:]))
	}
	addr, ok := netip.AddrFromSlice(raw)
	return netip.AddrPortFrom(addr.Unmap(), uint16(number)), ok
}

// socketHolder finds the process that has a socket open.
func socketHolder(inode string) string {
	links, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, link := range links {
		if target, err := os.Readlink(link); err == nil && target == "socket:["+inode+"]" {
			process := strings.Split(link, "/")[2]
			name, _ := os.ReadFile(filepath.Join("/proc", process, "comm"))
			return fmt.Sprintf("%s (pid %s)", strings.TrimSpace(string(name)), process)
		}
	}
	return ""
}
