// Package e2e proves the built binary from outside: what a person sees of it in a real
// browser, through a real proxy. It owns the journeys; what single requests are answered
// is proved in package server, and faster.
//
// The tests build the program once and start it in an empty folder. The browsers are
// driven by the scripts in browser/, which print one line per check; each line becomes a
// subtest. harness.mjs holds every page that Chromium opens to the same rules: nothing
// the Content-Security-Policy forbids, no script error, nothing that caches may keep.
//
// Needed are chromium, firefox-esr and nginx of the system, node, and the npm parts that
// package-lock.json names. A test that misses one of them fails and says how to get it:
// skipped, it would prove nothing and look as if it did.
//
// With E2E_SHOTS=/some/folder the pages are photographed into it, in both themes, on a
// phone and on a desk.
package e2e
