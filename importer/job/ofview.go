package job

import (
	"context"
	"fmt"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
)

// view tells whether the view that a decision was read from says anything of the
// row as it is now: it is of this job, and of no run before the row's last
// attempt. Lists of people's own are taken as said.
func (c *settler) view(ctx context.Context, d Decision, e *importer.Entry) (counts bool, fault *Problem, err error) {
	if d.Job == "" {
		return true, nil, nil
	}
	t, rehearsal, fault := tagOf(d.String(), d.Job)
	if fault != nil {
		return false, fault, nil
	}
	if rehearsal != c.job.rehearsal() {
		which := "of a rehearsal, and this job is a real one"
		if !rehearsal {
			which = "of a real job, and this one is a rehearsal"
		}
		return false, usage(d.String(), "this line is %s", "settle from a view of "+c.job.place.String(), which), nil
	}
	if c.own == nil {
		if c.own, err = c.job.lineage(ctx); err != nil {
			return false, nil, err
		}
	}
	switch {
	case !c.own[t.Job]:
		return false, usage(d.String(), "this line is of the job %s, not of %s", "settle from a view of "+c.job.place.String(), t.Job,
			c.job.header.JobID), nil
	case t.Job == c.job.header.JobID && e != nil && e.Run > t.Run:
		c.outdated++
		return false, nil, nil
	}
	return true, nil, nil
}

// tagOf reads the _job of a line of a view.
func tagOf(where, job string) (t rows.Tag, rehearsal bool, fault *Problem) {
	t, rehearsal, ok := rows.ParseView(job)
	if !ok {
		fault = usage(where, "%q is no job and run", "leave the column _job as it was written, or leave it out", job)
	}
	return t, rehearsal, fault
}

// lineage are the ids of this job and of those that it was taken over from.
func (j *Job) lineage(ctx context.Context) (map[string]bool, error) {
	out := map[string]bool{j.header.JobID: true}
	runs, err := j.store.Runs(ctx, 0)
	if err != nil {
		return nil, err
	}
	for _, r := range runs {
		for _, id := range r.Adopted {
			out[id] = true
		}
	}
	return out, nil
}

func linesAre(n int) string {
	if n == 1 {
		return "1 line is"
	}
	return fmt.Sprintf("%d lines are", n)
}
