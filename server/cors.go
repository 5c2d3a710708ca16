package server

import (
	"slices"
	"strings"

	"ostiary/server/refusal"
)

// corsHeaders are the request headers that a page on an allowed origin may send.
var corsHeaders = []string{"content-type", "authorization", "x-csrf-token", "x-auth-mode", "x-api-key", "x-tenant-id", "x-request-id"}

const corsHeaderList = "Content-Type, Authorization, X-CSRF-Token, X-Auth-Mode, X-API-Key, X-Tenant-Id, X-Request-Id"

// cors lets a page on an allowed origin read the answer. Rows that are for
// our own pages answer no other origin. Other origins get nothing: the
// browser keeps the answer from them.
func (r *request) cors() {
	origin := r.header(hOrigin)
	if len(origin) == 0 || !r.mayRead(string(origin)) {
		return
	}
	h := &r.f.Response.Header
	h.SetCanonical(hAllowOrigin, origin)
	h.SetCanonical(hAllowCredentials, vTrue)
	h.SetCanonical(hExposeHeaders, vExpose)
}

// mayRead says whether a page of this origin may call the row and read its
// answer: one that the settings allow, or ours alone where the row is for our
// own pages.
func (r *request) mayRead(origin string) bool {
	row := r.row
	if row == r.s.unknown { // a preflight or a wrong method: the path's own rows decide
		row = r.s.rowOf(string(r.f.URI().PathOriginal()))
	}
	if row.ownOnly {
		return origin == r.live.origins.own
	}
	return r.live.origins.list[origin]
}

// preflight answers OPTIONS: for a browser's preflight what a page may do,
// for anybody else what the path allows.
func (r *request) preflight(methods []string) error {
	allow := strings.Join(append(methods, "OPTIONS"), ", ")
	h := &r.f.Response.Header
	h.Set("Allow", allow)
	origin := string(r.header(hOrigin))
	if origin == "" {
		return r.noContent()
	}
	if !r.mayRead(origin) {
		return r.live.origins.refusal(origin)
	}
	h.Set("Access-Control-Allow-Methods", allow)
	h.Set("Access-Control-Allow-Headers", corsHeaderList)
	h.Set("Access-Control-Max-Age", "600")
	r.checkAskedHeaders(string(h0(r, "Access-Control-Request-Headers")))
	return r.noContent()
}

func h0(r *request, name string) []byte { return r.f.Request.Header.Peek(name) }

// checkAskedHeaders notes a header that the page wants to send and may not:
// the browser will only say "CORS error", so we say which.
func (r *request) checkAskedHeaders(asked string) {
	for name := range strings.SplitSeq(asked, ",") {
		name = strings.ToLower(strings.TrimSpace(name))
		if name != "" && !slices.Contains(corsHeaders, name) {
			r.warn(refusal.CORSHeaderNotAllowed, "component", "cors",
				"header", truncate(cleanText(name), 64), "origin", truncate(cleanText(string(r.header(hOrigin))), 128))
			r.f.Response.Header.SetCanonical(hAuthCode, []byte(refusal.CORSHeaderNotAllowed))
			return
		}
	}
}

func truncate(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "")
}
