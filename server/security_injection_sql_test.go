package server_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"ostiary/server/servertest"
)

// sqlTexts are what injections are made of: quotes, comments, unions, stacked
// statements, and functions that take long or reach files.
var sqlTexts = []string{
	"'", "''", `"`, "`", "\\", "\\'", "%", "_", "%%", "--", "#", "/*", "*/", ";", ")", "('", "' OR '1'='1", "' OR 1=1--", `" OR ""="`, "') OR ('1'='1", "' OR 1=1/*", "1 OR 1=1", "admin'--",
	"' UNION SELECT * FROM user--", "' UNION SELECT password_hash FROM user--", "' UNION ALL SELECT NULL,NULL,NULL--", "'; DROP TABLE user;--", "'; DELETE FROM session;--", "'; UPDATE user SET admin=1;--",
	"'; ATTACH DATABASE '/tmp/x' AS x;--", "'; PRAGMA writable_schema=1;--", "' AND randomblob(1000000000)--", "' || load_extension('x') || '", "' AND (SELECT count(*) FROM sqlite_master)>0--",
	"' AND 1=CAST((SELECT password_hash FROM user) AS INTEGER)--", "x' ESCAPE '", "% ' ESCAPE '%", "?", "?1", ":id", "@id", "$1", "0x27", "char(39)", "\x1a", "NULL", "usr_' OR id LIKE 'usr_%", "ses_%", "\u02bc OR 1=1", "\uff07 OR 1=1",
}

// SQL in ids, filters and cursors finds what has that text, which is nobody,
// says nothing of a database, and changes nothing.
func TestINJ02SQLInAddresses(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	x := newStage(t, s)
	before := world(s)
	for _, text := range sqlTexts {
		q, p := url.QueryEscape(text), url.PathEscape(text)
		for _, path := range []string{adm + "/users?search=" + q, adm + "/sessions?user=" + q} {
			a := x.root.Fork().Do("GET", path, nil).Want(200, "")
			if items, _ := a.Get("items").([]any); len(items) > 0 && !strings.ContainsAny(text, "_") {
				t.Errorf("%s finds %d: %s", path, len(items), a.Raw)
			}
			wantCalm(t, path, a)
		}
		for _, path := range []string{adm + "/users/" + p, adm + "/requests/" + p} {
			wantCalm(t, path, x.root.Fork().Do("GET", path, nil).Want(404, x.root.Fork().Do("GET", path, nil).Code()))
		}
		for _, path := range []string{adm + "/users?limit=" + q, adm + "/sessions?limit=" + q} {
			x.root.Fork().Do("GET", path, nil).Want(422, "request.invalid")
		}
		for _, path := range []string{adm + "/users?sort=" + q, adm + "/users?cursor=" + q, adm + "/users?order=" + q} {
			wantCalm(t, path, x.root.Fork().Do("GET", path, nil))
		}
		for _, path := range []string{"/admin/users?q=" + q, "/admin/users?cursor=" + q, "/admin/sessions?cursor=" + q} {
			if a := x.root.Fork().Do("GET", path, nil); a.Status != 200 && a.Status != 422 {
				t.Errorf("%s: %d %s", path, a.Status, a.Raw)
			}
		}
		for _, change := range []string{"DELETE " + adm + "/users/", "DELETE " + adm + "/sessions/", "DELETE " + api + "/sessions/"} {
			method, path, _ := strings.Cut(change, " ")
			if a := x.root.Fork().Do(method, path+p, nil); a.Status != 404 {
				t.Errorf("%s%s: %d %s", change, p, a.Status, a.Raw)
			}
		}
		for _, action := range []string{"disable", "enable", "restore", "sign-out"} {
			if a := x.root.Fork().Do("POST", adm+"/users/"+p+"/"+action, nil); a.Status != 404 {
				t.Errorf("%s %s: %d %s", action, p, a.Status, a.Raw)
			}
		}
	}
	wantWorld(t, s, before, "SQL in addresses")
}

