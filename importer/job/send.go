package job

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/api"
)

// send makes the second pass, unless something stops it, and writes the views. The
// run is on record.
func (r *runner) send(ctx context.Context) (Result, error) {
	ctx, end := r.whileHeld(ctx)
	defer end()
	if err := r.sealing(); err != nil {
		return Result{}, err
	}
	client, log, err := r.connect()
	if err != nil {
		return Result{}, err
	}
	defer log.close()
	r.log = log.Logger
	defer client.CloseIdle()

	pacer := importer.NewPacer(importer.PacerOptions{Rate: r.o.Rate, Found: rateFound(r.last, r.o.Rate), Workers: r.o.Workers,
		HaltAfter: r.o.HaltAfter, OnResume: fresh(client)})
	began := time.Now()
	tally := importer.Tally{Halt: r.halt}
	if r.halt == nil {
		tally.Halt = r.strict()
	}
	if tally.Halt == nil {
		timed, cancel := r.withDuration(ctx)
		tally, err = r.second(timed, pacer, client)
		cancel()
		tally.Halt = r.keyRefused(r.timeUp(lost(tally.Halt)))
		if err != nil {
			return Result{}, err
		}
	}
	r.record.RateFound = pacer.Found()
	r.result.Sent, r.result.Halt, r.result.Took = tally.Sent, tally.Halt, time.Since(began)
	return r.finish(context.WithoutCancel(ctx))
}

// strict is the halt of a run that sends nothing while a row is invalid.
func (r *runner) strict() *importer.Halt {
	n := r.result.Survey.Counts[importer.Invalid]
	if !r.o.Strict || n == 0 {
		return nil
	}
	rows := fmt.Sprintf("%d rows are", n)
	if n == 1 {
		rows = "1 row is"
	}
	return &importer.Halt{Reason: importer.StopStrict, Message: rows + " invalid, and --strict sends nothing then"}
}

// second is the second pass: all of it, or a pilot.
func (r *runner) second(ctx context.Context, pacer *importer.Pacer, client *api.Client) (importer.Tally, error) {
	f, err := r.newFeed(ctx)
	if err != nil {
		return importer.Tally{}, err
	}
	defer f.pass.Close()
	p := &progress{pacer: pacer, started: time.Now(), total: r.result.Survey.Send, counts: r.result.Survey.Counts, log: r.log}
	ctx, lose := context.WithCancelCause(ctx)
	stop := p.record(r.store, r.record, lose)
	defer func() {
		stop()
		lose(nil)
		r.counts = p.counts
	}()
	s := sender{r: r, feed: f, progress: p, creator: importer.Log(client, r.log), options: importer.SendOptions{
		Pacer: pacer, Journal: r.store, MaxAttempts: r.o.MaxAttempts, Sealer: r.seals(), Limit: r.o.Limit,
		MaxErrors: r.o.MaxErrors, MaxErrorsPercent: r.o.MaxErrorsPercent,
		ReadBack: func(ctx context.Context) error { return readBack(ctx, r.store, client) },
	}}
	if r.o.Pilot > 0 {
		return s.pilot(ctx, client)
	}
	return s.some(ctx), nil
}

var errTimeUp = errors.New("the time is up")

// withDuration ends ctx after --max-duration.
func (r *runner) withDuration(ctx context.Context) (context.Context, context.CancelFunc) {
	if r.o.MaxDuration <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, r.o.MaxDuration, errTimeUp)
}

// lost tells an end because the job was lost from an interruption.
func lost(h *importer.Halt) *importer.Halt {
	var why *importer.Halt
	if h != nil && errors.As(h.Cause, &why) {
		return why
	}
	return h
}

// timeUp tells an end by --max-duration from an interruption.
func (r *runner) timeUp(h *importer.Halt) *importer.Halt {
	if h == nil || !errors.Is(h.Cause, errTimeUp) {
		return h
	}
	message := fmt.Sprintf("the time of %s is up", r.o.MaxDuration.Round(time.Millisecond))
	return &importer.Halt{Reason: importer.StopMaxDuration, Message: message, Cause: h.Cause}
}
