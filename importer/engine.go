package importer

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// SendOptions say how rows are sent, and when that ends before they do.
type SendOptions struct {
	Pacer   *Pacer  // required; of one Send, or of several one after the other
	Journal Journal // required
	// MaxAttempts of a row while its failures are transient; 0: DefaultAttempts.
	MaxAttempts int
	// Sealer is who keeps the rows' credentials; nil: they are not kept.
	Sealer Sealer
	// Limit is how many rows may be created, in doubt or in flight; 0: no limit.
	Limit int
	// MaxErrors is how many rows may end rejected or failed; 0: no limit.
	MaxErrors int
	// MaxErrorsPercent is the same as a share of the rows that ended, in
	// percent; it does not count before 20 rows have ended. 0: no limit.
	MaxErrorsPercent float64
	// ReadBack reads one created client back with the run's key: to tell a
	// refused row from a refused account, and to ask a server that is not well.
	// It answers ErrNoneCreated if there is none yet. nil: nobody can.
	ReadBack func(context.Context) error
	// Elsewhere yields some rows from elsewhere in the input, to find out whether
	// a refusal of these rows is about them; the source, which may be in use
	// meanwhile, does not yield them any more. nil: nobody finds out, and each
	// refusal is its row's own.
	Elsewhere func(ctx context.Context, refused []Request) iter.Seq2[Request, error]
	// Observe is told of every row that ended, one call at a time.
	Observe func(Event)
}

// An Event is one row that ended in this run, or that was reclassified after it
// had ended.
type Event struct {
	Request Request
	Receipt Receipt
	Status  Status
	Err     error // nil if the client was created
	// Was is the status that it had ended with; Pending for a row that ends now.
	Was Status
}

// A Tally is what a run did.
type Tally struct {
	Sent Counts // rows that ended in this run, by status
	Halt *Halt  // nil if all rows were attempted
}

// beforePercent rows must have ended before MaxErrorsPercent counts.
const beforePercent = 20

// Requests yield requests until there are no more, or an error, which ends the
// run. Its context ends when no request is wanted any more. It is used by one
// goroutine; where a Send before has left off, the next one goes on.
type Requests func(context.Context) iter.Seq2[Request, error]

// Send sends what a source yields, each request by single exchanges of create:
// one reader, as many slots as requests may be in flight. A row's failure is
// data: it is observed and counted, and does not end the run unless it says
// that every other row would meet it too.
//
// When ctx ends no row is started any more and the rows in flight finish. Send
// returns when the last of them has. An error of the source ends the run in the
// same way, as a Halt with that cause.
func Send(ctx context.Context, source Requests, create Creator, o SendOptions) Tally {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	create = Retry(Pace(Record(create, o.Journal), o.Pacer), o.MaxAttempts)
	e := &engine{o: o, create: Credentialed(create, o.Sealer), cancel: cancel, freed: make(chan struct{}, 1), refusal: make(chan struct{}, 1)}
	o.Pacer.attach(e.halt, e.onlyOneLeft, o.ReadBack)

	work := make(chan Request)
	slots := make(chan struct{}, e.workers())
	var g errgroup.Group
	for range 2 * cap(slots) { // in flight, and answered but not yet on the disk
		g.Go(func() error {
			e.worker(ctx, work, slots)
			return nil
		})
	}
	e.read(ctx, source, work)
	close(work)
	_ = g.Wait() // workers return no error: it would hide the others' rows
	return e.tally(ctx)
}

type engine struct {
	o      SendOptions
	create Creator
	cancel context.CancelCauseFunc
	freed  chan struct{} // a row ended: the limit may have room again

	refusal chan struct{} // held while a refusal is looked into

	// Atomics, since the Pacer asks for them under its own lock.
	active    atomic.Int64 // rows handed out that have not ended
	exhausted atomic.Bool  // the source is at its end

	mu        sync.Mutex
	sent      Counts
	cut       int    // rows that could have gone on had ctx not ended
	forbidden []Key  // refused with 403 in a row
	alike     series // refused in the same way in a row
	created   int    // answers so far that made a client
	halted    *Halt
}

func (e *engine) workers() int {
	if e.o.Pacer.o.Workers > 0 {
		return e.o.Pacer.o.Workers
	}
	return MaxWorkers
}

// read hands out rows until there are none, the limit is reached, or ctx ends.
func (e *engine) read(ctx context.Context, source Requests, work chan<- Request) {
	if ctx.Err() != nil || !e.room(ctx) {
		return
	}
	for req, err := range source(ctx) {
		if err != nil {
			if ctx.Err() == nil {
				e.halt(&Halt{Reason: StopInput, Message: err.Error(), Cause: err})
			}
			return
		}
		e.active.Add(1)
		select {
		case work <- req:
		case <-ctx.Done():
			e.end(ctx, Event{Request: req, Status: Pending, Err: ErrStopped})
			return
		}
		if ctx.Err() != nil || !e.room(ctx) {
			return
		}
	}
	e.exhausted.Store(true)
}

// room waits until the limit allows one more row; false means never.
func (e *engine) room(ctx context.Context) bool {
	if e.o.Limit <= 0 {
		return true
	}
	for {
		e.mu.Lock()
		used := e.sent.MayExist()
		free := used+int(e.active.Load()) < e.o.Limit
		e.mu.Unlock()
		if free {
			return true
		}
		if used >= e.o.Limit {
			e.halt(&Halt{Reason: StopLimit, Message: fmt.Sprintf("the limit of %d rows is reached", e.o.Limit)})
			return false
		}
		select {
		case <-e.freed:
		case <-ctx.Done():
			return false
		}
	}
}

