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

// Line tells a progress in one line.
func Line(p job.Progress, now time.Time) string {
	var b strings.Builder
	done := p.Done()
	fmt.Fprintf(&b, "%s of %s", Number(done), Number(p.Total))
	elapsed := now.Sub(p.Started)
	if done > 0 && elapsed > 0 {
		fmt.Fprintf(&b, " · %s", importer.FormatRate(float64(done)/elapsed.Seconds()))
	}
	if left, ok := p.Left(now); ok {
		fmt.Fprintf(&b, " · %s left", Duration(left))
	}
	if done > 0 {
		fmt.Fprintf(&b, " · %s", Counts(p.Sent))
	}
	if wait := p.Pace.PausedUntil.Sub(now); wait > 0 {
		fmt.Fprintf(&b, " · waiting %s: %s", Duration(wait), p.Pace.Reason)
	} else if p.Pace.Reason != "" {
		fmt.Fprintf(&b, " · slowed to %s: %s", importer.FormatRate(p.Pace.Rate), p.Pace.Reason)
	}
	return Clean(b.String())
}

// Live shows a run's progress until the function it returns is called: a line
// that is written over on a terminal, log lines else.
func Live(w io.Writer, width func() (int, bool), l zerolog.Logger, tell func() job.Progress) (stop func()) {
	_, tty := width()
	every := logEvery
	if tty {
		every = liveEvery
	}
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		t := time.NewTicker(every)
		defer t.Stop()
		for {
			select {
			case <-done:
				if tty {
					fmt.Fprint(w, "\r\x1b[K")
				}
				return
			case <-t.C:
			}
			p := tell()
			if !tty {
				logLine(l, p)
				continue
			}
			line := Line(p, time.Now())
			if n, _ := width(); len([]rune(line)) >= n {
				line = string([]rune(line)[:max(n-2, 0)]) + "…"
			}
			fmt.Fprint(w, "\r\x1b[K"+line)
		}
	})
	return func() {
		close(done)
		wg.Wait()
	}
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
