package api

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// wait is how long the server asks everybody to wait before the next request:
// Retry-After, or what is left of a window of which nothing is left.
func (a answer) wait(now time.Time) time.Duration {
	// A date is held against the answer's own clock: ours may be another.
	if t, err := http.ParseTime(a.header.Get("Date")); err == nil {
		now = t
	}
	d, _ := retryAfter(a.header, now)
	return max(d, windowLeft(a.header, now))
}

// retryAfter reads a Retry-After, in seconds or as a date; said is false if there
// is none, or not in a form that can be read.
func retryAfter(h http.Header, now time.Time) (wait time.Duration, said bool) {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if d, ok := secondsIn(v); ok {
		return d, true
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(t.Sub(now), 0), true
	}
	return 0, false
}

// secondsIn reads a number of seconds, also a fraction; a negative one is 0.
func secondsIn(v string) (time.Duration, bool) {
	if strings.Trim(v, "-.0123456789") != "" {
		return 0, false // what else ParseFloat takes
	}
	n, err := strconv.ParseFloat(v, 64)
	if err != nil {
		return 0, false
	}
	return time.Duration(min(max(n, 0), 1<<31) * float64(time.Second)), true
}

// longestWindow bounds what is believed of a window: a longer one will say so
// itself, by a refusal.
const longestWindow = time.Hour

// windowLeft reads RateLimit-* and X-RateLimit-*: once nothing remains of a
// window, how long it lasts. In which unit is for us to guess: a reset in the
// far future is a date.
func windowLeft(h http.Header, now time.Time) time.Duration {
	for _, prefix := range []string{"RateLimit-", "X-RateLimit-", "X-Rate-Limit-"} {
		if n, err := strconv.ParseFloat(strings.TrimSpace(h.Get(prefix+"Remaining")), 64); err != nil || n > 0 || math.IsNaN(n) {
			continue
		}
		reset, ok := secondsIn(strings.TrimSpace(h.Get(prefix + "Reset")))
		if !ok {
			continue
		}
		if reset > 10*365*24*time.Hour {
			reset = time.Unix(0, int64(reset)).Sub(now)
		}
		if reset > 0 && reset <= longestWindow {
			return reset
		}
	}
	return 0
}
