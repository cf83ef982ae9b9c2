package job

import (
	"context"
	"errors"
	"io"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/api"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
)

// lookEvery is how often a run looks whether somebody has edited its input.
const lookEvery = 200 * time.Millisecond

// recordEvery is how often the run's record follows its progress, for status.
const recordEvery = time.Second

// send makes the second pass: all of it, or a pilot first.
func (r *runner) send(ctx context.Context, pacer *importer.Pacer, client *api.Client) (importer.Tally, error) {
	f, err := r.feed(ctx)
	if err != nil {
		return importer.Tally{}, err
	}
	defer f.pass.Close()
	p := &progress{pacer: pacer, started: time.Now(), total: r.result.Survey.Send, counts: r.result.Survey.Counts, log: r.log}
	stop := p.record(r.store, r.record)
	defer func() {
		stop()
		r.counts = p.counts
	}()
	s := sender{r: r, feed: f, progress: p, creator: importer.Log(client, r.log), options: importer.SendOptions{
		Pacer: pacer, Journal: r.store, MaxAttempts: r.o.MaxAttempts, Sealer: r.seals(), Limit: r.o.Limit, MaxErrors: r.o.MaxErrors, MaxErrorsPercent: r.o.MaxErrorsPercent,
		ReadBack: func(ctx context.Context) error { return readBack(ctx, r.store, client) },
	}}
	if r.o.Pilot > 0 {
		return s.pilot(ctx, client)
	}
	return s.some(ctx), nil
}

// A sender sends what a feed yields, in one go or in two.
type sender struct {
	r        *runner
	feed     *feed
	progress *progress
	creator  importer.Creator
	options  importer.SendOptions
	created  []importer.Key // in a pilot
}

func (s *sender) some(ctx context.Context) importer.Tally {
	if s.r.o.Live != nil {
		s.r.o.Live(s.r.place.String(), s.progress.tell)
	}
	o := s.options
	if s.feed.most == 0 { // a pilot goes on whatever the answers
		o.Elsewhere = s.feed.elsewhere
	}
	o.Observe = func(ev importer.Event) {
		s.progress.ended(ev, s.feed)
		if s.feed.most > 0 && ev.Status == importer.Created {
			s.created = append(s.created, ev.Request.EntryKey())
		}
		var unkept *importer.UnkeptError
		if errors.As(ev.Err, &unkept) {
			s.r.result.Unkept = append(s.r.result.Unkept, unkept)
		}
	}
	return importer.Send(ctx, s.feed.requests, s.creator, o)
}

// A feed yields the requests of the rows to be sent; those that halted the
// last run come last.
type feed struct {
	pass    *rows.Pass
	in      *rows.Input
	apiKey  string
	late    map[importer.Key]bool
	tail    []importer.Request
	none    bool      // the survey has found nothing to send: no pass is needed to see it again
	most    int       // requests it yields before it pretends to be at its end; 0: all
	yielded int       // requests
	looked  time.Time // whether the input has changed

	sample []sampled // rows that may go before their turn

	mu      sync.Mutex
	from    map[importer.RowRef]importer.Status // where rows on their way stood before
	waiting map[importer.RowRef]bool            // rows of the sample that have not had their turn
	jumped  map[importer.RowRef]bool            // rows that went before it
}

func (r *runner) feed(ctx context.Context) (*feed, error) {
	store := r.store
	if r.isNew && r.adopted == nil && r.in.Correction == nil {
		store = nil // it knows nobody but the rows that this pass has yielded
	}
	p, err := rows.NewPass(ctx, r.in, store, r.decide)
	if err != nil {
		return nil, err
	}
	f := &feed{pass: p, in: r.in, apiKey: r.decide.APIKey, none: r.result.Survey.Send == 0, sample: r.sample.kept, late: map[importer.Key]bool{},
		from: map[importer.RowRef]importer.Status{}, waiting: map[importer.RowRef]bool{}, jumped: map[importer.RowRef]bool{}}
	for _, s := range f.sample {
		f.waiting[s.req.Row] = true
	}
	for _, k := range r.last.Halted {
		f.late[k] = true
	}
	return f, nil
}

// requests are importer.Requests.
func (f *feed) requests(ctx context.Context) iter.Seq2[importer.Request, error] {
	return func(yield func(importer.Request, error) bool) {
		for !f.none && (f.most == 0 || f.yielded < f.most) {
			req, err := f.next(ctx)
			f.yielded++
			if errors.Is(err, io.EOF) || !yield(req, err) || err != nil {
				return
			}
		}
	}
}

// next is the next request; io.EOF: there is none.
func (f *feed) next(ctx context.Context) (importer.Request, error) {
	for {
		it, err := f.pass.Next(ctx)
		if errors.Is(err, io.EOF) && len(f.tail) > 0 {
			req := f.tail[0]
			f.tail = f.tail[1:]
			return req, nil
		}
		if err != nil {
			return importer.Request{}, err
		}
		if !it.Send {
			continue
		}
		if err := f.changed(); err != nil {
			return importer.Request{}, err
		}
		if f.gone(it) {
			continue
		}
		if req := f.leaving(it.Request); f.late[req.EntryKey()] {
			f.tail = append(f.tail, req)
		} else {
			return req, nil
		}
	}
}

// gone tells whether a row went before its turn, which has come.
func (f *feed) gone(it *rows.Item) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.jumped[it.Ref] {
		return true
	}
	delete(f.waiting, it.Ref)
	f.from[it.Ref] = it.Status
	return false
}

// leaving is a request as it is sent.
func (f *feed) leaving(r importer.Request) importer.Request {
	r.SecretsMAC = r.Client.SecretsMAC(f.apiKey)
	return r
}

// changed fails when the input is no longer the one that was read. The rows
// come from verified bytes in any case; this ends a run whose rest is of
// yesterday. A young file is compared byte for byte, hence not for every row.
func (f *feed) changed() error {
	if time.Since(f.looked) < lookEvery {
		return nil
	}
	f.looked = time.Now()
	return f.in.Changed()
}

// left tells where a row that has ended stood before.
func (f *feed) left(ref importer.RowRef) importer.Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.from[ref]
	delete(f.from, ref)
	return s
}

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

func (p *progress) ended(ev importer.Event, f *feed) {
	before := f.left(ev.Request.Row)
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
// function it returns ends that.
func (p *progress) record(s importer.Store, run importer.Run) (stop func()) {
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
			// A journal that cannot be written stops the run by itself.
			_ = s.UpdateRun(context.Background(), run)
		}
	})
	return func() {
		close(done)
		wg.Wait()
	}
}
