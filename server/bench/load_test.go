package bench

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"
)

// TestMain lets the test binary be its own load generator: in a process of
// its own, so that the CPU time of this one is the server's alone.
func TestMain(m *testing.M) {
	if text := os.Getenv("BENCH_LOAD"); text != "" {
		os.Exit(loadMain(text))
	}
	os.Exit(m.Run())
}

// load is one round of requests.
type load struct {
	Addr        string
	Request     string // raw bytes
	RequestFile string // or many of them, each ended by a zero byte
	Lenient     bool   // count answers other than 200, too
	Connections int
	For         time.Duration
}

// result is what a round showed. Latencies are in microseconds.
type result struct {
	Requests int
	Seconds  float64
	P50, P99 int
}

func (r result) rate() float64 { return float64(r.Requests) / r.Seconds }

// run makes a round in a child process.
func (l load) run(tb testing.TB) result {
	tb.Helper()
	encoded, err := json.Marshal(l)
	if err != nil {
		tb.Fatal(err)
	}
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), "BENCH_LOAD="+string(encoded), "GOMAXPROCS=2")
	child.Stderr = os.Stderr
	out, err := child.Output()
	if err != nil {
		tb.Fatalf("load: %v", err)
	}
	var r result
	if err := json.Unmarshal(out, &r); err != nil {
		tb.Fatalf("load said %q: %v", out, err)
	}
	return r
}

func loadMain(text string) int {
	var l load
	if err := json.Unmarshal([]byte(text), &l); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	var total [longest]int
	var mu sync.Mutex
	var wg sync.WaitGroup
	failed := false
	begin := time.Now()
	for range l.Connections {
		wg.Go(func() {
			counts, err := l.connection(begin.Add(l.For))
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				fmt.Fprintln(os.Stderr, "load:", err)
				failed = true
			}
			for i, n := range counts {
				total[i] += n
			}
		})
	}
	wg.Wait()
	if failed {
		return 1
	}
	r := result{Seconds: time.Since(begin).Seconds()}
	for _, n := range total {
		r.Requests += n
	}
	r.P50, r.P99 = percentile(total[:], r.Requests, 50), percentile(total[:], r.Requests, 99)
	_ = json.NewEncoder(os.Stdout).Encode(r)
	return 0
}

// longest is the latency, in microseconds, from which on all count as one.
const longest = 200_000

func percentile(counts []int, all, percent int) int {
	left := all * percent / 100
	for us, n := range counts {
		if left -= n; left < 0 {
			return us
		}
	}
	return len(counts) - 1
}

// connection sends one request after the other until the end, and counts how
// long each took.
func (l load) connection(end time.Time) ([]int, error) {
	conn, err := net.Dial("tcp", l.Addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	counts := make([]int, longest)
	reader := bufio.NewReaderSize(conn, 16<<10)
	requests, err := l.requests()
	if err != nil {
		return nil, err
	}
	next := rand.IntN(len(requests))
	for now := time.Now(); now.Before(end); next = (next + 1) % len(requests) {
		if _, err := conn.Write(requests[next]); err != nil {
			return nil, err
		}
		if err := readAnswer(reader); err != nil && !(l.Lenient && errors.Is(err, errNotOK)) {
			return nil, err
		}
		then := time.Now()
		counts[min(int(then.Sub(now).Microseconds()), longest-1)]++
		now = then
	}
	return counts, nil
}

// requests are what is sent, one after the other.
func (l load) requests() ([][]byte, error) {
	if l.RequestFile == "" {
		return [][]byte{[]byte(l.Request)}, nil
	}
	text, err := os.ReadFile(l.RequestFile)
	if err != nil {
		return nil, err
	}
	return bytes.Split(bytes.TrimSuffix(text, []byte{0}), []byte{0}), nil
}

var errNotOK = errors.New("an answer was not 200")

func readAnswer(reader *bufio.Reader) error {
	length := 0
	line, err := reader.ReadSlice('\n')
	if err != nil {
		return err
	}
	var refused error
	if !bytes.HasPrefix(line, []byte("HTTP/1.1 200")) {
		refused = fmt.Errorf("%w: %s", errNotOK, line)
	}
	for {
		line, err = reader.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) == 2 {
			break
		}
		if bytes.HasPrefix(line, []byte("Content-Length: ")) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[16:]))); err != nil {
				return err
			}
		}
	}
	_, err = io.CopyN(io.Discard, reader, int64(length))
	return errors.Join(err, refused)
}
