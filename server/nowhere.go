package server

import (
	"slices"
	"strings"

	"ostiary/server/refusal"
)

// nowhere answers what no row is for: another method of a known path, a
// preflight, and what does not exist.
func (s *Server) nowhere(r *request) error {
	path := string(r.f.URI().PathOriginal())
	methods := s.methodsOf(path)
	if len(methods) == 0 {
		return s.noSuchPath(path)
	}
	if r.f.IsOptions() {
		r.row = s.rowOf(path)
		return r.preflight(methods)
	}
	r.f.Response.Header.Set("Allow", strings.Join(append(methods, "OPTIONS"), ", "))
	return refusal.New(refusal.RequestMethodNotAllowed).With("allowed", methods)
}

// noSuchPath tells a wrong prefix from a path that is nowhere: when the end of
// the path is one of ours, a proxy has put something before it.
func (s *Server) noSuchPath(path string) error {
	for i := 1; i < len(path); i++ {
		if path[i] != '/' {
			continue
		}
		if len(s.methodsOf(path[i:])) > 0 && path[i:] != "/" {
			return refusal.New(refusal.URLPathMismatch).
				Because("The path begins with "+truncate(cleanText(path[:i]), 128)+", which is not the prefix of public_url.").
				With("expected", s.site.URL+truncate(cleanText(path[i:]), 256)).With("got_prefix", truncate(cleanText(path[:i]), 128))
		}
	}
	return refusal.New(refusal.RequestNotFound)
}

// methodsOf are the methods that a path answers, by the table.
func (s *Server) methodsOf(path string) (methods []string) {
	for _, row := range s.rows {
		if !matches(row.path, path) || row.guard == operator {
			continue
		}
		methods = append(methods, row.method)
		if row.method == "GET" {
			methods = append(methods, "HEAD")
		}
	}
	slices.Sort(methods)
	return slices.Compact(methods)
}

func (s *Server) rowOf(path string) *route {
	for _, row := range s.rows {
		if matches(row.path, path) {
			return row
		}
	}
	return s.unknown
}

// matches compares a path with a row's pattern, segment by segment.
func matches(pattern, path string) bool {
	for {
		p, restP, moreP := strings.Cut(pattern, "/")
		s, restS, moreS := strings.Cut(path, "/")
		if moreP != moreS || (p != s && !(strings.HasPrefix(p, ":") && s != "")) {
			return false
		}
		if !moreP {
			return true
		}
		pattern, path = restP, restS
	}
}
