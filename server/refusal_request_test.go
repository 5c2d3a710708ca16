package server_test

import (
	"strings"

	"ostiary/server/refusal"
	"ostiary/server/servertest"
)

// bodyRefusals are bodies that cannot be used. What is wrong with single
// fields is in decode_test.go.
func bodyRefusals() []planted {
	login := func(code refusal.Code, name, body string, headers ...string) planted {
		return planted{code, name, nil, func(x *scene) *servertest.Answer {
			return x.do(x.Browser(), "POST", loginAt, body, headers...)
		}}
	}
	return []planted{
		login(refusal.RequestMalformed, "no JSON", "{'email':'ada'}"),
		login(refusal.RequestMalformed, "more after the end", `{} {}`),
		login(refusal.RequestInvalid, "nothing in it", "{}"),
		login(refusal.RequestUnsupportedType, "two declarations", "{}", "Content-Type", "text/plain"),
		login(refusal.RequestUnsupportedType, "compressed", "{}", "Content-Encoding", "gzip"),
		{refusal.RequestTooLarge, "a file", nil, func(x *scene) *servertest.Answer {
			// On a socket of its own: an HTTP client may meet the closed
			// connection before it has read the answer.
			x.again = func(more ...string) *servertest.Answer {
				return x.Raw("POST " + loginAt + " HTTP/1.1\r\nHost: localhost\r\n" + strings.Join(more, ": ") + "\r\nContent-Length: 65537\r\n\r\n")
			}
			return x.again("Accept", "*/*")
		}},
	}
}

// pathRefusals are addresses where nothing is, or not that.
func pathRefusals() []planted {
	visit := func(code refusal.Code, name, method, path string) planted {
		return planted{code, name, nil, func(x *scene) *servertest.Answer {
			return x.do(x.Browser(), method, path, nil)
		}}
	}
	return []planted{
		visit(refusal.RequestNotFound, "nowhere", "GET", "/nowhere"),
		visit(refusal.RequestNotFound, "a code that is none", "GET", "/e/session.nome"),
		visit(refusal.RequestNotFound, "a file that is none", "GET", "/static/nothing.css"),
		visit(refusal.RequestNotFound, "metrics without their token", "GET", "/metrics"),
		visit(refusal.RequestNotFound, "what is the operator's alone", "POST", "/api/v1/admin/setup-link"),
		visit(refusal.RequestMethodNotAllowed, "GET for POST", "GET", loginAt),
		visit(refusal.RequestMethodNotAllowed, "a method that no row has", "PUT", meAt),
		visit(refusal.URLPathMismatch, "a proxy adds a prefix", "GET", "/auth"+meAt),
		visit(refusal.RequestURITooLong, "a long query", "GET", meAt+"?x="+strings.Repeat("y", 9<<10)),
	}
}
