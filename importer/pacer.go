package importer

import (
	"context"
	"math"
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
	// OnPause is told of each pause that begins or grows, with its end; it may
	// ask nothing of the Pacer. Whatever must not be held while nobody works can
	// be let go of: OnResume is called before anybody goes on.
	OnPause func(until time.Time)
	// OnResume is called before the first request after a pause: an idle
	// connection that the server closed meanwhile would make an innocent
	// request ambiguous. Nobody is let go while it runs, and a Halt that it
	// returns ends the run.
	OnResume func(context.Context) *Halt
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
	windows  windows
	faster   chan struct{} // closed when the rate was set higher
	started  int64         // attempts let go so far; the number of the latest
	inFlight int
	holds    int
	waiting  int       // rows that want to go
	passes   int       // of these, how many may although the Pacer is held
	until    time.Time // end of the pause
	resume   bool      // OnResume is due
	resuming bool      // it runs
	reason   string    // why it is slower than asked for
	latency  time.Duration
	streak   streak
	halt     *Halt

	// Set once, before the first attempt.
	onHalt   func(*Halt)
	lastRow  func() bool                 // whether only one row is left
	readBack func(context.Context) error // reads one created client; nil: nobody can
}

// NewPacer returns a Pacer that starts at the rate found earlier, else at its
// ceiling.
func NewPacer(o PacerOptions) *Pacer {
	if o.HaltAfter <= 0 {
		o.HaltAfter = 5
	}
	p := &Pacer{o: o, turn: make(chan struct{}, 1), rate: newAdaptiveRate(o.Rate, o.Found), faster: make(chan struct{})}
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
	return CreatorFunc(func(ctx context.Context, req Request) (r Receipt, err error) {
		a, err := p.acquire(ctx, req.probe)
		if err != nil {
			return Receipt{}, err
		}
		err = errPanicked // what a panic of next leaves behind
		landed := false
		defer func() { p.ended(a, req.EntryKey(), r, err, landed) }()
		r, err = next.Create(ctx, req.whenLanded(func(r Receipt) {
			landed = true
			p.landed(a, r)
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
// ends or the run is halted. A probe goes although the Pacer is held.
func (p *Pacer) acquire(ctx context.Context, probe bool) (admission, error) {
	if !probe {
		p.wants(1)
		defer p.wants(-1)
		select {
		case p.turn <- struct{}{}:
			defer func() { <-p.turn }()
		case <-ctx.Done():
			return admission{}, ErrStopped
		}
	}
	token := false
	for {
		if ctx.Err() != nil {
			return admission{}, ErrStopped
		}
		p.mu.Lock()
		open, wait, changed := p.gate(time.Now(), probe)
		resume := open && token && p.resume
		ask := open && token && !resume && p.asksFirst()
		switch {
		case p.halt != nil:
			p.mu.Unlock()
			return admission{}, ErrStopped
		case resume:
			p.resume, p.resuming = false, true
		case ask:
			p.inFlight++
		case open && token:
			p.started++
			p.inFlight++
			a := admission{number: p.started, at: time.Now()}
			p.rate.started(a.at)
			if d := p.windows.left(a.at, a.number); d > 0 {
				p.pause(a.at, d, p.windows.reason())
			}
			if p.holds > 0 && !probe {
				p.passes--
			}
			p.mu.Unlock()
			return a, nil
		}
		p.mu.Unlock()
		switch {
		case resume:
			p.resumed(ctx)
		case ask:
			p.asked(ctx, p.readBack(ctx))
			token = false // it was one request
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

// resumed does what is to be done before anybody goes on after a pause.
func (p *Pacer) resumed(ctx context.Context) {
	var h *Halt
	if p.o.OnResume != nil {
		h = p.o.OnResume(ctx)
	}
	p.mu.Lock()
	p.resuming = false
	if h != nil {
		p.stop(h)
	}
	p.unlockAndTell()
}

// gate tells whether a request may go now, and else how long a pause lasts (0:
// until something changes, which closes the channel). p.mu is held.
func (p *Pacer) gate(now time.Time, probe bool) (open bool, wait time.Duration, changed <-chan struct{}) {
	wait = max(p.until.Sub(now), 0)
	if wait == 0 && (p.holds == 0 || probe || p.passes > 0) && !p.resuming && p.inFlight < p.most() {
		return true, 0, nil
	}
	return false, wait, p.watch()
}

// watch is closed when something has changed. p.mu is held.
func (p *Pacer) watch() <-chan struct{} {
	if p.changed == nil {
		p.changed = make(chan struct{})
	}
	return p.changed
}

// most is the number of requests that may be in flight. p.mu is held.
func (p *Pacer) most() int {
	switch {
	case p.streak.n > 0 || p.windows.alone():
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
	for {
		p.mu.Lock()
		faster := p.faster
		p.mu.Unlock()
		// Reserve, not Wait: Wait fails at once when a deadline is near.
		r := p.limiter.Reserve()
		d := r.Delay()
		if d == 0 {
			return true
		}
		t := time.NewTimer(d)
		select {
		case <-t.C:
			return true
		case <-faster:
			t.Stop()
			r.Cancel()
		case <-ctx.Done():
			t.Stop()
			r.Cancel()
			return false
		}
	}
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

func (p *Pacer) wants(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting += n
	p.broadcast()
}

// letOne lets one row go although p is held, and waits until it is back; false
// if none waits, or ctx has ended.
func (p *Pacer) letOne(ctx context.Context) bool {
	p.mu.Lock()
	before, none := p.started, p.waiting == 0
	if !none {
		p.passes = 1
		p.broadcast()
	}
	p.mu.Unlock()
	if none {
		return false
	}
	for {
		p.mu.Lock()
		gone, over := p.started > before, p.waiting == 0 || p.halt != nil || ctx.Err() != nil
		changed := p.watch()
		if gone || over {
			p.passes = 0
		}
		p.mu.Unlock()
		switch {
		case gone:
			p.drained(ctx)
			return true
		case over:
			return false
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// drained waits until nothing is in flight, or ctx ends.
func (p *Pacer) drained(ctx context.Context) {
	for {
		p.mu.Lock()
		flying, changed := p.inFlight, p.watch()
		p.mu.Unlock()
		if flying == 0 {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// broadcast wakes whoever waits at the gate. p.mu is held.
func (p *Pacer) broadcast() {
	if p.changed != nil {
		close(p.changed)
		p.changed = nil
	}
}

// attach lets the engine know of a halt, and the Pacer of the rows left and of
// how to ask the server without a row. It comes before the first attempt.
func (p *Pacer) attach(onHalt func(*Halt), lastRow func() bool, readBack func(context.Context) error) {
	p.onHalt, p.lastRow, p.readBack = onHalt, lastRow, readBack
}

// Found is the rate to start the next run at: just under what the server was
// found to accept. 0 means that nothing below the ceiling was found.
func (p *Pacer) Found() float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rate.found()
}

// SetRate sets another ceiling, in requests per second; 0 means DefaultRate. It
// holds from the next request on. A Pacer that goes as fast as it may goes as
// fast as it now may; one that the server has slowed climbs on from where it is.
func (p *Pacer) SetRate(perSecond float64) {
	if perSecond <= 0 {
		perSecond = DefaultRate
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rate.limit(perSecond)
	p.paceSet()
	p.broadcast()
}

// paceSet lets the limiter follow the rate. p.mu is held.
func (p *Pacer) paceSet() {
	before, now := p.limiter.Limit(), limit(p.rate.current)
	p.limiter.SetLimit(now)
	if now > before*1.2 {
		// Who already waits for a token would wait as long as before, and the
		// next one would go right behind.
		close(p.faster)
		p.faster = make(chan struct{})
	}
	if p.rate.current >= p.rate.ceiling && !p.windows.alone() {
		p.reason = ""
	}
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
