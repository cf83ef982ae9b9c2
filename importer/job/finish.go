package job

import (
	"context"
	"strconv"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/views"
)

// finish writes the views and the run's record, whatever happened before.
func (r *runner) finish(ctx context.Context) (Result, error) {
	res := &r.result
	res.Dir, res.Rehearsal = r.place.String(), r.o.Rehearsal
	r.record.EndedAt = time.Now().UTC()

	v, err := views.Write(ctx, views.Source{Folder: r.folder(), Store: r.store, In: r.in, Classifier: r.decide,
		Tag: rows.Tag{Job: r.header.JobID, Run: r.record.ID}, Rehearsal: r.o.Rehearsal, Results: r.o.Results})
	res.InDoubt, res.Counts = v.InDoubt, r.counts
	if v.Complete {
		res.Counts = v.Counts
	}
	if v.Incomplete != "" {
		r.o.Notice("the input could not be read once more, so results.csv lists what the journal knows, and rejects.csv stays as it is: " +
			v.Incomplete)
	}
	if v.NoBook != "" {
		r.o.Notice(noRejectsBook(v.NoBook))
	}
	if err == nil && v.Complete {
		res.NewFaults, err = v.NewFaults(ctx, r.record.Input.Path)
		res.Changed, res.Gone = v.Changed(), v.Gone()
		res.Drifted = res.Changed > r.last.Changed || res.Gone > r.last.Gone
	}
	res.Exit = r.exit(v, err)
	res.Next = r.next()
	r.knownFaults(v, err)
	r.record.NewFaults, r.record.Changed, r.record.Gone = res.NewFaults, res.Changed, res.Gone

	r.record.Counts, r.record.Sent, r.record.ExitCode = res.Counts.Map(), res.Sent.Map(), res.Exit
	if h := res.Halt; h != nil {
		r.record.Reason, r.record.Halted = string(h.Reason)+": "+h.Message, h.Keys
	}
	if uerr := r.store.UpdateRun(ctx, r.record); uerr != nil && err == nil {
		err = uerr
		res.Exit, r.record.ExitCode = ExitFailed, ExitFailed
	}
	serr := v.End(ctx, views.Ending{Job: res.Dir, Header: r.header, Run: r.record, Next: res.Next, Command: r.o.Command})
	if serr != nil && err == nil {
		err = serr
		res.Exit = ExitFailed
	}
	res.Files = v.Files()
	if h := res.Halt; h.For(importer.StopJournal, importer.StopInput) && err == nil {
		err = h.Cause
	}
	return *res, err
}

// exit is the first that fits of 1, 130, 5, 4, 3, and else 0.
func (r *runner) exit(v *views.Views, err error) int {
	res := &r.result
	h := res.Halt
	left := r.result.Survey.Send - res.Sent.Total()
	switch {
	case err != nil, h.For(importer.StopJournal, importer.StopInput), v.InputChanged:
		return ExitFailed
	case h.For(importer.StopInterrupted):
		return ExitInterrupted
	case h != nil && !(left == 0 && h.For(importer.StopLimit, importer.StopMaxErrors, importer.StopPilot)), res.Counts[importer.Pending] > 0:
		return ExitStopped
	case v.InDoubt > 0:
		return ExitInDoubt
	case res.Counts[importer.Invalid]+res.Counts[importer.Rejected]+res.Counts[importer.Failed] > 0:
		return ExitRejects
	}
	return ExitDone
}

func (r *runner) next() Next {
	n := Next{Input: r.o.Input.Path, Own: r.o.Input.Rows != nil, Dir: r.place.String(), Rehearsal: r.o.Rehearsal, Target: r.target}
	switch r.result.Exit {
	case ExitInDoubt:
		n.Step = StepSettle
	case ExitRejects:
		n = n.Mend(r.folder(), r.result.Counts)
	case ExitDone:
	default:
		n.Step = StepAgain
	}
	if n.Step == StepAgain && r.result.Halt == nil && r.in.Correction != nil && r.in.Base != nil {
		n.Input = r.in.Record.Path // what is left are other rows than these
	}
	if h := r.result.Halt; h != nil {
		switch h.Reason {
		case importer.StopStrict:
			n.Step = StepMend // some rows alone are not what --strict is for
		case importer.StopMaxNew:
			n.Flag, n.Value = "max-new", strconv.Itoa(RoundUp(r.result.Survey.FirstSeen))
		case importer.StopChangedRows, importer.StopCustomersGone:
			n.Flag, n.Value = "changed-rows", strconv.Itoa(RoundUp(r.turned))
		case importer.StopChangedColumns:
			n.Flag, n.Value = "changed-columns", "ok"
		}
	}
	return n
}

// knownFaults turns a 3 into 0 where no row is newly bad.
func (r *runner) knownFaults(v *views.Views, err error) {
	if err == nil && r.o.KnownFaults && v.Complete && r.result.Exit == ExitRejects && r.result.NewFaults == 0 {
		r.result.Exit = ExitDone
	}
}

// noRejectsBook tells people that there is no rejects.xlsx, and why.
func noRejectsBook(why string) string {
	return "no rejects.xlsx was kept, correct rejects.csv instead: " + why
}
