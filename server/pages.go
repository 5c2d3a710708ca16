package server

import (
	"ostiary/server/refusal"
	"ostiary/web"
)

// catalogue lists every code with what it means. It is public: the meaning of
// a refusal is no secret, only its circumstances are.
func (s *Server) catalogue(r *request) error {
	page := web.FindCodes(truncate(cleanText(r.c.Query("q")), 200))
	page.Frame = r.visitorFrame()
	return r.renderPage(200, web.Codes, page)
}

func (s *Server) catalogueEntry(r *request) error {
	page, ok := web.ExplainCode(refusal.Code(r.c.Params("code")))
	if !ok {
		return refusal.New(refusal.RequestNotFound)
	}
	page.Frame = r.visitorFrame()
	return r.renderPage(200, web.Code, page)
}

// static answers with an embedded file. Its name holds a hash of its content,
// so that it may be kept for ever.
func (s *Server) static(r *request) error {
	asset, ok := s.assets[r.c.Params("name")]
	if !ok {
		return refusal.New(refusal.RequestNotFound)
	}
	h := &r.f.Response.Header
	h.SetCanonical(hContentType, []byte(asset.Type))
	h.SetCanonical(hCacheControl, []byte("public, max-age=31536000, immutable"))
	h.Del("Vary")
	r.f.Response.SetBodyRaw(asset.Body)
	r.status = 200
	return nil
}
