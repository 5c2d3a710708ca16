package throttle

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// millionKeys fills a limiter with a million live keys and gives them back.
func millionKeys(b *testing.B) (*Limiter, []Key) {
	b.Helper()
	before := heap()
	l := New(time.Now, 1<<20)
	limit := &Limit{Name: "bench", Burst: 1000, Per: 1000 * time.Hour}
	keys := make([]Key, 1_000_000)
	slices := heap() - before
	for i := range keys {
		keys[i] = l.Key(limit, string([]byte{byte(i), byte(i >> 8), byte(i >> 16)}))
		l.Take(limit, keys[i])
	}
	f := l.Figures()
	b.Logf("%d keys live, %d spilled, heap %.1f MB", f.Keys, f.Spilled, float64(heap()-before-slices)/1e6)
	return l, keys
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func BenchmarkTakeAmongAMillion(b *testing.B) {
	l, keys := millionKeys(b)
	limit := &Limit{Name: "bench", Burst: 1000, Per: 1000 * time.Hour}
	var at atomic.Uint64
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for i := at.Add(7919 * 31); pb.Next(); i += 7919 {
			l.Take(limit, keys[i%uint64(len(keys))])
		}
	})
}

// Each decision with the making of its two keys, as a handler pays it.
func BenchmarkKeyAndTakeAmongAMillion(b *testing.B) {
	l, _ := millionKeys(b)
	limit := &Limit{Name: "bench", Burst: 1000, Per: 1000 * time.Hour}
	name := []byte{0, 0, 0}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		n := i * 7919 % 1_000_000
		name[0], name[1], name[2] = byte(n), byte(n>>8), byte(n>>16)
		l.Take(limit, l.Key(limit, string(name)), l.Key(limit, "network"))
	}
}

// Every taking is of a new key: growth, sweeps and, once full, the spill.
func BenchmarkTakeNewKeys(b *testing.B) {
	l := New(time.Now, 1<<20)
	limit := &Limit{Name: "bench", Burst: 5, Per: time.Minute}
	network := l.Key(limit, "network")
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		l.Take(limit, Key(uint64(i+1)*0x9e3779b97f4a7c15), network)
	}
}
