package importer

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// PacerOptions say how fast a Pacer lets requests go. The zero value works.
type PacerOptions struct {
	Rate      float64 // ceiling in requests per second; 0 means DefaultRate
	Found     float64 // where an earlier Pacer had settled: the rate to start at; 0: not known
	Workers   int     // in flight at most; 0 means rate × observed latency, 1 to 64
	HaltAfter int     // server-side failures in a row that halt the run; 0 means 5
	// OnResume is called before the first request after a pause: an idle
	// connection that the server closed meanwhile would make an innocent
	// request ambiguous.
	OnResume func()
}

// MaxWorkers bounds the requests in flight when their number is automatic.
const MaxWorkers = 64

// A Pacer lets requests go one by one: it owns the tokens, the pause that all
// workers share, the rate that adapts to the server's 429s, and the rule that
// after a server-side failure one request is in flight until another answer
// comes. One waiter stands at the limiter at a time, so that a changed rate
// reaches everybody. Safe for concurrent use.
type Pacer struct {
	o       PacerOptions
	turn    chan struct{} // held by the one who waits for a token
	limiter *rate.Limiter

	mu       sync.Mutex
	changed  chan struct{} // closed when the gate may have opened; nil while nobody waits
	rate     adaptiveRate
	started  int64 // attempts let go so far; the number of the latest
	inFlight int
	holds    int
	until    time.Time // end of the pause
	resume   bool      // OnResume is due
	reason   string    // why it is slower than asked for
	latency  time.Duration
	streak   streak
	halt     *Halt

	// Set once, before the first attempt.
	onHalt  func(*Halt)
	lastRow func() bool // whether only one row is left
}

// A streak counts server-side failures in a row.
type streak struct {
	n    int
	mark int64 // attempts up to this one were in flight at the first failure
	keys []Key // whose they are, each once
}

// maxStreakKeys bounds what is remembered of an outage.
const maxStreakKeys = 100

// A server that asks for a longer pause than this halts the run.
const longestPause = time.Hour

// NewPacer returns a Pacer that starts at the rate found earlier, else at its
// ceiling.
func NewPacer(o PacerOptions) *Pacer {
	if o.HaltAfter <= 0 {
		o.HaltAfter = 5
	}
	p := &Pacer{o: o, turn: make(chan struct{}, 1), rate: newAdaptiveRate(o.Rate, o.Found)}
	if p.rate.current < p.rate.ceiling {
		p.reason = "found by an earlier run"
	}
	p.limiter = rate.NewLimiter(limit(p.rate.current), 1)
	return p
}

func limit(perSecond float64) rate.Limit {
	if perSecond >= Unlimited {
		return rate.Inf
	}
	return rate.Limit(perSecond)
}

// Pace makes every attempt of next wait for p, and tells p how it went.
func Pace(next Creator, p *Pacer) Creator {
	return CreatorFunc(func(ctx context.Context, req Request) (Receipt, error) {
		a, err := p.acquire(ctx)
		if err != nil {
			return Receipt{}, err
		}
		err = errPanicked // what a panic of next leaves behind
		released := false
		defer func() {
			if !released {
				p.release(a, req.EntryKey(), err)
			}
		}()
		var r Receipt
		r, err = next.Create(ctx, req.whenLanded(func() {
			released = true
			p.release(a, req.EntryKey(), nil)
		}))
		return r, err
	})
}

var errPanicked = &Error{Kind: KindInternal, Code: "internal"}

// An admission is one attempt that was let go.
type admission struct {
	number int64
	at     time.Time
}

// acquire waits until one attempt may go. It fails with ErrStopped when ctx
// ends or the run is halted.
func (p *Pacer) acquire(ctx context.Context) (admission, error) {
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return admission{}, ErrStopped
	}
	token := false
	for {
		if ctx.Err() != nil {
			return admission{}, ErrStopped
		}
		p.mu.Lock()
		open, wait, changed := p.gate(time.Now())
		resume := open && token && p.resume
		switch {
		case p.halt != nil:
			p.mu.Unlock()
			return admission{}, ErrStopped
		case resume:
			p.resume = false
		case open && token:
			p.started++
			p.inFlight++
			a := admission{number: p.started, at: time.Now()}
			p.rate.started(a.at)
			p.mu.Unlock()
			return a, nil
		}
		p.mu.Unlock()
		switch {
		case resume:
			if p.o.OnResume != nil {
				p.o.OnResume()
			}
		case open:
			token = p.takeToken(ctx)
		default:
			p.waitGate(ctx, wait, changed)
			// A token from before a pause, and the one that has come up
			// meanwhile, would be two requests at once.
			token = token && wait == 0
		}
	}
}

// gate tells whether a request may go now, and else how long a pause lasts (0:
// until something changes, which closes the channel). p.mu is held.
func (p *Pacer) gate(now time.Time) (open bool, wait time.Duration, changed <-chan struct{}) {
	wait = max(p.until.Sub(now), 0)
	if wait == 0 && p.holds == 0 && p.inFlight < p.most() {
		return true, 0, nil
	}
	if p.changed == nil {
		p.changed = make(chan struct{})
	}
	return false, wait, p.changed
}

// most is the number of requests that may be in flight. p.mu is held.
func (p *Pacer) most() int {
	switch {
	case p.streak.n > 0:
		return 1
	case p.o.Workers > 0:
		return p.o.Workers
	case p.rate.current >= Unlimited:
		return MaxWorkers
	}
	latency := p.latency.Seconds()
	if p.latency == 0 {
		latency = 1
	}
	// Half as much again: latency varies, and a rate that is kept on average
	// needs room for the slow answers.
	return int(min(max(math.Ceil(p.rate.current*latency*1.5), 1), MaxWorkers))
}

