package server

import "time"

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
