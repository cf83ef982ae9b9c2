package job

import (
	"context"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/views"
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
	out.Next = out.next(j.folder())
	return out, nil
}

// Runs lists the job's runs, newest first, also while one is at it.
func (j *Job) Runs(ctx context.Context) ([]importer.Run, error) {
	runs, err := j.store.Runs(ctx, 0)
	return runs, asProblem(err)
}

func (s StatusReport) next(f views.Folder) Next {
	n := Next{Dir: string(f), Rehearsal: s.Header.Target == TargetSandbox, Target: s.Header.Target}
	if s.Running != nil {
		return n
	}
	if s.Last == nil || s.Cut {
		n.Step = StepAgain
		if s.Last != nil {
			n.Input, n.Own = s.Last.Input.Path, s.Last.Input.Own
		}
		return n
	}
	return n.After(f, *s.Last, s.Counts, s.Totals[importer.InDoubt])
}
