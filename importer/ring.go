package importer

import "time"

// A ring remembers the moments of the last events.
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

// count is the number of events in the time before now, of the 1,024 that it
// remembers.
func (r *ring) count(now time.Time, d time.Duration) int {
	for r.from < r.n && now.Sub(r.at[r.from%len(r.at)]) >= d {
		r.from++
	}
	return r.n - r.from
}

// rate is how many events there were in the second before now.
func (r *ring) rate(now time.Time) float64 {
	n := r.count(now, time.Second)
	if n < len(r.at) {
		return float64(n)
	}
	return float64(n) / max(now.Sub(r.at[r.from%len(r.at)]).Seconds(), 0.001)
}
