package storage

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The rules of this package that a compiler does not know.

// sourceFiles parses the package without its tests.
func sourceFiles(t *testing.T) map[string]*ast.File {
	t.Helper()
	names, err := filepath.Glob("*.go")
	must(t, err)
	files := make(map[string]*ast.File)
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		must(t, err)
		files[name] = file
	}
	return files
}

// onTx reports whether a function is a method of *Tx.
func onTx(fn *ast.FuncDecl) bool {
	if fn.Recv == nil {
		return false
	}
	star, ok := fn.Recv.List[0].Type.(*ast.StarExpr)
	if !ok {
		return false
	}
	name, ok := star.X.(*ast.Ident)
	return ok && name.Name == "Tx"
}

// calls lists the methods that a function calls on anything.
func calls(fn *ast.FuncDecl) (names []string) {
	ast.Inspect(fn, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
				names = append(names, sel.Sel.Name)
			}
		}
		return true
	})
	return names
}

// writeVerb finds SQL that writes rows.
var writeVerb = regexp.MustCompile(`(?i)^\s*(INSERT\s+(INTO|OR)|UPDATE\s+\w+\s+SET|DELETE\s+FROM|REPLACE\s+INTO)\b`)

func writesSQL(fn *ast.FuncDecl) (found bool) {
	ast.Inspect(fn, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			found = found || writeVerb.MatchString(strings.Trim(lit.Value, "`\""))
		}
		return !found
	})
	return found
}

// untold lists what breaks the rule: who writes rows is a method of *Tx and
// says whom it touches, or that it touches nobody and why.
func untold(name string, file *ast.File) (broken []string) {
	for _, decl := range file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		made := calls(fn)
		// exec and execOne are how the others write: they have no SQL of their own.
		writes := writesSQL(fn) ||
			(onTx(fn) && fn.Name.Name != "execOne" && (slices.Contains(made, "exec") || slices.Contains(made, "execOne")))
		says := slices.Contains(made, "touch") || slices.Contains(made, "touchNobody")
		switch {
		case writes && !onTx(fn):
			broken = append(broken, fmt.Sprintf("%s: %s writes and is no method of *Tx", name, fn.Name.Name))
		case writes && !says:
			broken = append(broken, fmt.Sprintf("%s: Tx.%s writes and does not say whom it touches", name, fn.Name.Name))
		case onTx(fn) && fn.Name.IsExported() && !says:
			broken = append(broken, fmt.Sprintf("%s: Tx.%s is exported and does not say whom it touches", name, fn.Name.Name))
		}
	}
	return broken
}

func TestWritersSayWhomTheyTouch(t *testing.T) {
	writers := 0
	for name, file := range sourceFiles(t) {
		for _, b := range untold(name, file) {
			t.Error(b)
		}
		for _, decl := range file.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && onTx(fn) && fn.Name.IsExported() {
				writers++
			}
		}
	}
	if writers < 20 {
		t.Errorf("only %d write methods were found: does the test still look at the right thing?", writers)
	}
}

// TestTheRuleFindsOffenders plants what the rule is against.
func TestTheRuleFindsOffenders(t *testing.T) {
	planted := map[string]string{
		"exec":     "func (tx *Tx) InsertX() error { _, err := tx.exec(`x`, query); return err }",
		"execOne":  "func (tx *Tx) updateX() error { return tx.execOne(`x`, query) }",
		"exported": "func (tx *Tx) DoX() error { return nil }",
		"reader":   "func (r reads) Sneak() { r.with(`INSERT INTO user VALUES (1)`) }",
		"free":     "func sneak(c *conn) { c.do(`\n\tDELETE FROM session`) }",
	}
	for name, source := range planted {
		file, err := parser.ParseFile(token.NewFileSet(), name, "package storage\n"+source, 0)
		must(t, err)
		if got := untold(name, file); len(got) != 1 {
			t.Errorf("%s: found %v, want one offence", name, got)
		}
	}
}

// TestStatementsInATxCarryNoContext: the file of the Tx and those of the
// tables never hand a context to database/sql by themselves.
func TestStatementsInATxCarryNoContext(t *testing.T) {
	// backup.go looks at a copy that nobody has open: no transaction is near.
	allowed := []string{"conn.go", "read.go", "check.go", "migrate.go", "backup.go"}
	for name, file := range sourceFiles(t) {
		if slices.Contains(allowed, name) {
			continue
		}
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			for _, call := range calls(fn) {
				switch call {
				case "ExecContext", "QueryContext", "QueryRowContext", "PrepareContext", "BeginTx":
					t.Errorf("%s: %s calls %s", name, fn.Name.Name, call)
				}
			}
		}
	}
}

// TestLibcIsTheOneSQLiteWasMadeFor: modernc's C library is generated code that
// only the version in SQLite's own go.mod was tested with.
func TestLibcIsTheOneSQLiteWasMadeFor(t *testing.T) {
	mod, err := os.ReadFile("../go.mod")
	must(t, err)
	for module, want := range map[string]string{"modernc.org/libc": "v1.77.1", "modernc.org/sqlite": "v1.60.1"} {
		found := regexp.MustCompile(`(?m)^\s*(?:require\s+)?` + regexp.QuoteMeta(module) + `\s+(\S+)`).FindSubmatch(mod)
		if found == nil || string(found[1]) != want {
			t.Errorf("%s in go.mod is %q, want exactly %s", module, found, want)
		}
	}
	if strings.Contains(string(mod), "replace modernc.org") {
		t.Error("go.mod replaces a module of modernc.org")
	}
}

func TestVersionOfSQLite(t *testing.T) {
	for version, want := range map[string]bool{
		"3.51.3": true, "3.51.10": true, "3.53.4": true, "4.0.0": true,
		"3.51.2": false, "3.50.9": false, "2.99.99": false, "": false, "x": false,
	} {
		if got := atLeast(version, oldestSQLite); got != want {
			t.Errorf("%q is new enough: %v, want %v", version, got, want)
		}
	}
}
