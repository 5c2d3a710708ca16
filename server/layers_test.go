package server_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "ostiary/"

// keeper says who alone may import something: packages of this module, and
// packages whose tests may besides.
type keeper struct {
	what  string // an import path, and all below it
	only  []string
	tests []string
	why   string
}

func keepers() []keeper {
	return []keeper{
		{"github.com/gofiber", []string{"server"}, nil,
			"strings from a fiber.Ctx alias its buffer: what never sees one cannot keep one."},
		{"github.com/valyala/fasthttp/fasthttputil", []string{"server/command", "server/servertest"}, []string{"server"},
			"the in-memory listener, by which the command line speaks to a server that it made itself"},
		{"github.com/valyala/fasthttp", []string{"server"}, nil,
			"the same aliasing, one floor below"},
		{"database/sql", []string{"storage"}, []string{"server"},
			"SQL and its connections have one owner. Tests play the other program that holds the file."},
		{"modernc.org", []string{"storage"}, []string{"server"}, "the driver, likewise"},
		{"github.com/dgraph-io/ristretto", []string{"cache"}, nil,
			"it loses, evicts and reorders: behind the cache's fence nothing can take it for the truth"},
		{"github.com/golang-jwt", []string{"server/signer"}, nil, "one constructor and one parser, with every option set"},
		{"github.com/alexedwards/argon2id", []string{"server/password"}, nil, "it panics and takes memory: behind the gate it is bounded"},
		{"golang.org/x/crypto/argon2", []string{"server/password"}, nil, "likewise"},
		{"net/http", []string{"server/command", "server/outbound", "server/servertest"},
			[]string{"server", "server/command", "server/outbound", "server/servertest"},
			"one HTTP client leaves this machine, outbound's; the command line calls its own server"},
		{"github.com/alecthomas/kong", []string{"server/command"}, nil, "the command line is read in one place"},
		{"github.com/pelletier/go-toml", []string{"server/config"}, nil, "the settings are read in one place"},
		{"math/rand", nil, []string{"server/throttle", "cache", "storage"}, "secrets come from crypto/rand, and nothing but a test needs chance"},
		{"unsafe", nil, nil, "no figure so far was worth it"},
		{module + "server/config", []string{"server", "server/command", "server/servertest"}, nil,
			"a domain package takes small Options of its own, so that it can be tested and read alone"},
		{module + "web", []string{"server"}, nil, "pages are made at the edge"},
		{module + "server/servertest", nil, []string{"server", "server/command"}, "it has levers that no product may have"},
		{module + "server/command", []string{"."}, nil, "nothing is above the command line but main"},
		{module + "server/bench", nil, nil, "figures are for people"},
		{module + "server/e2e", nil, nil, "it drives the binary from outside"},
		{module + "server/faults", nil, nil, "likewise, and breaks what is under it"},
	}
}

// floor is how high a package stands: it may import what is lower, never its
// neighbours. So none of the rooms of one floor knows another, and `account`
// alone decides what they open.
func floor(pkg string) (int, bool) {
	floors := [][]string{
		{"server/refusal", "server/credential"}, // plain leaves: the standard library alone
		{"server/access", "server/password", "server/outbound", "server/doctor", "web"},
		{"server/config", "cache"},
		{"storage"},
		{"server/audit", "server/throttle", "server/signer", "server/mail"},
		{"server/session", "server/apikey", "server/extension", "server/organization", "server/oauth", "server/upstream"},
		{"server/account"},
		{"server"},
		{"server/servertest"},
		{"server/command"},
		{".", "server/bench", "server/e2e", "server/faults"},
	}
	for i, rooms := range floors {
		if slices.Contains(rooms, pkg) {
			return i, true
		}
	}
	return 0, false
}

// leaves are what rooms below the edge may share; storage, cache and web know
// nothing of the server but these.
var leaves = []string{"server/refusal", "server/credential", "server/access", "server/password", "server/outbound", "server/doctor"}

// outside are packages of tests alone: they drive the binary, break what is
// under it, and measure it beside others. Nobody imports them.
var outside = []string{"server/bench", "server/e2e", "server/faults"}

// imported is one import of one file of this module.
type imported struct {
	file, pkg, what string
	test            bool
}

// imports reads every import of the module's files.
func imports(t *testing.T) (all []imported) {
	t.Helper()
	err := filepath.WalkDir("..", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".go") {
			if entry != nil && entry.IsDir() && (entry.Name() == "testdata" || entry.Name() == "node_modules") {
				return fs.SkipDir
			}
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		inside := filepath.ToSlash(strings.TrimPrefix(name, ".."+string(filepath.Separator)))
		for _, spec := range file.Imports {
			what, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			all = append(all, imported{inside, path.Dir(inside), what, strings.HasSuffix(name, "_test.go")})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 200 {
		t.Fatalf("only %d imports found: the test reads the wrong folder", len(all))
	}
	return all
}

// covers says whether an import path is what, or below it.
func covers(what, importPath string) bool {
	return importPath == what || strings.HasPrefix(importPath, what+"/")
}

func TestEachLibraryHasItsKeeper(t *testing.T) {
	rules := keepers()
	for _, i := range imports(t) {
		if i.test && slices.Contains(outside, i.pkg) {
			continue
		}
		for _, k := range rules {
			if !covers(k.what, i.what) || (k.what == module+"server/config" && i.pkg == "server/config") {
				continue
			}
			if !slices.Contains(k.only, i.pkg) && (!i.test || (!slices.Contains(k.tests, i.pkg) && i.pkg != strings.TrimPrefix(k.what, module))) {
				t.Errorf("%s imports %s, which is for %v: %s", i.file, i.what, k.only, k.why)
			}
			break // the first rule that covers it is its rule
		}
	}
}

func TestImportsPointDown(t *testing.T) {
	for _, i := range imports(t) {
		target, ours := strings.CutPrefix(i.what, module)
		if i.test || !ours {
			continue
		}
		from, known := floor(i.pkg)
		to, toKnown := floor(target)
		switch {
		case !known || !toKnown:
			t.Errorf("%s imports %s: give both a floor in this test", i.file, target)
		case to >= from:
			t.Errorf("%s imports %s, which stands beside or above it", i.file, target)
		}
	}
}

func TestBelowTheEdgeOnlyLeavesAreKnown(t *testing.T) {
	for _, i := range imports(t) {
		target, ours := strings.CutPrefix(i.what, module)
		if i.test {
			continue
		}
		below := i.pkg == "storage" || i.pkg == "cache" || strings.HasPrefix(i.pkg, "storage/") || i.pkg == "web"
		if below && ours && strings.HasPrefix(target, "server") && !slices.Contains(leaves, target) {
			t.Errorf("%s imports %s: it may know leaves with plain types alone", i.file, target)
		}
		if slices.Contains(leaves, i.pkg) && ours && !slices.Contains(leaves, target) {
			t.Errorf("%s imports %s: a leaf hangs on no room", i.file, target)
		}
		if (i.pkg == "server/refusal" || i.pkg == "server/credential") && !standard(i.what) {
			t.Errorf("%s imports %s: this leaf needs the standard library alone", i.file, i.what)
		}
	}
}

// standard: paths of the standard library have no dot in their first part.
func standard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".") && first+"/" != module
}
