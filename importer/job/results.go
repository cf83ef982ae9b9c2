package job

import (
	"context"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/views"
)

// ResultsOptions say how a job's views are made anew.
type ResultsOptions struct {
	Results string // "" is where they went last
	Command func(Next) []string
	Notice  func(string) // may be nil
}

// Results rebuilds all views from the journal and the input of the last run.
// The job is open for settling.
func (j *Job) Results(ctx context.Context, o ResultsOptions) (res Result, err error) {
	defer func() { err = asProblem(err) }()
	run := j.last
	if run.ID == 0 {
		return Result{}, j.neverRun()
	}
	if o.Notice == nil {
		o.Notice = func(string) {}
	}
	if o.Results == "" {
		o.Results = run.Results
	}
	v, end, err := j.write(ctx, views.Source{Results: o.Results})
	defer end()
	if err != nil {
		return Result{}, err
	}
	if v.NoBook != "" {
		o.Notice(noRejectsBook(v.NoBook))
	}
	res = Result{Dir: j.place.String(), Run: run.ID, Rehearsal: j.rehearsal(), Sent: importer.CountsOf(run.Sent), InDoubt: v.InDoubt}
	if v.Complete {
		run.Counts, run.Changed, run.Gone = v.Counts.Map(), v.Changed(), v.Gone()
		res.Changed, res.Gone = run.Changed, run.Gone
	} else {
		o.Notice("the input cannot be read again (" + v.Incomplete +
			"): results.csv lists what the journal knows, and rejects.csv stays as it is")
	}
	if run.EndedAt.IsZero() {
		// A run that died wrote no ending; its views are whole now.
		run.EndedAt, run.Reason, run.ExitCode = time.Now().UTC(), "cut: the run ended before it could write its views", ExitInterrupted
	}
	res.Counts, res.Exit = importer.CountsOf(run.Counts), run.ExitCode
	if err := j.store.UpdateRun(ctx, run); err != nil {
		return Result{}, err
	}
	res.Next = Next{Dir: j.place.String(), Rehearsal: j.rehearsal(), Target: j.header.Target}.After(j.folder(), run, res.Counts, v.InDoubt)
	err = v.End(ctx, views.Ending{Job: res.Dir, Header: j.header, Run: run, Next: res.Next, Command: o.Command})
	res.Files = v.Files()
	return res, err
}

// ReportOptions say where a job's page goes.
type ReportOptions struct {
	// Out is where the page goes; "" is report.html among the views, which are
	// all made anew then: the job is open for settling. With Out the job is
	// only read.
	Out     string
	Command func(Next) []string
	Notice  func(string) // may be nil
}

// Report writes the page anew from the journal and the input of the last run,
// and returns its path.
func (j *Job) Report(ctx context.Context, o ReportOptions) (path string, err error) {
	defer func() { err = asProblem(err) }()
	if o.Out == "" {
		res, err := j.Results(ctx, ResultsOptions{Command: o.Command, Notice: o.Notice})
		for _, f := range res.Files {
			if f.Name == "report" {
				return f.Path, err
			}
		}
		return "", err
	}
	run := j.last
	if run.ID == 0 {
		return "", j.neverRun()
	}
	v, end, err := j.write(ctx, views.Source{DryRun: true})
	defer end()
	if err != nil {
		return "", err
	}
	if v.Complete {
		run.Counts = v.Counts.Map()
	}
	p, err := v.Page(ctx, views.Ending{Job: j.place.String(), Header: j.header, Run: run, Command: o.Command})
	if err != nil {
		return "", err
	}
	if h, busy := j.place.Holder(); busy {
		p.Running = h.String()
	}
	return o.Out, views.WritePage(o.Out, p)
}

// write makes the views of the last run from its input. end closes that.
func (j *Job) write(ctx context.Context, s views.Source) (v *views.Views, end func(), err error) {
	in, decide, err := j.current(ctx)
	if err != nil {
		return nil, func() {}, err
	}
	s.Folder, s.Store, s.In, s.Classifier = j.folder(), j.store, in, decide
	s.Tag, s.Rehearsal = rows.Tag{Job: j.header.JobID, Run: j.last.ID}, j.rehearsal()
	v, err = views.Write(ctx, s)
	return v, in.Close, err
}

// neverRun is the problem of a job that has no views yet.
func (j *Job) neverRun() error {
	return usage(j.place.String(), "this job has had no run yet",
		importer.CommandLine("bulkonboard", "run", "INPUT", "--job", j.place.String()))
}

// current opens the input of the last run again and surveys it.
func (j *Job) current(ctx context.Context) (*rows.Input, *rows.Classifier, error) {
	return rows.Again(ctx, j.place, j.store, j.header, j.last)
}
