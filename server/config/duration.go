package config

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Duration is a time.Duration that is written "30s", "10m", "24h", "30d" or
// a sum such as "1d12h". Zero is written "" or "0s".
type Duration time.Duration

// D returns d as a time.Duration.
func (d Duration) D() time.Duration { return time.Duration(d) }

// longestDuration keeps every sum of a few durations and a date far from overflow.
const longestDuration = 100 * 365 * day

type unit struct {
	name string
	size time.Duration
}

// units are in the order in which they are looked for, so that "ms" is not
// read as "m", and by size where it matters for writing.
func units() []unit {
	return []unit{
		{"ms", time.Millisecond}, {"d", day}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second},
	}
}

// UnmarshalText reads one duration; it accepts no sign and no fraction.
func (d *Duration) UnmarshalText(text []byte) error {
	rest := string(text)
	total := time.Duration(0)
	for rest != "" {
		part, after, err := leadingDuration(rest)
		if err != nil {
			return err
		}
		if part > longestDuration-total {
			return errors.New("more than 100 years")
		}
		total, rest = total+part, after
	}
	*d = Duration(total)
	return nil
}

// leadingDuration reads one number and its unit from the front of text.
func leadingDuration(text string) (part time.Duration, rest string, err error) {
	end := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	switch {
	case end < 0:
		return 0, "", errors.New("a number without a unit")
	case end == 0:
		return 0, "", fmt.Errorf("%q is no duration", text)
	}
	count, err := strconv.ParseInt(text[:end], 10, 64)
	if err != nil {
		return 0, "", errors.New("more than 100 years")
	}
	for _, u := range units() {
		after, found := strings.CutPrefix(text[end:], u.name)
		if !found {
			continue
		}
		if count > math.MaxInt64/int64(u.size) {
			return 0, "", errors.New("more than 100 years")
		}
		return time.Duration(count) * u.size, after, nil
	}
	return 0, "", fmt.Errorf("%q has no unit that is known", text)
}

// String writes d as UnmarshalText reads it: "30d", "24h", "1h30m"; zero is "".
func (d Duration) String() string {
	rest := time.Duration(d)
	if rest == day {
		return "24h"
	}
	var out strings.Builder
	for _, u := range []unit{{"d", day}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}, {"ms", time.Millisecond}} {
		if n := rest / u.size; n > 0 {
			fmt.Fprintf(&out, "%d%s", n, u.name)
			rest %= u.size
		}
	}
	return out.String()
}

// MarshalText is String.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Rate is a number of requests in a time, written "5/1m".
type Rate struct {
	Burst int
	Per   time.Duration
}

// UnmarshalText reads "5/1m". It does not judge the figures; Validate does.
func (r *Rate) UnmarshalText(text []byte) error {
	count, per, found := strings.Cut(string(text), "/")
	if !found {
		return errors.New("no \"/\" between the number and the time")
	}
	burst, err := strconv.ParseInt(count, 10, 32)
	if err != nil {
		return fmt.Errorf("%q is no number of requests", count)
	}
	var d Duration
	if err := d.UnmarshalText([]byte(per)); err != nil {
		return err
	}
	*r = Rate{Burst: int(burst), Per: d.D()}
	return nil
}

// String writes r as UnmarshalText reads it.
func (r Rate) String() string { return fmt.Sprintf("%d/%s", r.Burst, Duration(r.Per)) }

// MarshalText is String.
func (r Rate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }
