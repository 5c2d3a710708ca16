package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"path"
)

//go:embed static
var static embed.FS

// Asset is a static file. Its public name holds a hash of its content, so that it may
// be cached for ever.
type Asset struct {
	Name string // as in the source: "style.css"
	Type string // for Content-Type
	Body []byte // shared; must not be changed
}

// kinds are the content types, fixed here: what the machine's own table says differs
// from system to system.
func kind(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return "application/octet-stream"
}

// Assets lists the static files by their public name, such as "style.1f0c2d3e4b5a6978.css".
// The server serves each at <base>/static/<public name>.
func Assets() map[string]Asset {
	entries, err := static.ReadDir("static")
	if err != nil {
		panic("web: the embedded folder static cannot be read: " + err.Error())
	}
	all := make(map[string]Asset, len(entries))
	for _, entry := range entries {
		body, err := static.ReadFile("static/" + entry.Name())
		if err != nil {
			panic("web: an embedded file cannot be read: " + err.Error())
		}
		all[hashed(entry.Name(), body)] = Asset{Name: entry.Name(), Type: kind(entry.Name()), Body: body}
	}
	return all
}

func hashed(name string, body []byte) string {
	sum := sha256.Sum256(body)
	ext := path.Ext(name)
	return name[:len(name)-len(ext)] + "." + hex.EncodeToString(sum[:8]) + ext
}