// takeToken waits at the limiter; false means that ctx ended.
func (p *Pacer) takeToken(ctx context.Context) bool {
	// Reserve, not Wait: Wait fails at once when a deadline is near.
	r := p.limiter.Reserve()
	d := r.Delay()
	if d == 0 || sleep(ctx, d) {
		return true
	}
	r.Cancel()
	return false
}

func (p *Pacer) waitGate(ctx context.Context, d time.Duration, changed <-chan struct{}) {
	var expired <-chan time.Time
	if d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		expired = t.C
	}
	select {
	case <-changed:
	case <-expired:
	case <-ctx.Done():
	}
}

// release takes an attempt back and learns from how it ended.
func (p *Pacer) release(a admission, key Key, err error) {
	now := time.Now()
	lastRow := p.lastRow != nil && p.lastRow()
	p.mu.Lock()
	p.inFlight--
	e := AsError(err)
	switch kind := KindOf(err); {
	case kind == KindInternal || kind == KindJournal || kind == KindStopped:
		// No exchange took place, or none that says anything of the server.
	case e != nil && e.ServerSide:
		p.failed(now, a, key, e, lastRow)
	default:
		p.answered(now, a, e)
	}
	if e != nil && e.RetryAfter > 0 {
		p.pause(now, e.RetryAfter, fmt.Sprintf("the server asks to wait %s (%s)", e.RetryAfter.Round(time.Second), e.Code))
	}
	halt := p.halt
	p.broadcast()
	p.mu.Unlock()
	if halt != nil && p.onHalt != nil {
		p.onHalt(halt)
	}
}

// answered notes an answer that is not a server-side failure. p.mu is held.
func (p *Pacer) answered(now time.Time, a admission, e *Error) {
	p.streak = streak{}
	switch {
	case e != nil && e.Limited:
		if p.rate.refused(now, a.number, p.started) {
			p.reason = "the server answered 429"
			p.limiter.SetLimit(limit(p.rate.current))
		}
		return
	case e == nil && p.rate.accepted(now):
		p.limiter.SetLimit(limit(p.rate.current))
	}
	if p.rate.current >= p.rate.ceiling {
		p.reason = ""
	}
	took := now.Sub(a.at)
	if p.latency == 0 {
		p.latency = took
	}
	p.latency += (took - p.latency) / 8
}

// failed notes a server-side failure, waits longer after each in a row, and
// halts after the last one. p.mu is held.
func (p *Pacer) failed(now time.Time, a admission, key Key, e *Error, lastRow bool) {
	s := &p.streak
	if len(s.keys) < maxStreakKeys && !slices.Contains(s.keys, key) {
		s.keys = append(s.keys, key)
	}
	switch {
	case s.n == 0:
		s.n, s.mark = 1, p.started
	case a.number > s.mark:
		s.n++
	default:
		return
	}
	if s.n >= p.o.HaltAfter && (len(s.keys) > 1 || lastRow) {
		p.stop(&Halt{Reason: StopOutage, Keys: s.keys, Message: fmt.Sprintf("%d server-side failures in a row, the last: %s", s.n, e.Error())})
		return
	}
	p.pause(now, min(500*time.Millisecond<<min(s.n-1, 4), 8*time.Second), "server-side failure: "+e.Code)
}

// pause makes everybody wait. p.mu is held.
func (p *Pacer) pause(now time.Time, d time.Duration, reason string) {
	if d > longestPause {
		p.stop(&Halt{Reason: StopOutage, Message: fmt.Sprintf("%s, longer than a run waits; run again after %s", reason, now.Add(d).Format("2006-01-02 15:04 MST"))})
		return
	}
	if t := now.Add(d); t.After(p.until) {
		p.rate.paused(t.Sub(later(p.until, now)))
		p.until, p.reason = t, reason
	}
	p.resume = true
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// stop halts: nobody is let go any more. p.mu is held.
func (p *Pacer) stop(h *Halt) {
	if p.halt == nil {
		p.halt = h
	}
}

// Halted tells why nobody is let go any more; nil while rows may go.
func (p *Pacer) Halted() *Halt {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.halt
}

// Hold lets nobody go until the function it returns is called.
func (p *Pacer) Hold() (release func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.holds++
	return sync.OnceFunc(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.holds--
		p.broadcast()
	})
}

// broadcast wakes whoever waits at the gate. p.mu is held.
func (p *Pacer) broadcast() {
	if p.changed != nil {
		close(p.changed)
		p.changed = nil
	}
}

// attach lets the engine know of a halt, and the Pacer of the rows left. It
// comes before the first attempt.
func (p *Pacer) attach(onHalt func(*Halt), lastRow func() bool) {
	p.onHalt, p.lastRow = onHalt, lastRow
}

// Found is the rate to start the next run at: just under what the server was
// found to accept. 0 means that nothing below the ceiling was found.
func (p *Pacer) Found() float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rate.found()
}

// A PaceState is what a Pacer does at a moment.
type PaceState struct {
	Rate        float64   // allowed now, requests per second
	Ceiling     float64   // asked for
	InFlight    int       // requests
	PausedUntil time.Time // zero or past: no pause
	Reason      string    // why it is slower than the ceiling; "" if it is not
}

// State tells what the Pacer does now.
func (p *Pacer) State() PaceState {
	p.mu.Lock()
	defer p.mu.Unlock()
	return PaceState{Rate: p.rate.current, Ceiling: p.rate.ceiling, InFlight: p.inFlight, PausedUntil: p.until, Reason: p.reason}
}
