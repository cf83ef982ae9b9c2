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

// What an adaptiveRate makes of a refusal.
const (
	justUnder = 0.95 // of the rate known to be accepted is where it settles
	outgrown  = 1.1  // times that rate without a refusal: the server accepts more by now
	evidence  = 5    // accepted attempts in a second say what the server accepts; fewer do not
)

// An adaptiveRate stays below a ceiling. When the server asks for less it is
// at least halved, and remembers what the server accepted; it climbs back by a
// constant step a second to just under that, and from there so slowly that the
// next refusal is rare, the slower the more often it was refused there. Not
// safe for concurrent use.
type adaptiveRate struct {
	ceiling float64
	current float64
	known   float64 // the rate the server was found to accept; 0: not known
	care    float64 // how much slower it climbs above justUnder of that
	mark    int64   // attempts up to this one were started before the last halving
	starts  [64]time.Time
	n       int

	second   ring          // accepted in the last second
	since    time.Time     // the last halving
	accepts  int           // accepted since then
	pausedBy time.Duration // pauses since then
}

// newAdaptiveRate starts at found, the rate of an earlier run, if that is
// lower than the ceiling.
func newAdaptiveRate(ceiling, found float64) adaptiveRate {
	if ceiling <= 0 {
		ceiling = DefaultRate
	}
	r := adaptiveRate{ceiling: ceiling, current: ceiling, care: 1}
	if found > 0 && found < ceiling {
		r.current, r.known = found, found/justUnder
	}
	return r
}

// found is the rate to start the next run at; 0: nothing below the ceiling was
// found.
func (r *adaptiveRate) found() float64 {
	switch {
	case r.known > 0:
		return max(r.known*justUnder, r.current)
	case r.current < r.ceiling:
		return r.current
	}
	return 0
}

// started notes that an attempt left, for measuring.
func (r *adaptiveRate) started(now time.Time) {
	r.starts[r.n%len(r.starts)] = now
	r.n++
}

// paused notes that everybody waits.
func (r *adaptiveRate) paused(d time.Duration) { r.pausedBy += d }

// measured is the rate of the last attempts, at most 64 of them.
func (r *adaptiveRate) measured(now time.Time) float64 {
	k := min(r.n, len(r.starts))
	if k == 0 {
		return 1
	}
	oldest := r.starts[(r.n-k)%len(r.starts)]
	return float64(k) / max(now.Sub(oldest).Seconds(), 0.001)
}

// refused lowers the rate, once for all the attempts that were in flight
// together: attempt is the one that was refused, latest the last one started.
func (r *adaptiveRate) refused(now time.Time, attempt, latest int64) bool {
	if attempt <= r.mark {
		return false
	}
	r.mark = latest
	if r.current >= Unlimited {
		r.current = r.measured(now)
	}
	before := r.known
	r.known = r.accepting(now)
	r.care = min(r.care*4, 256)
	if before == 0 || r.known > before*outgrown || r.known < before/outgrown {
		r.care = 1 // another place, not yet refused at
	}
	r.current = max(min(r.current/2, r.known*justUnder), min(slowest, r.ceiling))
	r.since, r.accepts, r.pausedBy = now, 0, 0
	return true
}

// accepting is the rate that the server accepted before it refused.
func (r *adaptiveRate) accepting(now time.Time) float64 {
	elapsed := now.Sub(r.since)
	if !r.since.IsZero() && r.accepts >= evidence && 5*r.pausedBy > elapsed {
		// Mostly pauses: the server lets so many through at a time, and what
		// counts is how many that makes in the long run. A pause makes that look
		// less than it is, so it is not believed at once.
		return min(max(float64(r.accepts)/elapsed.Seconds(), r.current*0.7), r.current)
	}
	if n := r.second.count(now); n >= evidence {
		return min(float64(n), r.current)
	}
	return r.current
}

// accepted lets the rate climb: a twentieth of the ceiling in each second of
// successes (of the rate itself where there is no ceiling), and above what is
// known to be just under a refusal a two hundredth of that.
func (r *adaptiveRate) accepted(now time.Time) bool {
	r.second.add(now)
	r.accepts++
	if r.current >= r.ceiling {
		return false
	}
	step := r.ceiling / 20
	if r.ceiling >= Unlimited {
		step = max(r.current/20, 0.5)
	}
	most := r.ceiling
	switch {
	case r.known == 0:
	case r.current >= r.known*outgrown:
		r.known, r.care = 0, 1
	case r.current >= r.known*justUnder:
		step = min(step, r.known/200/r.care)
	default:
		most = min(most, r.known*justUnder)
	}
	r.current = min(r.current+step/max(r.current, 1), most)
	if r.current >= r.ceiling {
		r.known, r.care = 0, 1
	}
	return true
}

// A ring remembers the moments of the last second's events, at most 1,024.
type ring struct {
	at   [1024]time.Time
	n    int // events so far
	from int // the oldest one that counts
}

func (r *ring) add(now time.Time) {
	r.at[r.n%len(r.at)] = now
	r.n++
	r.from = max(r.from, r.n-len(r.at))
}

// count is the number of events in the second before now.
func (r *ring) count(now time.Time) int {
	for r.from < r.n && now.Sub(r.at[r.from%len(r.at)]) >= time.Second {
		r.from++
	}
	return r.n - r.from
}
