package config

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"
)

// bound is what a number or a duration may be; off says that zero is allowed
// as well and means never, no end, or as many as there are cores.
type bound struct {
	setting  string
	min, max int64
	off      bool
}

func bounds() []bound {
	const second, minute = int64(time.Second), int64(time.Minute)
	const any64, ever = math.MaxInt32, int64(longestDuration)
	return []bound{
		{"session.idle", second, ever, false},
		{"session.max", second, ever, true},
		{"session.renew_after", second, ever, false},
		{"session.fresh_for", second, ever, false},
		{"tokens.access_ttl", second, ever, false},
		{"tokens.refresh_idle", second, ever, false},
		{"tokens.refresh_max", second, ever, true},
		{"tokens.reuse_grace", second, 10 * minute, true},
		// Below 8 NIST SP 800-63B-4 knows no password; above 64 most people have none.
		{"password.min_length", 8, 64, false},
		// The upper bounds keep one login from taking the machine.
		{"password.memory_kib", 8, 1 << 20, false},
		{"password.iterations", 1, 16, false},
		{"password.parallelism", 1, 16, false},
		{"password.concurrency", 1, 1024, true},
		{"login.limit", 1, any64, false},
		{"login.preauth_ttl", second, int64(day), false},
		{"links.verify", second, ever, false},
		{"links.reset", second, ever, false},
		{"links.magic", second, ever, false},
		{"links.code", second, ever, false},
		{"links.invitation", second, ever, false},
		{"limits.lock_after", 1, any64, false},
		{"limits.lock_for", second, ever, false},
		{"extension.ttl", second, ever, false},
		{"mail.smtp.port", 1, 65535, false},
		{"upstream.ttl", second, ever, false},
		{"cache.size_mb", 1, 1 << 16, false},
		{"audit.keep", int64(day), ever, false},
		{"backup.every", minute, ever, true},
		{"backup.keep", 1, any64, false},
	}
}

func checkBounds(c *checker) {
	for _, b := range bounds() {
		n := c.values[b.setting].Int()
		if !c.fine(b.setting) || b.off && n == 0 || b.min <= n && n <= b.max {
			continue
		}
		show := func(n int64) string { return formatBare(c.values[b.setting].Type(), n) }
		limit := "between " + show(b.min) + " and " + show(b.max)
		if b.max == int64(longestDuration) || b.max == math.MaxInt32 {
			limit = "at least " + show(b.min)
		}
		fix := c.removal(b.setting) + " for the default"
		if initial := strings.Trim(c.initial[b.setting], `"`); initial != "" {
			fix += ", " + initial
		}
		c.invalid(b.setting, fmt.Sprintf("`%s` must be %s", b.setting, limit), "it is "+show(n), fix)
	}
}

func formatBare(typ reflect.Type, n int64) string {
	v := reflect.New(typ).Elem()
	v.SetInt(n)
	if d, isDuration := v.Interface().(Duration); isDuration {
		if d == 0 {
			return "0s"
		}
		return d.String()
	}
	return fmt.Sprint(n)
}

// checkRates holds rates to what the limiter counts exactly: it keeps times in
// nanoseconds.
func checkRates(c *checker) {
	for _, name := range c.names {
		rate, isRate := c.values[name].Interface().(Rate)
		if !isRate || !c.fine(name) {
			continue
		}
		if rate.Burst < 1 || rate.Per < time.Millisecond || rate.Per > 30*day || rate.Per < time.Duration(rate.Burst) {
			c.invalid(name, fmt.Sprintf("`%s` must allow at least one request in 1ms to 30d", name),
				"it is "+rate.String(), "to have no limits write [limits] enabled = false")
		}
	}
}

func checkData(c *checker) {
	if c.fine("data") && strings.TrimSpace(c.Data) == "" {
		c.invalid("data", "`data` must name a folder", "it is empty", c.removal("data")+" for the default, ./ostiary-data")
	}
}
