package importer

import (
	"math"
	"time"
)

// The figures by which an adaptiveRate lives.
const (
	justUnder = 0.95  // of the rate that was refused is where it comes back to
	nearly    = 0.985 // of it is where it climbs to slowly
	harmless  = 0.002 // of the requests may be refused at a rate: slower would cost more
	outgrown  = 1.1   // times that rate without a refusal: the server takes more by now
	slowest   = 0.05  // requests a second; what waits longer is a closed window
	evidence  = 5     // accepted attempts in a second say what the server takes; fewer do not

	dipAnswers   = 8                // end a halving
	probeAnswers = 100              // until it is where it was refused: so many answers,
	probeTime    = 20 * time.Second // or so much time
	probeInTime  = 40               // with so many answers in it
	mostCare     = 2                // how often probeAnswers doubles

	farBelow       = 0.85 // of where refusals began, and still as many: they have other reasons
	mostNoise      = 0.1  // refused for other reasons; more is not put up with
	tooMany        = 0.15 // refused: the server takes far less
	noiseAnswers   = 400  // until it is looked whether there still are other reasons
	noiseDoublings = 4    // of that
)

// An adaptiveRate stays below a ceiling. A refusal halves it; a few answers
// later it is back just under the rate that was refused, climbs to that ever
// more slowly, and past it ever faster. If as much is refused far below the
// rate where that began, refusals do not come of the rate: it goes back there
// and puts up with as much for a while. Not safe for concurrent use.
type adaptiveRate struct {
	ceiling float64
	current float64
	known   float64 // where it was refused; 0: nowhere
	base    float64 // where it came back to
	since   time.Time
	care    int     // how often it was refused in that place again
	pauses  bool    // the server asked for a pause when it refused
	mark    int64   // attempts up to this one had left when it was halved
	dip     *dip    // nil: not halved
	high    answers // since it came back, and to what was in flight when it was halved

	began  float64 // where the present series of refusals began
	series answers // since then, but while it was halved
	noise  float64 // share of refusals that is put up with
	quiet  int     // answers until that is forgotten
	proven int     // how often it was found

	starts   ring
	accepts  ring
	fell     time.Time     // the last halving
	taken    int           // accepted since then
	pausedBy time.Duration // the server's pauses since then
}

// A dip is a time in which the rate is halved.
type dip struct {
	tried   float64 // was refused
	second  float64 // was accepted in the second before; 0: not known
	longRun float64 // was accepted since the halving before, if that was mostly pauses
	closed  int     // how many of the next requests were refused, too
	low     answers // to what has left since
}

// answers counts them.
type answers struct{ all, refused float64 }

func (a *answers) add(refused bool) {
	a.all++
	if refused {
		a.refused++
	}
}

func (a answers) share() float64 { return a.refused / max(a.all, 1) }

// newAdaptiveRate starts at found, the rate of an earlier run, if that is
// lower than the ceiling.
func newAdaptiveRate(ceiling, found float64) adaptiveRate {
	if ceiling <= 0 {
		ceiling = DefaultRate
	}
	r := adaptiveRate{ceiling: ceiling, current: ceiling}
	if found > 0 && found < ceiling {
		r.current, r.base, r.known = found, found, found/justUnder
	}
	return r
}

// found is the rate to start the next run at; 0: nothing below the ceiling was
// found.
func (r *adaptiveRate) found() float64 {
	switch {
	case r.dip != nil:
		return r.landing() * justUnder
	case r.known > 0:
		return max(r.known*justUnder, r.current)
	case r.current < r.ceiling:
		return r.current
	}
	return 0
}

// limit sets another ceiling. A rate that was at the old one is at the new one.
func (r *adaptiveRate) limit(ceiling float64) {
	if r.current >= r.ceiling || r.current > ceiling {
		r.current = ceiling
	}
	if r.ceiling = ceiling; r.known >= ceiling {
		r.known = 0
	}
}

// started notes that an attempt left, for measuring.
func (r *adaptiveRate) started(now time.Time) { r.starts.add(now) }

