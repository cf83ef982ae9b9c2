package job

import (
	"context"
	"errors"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
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

// Status tells where a job stands, also while a run is at it. It opens the job
// for reading only.
func Status(ctx context.Context, dir string) (StatusReport, error) {
	f, err := existing(dir)
	if err != nil {
		return StatusReport{}, err
	}
	s, err := f.openReadOnly(ctx)
	if err != nil {
		return StatusReport{}, err
	}
	defer func() { _ = s.Close() }()
	out := StatusReport{Dir: f.dir}
	if out.Header, err = s.Header(ctx); err != nil {
		return out, asProblem(err)
	}
	if out.Totals, err = s.Totals(ctx); err != nil {
		return out, asProblem(err)
	}
	if h, busy := heldBy(f.path(lockName)); busy {
		out.Running = &h
	}
	runs, err := s.Runs(ctx, 1)
	if err != nil {
		return out, asProblem(err)
	}
	if len(runs) > 0 {
		out.Last = &runs[0]
		out.Counts = importer.CountsOf(runs[0].Counts)
		out.Cut = runs[0].EndedAt.IsZero() && out.Running == nil
	}
	out.Next = out.next(f)
	return out, nil
}

// Runs lists a job's runs, newest first, also while one is at it.
func Runs(ctx context.Context, dir string) ([]importer.Run, error) {
	f, err := existing(dir)
	if err != nil {
		return nil, err
	}
	s, err := f.openReadOnly(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Close() }()
	runs, err := s.Runs(ctx, 0)
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

// existing opens a job's folder that must be there.
func existing(dir string) (folder, error) {
	f, err := at(dir)
	if err != nil {
		return f, err
	}
	exists, err := f.exists()
	if err == nil && !exists {
		err = f.abandoned()
	}
	if err == nil && !exists {
		err = usage(f.dir, "there is no job here", "name a job's folder, or the input it lies beside")
	}
	return f, err
}

// ResultsOptions name a job whose views are to be made anew.
type ResultsOptions struct {
	Dir     string
	Results string // "" is where they went last
	Command func(Next) []string
	Notice  func(string) // may be nil
}

// Results rebuilds all views from the journal and the input of the last run.
func Results(ctx context.Context, o ResultsOptions) (Result, error) {
	f, err := existing(o.Dir)
	if err != nil {
		return Result{}, err
	}
	if err := f.lock(); err != nil {
		return Result{}, err
	}
	defer f.unlock()
	s, err := f.open(ctx)
	if err != nil {
		return Result{}, err
	}
	defer func() { _ = s.Close() }()
	if _, err := s.Recover(ctx); err != nil {
		return Result{}, asProblem(err)
	}
	return rebuild(ctx, f, s, o)
}

// rebuild writes the views of a job that is locked, as of its last run.
func rebuild(ctx context.Context, f folder, s importer.Store, o ResultsOptions) (Result, error) {
	header, err := s.Header(ctx)
	if err != nil {
		return Result{}, asProblem(err)
	}
	runs, err := s.Runs(ctx, 1)
	if err != nil {
		return Result{}, asProblem(err)
	}
	if len(runs) == 0 {
		return Result{}, usage(f.dir, "this job has had no run yet", "bulkonboard run INPUT")
	}
	run := runs[0]
	in, decide, err := current(ctx, f, s, run, header)
	if err != nil {
		return Result{}, err
	}
	defer in.close()
	if o.Results == "" {
		o.Results = run.Results
	}
	v := viewer{folder: f, store: s, in: in, decide: decide, tag: tag{header.JobID, run.ID}, rehearsal: header.Target == TargetSandbox, results: o.Results}
	if err := v.write(ctx); err != nil {
		return Result{}, err
	}
	if v.unlike != "" && o.Notice != nil {
		o.Notice(noRejectsBook(v.unlike))
	}
	res := Result{Dir: f.dir, Run: run.ID, Rehearsal: v.rehearsal, Counts: v.counts, Sent: importer.CountsOf(run.Sent), InDoubt: v.inDoubt, Exit: run.ExitCode}
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
	if err := s.UpdateRun(ctx, run); err != nil {
		return Result{}, asProblem(err)
	}
	res.Next = Next{Dir: f.dir, Rehearsal: v.rehearsal, Target: header.Target}.after(f, run, res.Counts, v.inDoubt)
	err = v.ending(ctx, header, run, res, o.Command)
	res.Files = v.files
	return res, err
}

// current opens the input of a run again and surveys it, for reading what the
// journal says of its rows.
func current(ctx context.Context, f folder, s importer.Store, run importer.Run, h importer.JobHeader) (*opened, *decider, error) {
	in, err := reopen(ctx, f, run)
	if err != nil {
		return nil, nil, err
	}
	d := &decider{}
	if in.baseGone != "" {
		return in, d, nil
	}
	if in.mapped, err = rememberedMapping(run.Mapping); err == nil {
		err = in.compile(run.Input.Sets)
	}
	if err != nil {
		in.close()
		return nil, nil, err
	}
	sv := &surveyor{in: in, store: s, decide: d, key: h.KeyDefinition}
	if err := sv.run(ctx); err != nil {
		in.close()
		if errors.Is(err, importer.ErrInputChanged) {
			return &opened{baseGone: err.Error(), record: run.Input}, d, nil
		}
		return nil, nil, err
	}
	return in, d, nil
}
