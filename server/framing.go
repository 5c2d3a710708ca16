package server

import (
	"bytes"

	"github.com/valyala/fasthttp"

	"ostiary/server/refusal"
)

// uriMost is the longest request target that is read. The longest that this
// server hands out is a few hundred bytes.
const uriMost = 8 << 10

var (
	http11  = []byte("HTTP/1.1")
	http10  = []byte("HTTP/1.0")
	chunked = []byte("chunked")

	contentLength    = []byte("content-length")
	transferEncoding = []byte("transfer-encoding")
)

// badFraming refuses what fasthttp still takes and another server on the way
// may read differently. Where two servers disagree about where a request
// ends, a stranger's request can be smuggled into somebody else's connection
// (RFC 9112, 11.2).
func badFraming(f *fasthttp.RequestCtx) error {
	h := &f.Request.Header
	target := h.RequestURI()
	why := badLines(h.RawHeaders())
	switch {
	case why != "":
	case !bytes.Equal(h.Protocol(), http11) && !bytes.Equal(h.Protocol(), http10):
		why = "a version of HTTP that is not ours"
	case len(target) == 0 || target[0] != '/' || bytes.IndexByte(target, '#') >= 0:
		why = "the request target is no path"
	case !plainHost(h.Host()):
		why = "the Host header is no host"
	case len(target) > uriMost:
		return refusal.New(refusal.RequestURITooLong)
	default:
		return nil
	}
	return refusal.New(refusal.RequestBadFraming).Privately("%s", why)
}

// badLines looks at the header lines as they came. fasthttp joins folded
// lines, takes a bare line feed for an end, and of a Content-Length beside a
// Transfer-Encoding shows nothing once the body is read.
func badLines(raw []byte) string {
	length, coding := false, false
	for len(raw) > 0 {
		end := bytes.IndexByte(raw, '\n')
		if end < 0 {
			break
		}
		line := raw[:end]
		raw = raw[end+1:]
		if end == 0 || line[end-1] != '\r' {
			return "a line that ends in a bare line feed"
		}
		switch line[0] {
		case ' ', '\t':
			return "a folded header line"
		case 'c', 'C':
			length = length || named(line, contentLength)
		case 't', 'T':
			if !named(line, transferEncoding) {
				continue
			}
			if value := bytes.TrimSpace(line[len(transferEncoding)+1:]); !bytes.EqualFold(value, chunked) {
				return "a Transfer-Encoding other than chunked"
			}
			coding = true
		}
	}
	if length && coding {
		return "Content-Length and Transfer-Encoding"
	}
	return ""
}

// named says whether a header line has this name, which is in lower case.
func named(line, name []byte) bool {
	return len(line) > len(name) && line[len(name)] == ':' && bytes.EqualFold(line[:len(name)], name)
}

// plainHost allows what a host name, an address and a port are made of.
func plainHost(host []byte) bool {
	for _, c := range host {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		digit := c >= '0' && c <= '9'
		if !letter && !digit && bytes.IndexByte([]byte("-._:[]%"), c) < 0 {
			return false
		}
	}
	return true
}
