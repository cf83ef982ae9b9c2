package job

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// start makes the job if it is new, and puts the run on record.
func (r *runner) start(ctx context.Context) (err error) {
	if r.newKey {
		if err := r.acceptKey(ctx); err != nil {
			return err
		}
	}
	if r.halt, err = r.guard(ctx); err != nil {
		return err
	}
	if r.isNew {
		if err := r.begin(ctx, r.target, r.in.Mapper.KeyDefinition()); err != nil {
			return err
		}
		if err := r.acceptKey(ctx); err != nil {
			return err
		}
	}
	if !r.o.Rehearsal {
		if err := r.place.Register(r.header); err != nil {
			r.notice(fmt.Sprintf("the list of your jobs cannot be written, so other jobs will not know of this one's customers: %v", err))
		}
	}
	if used := r.in.Mapping.Record; r.header.Mapping.Content != used.Content || r.header.Mapping.Path != used.Path {
		r.header.Mapping = used
		if err := r.store.SetHeader(ctx, r.header); err != nil {
			return err
		}
	}
	// Corrections last before the journal speaks of them.
	if err := r.in.Keep(r.o.Operator, r.result.Survey); err != nil {
		return err
	}
	r.record = r.recordOf()
	if r.result.Before, err = before(ctx, r.store); err != nil {
		return err
	}
	if r.record.ID, err = r.store.StartRun(ctx, r.record); err != nil {
		return err
	}
	if r.result.Run = r.record.ID; r.halt != nil {
		return nil
	}
	// What the next run is compared with.
	if err := r.store.See(ctx, r.record.ID, r.fresh); err != nil {
		return err
	}
	for _, a := range r.aliases {
		a.Run = r.record.ID
		if err := r.store.AddAlias(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// recordOf is the run as it goes on record when it begins.
func (r *runner) recordOf() importer.Run {
	host, _ := os.Hostname()
	input := r.in.Record
	input.Rows, input.Columns = r.result.Survey.Rows, r.in.Columns
	if r.halt.For(importer.StopChangedColumns) {
		input.Columns = r.last.Input.Columns // these are still the ones to be compared with
	}
	run := importer.Run{StartedAt: time.Now().UTC(), Operator: r.o.Operator, Host: host, PID: os.Getpid(), Version: r.o.Version,
		Input: input, Mapping: r.in.Mapping.Record, Rate: importer.FormatRate(r.o.Rate),
		RateFound: r.last.RateFound, Counts: r.result.Survey.Counts.Map(), Results: r.o.Results, Adopted: r.adoptedFrom}
	if r.last.ID != 0 {
		run.MostNew = mostNew(r.last)
	}
	if run.ChangedRows = r.like.ChangedRows; r.halt == nil && r.whole() {
		run.ChangedRows = r.result.Survey.Changes
	}
	if r.halt == nil {
		run.New = r.result.Survey.FirstSeen
		if r.last.ID <= 1 {
			run.MostNew = 0 // the first run's say little once there are others
		}
		run.MostNew = max(run.MostNew, run.New)
	}
	return run
}

// whole tells whether the run is about all rows of its input.
func (r *runner) whole() bool { return r.in.Correction == nil && r.o.Rows == nil }

// guard looks for what an unattended run of a job with history should not do
// without somebody's word. Such a run leaves no trace in what the next one is
// compared with: otherwise it would stop once, and the next one go through.
func (r *runner) guard(ctx context.Context) (*importer.Halt, error) {
	if r.last.ID == 0 {
		return nil, nil
	}
	var err error
	if r.like, err = lastLike(ctx, r.store, r.in.Record); err != nil || r.o.Asks || r.o.Plan != nil {
		return nil, err
	}
	if r.moved != "" && !r.o.ChangedColumns {
		return &importer.Halt{Reason: importer.StopChangedColumns, Message: movedNotice + r.moved + ". Meant? --changed-columns ok"}, nil
	}
	if r.whole() {
		var h *importer.Halt
		if r.turned, h = otherCustomers(r.like, r.result.Survey, r.o.ChangedRows); h != nil {
			return h, nil
		}
	}
	return tooManyNew(ctx, r.Job, r.result.Survey, r.o.MaxNew)
}

// before is the last run that came to an end of its own: not one that was
// interrupted, nor one that died. nil: there is none.
func before(ctx context.Context, s importer.Store) (*importer.Run, error) {
	runs, err := s.Runs(ctx, 50)
	for i := range runs {
		if !runs[i].EndedAt.IsZero() && runs[i].ExitCode != ExitInterrupted {
			return &runs[i], nil
		}
	}
	return nil, err
}
