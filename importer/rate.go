package importer

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Unlimited is the rate without a ceiling.
const Unlimited = math.MaxFloat64

// DefaultRate is gentle, since the API's own limit is not published.
const DefaultRate = 5.0

// ParseRate reads "5/s", "300/min", "1000/h" or "unlimited" and returns
// requests per second.
func ParseRate(s string) (float64, error) {
	t := strings.ToLower(strings.TrimSpace(s))
	if t == "unlimited" {
		return Unlimited, nil
	}
	number, unit, ok := strings.Cut(t, "/")
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	per := map[string]float64{"s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "minute": 60, "h": 3600, "hour": 3600}[strings.TrimSpace(unit)]
	if !ok || err != nil || per == 0 || !(n > 0) || math.IsInf(n, 0) {
		return 0, fmt.Errorf("%q is not a rate: write it like 5/s, 300/min or unlimited", s)
	}
	return n / per, nil
}

// FormatRate writes a rate the way ParseRate reads it.
func FormatRate(perSecond float64) string {
	switch {
	case perSecond >= Unlimited:
		return "unlimited"
	case perSecond >= 1:
		return strconv.FormatFloat(math.Round(perSecond*100)/100, 'f', -1, 64) + "/s"
	default:
		return strconv.FormatFloat(math.Round(perSecond*6000)/100, 'f', -1, 64) + "/min"
	}
}

// slowest is how far 429s can bring the rate down: one request in five seconds.
const slowest = 0.2

// An adaptiveRate stays below a ceiling, is halved when the server asks for
// less and climbs back by a constant step a second. Not safe for concurrent
// use.
type adaptiveRate struct {
	ceiling float64
	current float64
	mark    int64 // attempts up to this one were started before the last halving
	starts  [64]time.Time
	n       int
}

func newAdaptiveRate(ceiling float64) adaptiveRate {
	if ceiling <= 0 {
		ceiling = DefaultRate
	}
	return adaptiveRate{ceiling: ceiling, current: ceiling}
}

// started notes that an attempt left, for measuring.
func (r *adaptiveRate) started(now time.Time) {
	r.starts[r.n%len(r.starts)] = now
	r.n++
}

// measured is the rate of the last attempts, at most 64 of them.
func (r *adaptiveRate) measured(now time.Time) float64 {
	k := min(r.n, len(r.starts))
	if k == 0 {
		return 1
	}
	oldest := r.starts[(r.n-k)%len(r.starts)]
	return float64(k) / max(now.Sub(oldest).Seconds(), 0.001)
}

// refused halves the rate, once for all the attempts that were in flight
// together: attempt is the one that was refused, latest the last one started.
func (r *adaptiveRate) refused(now time.Time, attempt, latest int64) bool {
	if attempt <= r.mark {
		return false
	}
	r.mark = latest
	if r.current >= Unlimited {
		r.current = r.measured(now)
	}
	r.current = max(r.current/2, min(slowest, r.ceiling))
	return true
}

// accepted lets the rate climb: a twentieth of the ceiling in each second of
// successes (of the rate itself where there is no ceiling).
func (r *adaptiveRate) accepted() bool {
	if r.current >= r.ceiling {
		return false
	}
	step := r.ceiling / 20
	if r.ceiling >= Unlimited {
		step = max(r.current/20, 0.5)
	}
	r.current = min(r.current+step/max(r.current, 1), r.ceiling)
	return true
}
