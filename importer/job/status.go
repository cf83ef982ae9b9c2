package job

import (
	"context"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
)

// A StatusReport is where a job stands.
type StatusReport struct {
	Dir    string
	Header importer.JobHeader
	Last   *importer.Run   // nil: no run yet
	Counts importer.Counts // the rows of the last run's input
	// Totals are what the journal knows of all inputs: created, in doubt,
	// rejected and failed.
	Totals  importer.Counts
	Running *Holder // nil: at rest
	// Cut tells that the last run died before it could write its ending.
	Cut  bool
	Next Next
}

// Status tells where the job stands, also while a run is at it.
func (j *Job) Status(ctx context.Context) (StatusReport, error) {
	out := StatusReport{Dir: j.place.String(), Header: j.header}
	var err error
	if out.Totals, err = j.store.Totals(ctx); err != nil {
		return out, asProblem(err)
	}
	if h, busy := j.place.Holder(); busy {
		out.Running = &h
	}
	if j.last.ID != 0 {
		out.Last = &j.last
		out.Counts = importer.CountsOf(j.last.Counts)
		out.Cut = j.last.EndedAt.IsZero() && out.Running == nil
	}
	out.Next = out.next(j.views())
	return out, nil
}

// Runs lists the job's runs, newest first, also while one is at it.
func (j *Job) Runs(ctx context.Context) ([]importer.Run, error) {
	runs, err := j.store.Runs(ctx, 0)
	return runs, asProblem(err)
}

func (s StatusReport) next(f folder) Next {
	n := Next{Dir: f.dir, Rehearsal: s.Header.Target == TargetSandbox, Target: s.Header.Target}
	if s.Running != nil {
		return n
	}
	if s.Last == nil || s.Cut {
		n.Step = StepAgain
		if s.Last != nil {
			n.Input = s.Last.Input.Path
		}
		return n
	}
	return n.after(f, *s.Last, s.Counts, s.Totals[importer.InDoubt])
}

// after is the step that follows a run that has ended.
func (n Next) after(f folder, run importer.Run, c importer.Counts, inDoubt int) Next {
	n.Input = run.Input.Path
	switch {
	case c[importer.Pending] > 0:
		n.Step = StepAgain
	case inDoubt > 0:
		n.Step = StepSettle
	default:
		n.mend(f, c)
	}
	return n
}

// ResultsOptions say how a job's views are made anew.
type ResultsOptions struct {
	Results string // "" is where they went last
	Command func(Next) []string
	Notice  func(string) // may be nil
}

// Results rebuilds all views from the journal and the input of the last run.
// The job is open for settling.
func (j *Job) Results(ctx context.Context, o ResultsOptions) (Result, error) {
	run := j.last
	if run.ID == 0 {
		return Result{}, j.neverRun()
	}
	in, decide, err := j.current(ctx)
	if err != nil {
		return Result{}, err
	}
	defer in.Close()
	if o.Results == "" {
		o.Results = run.Results
	}
	v := j.viewer(in, decide)
	v.results = o.Results
	if err := v.write(ctx); err != nil {
		return Result{}, err
	}
	if v.unlike != "" && o.Notice != nil {
		o.Notice(noRejectsBook(v.unlike))
	}
	res := Result{Dir: j.place.String(), Run: run.ID, Rehearsal: v.rehearsal, Counts: v.counts, Sent: importer.CountsOf(run.Sent), InDoubt: v.inDoubt, Exit: run.ExitCode}
	if v.complete {
		run.Counts = v.counts.Map()
		run.Changed, run.Gone = v.track.changed, v.track.gone
		res.Changed, res.Gone = run.Changed, run.Gone
	} else {
		res.Counts = importer.CountsOf(run.Counts)
		if o.Notice != nil {
			o.Notice("the input cannot be read again (" + v.incomplete + "): results.csv lists what the journal knows, and rejects.csv stays as it is")
		}
	}
	if run.EndedAt.IsZero() {
		// A run that died wrote no ending; its views are whole now.
		run.EndedAt, run.Reason, run.ExitCode = time.Now().UTC(), "cut: the run ended before it could write its views", ExitInterrupted
		res.Exit = run.ExitCode
	}
	if err := j.store.UpdateRun(ctx, run); err != nil {
		return Result{}, asProblem(err)
	}
	res.Next = Next{Dir: j.place.String(), Rehearsal: v.rehearsal, Target: j.header.Target}.after(j.views(), run, res.Counts, v.inDoubt)
	err = v.ending(ctx, j.header, run, res, o.Command)
	res.Files = v.files
	return res, err
}

// neverRun is the problem of a job that has no views yet.
func (j *Job) neverRun() error {
	return usage(j.place.String(), "this job has had no run yet", "bulkonboard run INPUT")
}

// viewer makes the views of the last run.
func (j *Job) viewer(in *rows.Input, d *rows.Classifier) viewer {
	return viewer{folder: j.views(), store: j.store, in: in, decide: d, tag: rows.Tag{Job: j.header.JobID, Run: j.last.ID}, rehearsal: j.rehearsal()}
}

// current opens the input of the last run again and surveys it.
func (j *Job) current(ctx context.Context) (*rows.Input, *rows.Classifier, error) {
	return rows.Again(ctx, j.place, j.store, j.header, j.last)
}
