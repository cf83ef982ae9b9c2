package display

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job"
)

// Intervals of what is shown while a run works.
const (
	liveEvery = 200 * time.Millisecond
	logEvery  = 5 * time.Second
)

// Live says how a run's progress is shown.
type Live struct {
	Screen *Screen
	// Columns is the width of the terminal now; nil: there is none.
	Columns func() int
	Plain   bool           // sentences instead of a block that is drawn over
	Log     zerolog.Logger // log lines, where there is neither
	Logs    bool           // log lines besides a block, since they go elsewhere
}

// Show shows a progress until the function it returns is called, which may be
// more than once.
func (l Live) Show(tell func() job.Progress) (stop func()) {
	done := make(chan struct{})
	var wg sync.WaitGroup
	block := l.Columns != nil && !l.Plain
	wg.Go(func() {
		said, drawn := time.NewTicker(logEvery), time.NewTicker(liveEvery)
		defer said.Stop()
		defer drawn.Stop()
		for {
			select {
			case <-done:
				if block {
					l.Screen.Draw(l.Columns)
				}
				return
			case <-drawn.C:
				if block {
					l.Screen.Draw(l.Columns, Lines(tell(), time.Now(), l.Columns())...)
				}
			case <-said.C:
				p := tell()
				if l.Plain {
					_, _ = io.WriteString(l.Screen, Sentence(p, time.Now())+"\n")
				}
				if l.Logs || !l.Plain && !block {
					logLine(l.Log, p)
				}
			}
		}
	})
	return sync.OnceFunc(func() {
		close(done)
		wg.Wait()
	})
}

// Lines tells a progress in a few lines for a terminal of so many columns: how
// far it is, what became of the rows, why it is slow, and the last refusals.
func Lines(p job.Progress, now time.Time, columns int) []string {
	done := p.Done()
	head := fmt.Sprintf("%s of %s", Number(done), Number(p.Total))
	if done > 0 {
		head += " · " + importer.FormatRate(p.Speed(now))
	}
	if left, ok := p.Left(now); ok {
		head += " · " + Duration(left) + " left"
	}
	if room := columns - 1 - cells(head) - 3; room >= 5 && p.Total > 0 {
		room = min(room, 30)
		full := min(room*done/p.Total, room)
		head = "[" + strings.Repeat("#", full) + strings.Repeat("-", room-full) + "] " + head
	}
	lines := []string{head}
	if done > 0 {
		lines = append(lines, Counts(p.Sent))
	}
	if s := slow(p, now); s != "" {
		lines = append(lines, s)
	}
	for _, r := range p.Refusals {
		lines = append(lines, fmt.Sprintf("row %s %s: %s", r.Row, Word(r.Status), strings.Join(strings.Fields(r.Message), " ")))
	}
	for i := range lines {
		lines[i] = Clean(lines[i])
	}
	return lines
}

// slow tells why a run is slower than asked for; "" if it is not.
func slow(p job.Progress, now time.Time) string {
	switch wait := p.Pace.PausedUntil.Sub(now); {
	case wait > 0:
		return fmt.Sprintf("waiting %s: %s", Duration(wait), p.Pace.Reason)
	case p.Pace.Reason != "":
		return fmt.Sprintf("slowed to %s: %s", importer.FormatRate(p.Pace.Rate), p.Pace.Reason)
	}
	return ""
}

// Sentence tells a progress as one can have it read aloud.
func Sentence(p job.Progress, now time.Time) string {
	s := fmt.Sprintf("%s of %s done", Number(p.Done()), Count(p.Total, "row"))
	if p.Done() > 0 {
		s += ": " + Counts(p.Sent)
	}
	s += "."
	if left, ok := p.Left(now); ok {
		s += " About " + Duration(left) + " left."
	}
	if why := slow(p, now); why != "" {
		s += " It is " + why + "."
	}
	if n := len(p.Refusals); n > 0 {
		r := p.Refusals[n-1]
		s += fmt.Sprintf(" The last that was not created: row %s, %s.", r.Row,
			strings.TrimSuffix(strings.Join(strings.Fields(r.Message), " "), "."))
	}
	return Clean(s)
}

func logLine(l zerolog.Logger, p job.Progress) {
	ev := l.Info().Int("done", p.Done()).Int("total", p.Total).Str("rate", importer.FormatRate(p.Pace.Rate)).Int("in_flight", p.Pace.InFlight)
	for _, s := range importer.Statuses {
		if n := p.Sent[s]; n > 0 {
			ev = ev.Int(s.String(), n)
		}
	}
	if p.Pace.Reason != "" {
		ev = ev.Str("slowed_by", p.Pace.Reason)
	}
	if left, ok := p.Left(time.Now()); ok {
		ev = ev.Str("left", Duration(left))
	}
	ev.Msg("progress")
}
