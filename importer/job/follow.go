package job

import (
	"context"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/bulkonboard/bulkonboard/importer"
)

// recordEvery is how often the run's record follows its progress, for status.
const recordEvery = time.Second

// progress is what a run has done so far.
type progress struct {
	pacer   *importer.Pacer
	started time.Time
	total   int

	mu     sync.Mutex
	sent   importer.Counts
	counts importer.Counts // of the input's rows
	last   []Refusal

	log    zerolog.Logger
	logged importer.PaceState // of the last line about the pace
}

// ended takes in an event; before is where its row stood before the run.
func (p *progress) ended(ev importer.Event, before importer.Status) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if ev.Was != importer.Pending { // it has ended before, and is something else now
		before = ev.Was
		p.sent[ev.Was]--
	}
	p.sent[ev.Status]++
	p.counts[before]--
	p.counts[ev.Status]++
	p.refused(ev)
}

func (p *progress) tell() Progress {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Progress{Total: p.total, Sent: p.sent, Started: p.started, Pace: p.pacer.State(), Refusals: slices.Clone(p.last)}
}

// record lets the run's record follow, so that status can answer at once. The
// function it returns ends that. A journal that does not take it any more, as
// one that was replaced, loses the run, also while nothing is sent.
func (p *progress) record(s importer.Store, run importer.Run, lose context.CancelCauseFunc) (stop func()) {
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		t := time.NewTicker(recordEvery)
		defer t.Stop()
		for {
			select {
			case <-done:
				p.logPace()
				return
			case <-t.C:
			}
			p.logPace()
			p.mu.Lock()
			run.Counts, run.Sent, run.RateFound = p.counts.Map(), p.sent.Map(), p.pacer.Found()
			p.mu.Unlock()
			if err := s.UpdateRun(context.Background(), run); err != nil {
				lose(&importer.Halt{Reason: importer.StopJournal, Message: err.Error(), Cause: err})
			}
		}
	})
	return func() {
		close(done)
		wg.Wait()
	}
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
	p.log.Info().Str("rate", importer.FormatRate(now.Rate)).Str("ceiling", importer.FormatRate(now.Ceiling)).
		Str("slowed_by", now.Reason).Msg("pace")
}
