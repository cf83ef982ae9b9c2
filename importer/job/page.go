package job

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/internal/durable"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
	"github.com/bulkonboard/bulkonboard/report"
)

const reportName = "report.html"

// The bounds of what is gathered for the page.
const (
	pageRuns    = 20  // runs it tells of
	pageSpans   = 120 // spans of its timeline
	pageKinds   = 400 // causes told apart; what comes later is put together by its code
	changedNote = "changed since it was sent"
)

// A gatherer collects what the page tells of the rows, in memory that does not
// grow with their number. The zero value works.
type gatherer struct {
	causes                      map[causeKey]*report.Cause
	doubts, drifts              []report.PageRow
	drifted, suspects, addUsers int
}

// A causeKey tells causes apart: two messages that differ only in numbers and
// in what stands in quotation marks are one.
type causeKey struct {
	status     importer.Status
	code, text string
}

// row takes in a row of the input as the results tell it. notes are those of
// this pass.
func (g *gatherer) row(r importer.Result, notes []string, sentAt time.Time) {
	row := report.PageRow{Key: string(r.Key), Name: r.ClientName, Email: r.PrimaryEmail, Message: r.Message, SentAt: sentAt}
	if r.Row.Number > 0 {
		row.Ref = r.Row.String()
	}
	for _, n := range notes {
		if what, changed := strings.CutPrefix(n, changedNote); changed && r.Status == importer.Created {
			g.drifted++
			if len(g.drifts) < report.PageDrifts {
				row.Message = strings.TrimPrefix(what, ": ")
				g.drifts = append(g.drifts, row)
			}
		}
	}
	switch r.Status {
	case importer.InDoubt:
		if len(g.doubts) < report.PageDoubts {
			g.doubts = append(g.doubts, row)
		}
	case importer.Rejected, importer.Failed, importer.Invalid:
		switch r.Code {
		case rows.CodePossibleDuplicate:
			g.suspects++
		case rows.CodeAlreadyCreated:
			g.addUsers++
		}
		g.cause(r, row)
	}
}

func (g *gatherer) cause(r importer.Result, row report.PageRow) {
	k := causeKey{r.Status, r.Code, masked(r.Message)}
	c := g.causes[k]
	if c == nil && len(g.causes) >= pageKinds {
		k.text = ""
		c = g.causes[k]
	}
	if c == nil {
		if g.causes == nil {
			g.causes = map[causeKey]*report.Cause{}
		}
		c = &report.Cause{Status: r.Status, Code: r.Code, Message: r.Message, Advice: r.Advice}
		g.causes[k] = c
	}
	c.N++
	// The first causes have room for many rows; what is rare, or too varied
	// to be listed, for few.
	if most := report.PageRows; len(c.Rows) < most && (len(g.causes) <= report.PageCauses || len(c.Rows) < 5) {
		c.Rows = append(c.Rows, row)
	}
}

// masked leaves out of a message what differs from row to row.
func masked(s string) string {
	var b strings.Builder
	quoted := false
	for _, r := range s {
		switch {
		case r == '"':
			quoted = !quoted
			b.WriteByte('"')
		case quoted:
		case r >= '0' && r <= '9':
			if !strings.HasSuffix(b.String(), "#") {
				b.WriteByte('#')
			}
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// page puts together what the page tells.
func (v *viewer) page(ctx context.Context, h importer.JobHeader, run importer.Run, res Result, command func(Next) []string) (report.Page, error) {
	g := &v.gathered
	p := report.Page{
		Rehearsal: v.rehearsal, Job: report.JobFacts{ID: h.JobID, Target: h.Target, CreatedAt: h.CreatedAt},
		Run: run, Counts: res.Counts, InDoubt: v.inDoubt, Doubts: g.doubts, Drifts: g.drifts, Drifted: g.drifted, Written: time.Now(),
	}
	if !v.complete {
		p.Missing = v.incomplete
	}
	for _, c := range g.causes {
		p.Causes = append(p.Causes, *c)
	}
	slices.SortFunc(p.Causes, func(a, b report.Cause) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Status, b.Status), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message))
	})
	p.Tasks = v.tasks(h.Target, run, res.Counts, command)
	var err error
	if p.Runs, err = v.store.Runs(ctx, pageRuns); err != nil {
		return p, asProblem(err)
	}
	for i := range p.Runs {
		if p.Runs[i].ID == run.ID {
			p.Runs[i] = run // as it ends now
		}
	}
	if len(p.Runs) > 0 {
		p.Timeline, err = v.store.Timeline(ctx, p.Runs[len(p.Runs)-1].ID, pageSpans)
	}
	return p, asProblem(err)
}