// SQL in the fields of a login opens nothing, and an account may have it for a
// password.
func TestINJ02SQLInFields(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	s.Browser().SignUp("ada@example.com")
	for i, text := range sqlTexts {
		tryLogin(s, "ada@example.com", text).Want(401, "login.invalid_credentials")
		for _, email := range []string{text, "ada@example.com" + text, text + "ada@example.com"} {
			if a := tryLogin(s, email, servertest.Password); a.Status != 422 && a.Status != 401 {
				t.Errorf("%q signs in: %d %s", email, a.Status, a.Raw)
			}
		}
		if password := text + " and twelve more"; !strings.ContainsAny(text, "\x00") {
			email := fmt.Sprintf("sql%d@example.com", i)
			s.Browser().Do("POST", api+"/signup", map[string]any{"email": email, "password": password, "name": "n" + strings.ReplaceAll(text, "\x1a", "")}).Want(201, "")
			tryLogin(s, email, password).Want(200, "")
		}
	}
	if n := s.Operator().Do("GET", adm+"/stats", nil).Get("users"); n != float64(len(sqlTexts)+1) {
		t.Errorf("%v users", n)
	}
}

// The marks that LIKE knows stand for themselves in a search.
func TestINJ02SearchIsLiteral(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	names := []string{"per%cent", "under_score", `back\slash`, "apo'strophe", `quo"te`, "plain"}
	for i, name := range names {
		s.Operator().Do("POST", adm+"/users", map[string]any{"email": fmt.Sprintf("p%d@example.com", i), "name": name}).Want(201, "")
	}
	for i, mark := range []string{"%", "_", `\`, "'", `"`} {
		a := s.Operator().Do("GET", adm+"/users?search="+url.QueryEscape(mark), nil).Want(200, "")
		if items := a.Get("items").([]any); len(items) != 1 || a.Text("items.0.name") != names[i] {
			t.Errorf("a search for %q finds %s", mark, a.Raw)
		}
	}
	for mark, n := range map[string]int{"%a%": 0, "p%cent": 0, "under-score": 0, "PER%CENT": 1, "example.com": len(names), "": len(names)} {
		a := s.Operator().Do("GET", adm+"/users?search="+url.QueryEscape(mark), nil).Want(200, "")
		if items := a.Get("items").([]any); len(items) != n {
			t.Errorf("a search for %q finds %d, want %d", mark, len(items), n)
		}
	}
}

// A cursor only ever goes on in the same list: whatever it is, no row comes
// twice and none that the filter hides.
func TestINJ02Cursors(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	for i := range 7 {
		s.Operator().Do("POST", adm+"/users", map[string]any{"email": fmt.Sprintf("p%d@example.com", i), "name": fmt.Sprint("group ", i%2)}).Want(201, "")
	}
	seen, cursor := map[string]bool{}, ""
	for range 10 {
		a := s.Operator().Do("GET", adm+"/users?limit=2&search=group+0&cursor="+url.QueryEscape(cursor), nil).Want(200, "")
		for _, item := range a.Get("items").([]any) {
			user := item.(map[string]any)
			if seen[user["id"].(string)] || user["name"] != "group 0" {
				t.Errorf("%v is in the list, with the cursor %q", user, cursor)
			}
			seen[user["id"].(string)] = true
		}
		if cursor = a.Text("next_cursor"); cursor == "" {
			break
		}
	}
	if len(seen) != 4 {
		t.Errorf("%d of 4 rows came", len(seen))
	}
	for _, limit := range []string{"0", "-1", "201", "1e3", "0x10", "9999999999999999999999", "1;2", "NaN", " ", "1 1"} {
		s.Operator().Do("GET", adm+"/users?limit="+url.QueryEscape(limit), nil).Want(422, "request.invalid")
	}
	s.Operator().Do("GET", adm+"/users?cursor="+strings.Repeat("x", 65), nil).Want(422, "request.invalid")
}

// Files are served by name from the binary, and there are no others.
func TestINJ07StaticIsConfined(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	for _, name := range []string{
		"../../etc/passwd", "..%2f..%2fetc%2fpasswd", "..%5c..%5cetc%5cpasswd", "%2e%2e/%2e%2e/etc/passwd", "....//etc/passwd", "%2fetc%2fpasswd", "/etc/passwd", "..;/x", "%00", "style.css%00.js", ".", "..", "~root",
		"%252e%252e%252fetc%252fpasswd", "C:%5Cx", "ostiary.db", "..%2fostiary.db", "lock", "secret.key", "%c0%ae%c0%ae/x",
	} {
		a := s.Browser().Do("GET", "/static/"+name, nil)
		if a.Status != 404 || strings.Contains(a.Raw, "root:") {
			t.Errorf("/static/%s: %d %.200s", name, a.Status, a.Raw)
		}
	}
}
