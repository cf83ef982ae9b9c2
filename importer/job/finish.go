package job

import (
	"context"
	"strconv"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
)

// A Step is what people do next.
type Step string

// The steps.
const (
	StepNone   Step = ""
	StepAgain  Step = "run"    // the same input again
	StepMend   Step = "mend"   // mend the input, then run it again
	StepFix    Step = "fix"    // mend the rejects and feed them back
	StepSettle Step = "settle" // tell what became of the rows in doubt
)

// Next is the step after this one, with the file it is about.
type Next struct {
	Step  Step
	Input string // the input or the rejects file
	Dir   string // the job
	// Rehearsal tells that the job is one's.
	Rehearsal bool
	Target    string // of the job; a rehearsal's is TargetSandbox
	// Flag and Value are one more flag the step needs; "" if it needs none.
	Flag, Value string
}

// mend is the step after rows that were not created: those that failed go as
// they are, the others want mending.
func (n *Next) mend(f folder, c importer.Counts) {
	switch {
	case c[importer.Invalid]+c[importer.Rejected] > 0:
		n.Step, n.Input = StepFix, f.path(f.rejects(n.Input))
	case c[importer.Failed] > 0:
		n.Step = StepAgain
	}
}

// finish writes the views and the run's record, whatever happened before.
func (r *runner) finish(ctx context.Context) (Result, error) {
	res := &r.result
	res.Dir, res.Rehearsal = r.place.String(), r.o.Rehearsal
	r.record.EndedAt = time.Now().UTC()

	v := viewer{folder: r.views(), store: r.store, in: r.in, decide: r.decide, tag: rows.Tag{Job: r.header.JobID, Run: r.record.ID}, rehearsal: r.o.Rehearsal, results: r.o.Results}
	err := v.write(ctx)
	res.Files, res.InDoubt = v.files, v.inDoubt
	if v.complete {
		res.Counts = v.counts
	} else {
		res.Counts = r.counts
	}
	if v.incomplete != "" {
		r.o.Notice("the input could not be read once more, so results.csv lists what the journal knows, and rejects.csv stays as it is: " + v.incomplete)
	}
	if v.unlike != "" {
		r.o.Notice(noRejectsBook(v.unlike))
	}
	if err == nil && v.complete {
		res.NewFaults, err = v.newFaults(ctx, r.record.Input.Path)
		res.Changed, res.Gone = v.track.changed, v.track.gone
		res.Drifted = res.Changed > r.last.Changed || res.Gone > r.last.Gone
	}
	res.Exit = r.exit(&v, err)
	res.Next = r.next(&v)
	r.knownFaults(&v, err)
	r.record.NewFaults, r.record.Changed, r.record.Gone = res.NewFaults, res.Changed, res.Gone

	r.record.Counts, r.record.Sent, r.record.ExitCode = res.Counts.Map(), res.Sent.Map(), res.Exit
	if h := res.Halt; h != nil {
		r.record.Reason, r.record.Halted = string(h.Reason)+": "+h.Message, h.Keys
	}
	if uerr := r.store.UpdateRun(ctx, r.record); uerr != nil && err == nil {
		err = asProblem(uerr)
		res.Exit = ExitFailed
	}
	if serr := v.ending(ctx, r.header, r.record, *res, r.o.Command); serr != nil && err == nil {
		err = serr
		res.Exit = ExitFailed
	}
	res.Files = v.files
	if h := res.Halt; h.For(importer.StopJournal, importer.StopInput) && err == nil {
		err = asProblem(h.Cause)
	}
	return *res, err
}

// exit is the first that fits of 1, 130, 5, 4, 3, and else 0.
func (r *runner) exit(v *viewer, err error) int {
	res := &r.result
	h := res.Halt
	left := r.result.Survey.Send - res.Sent.Total()
	switch {
	case err != nil, h.For(importer.StopJournal, importer.StopInput), v.changed:
		return ExitFailed
	case h.For(importer.StopInterrupted):
		return ExitInterrupted
	case h != nil && !(left == 0 && h.For(importer.StopLimit, importer.StopMaxErrors, importer.StopPilot)), res.Counts[importer.Pending] > 0:
		return ExitStopped
	case v.inDoubt > 0:
		return ExitInDoubt
	case res.Counts[importer.Invalid]+res.Counts[importer.Rejected]+res.Counts[importer.Failed] > 0:
		return ExitRejects
	}
	return ExitDone
}

func (r *runner) next(v *viewer) Next {
	n := Next{Input: r.o.Input.Path, Dir: r.place.String(), Rehearsal: r.o.Rehearsal, Target: r.target}
	switch r.result.Exit {
	case ExitInDoubt:
		n.Step = StepSettle
	case ExitRejects:
		n.mend(r.views(), r.result.Counts)
	case ExitDone:
	default:
		n.Step = StepAgain
	}
	if h := r.result.Halt; h != nil {
		switch h.Reason {
		case importer.StopStrict:
			n.Step = StepMend // some rows alone are not what --strict is for
		case importer.StopMaxNew:
			n.Flag, n.Value = "max-new", strconv.Itoa(RoundUp(r.result.Survey.FirstSeen))
		case importer.StopChangedColumns:
			n.Flag, n.Value = "changed-columns", "ok"
		}
	}
	return n
}
