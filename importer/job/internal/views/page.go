package views

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/internal/durable"
	"github.com/bulkonboard/bulkonboard/report"
)

// The bounds of what the page tells.
const (
	pageRuns  = 20  // runs
	pageSpans = 120 // spans of the timeline
)

// An Ending is how a run ended, for what tells of the run as a whole.
type Ending struct {
	Job     string // what texts call it
	Header  importer.JobHeader
	Run     importer.Run // as it ends
	Next    Next
	Command func(Next) []string // makes a command line; may be nil
}

func (e Ending) command(n Next) []string {
	if e.Command == nil {
		return nil
	}
	return e.Command(n)
}

// End writes the page and the summary.
func (v *Views) End(ctx context.Context, e Ending) error {
	p, err := v.Page(ctx, e)
	if err == nil {
		err = v.replace(ctx, "report", v.src.Folder.Path(reportName), func(w io.Writer) error { return report.WritePage(w, p) })
	}
	// The one is not kept from scripts because the other could not be written.
	return errors.Join(v.summary(ctx, e), err)
}

// summary writes summary.json.
func (v *Views) summary(ctx context.Context, e Ending) error {
	run := e.Run
	s := report.Summary{
		Version: report.SummaryVersion, ToolVersion: run.Version, Job: e.Job, JobID: e.Header.JobID, Run: run.ID,
		Rehearsal: v.src.Rehearsal, Target: e.Header.Target,
		Input: report.SummaryInput{Path: run.Input.Path, Digest: cmp.Or(run.Input.Corrected.Input, run.Input.Digest), Rows: run.Input.Rows,
			CorrectedCells: run.Input.Corrected.Cells, CorrectedRows: run.Input.Corrected.Rows},
		StartedAt: run.StartedAt, EndedAt: run.EndedAt, Seconds: run.EndedAt.Sub(run.StartedAt).Seconds(),
		Counts: run.Counts, Sent: run.Sent, InDoubtInJob: v.InDoubt, ExitCode: run.ExitCode, Reason: run.Reason,
		NewCustomers: run.New, NewFaults: run.NewFaults, Changed: run.Changed, Gone: run.Gone,
		Files: map[string]string{}, Next: e.command(e.Next),
	}
	for _, f := range v.files {
		s.Files[f.Name] = f.Path
	}
	return v.replace(ctx, "summary", v.src.Folder.Path(summaryName), func(w io.Writer) error { return report.WriteSummary(w, s) })
}

// Page puts together what the page tells.
func (v *Views) Page(ctx context.Context, e Ending) (report.Page, error) {
	g, run := &v.gathered, e.Run
	p := report.Page{
		Rehearsal: v.src.Rehearsal, Job: report.JobFacts{ID: e.Header.JobID, Target: e.Header.Target, CreatedAt: e.Header.CreatedAt},
		Run: run, Counts: importer.CountsOf(run.Counts), InDoubt: v.InDoubt,
		Doubts: g.doubts, Drifts: g.drifts, Drifted: g.drifted, Written: time.Now(),
	}
	if !v.Complete {
		p.Missing = v.Incomplete
	}
	for _, c := range g.causes {
		p.Causes = append(p.Causes, *c)
	}
	slices.SortFunc(p.Causes, func(a, b report.Cause) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Status, b.Status), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message))
	})
	p.Tasks = v.tasks(e)
	var err error
	if p.Runs, err = v.src.Store.Runs(ctx, pageRuns); err != nil {
		return p, err
	}
	for i := range p.Runs {
		if p.Runs[i].ID == run.ID {
			p.Runs[i] = run // as it ends now
		}
	}
	if len(p.Runs) > 0 {
		p.Timeline, err = v.src.Store.Timeline(ctx, p.Runs[len(p.Runs)-1].ID, pageSpans)
	}
	return p, err
}

// tasks are what is left to a person, in the order in which it is best done.
func (v *Views) tasks(e Ending) []report.Task {
	g, c, f := &v.gathered, importer.CountsOf(e.Run.Counts), v.src.Folder
	argv := func(s Step, input string) []string {
		return e.command(Next{Step: s, Input: input, Dir: string(f), Rehearsal: v.src.Rehearsal, Target: e.Header.Target})
	}
	rejects := f.rejects(e.Run.Input.Path)
	mend := c[importer.Rejected] + c[importer.Invalid] - g.suspects - g.addUsers
	var out []report.Task
	for _, t := range []report.Task{
		{Kind: report.TaskSettle, N: v.InDoubt, Command: argv(StepSettle, "")},
		{Kind: report.TaskDecide, N: g.suspects, Command: argv(StepSettle, "")},
		{Kind: report.TaskMend, N: mend, File: rejects, Command: argv(StepFix, f.Path(rejects))},
		{Kind: report.TaskAgain, N: c[importer.Failed] + c[importer.Pending], Command: argv(StepAgain, e.Run.Input.Path)},
		{Kind: report.TaskAddUser, N: g.addUsers},
		{Kind: report.TaskChange, N: g.drifted},
	} {
		if t.N > 0 {
			out = append(out, t)
		}
	}
	return out
}

// WritePage writes a page where somebody wants it, over nothing but a page.
func WritePage(path string, p report.Page) error {
	last := ""
	switch digest, ours, err := durable.Standing(path, report.PageMark); {
	case err != nil:
		return importer.Broken(path, err, "")
	case digest != "" && !ours:
		return importer.Usage(path, "is there already, and it is no page of ours: nothing was written", "name another file with --out")
	default:
		last = digest
	}
	_, err := durable.Supersede(path, last, time.Now(), func(w io.Writer) error { return report.WritePage(w, p) })
	if err != nil {
		return importer.Broken(path, err, "name a file that can be written with --out")
	}
	return nil
}
