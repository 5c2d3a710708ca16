package throttle

import "time"

// Limit is a named bound: Burst takings at once, and Burst more in each Per,
// spread evenly. The name is part of every key, so two limits never share one;
// a limit that is changed while the server runs keeps its name and its counts.
// A Limit with Burst or Per below one allows nothing.
type Limit struct {
	Name  string
	Burst int
	Per   time.Duration
}

// interval is what one taking costs in time, and window what a full bucket
// holds. The window is an exact multiple, so that exactly Burst fit into it.
func (l *Limit) interval() (each, window int64) {
	if l.Burst < 1 || l.Per < 1 {
		return 0, 0
	}
	each = max(1, int64(l.Per)/int64(l.Burst))
	return each, each * int64(l.Burst)
}

// Verdict is the answer to one taking, with what clients are told about it.
type Verdict struct {
	Allowed   bool
	Limit     int // the burst
	Remaining int // how many more would be allowed now
	// Reset is how long until more is allowed: with Remaining 0 until the next
	// taking is, else until the whole burst is there again. So it is never after
	// RetryAfter, as draft-ietf-httpapi-ratelimit-headers asks.
	Reset time.Duration
	// RetryAfter is 0 when Allowed, else how long until one is.
	RetryAfter time.Duration
}

// ResetSeconds is Reset in whole seconds, rounded up: who waits that long is
// let in.
func (v Verdict) ResetSeconds() int { return seconds(v.Reset) }

// RetryAfterSeconds is RetryAfter in whole seconds, rounded up.
func (v Verdict) RetryAfterSeconds() int { return seconds(v.RetryAfter) }

func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// verdict tells about a bucket after it was judged: tat is its state at now.
func (l *Limit) verdict(allowed bool, tat, now int64) Verdict {
	each, window := l.interval()
	v := Verdict{Allowed: allowed, Limit: max(0, l.Burst)}
	if each == 0 {
		v.RetryAfter = max(time.Second, l.Per)
		v.Reset = v.RetryAfter
		return v
	}
	used := max(0, tat-now)
	v.Remaining = int((window - used) / each)
	if v.Remaining > 0 {
		v.Reset = time.Duration(used)
		return v
	}
	v.Reset = time.Duration(used + each - window)
	if !allowed {
		v.RetryAfter = v.Reset
	}
	return v
}

// charge is one taking from a bucket whose TAT is tat. It answers the new TAT.
//
// A TAT further off than a full window cannot come from this limit's own
// takings: the clock was set back, or the limit became shorter. It is taken for
// a full bucket, so nobody waits longer than Per and nobody gains a taking.
func (l *Limit) charge(tat, now int64) (next int64, allowed bool) {
	each, window := l.interval()
	tat = min(max(tat, now), now+window)
	if each == 0 || tat+each > now+window {
		return tat, false
	}
	return tat + each, true
}