// tasks are what is left to a person, in the order in which it is best done.
func (v *viewer) tasks(target string, run importer.Run, c importer.Counts, command func(Next) []string) []report.Task {
	g := &v.gathered
	argv := func(s Step, input string) []string {
		if command == nil {
			return nil
		}
		return command(Next{Step: s, Input: input, Dir: v.folder.dir, Rehearsal: v.rehearsal, Target: target})
	}
	rejects := v.folder.rejects(run.Input.Path)
	mend := c[importer.Rejected] + c[importer.Invalid] - g.suspects - g.addUsers
	var out []report.Task
	for _, t := range []report.Task{
		{Kind: report.TaskSettle, N: v.inDoubt, Command: argv(StepSettle, "")},
		{Kind: report.TaskDecide, N: g.suspects, Command: argv(StepSettle, "")},
		{Kind: report.TaskMend, N: mend, File: rejects, Command: argv(StepFix, v.folder.path(rejects))},
		{Kind: report.TaskAgain, N: c[importer.Failed] + c[importer.Pending], Command: argv(StepAgain, run.Input.Path)},
		{Kind: report.TaskAddUser, N: g.addUsers},
		{Kind: report.TaskChange, N: g.drifted},
	} {
		if t.N > 0 {
			out = append(out, t)
		}
	}
	return out
}

// ending writes what tells of the run as a whole: the page and the summary.
func (v *viewer) ending(ctx context.Context, h importer.JobHeader, run importer.Run, res Result, command func(Next) []string) error {
	p, err := v.page(ctx, h, run, res, command)
	if err == nil {
		err = v.replace(ctx, "report", v.folder.path(reportName), func(w io.Writer) error { return report.WritePage(w, p) })
	}
	// The one is not kept from scripts because the other could not be written.
	return errors.Join(v.summary(ctx, summaryOf(res, run, h, command)), err)
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
func (j *Job) Report(ctx context.Context, o ReportOptions) (string, error) {
	if o.Out == "" {
		res, err := j.Results(ctx, ResultsOptions{Command: o.Command, Notice: o.Notice})
		for _, f := range res.Files {
			if f.Name == "report" {
				return f.Path, err
			}
		}
		return "", err
	}
	if j.last.ID == 0 {
		return "", j.neverRun()
	}
	in, decide, err := j.current(ctx)
	if err != nil {
		return "", err
	}
	defer in.Close()
	v := j.viewer(in, decide)
	v.reading = true
	if err := v.write(ctx); err != nil {
		return "", err
	}
	res := Result{Counts: v.counts}
	if !v.complete {
		res.Counts = importer.CountsOf(j.last.Counts)
	}
	p, err := v.page(ctx, j.header, j.last, res, o.Command)
	if err != nil {
		return "", err
	}
	if h, busy := j.place.Holder(); busy {
		p.Running = h.String()
	}
	return o.Out, writeOut(o.Out, p)
}

// writeOut writes a page where somebody wants it, over nothing but a page.
func writeOut(path string, p report.Page) error {
	last := ""
	switch digest, ours, err := durable.Standing(path, report.PageMark); {
	case err != nil:
		return broken(path, err, "")
	case digest != "" && !ours:
		return usage(path, "is there already, and it is no page of ours: nothing was written", "name another file with --out")
	default:
		last = digest
	}
	_, err := durable.Supersede(path, last, time.Now(), func(w io.Writer) error { return report.WritePage(w, p) })
	if err != nil {
		return broken(path, err, "name a file that can be written with --out")
	}
	return nil
}
