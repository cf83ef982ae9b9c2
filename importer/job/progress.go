package job

import (
	"math"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// A Refusal is a row that ended without a client.
type Refusal struct {
	Row     importer.RowRef
	Status  importer.Status
	Message string
}

// mostRefusals are remembered while a run works.
const mostRefusals = 2

// refused notes an event that is one. p.mu is held.
func (p *progress) refused(ev importer.Event) {
	e := importer.AsError(ev.Err)
	if e == nil || ev.Was != importer.Pending {
		return
	}
	p.last = append(p.last, Refusal{Row: ev.Request.Row, Status: ev.Status, Message: e.Error()})
	p.last = p.last[max(0, len(p.last)-mostRefusals):]
}

// logPace puts a changed pace on the run's log. One goroutine calls it.
func (p *progress) logPace() {
	now := p.pacer.State()
	was := p.logged
	if now.Reason == was.Reason && math.Abs(now.Rate-was.Rate) < 0.1*was.Rate {
		return
	}
	p.logged = now
	p.log.Info().Str("rate", importer.FormatRate(now.Rate)).Str("ceiling", importer.FormatRate(now.Ceiling)).Str("slowed_by", now.Reason).Msg("pace")
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