// worker takes rows to their end, each with a slot that it gives back when the
// next row may go: at the row's end, or when it has landed.
func (e *engine) worker(ctx context.Context, work <-chan Request, slots chan struct{}) {
	for {
		slots <- struct{}{}
		mine := true
		leave := func() {
			if mine {
				<-slots
				mine = false
			}
		}
		req, more := <-work
		if more {
			e.row(ctx, req, leave)
		}
		leave()
		if !more {
			return
		}
	}
}

// row takes one row to its end, and leaves when it has landed.
func (e *engine) row(ctx context.Context, req Request, leave func()) {
	landed := false
	r, err := e.attempt(ctx, req.whenLanded(func(Receipt) {
		landed = true
		e.acceptable(true) // before the next row can be refused
		leave()
	}))
	ev := Event{Request: req, Receipt: r, Status: StatusOf(req, err), Err: err}
	if e.stops(&ev) {
		e.end(ctx, ev)
		return
	}
	switch KindOf(err) {
	case KindRefused:
		e.refused(ctx, req.EntryKey(), err)
	case KindRejected, KindPlanLimit:
		e.count(ctx, ev)
		e.refusedAlike(ctx, ev)
		e.ended()
		return
	default:
		if !landed {
			e.acceptable(err == nil)
		}
	}
	e.end(ctx, ev)
}

// stops halts for what would meet every other row, too, and tells whether there
// was something of that kind, or no attempt at all.
func (e *engine) stops(ev *Event) bool {
	switch KindOf(ev.Err) {
	case KindStopped:
		ev.Status = Pending
		if ev.Request.Resend {
			ev.Status = InDoubt
		}
		ev.Err = ErrStopped
		return true
	case KindJournal:
		e.halt(&Halt{Reason: StopJournal, Message: ev.Err.Error(), Cause: ev.Err})
		return true
	}
	f := AsError(ev.Err)
	if f == nil || f.Kind != KindFatal && f.Stop == "" {
		return false
	}
	h := &Halt{Reason: StopReason(cmp.Or(string(f.Stop), f.Code)), Message: f.Error(), Cause: ev.Err}
	if f.Kind == KindInDoubt {
		h.Keys = []Key{ev.Request.EntryKey()}
	}
	e.halt(h)
	return true
}

// attempt keeps a panic the row's own affair. One that comes before the row
// was begun leaves it failed, on record like any other outcome.
func (e *engine) attempt(ctx context.Context, req Request) (r Receipt, err error) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		fault := panicked(p, KindInternal)
		r = Receipt{}
		_, err = Record(CreatorFunc(func(context.Context, Request) (Receipt, error) { return Receipt{}, fault }), e.o.Journal).Create(ctx, req)
	}()
	return e.create.Create(ctx, req)
}

// end counts a row, and gives its place to another.
func (e *engine) end(ctx context.Context, ev Event) {
	e.count(ctx, ev)
	e.ended()
}

func (e *engine) ended() {
	e.active.Add(-1)
	select {
	case e.freed <- struct{}{}:
	default:
	}
}

// count counts a row, tells of it, and looks whether there were too many errors.
func (e *engine) count(ctx context.Context, ev Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	kind := KindOf(ev.Err)
	if ctx.Err() != nil && (kind == KindStopped || kind == KindTransient) {
		e.cut++
	}
	if kind == KindStopped {
		return
	}
	e.sent[ev.Status]++
	if e.o.Observe != nil {
		e.o.Observe(ev)
	}
	bad, ended := e.sent[Rejected]+e.sent[Failed], e.sent.Total()
	percent := 100 * float64(bad) / float64(ended)
	switch {
	case e.o.MaxErrors > 0 && bad >= e.o.MaxErrors:
		e.haltLocked(&Halt{Reason: StopMaxErrors, Message: endedBadly(bad)})
	case e.o.MaxErrorsPercent > 0 && ended >= beforePercent && percent >= e.o.MaxErrorsPercent:
		e.haltLocked(&Halt{Reason: StopMaxErrors, Message: fmt.Sprintf("%.0f %% of this run's rows ended rejected or failed (%d of %d)", percent,
			bad, ended)})
	}
}

func endedBadly(n int) string {
	if n == 1 {
		return "1 row of this run ended rejected or failed"
	}
	return fmt.Sprintf("%d rows of this run ended rejected or failed", n)
}

func (e *engine) onlyOneLeft() bool {
	return e.exhausted.Load() && e.active.Load() <= 1
}

// halt keeps the first reason and lets no row start any more.
func (e *engine) halt(h *Halt) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.haltLocked(h)
}

func (e *engine) haltLocked(h *Halt) {
	if e.halted == nil {
		e.halted = h
		e.cancel(h)
	}
}

func (e *engine) tally(ctx context.Context) Tally {
	e.mu.Lock()
	defer e.mu.Unlock()
	t := Tally{Sent: e.sent, Halt: e.halted}
	// Without a halt of our own, the caller's context ended; if every row was
	// done by then, there is nothing to say.
	if t.Halt == nil && ctx.Err() != nil && (!e.exhausted.Load() || e.cut > 0) {
		t.Halt = &Halt{Reason: StopInterrupted, Message: "interrupted", Cause: context.Cause(ctx)}
	}
	return t
}