// paused notes that everybody waits because the server asked for it.
func (r *adaptiveRate) paused(d time.Duration) { r.pausedBy += d }

// refused tells of a refused attempt, latest being the last one that left, and
// whether the rate has fallen. It falls once for all that were in flight
// together.
func (r *adaptiveRate) refused(now time.Time, attempt, latest int64, pause bool) bool {
	switch {
	case attempt <= r.mark:
		r.high.add(true)
		r.series.add(true)
		return false
	case pause:
		r.fall(now, latest)
		r.settle(now)
		return true
	case r.dip != nil:
		low := &r.dip.low
		low.add(true)
		if low.refused < 4 || low.share() < 0.4 {
			return false
		}
		r.forget() // it takes less than half
	default:
		r.high.add(true)
		r.series.add(true)
		if r.putUpWith() {
			return false
		}
	}
	r.fall(now, latest)
	return true
}

// putUpWith tells whether so much is refused whatever the rate.
func (r *adaptiveRate) putUpWith() bool {
	return r.noise > 0 && (r.high.refused <= 3 || r.high.refused <= 3+2*r.noise*r.high.all && r.high.share() < 0.3)
}

// forget ends what was known of refusals that do not come of the rate.
func (r *adaptiveRate) forget() {
	r.began, r.series, r.noise, r.proven = 0, answers{}, 0, 0
}

func (r *adaptiveRate) fall(now time.Time, latest int64) {
	tried := r.current
	if tried >= Unlimited {
		tried = r.measured(now)
	}
	between := (r.series.all - r.high.all) / max(r.series.refused-r.high.refused, 1)
	if r.began == 0 || r.high.all >= min(max(4*between, probeAnswers), probeAnswers<<mostCare) {
		r.began, r.series = tried, answers{}
	}
	r.dip = &dip{tried: tried, second: r.second(now), longRun: r.longRun(now)}
	r.mark = latest
	r.current = max(tried/2, min(slowest, r.ceiling))
	if r.high.share() < harmless {
		r.current = max(tried*0.7, r.current)
	}
	r.fell, r.taken, r.pausedBy = now, 0, 0
}

// measured is the rate of the last attempts, at most 64 of them.
func (r *adaptiveRate) measured(now time.Time) float64 {
	k := min(r.starts.n, 64)
	if k == 0 {
		return 1
	}
	oldest := r.starts.at[(r.starts.n-k)%len(r.starts.at)]
	return float64(k) / max(now.Sub(oldest).Seconds(), 0.001)
}

// second is the rate that was accepted in the second before, since it came
// back; 0: that cannot be told.
func (r *adaptiveRate) second(now time.Time) float64 {
	if now.Sub(r.since) < time.Second && !r.since.IsZero() || r.accepts.count(now, time.Second) < evidence {
		return 0
	}
	return r.accepts.rate(now)
}

// longRun is the rate that was accepted since the last halving if that was
// mostly pauses: the server lets so many through at a time, and what counts is
// how many that makes in the long run; else 0.
func (r *adaptiveRate) longRun(now time.Time) float64 {
	elapsed := now.Sub(r.fell)
	if r.fell.IsZero() || r.taken < evidence || 5*r.pausedBy <= elapsed {
		return 0
	}
	return float64(r.taken) / elapsed.Seconds()
}

// overrun tells whether so much was refused that the server takes far less.
func (r *adaptiveRate) overrun() bool {
	return r.high.refused >= 4 && r.high.share() > tooMany || r.series.refused >= 6 && r.series.share() > tooMany
}

// closed tells that the next request after a refusal was refused, too. Three in
// a row are no chance: what the server accepted in the second before is what it
// takes.
func (r *adaptiveRate) closed() {
	if r.dip != nil {
		r.dip.closed++
		r.current = max(min(r.current, r.landing()*justUnder), min(slowest, r.ceiling))
	}
}

// restore undoes the halving: the refusals were those of a window.
func (r *adaptiveRate) restore() {
	if r.dip != nil {
		r.current, r.dip = min(r.dip.tried, r.ceiling), nil
	}
	r.high = answers{}
}

