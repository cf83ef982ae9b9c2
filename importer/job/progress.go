package job

import (
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// Progress is how far a run is.
type Progress struct {
	Total   int // rows to be sent
	Sent    importer.Counts
	Pace    importer.PaceState
	Started time.Time
	// Refusals are the last rows that were not created, the latest last.
	Refusals []Refusal
}

// Done is how many of Total have ended.
func (p Progress) Done() int { return p.Sent.Total() }

// A Refusal is a row that ended without a client.
type Refusal struct {
	Row     importer.RowRef
	Status  importer.Status
	Message string
}

// Speed is how many rows have ended in a second so far.
func (p Progress) Speed(now time.Time) float64 {
	return float64(p.Done()) / max(now.Sub(p.Started).Seconds(), 0.001)
}

// mostLeft is a time left beyond which nobody can say.
const mostLeft = 99 * time.Hour

// Left is how long the rest takes at the pace so far, or at the rate allowed
// now where that is lower, after a pause that is on. It cannot be said before
// some rows have ended.
func (p Progress) Left(now time.Time) (time.Duration, bool) {
	done := p.Done()
	if done < 5 || now.Sub(p.Started) < time.Second || done >= p.Total {
		return 0, false
	}
	speed := p.Speed(now)
	if p.Pace.Rate > 0 {
		speed = min(speed, p.Pace.Rate)
	}
	seconds := float64(p.Total-done)/speed + max(p.Pace.PausedUntil.Sub(now).Seconds(), 0)
	if seconds > mostLeft.Seconds() {
		return 0, false
	}
	return time.Duration(seconds * float64(time.Second)).Round(time.Second), true
}
