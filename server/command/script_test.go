package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes the test binary the program itself where a test calls it
// `ostiary`, so that scripts run what users run.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"ostiary": func() { os.Exit(Run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, params("testdata/script", false))
}

// TestAccounts runs the same scripts against a running server and without one:
// whoever types a command need not know which it is.
func TestAccounts(t *testing.T) {
	t.Run("server", func(t *testing.T) { testscript.Run(t, params("testdata/accounts", true)) })
	t.Run("alone", func(t *testing.T) { testscript.Run(t, params("testdata/accounts", false)) })
}

func params(dir string, server bool) testscript.Params {
	return testscript.Params{
		Dir: dir,
		Setup: func(env *testscript.Env) error {
			// A program under the race detector otherwise takes a second to end.
			env.Setenv("GORACE", "atexit_sleep_ms=10")
			return nil
		},
		Condition: func(name string) (bool, error) {
			switch name {
			case "server":
				return server, nil
			case "root":
				return os.Geteuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %q", name)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"fails": fails, "ready": ready, "http": request, "mode": mode, "occupy": occupy, "gone": gone, "field": field, "dead": dead, "free": free,
		},
		RequireUniqueNames: true,
	}
}

// fails CODE PROGRAM ARGS… runs a program that must end with exactly this code.
func fails(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != want {
		ts.Fatalf("want exit code %d, got %v", want, err)
	}
}

// ready DIR waits for the server of a data folder and sets $URL and $PID.
func ready(ts *testscript.TestScript, _ bool, args []string) {
	dir := ts.MkAbs(args[0])
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		conn, who, err := dialOperator(dir)
		if err != nil {
			continue
		}
		_ = conn.Close()
		var s stats
		if err := throughSocket(dir, who).do("GET", apiPrefix+"/stats", nil, &s); err != nil {
			continue
		}
		ts.Setenv("URL", s.URL)
		ts.Setenv("ADDRESS", "127.0.0.1:"+s.URL[strings.LastIndexByte(s.URL, ':')+1:])
		ts.Setenv("PID", strconv.Itoa(who.pid))
		return
	}
	ts.Fatalf("no server on %s", dir)
}

// http STATUS METHOD URL [BODY] [HEADER:VALUE…] asks, and shows the answer as
// stdout. A body beginning with { is JSON, any other a form.
func request(ts *testscript.TestScript, _ bool, args []string) {
	var body io.Reader
	kind := ""
	if len(args) > 3 && !strings.Contains(strings.SplitN(args[3], "=", 2)[0], ":") || len(args) > 3 && args[3][0] == '{' {
		body, kind = strings.NewReader(args[3]), "application/x-www-form-urlencoded"
		if args[3][0] == '{' {
			kind = "application/json"
		}
	}
	asked, err := http.NewRequest(args[1], args[2], body)
	ts.Check(err)
	headers := args[3:]
	if body != nil {
		asked.Header.Set("Content-Type", kind)
		headers = args[4:]
	}
	for _, pair := range headers {
		name, value, _ := strings.Cut(pair, ":")
		asked.Header.Set(name, value)
	}
	cl := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := cl.Do(asked)
	ts.Check(err)
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	ts.Check(err)
	_ = answer.Header.Write(ts.Stdout())
	fmt.Fprintf(ts.Stdout(), "\n%s", raw)
	if got := strconv.Itoa(answer.StatusCode); got != args[0] {
		ts.Fatalf("status %s\n%s", got, raw)
	}
}

// field NAME PATH sets $NAME to a value in the JSON of the last output.
func field(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile("stdout")
	if _, body, found := strings.Cut(text, "\n\n"); found {
		text = body
	} else if i := strings.Index(text, "\r\n\n"); i >= 0 {
		text = text[i+3:]
	}
	var value any
	ts.Check(json.Unmarshal([]byte(text), &value))
	for part := range strings.SplitSeq(args[1], ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[part]
		case []any:
			i, err := strconv.Atoi(part)
			ts.Check(err)
			value = v[i]
		}
	}
	if value == nil {
		ts.Fatalf("no %s in %s", args[1], text)
	}
	ts.Setenv(args[0], fmt.Sprint(value))
}

// mode WANT FILE… compares permissions.
func mode(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args[1:] {
		info, err := os.Stat(ts.MkAbs(name))
		ts.Check(err)
		if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[0] {
			ts.Fatalf("%s has mode %s, not %s", name, got, args[0])
		}
	}
}

// occupy listens on a free port for the rest of the script and sets $TAKEN.
func occupy(ts *testscript.TestScript, _ bool, _ []string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { _ = listener.Close() })
	ts.Setenv("TAKEN", listener.Addr().String())
	ts.Setenv("OWN", strconv.Itoa(os.Getpid()))
}

// free sets $FREE to an address that nobody listens on.
func free(ts *testscript.TestScript, _ bool, _ []string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv("FREE", listener.Addr().String())
	ts.Check(listener.Close())
}

// gone FILE waits until a file is not there any more.
func gone(ts *testscript.TestScript, _ bool, args []string) {
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(filepath.Join(ts.MkAbs(args[0]))); errors.Is(err, os.ErrNotExist) {
			return
		}
	}
	ts.Fatalf("%s is still there", args[0])
}

// dead PID waits until a process has ended.
func dead(ts *testscript.TestScript, _ bool, args []string) {
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		state, err := os.ReadFile("/proc/" + args[0] + "/stat")
		if err != nil || strings.Contains(string(state), ") Z ") {
			return
		}
	}
	ts.Fatalf("process %s is still there", args[0])
}