// accepted tells of an attempt that the server has dealt with.
func (r *adaptiveRate) accepted(now time.Time, attempt int64) {
	r.accepts.add(now)
	r.taken++
	if r.quiet--; r.quiet == 0 {
		r.noise, r.began = 0, 0
	}
	if r.dip != nil && attempt > r.mark {
		r.dip.low.add(false)
		if r.dip.low.all >= min(max(2*r.dip.tried, 3), dipAnswers) {
			r.comeBack(now, r.landing())
		}
		return
	}
	r.high.add(false)
	r.series.add(false)
	if r.dip == nil {
		r.climb(now)
	}
}

// landing is the rate that a dip found the server to take.
func (r *adaptiveRate) landing() float64 {
	d := r.dip
	switch overrun := d.closed > 1 || r.overrun(); {
	case overrun && d.second > 0:
		return min(d.second, d.tried)
	case overrun:
		return d.tried * 0.8
	case r.high.share() < harmless && r.known == 0:
		return r.ceiling // it was at the ceiling, or on its way
	case r.high.share() < harmless:
		return d.tried
	case d.tried < r.began*farBelow && r.series.refused >= 4 && r.series.share() < mostNoise:
		r.noise, r.quiet = r.series.share(), noiseAnswers<<r.proven
		r.proven = min(r.proven+1, noiseDoublings)
		return r.began
	}
	return d.tried * nearly
}

// settle ends a dip at once: with the pause that the server asks for, nothing
// is gained by going slower than it takes.
func (r *adaptiveRate) settle(now time.Time) {
	d := r.dip
	takes := d.tried / 2
	switch {
	case d.second > 0 && r.overrun():
		takes = d.second
	case d.longRun > 0: // a pause makes it look less than it is
		takes = max(d.longRun, d.tried*0.85)
	case d.second > 0:
		takes = d.second
	}
	r.forget()
	r.comeBack(now, min(takes, d.tried))
	r.base = max(min(r.base, r.known*justUnder), min(slowest, r.ceiling))
	r.current, r.pauses = r.base, true
}

// comeBack ends a dip: it was refused at known, or nearly there.
func (r *adaptiveRate) comeBack(now time.Time, known float64) {
	before := r.known
	r.known = min(known, r.ceiling)
	if r.known < r.dip.tried*farBelow {
		r.forget()
	}
	there := before > 0 && r.known <= before*outgrown && r.known >= before/outgrown
	if there && (r.pauses || r.high.all >= probeAnswers) {
		r.care = min(r.care+1, mostCare)
	} else {
		r.care = 0 // another place, or not even there
	}
	r.base = r.known * justUnder
	if r.high.share() < harmless || r.noise > 0 {
		r.base = r.known
	}
	r.current, r.since, r.high, r.dip, r.pauses = r.base, now, answers{}, nil, false
}

// climb raises the rate: without a known refusal by a twentieth of the ceiling
// or a fifth of itself in each second of answers, or by half in a hundred of
// them, whichever is most.
func (r *adaptiveRate) climb(now time.Time) {
	if r.current >= r.ceiling {
		r.known, r.care = 0, 0
		return
	}
	step := max(r.current/5, r.current*r.current/200) // in a second
	if r.ceiling < Unlimited {
		step = max(step, r.ceiling/20)
	}
	if r.known > 0 {
		way := min(now.Sub(r.since).Seconds()/probeTime.Seconds(), r.high.all/probeInTime)
		if !r.pauses {
			way = max(way, r.high.all/float64(int(probeAnswers)<<r.care))
		}
		if way < 1 {
			r.current = max(r.current, r.known-(r.known-r.base)*math.Pow(1-way, 3))
			return
		}
		if r.current >= r.known*outgrown {
			r.known, r.care = 0, 0
		} else {
			step = min(step, max(r.known/50, r.known*r.current/1200)) // 8 % in a hundred answers
		}
	}
	// What the requests in flight do not let through is no rate to climb from.
	if r.ceiling >= Unlimited && r.current > 2*max(r.accepts.rate(now), 1) {
		return
	}
	r.current = min(r.current+step/max(r.current, 1), r.ceiling)
}
