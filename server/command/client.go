package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/valyala/fasthttp/fasthttputil"

	"ostiary/server/refusal"
	"ostiary/storage"
)

const (
	// answerTTL bounds one operation; the server itself gives up after ten seconds.
	answerTTL = 30 * time.Second
	// settleTTL is how long a command waits for a server that has the data
	// folder and does not answer yet, or is just ending.
	settleTTL = 3 * time.Second
	// largestAnswer is far beyond any page of a list.
	largestAnswer = 16 << 20
	apiPrefix     = "/api/v1/admin"
)

// client is the way from a command to an operation. There is one way: a
// request to the admin API, whether a server runs or not.
type client struct {
	http    *http.Client
	data    string // the data folder
	running bool   // the answers come from a server that runs
	pid     int    // its process, 0 if unknown
	end     func() error
}

// demand says what a command can do without.
type demand bool

const (
	anyData  demand = false // makes the data folder when there is none
	someData demand = true  // asks about data, so there must be some
)

// connect reaches the server of the data folder, or opens the data itself.
func (c *console) connect(need demand) (*client, error) {
	loaded, problems := c.load(nil)
	// A folder that somebody named is the right one, whatever else is wrong
	// with the configuration: a session must be revocable while somebody edits
	// the file. A folder out of a file that could not be read is not.
	if problems.Errors() > 0 && c.asked.Data == nil {
		return nil, c.rejected(problems)
	}
	dir := loaded.Config.Data
	for deadline := time.Now().Add(settleTTL); ; time.Sleep(50 * time.Millisecond) {
		conn, who, err := dialOperator(dir)
		if err == nil {
			_ = conn.Close() // it only showed that somebody listens
			return throughSocket(dir, who), nil
		}
		if !errors.Is(err, errNoServer) {
			return nil, unreachable(dir, err)
		}
		if problems.Errors() > 0 {
			return nil, c.rejected(problems)
		}
		if need == someData && !hasDatabase(dir) {
			return nil, noData(dir)
		}
		log := slog.New(slog.NewTextHandler(c.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
		engine, err := openEngine(loaded, log, nil)
		if err == nil {
			return throughMemory(engine), nil
		}
		// A server that is just starting holds the lock before it listens, and
		// one that is stopping still does after.
		if !inUse(err) || time.Now().After(deadline) {
			return nil, err
		}
	}
}

// inUse says whether another process has the data folder.
func inUse(err error) bool {
	var f *failure
	return errors.As(err, &f) && f.code == storage.CodeInUse
}

func unreachable(dir string, err error) *failure {
	return refused(refusal.DBUnavailable, "the server in "+dir+" cannot be reached", err.Error()).
		instead("run this as the user that runs the server, or as root: ls -ld " + dir)
}

// throughSocket speaks to the server that runs. Each connection is checked
// anew: the server may have been another one a moment ago.
func throughSocket(dir string, who peer) *client {
	dial := func(context.Context, string, string) (net.Conn, error) {
		conn, _, err := dialOperator(dir)
		if err != nil {
			return nil, err
		}
		return conn, nil
	}
	return &client{http: httpOver(dial), data: dir, running: true, pid: who.pid, end: func() error { return nil }}
}

// throughMemory speaks to a Server of our own.
func throughMemory(e *engine) *client {
	listener := memory{fasthttputil.NewInmemoryListener()}
	served := make(chan error, 1)
	go func() { served <- e.ServeOperator(listener) }()
	dial := func(context.Context, string, string) (net.Conn, error) { return listener.Dial() }
	end := func() error {
		// Closed here first: the server's own way to stop looks again only
		// every tenth of a second, which is what the whole command takes.
		_ = listener.Close()
		return errors.Join(<-served, e.close(answerTTL))
	}
	return &client{http: httpOver(dial), data: e.loaded.Config.Data, end: end}
}

// memory is a listener that may be closed twice.
type memory struct{ *fasthttputil.InmemoryListener }

func (m memory) Close() error {
	_ = m.InmemoryListener.Close() // it fails only when it was closed before
	return nil
}

func httpOver(dial func(context.Context, string, string) (net.Conn, error)) *http.Client {
	return &http.Client{
		// A connection for each request: one kept open would be waited for at
		// the end.
		Transport:     &http.Transport{DialContext: dial, DisableKeepAlives: true, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       answerTTL,
	}
}

// with connects, works and disconnects. What could not be closed cleanly is
// told as well: it may be that nothing was stored.
func (c *console) with(need demand, work func(*client) error) error {
	cl, err := c.connect(need)
	if err != nil {
		return err
	}
	err = work(cl)
	if closing := cl.end(); err == nil {
		err = closing
	}
	return err
}

// do asks for one operation. body and into may be nil. A refusal comes back as
// a failure.
func (cl *client) do(method, path string, body, into any) error {
	var sent io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
		sent = bytes.NewReader(encoded)
	}
	request, err := http.NewRequest(method, "http://operator"+path, sent)
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	request.Header.Set("User-Agent", "ostiary-cli")
	response, err := cl.http.Do(request)
	if err != nil {
		return cl.silent(err)
	}
	defer func() { _ = response.Body.Close() }() // read to its end
	raw, err := io.ReadAll(io.LimitReader(response.Body, largestAnswer))
	if err != nil {
		return cl.silent(err)
	}
	return cl.read(response.StatusCode, raw, into)
}

// silent is a server that took the question and did not answer: whether it was
// done cannot be known.
func (cl *client) silent(err error) error {
	return &failure{message: "the server did not answer", cause: err.Error(),
		fixes: []string{"look whether it still runs, and whether the change was made, before you repeat it: ostiary status"}}
}

func (cl *client) read(status int, raw []byte, into any) error {
	if status >= 300 {
		return cl.refusal(status, raw)
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	return nil
}

// refusal reads problem+json (RFC 9457) as the server writes it.
func (cl *client) refusal(status int, raw []byte) error {
	var sent struct {
		Code   string          `json:"code"`
		Detail string          `json:"detail"`
		Cause  string          `json:"cause"`
		Fix    []refusal.Fix   `json:"fix"`
		Errors []refusal.Field `json:"errors"`
	}
	if err := json.Unmarshal(raw, &sent); err != nil || sent.Code == "" {
		return &failure{message: "the server answered with status " + strconv.Itoa(status) + " and no reason"}
	}
	f := &failure{code: sent.Code, message: sent.Detail, cause: sent.Cause, fields: sent.Errors, fixes: operatorFixes(sent.Fix)}
	if len(f.fields) > 0 {
		// The fields say it better than the words for any invalid request.
		f.cause, f.fixes = "", nil
	}
	return f.in(cl.data)
}

// list reads all pages of a list.
func list[T any](cl *client, path string, query url.Values) (all []T, err error) {
	if query == nil {
		query = url.Values{}
	}
	query.Set("limit", "200")
	for {
		var page struct {
			Items []T    `json:"items"`
			Next  string `json:"next_cursor"`
		}
		if err := cl.do("GET", apiPrefix+path+"?"+query.Encode(), nil, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if page.Next == "" {
			return all, nil
		}
		query.Set("cursor", page.Next)
	}
}
