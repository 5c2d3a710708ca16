package server

import (
	"fmt"
	"strings"
	"time"
)

// What tests of the whole server need and nobody else may have.

// ReadWithin shortens the time that a request may take to arrive. It counts
// for connections that come after it.
func (s *Server) ReadWithin(d time.Duration) { s.app.Server().ReadTimeout = d }

// PanicAt makes the rows of a path panic with this value.
func (s *Server) PanicAt(path string, value any) {
	for _, row := range s.rows {
		if row.path == path {
			row.handle = func(*Server, *request) error { panic(value) }
		}
	}
}

// RouteLines is the route table as text: method, path, guard, limit, flags.
func (s *Server) RouteLines() []string {
	lines := make([]string, len(s.rows))
	for i, row := range s.rows {
		flags := ""
		for _, flag := range []struct {
			name string
			set  bool
		}{{"origin", row.checkOrigin}, {"own", row.ownOnly}, {"page", row.page}} {
			if flag.set {
				flags += " " + flag.name
			}
		}
		line := fmt.Sprintf("%-6s %-44s %-8s %-7s%s", row.method, row.path, guardNames[row.guard], bucketNames[row.limit], flags)
		lines[i] = strings.TrimRight(line, " ")
	}
	return lines
}
