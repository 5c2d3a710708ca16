package server_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"ostiary/server/refusal"
	"ostiary/server/servertest"
)

// elsewhere lists the codes of the catalogue that the tests of this package
// cannot bring about, and why. A code that they do bring about may not be here.
func elsewhere() map[refusal.Code]string {
	const (
		start = "refuses the start: the tests of storage and of the command line plant it"
		disk  = "needs another disk or another user below the server: the tests of storage plant it"
	)
	return map[refusal.Code]string{
		refusal.DBNewerSchema: start,
		refusal.DBInUse:       start,
		refusal.DBNetworkFS:   start,
		refusal.DBReadonly:    disk,
		refusal.DBDiskFull:    disk,

		refusal.SiteThirdParty:         "what configuration and the browser's own page say of it; a request shows cookie.blocked_cross_site",
		refusal.AuthzMissingPermission: "nobody can hold a permission before there are organizations: authz.no_membership",
		refusal.SessionNotFresh:        "no route asks for a fresh session yet",
		refusal.RateRoute:              "no route has a limit of its own yet",
		refusal.LinkSuperseded:         "a new setup link makes the older ones unknown; mailed links are not there yet",
	}
}

// TestMain runs the tests and then asks whether every refusal was seen. It
// asks only after a whole run that went well: part of the tests shows part of
// the codes.
func TestMain(m *testing.M) {
	result := m.Run()
	if result == 0 && wholeRun() {
		for _, line := range missing() {
			fmt.Fprintln(os.Stderr, line)
			result = 1
		}
	}
	os.Exit(result)
}

// wholeRun says whether nothing was left out.
func wholeRun() bool {
	for _, name := range []string{"test.run", "test.skip", "test.list", "test.fuzz"} {
		if f := flag.Lookup(name); f != nil && f.Value.String() != "" {
			return false
		}
	}
	return !testing.Short()
}

// missing tells what the list above and what was seen do not agree about.
func missing() (lines []string) {
	seen, excused := servertest.SeenCodes(), elsewhere()
	for _, entry := range refusal.All() {
		byServer := entry.Status > 0 || slices.Contains(strings.Fields(entry.SeenBy), "S")
		_, isExcused := excused[entry.Code]
		switch isSeen := slices.Contains(seen, string(entry.Code)); {
		case byServer && !isSeen && !isExcused:
			lines = append(lines, fmt.Sprintf("%s is in the catalogue and no test of this package has seen it", entry.Code))
		case isSeen && isExcused:
			lines = append(lines, fmt.Sprintf("%s was seen: it needs no excuse", entry.Code))
		}
		delete(excused, entry.Code)
	}
	for code := range excused {
		lines = append(lines, fmt.Sprintf("%s is excused and not in the catalogue", code))
	}
	for _, code := range seen {
		if _, ok := refusal.Lookup(refusal.Code(code)); !ok && code != "" {
			lines = append(lines, fmt.Sprintf("%s was answered and is not in the catalogue", code))
		}
	}
	return lines
}
