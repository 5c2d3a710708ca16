// Package server is the HTTP edge: the only part that knows Fiber, paths,
// statuses, headers and cookies. It finds out who calls, how often they may,
// and whether their browser was tricked into calling; then it hands a decoded
// request to a room below (account, session, …) and writes down the answer.
// It decides nothing about accounts or sessions itself.
//
// # Where things are
//
//	server.go      what a Server is made of, and how it starts and ends
//	routes.go      THE table: method, path, guard, limit, handler
//	handler.go     the way of every request, from its first byte to the log
//	guard.go       who is calling
//	nocredential.go  why a request came without a credential
//	cookie.go      the one reader and the one writer of cookies
//	csrf.go origin.go cors.go   whether a browser's page may ask this
//	clientip.go    where a request comes from, past trusted proxies
//	limits.go      how often
//	decode.go      one strict reading of request bodies
//	refuse.go      the one place where an error becomes an answer
//	<noun>.go      handlers, each decode → do → encode
//
// # The life of a request
//
// fasthttp parses it. front refuses framing that two servers could read in
// two ways, and takes the path prefix off. Fiber finds the row in the table;
// the row's one handler does the rest, in run: locate the client, add CORS
// headers, authorize by the row's guard (credential, limit, CSRF), and call
// the row's function. An error from any of these goes to refuse, which looks
// the code up in the catalogue, answers as JSON or as a page, and keeps the
// private reason under the request id. finish adds the limit's headers, and
// tells the log and the metrics.
//
// A session check on this way touches no database: session.Check finds a
// snapshot of the row in the cache and judges it by the clock of this moment.
// The answer of /me was encoded once for that snapshot and is sent as it is.
package server
