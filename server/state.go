package server

import (
	"context"
	"errors"
	"slices"
	"strings"

	"ostiary/server/refusal"
	"ostiary/storage"
)

// recallDomains returns the domains under which earlier settings put our
// cookies. When cookie.domain changed since the last start the old one is
// remembered: browsers still hold cookies under it, which would shadow the
// new ones, and they can be expired only by name, domain and path.
func (s *Server) recallDomains(ctx context.Context) ([]string, error) {
	domain := strings.TrimPrefix(s.cfg.Cookie.Domain, ".")
	last, err := s.db.StateValue(ctx, "cookie_domain")
	first := errors.Is(err, storage.ErrNotFound)
	if err != nil && !first {
		return nil, err
	}
	known, err := s.remembered(ctx, "older_cookie_domains", "")
	if err != nil {
		return nil, err
	}
	older := strings.Fields(known)
	if !first && last == domain {
		return older, nil
	}
	if !first {
		s.findings.tell(refusal.CookieDomainChanged, "before", last, "now", domain)
	}
	if last != "" && !slices.Contains(older, last) {
		older = append(older, last)
	}
	return older, s.db.Update(ctx, func(tx *storage.Tx) error {
		if err := tx.SetState("older_cookie_domains", strings.Join(older, " ")); err != nil {
			return err
		}
		return tx.SetState("cookie_domain", domain)
	})
}
