package job

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"sync"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/internal/durable"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
	"github.com/bulkonboard/bulkonboard/report"
)

// A viewer writes a job's views from the journal and the input.
type viewer struct {
	folder    folder
	store     importer.Store
	in        *rows.Input // nil: there is no input to read
	decide    *rows.Classifier
	tag       rows.Tag // for the rejects
	rehearsal bool
	results   string // path of the results; "" is in the folder

	// reading writes nothing: the rows are only gathered for the page.
	reading  bool
	gathered gatherer

	mu         sync.Mutex // of files
	files      []File
	counts     importer.Counts
	inDoubt    int    // in the whole job
	complete   bool   // the input was read to its end
	incomplete string // why not
	unlike     string // why there is no rejects.xlsx; "" if there is one, or is to be none
	changed    bool   // because it has changed
	track      tracker
}

// write makes results, rejects, doubt and undo anew. undo, which needs no input,
// is written beside the others.
func (v *viewer) write(ctx context.Context) error {
	undone := make(chan error, 1)
	go func() { undone <- v.undo(ctx) }()
	return errors.Join(v.rows(ctx), <-undone)
}

func (v *viewer) undo(ctx context.Context) error {
	if v.reading {
		return nil
	}
	return v.replace(ctx, "undo", v.folder.path(undoName), func(w io.Writer) error {
		undo := report.NewUndo(w)
		for e, err := range v.store.Walk(ctx, importer.Created, importer.Listing) {
			if err == nil {
				err = undo.Write(e)
			}
			if err != nil {
				return err
			}
		}
		return undo.Flush()
	})
}

// rows makes the views that tell where the input's rows stand.
func (v *viewer) rows(ctx context.Context) error {
	switch {
	case v.in == nil:
		v.incomplete = "there is none"
	case v.in.Gone != "":
		v.incomplete = v.in.Gone
	default:
		v.spoilt(v.in.Changed())
	}
	var err error
	if v.incomplete == "" {
		if err = v.fromInput(ctx); errors.Is(err, importer.ErrInputChanged) {
			v.spoilt(err)
		}
	}
	if v.incomplete != "" {
		err = v.fromJournal(ctx)
	}
	if err != nil {
		return err
	}
	if v.complete = v.incomplete == ""; !v.complete {
		return nil
	}
	return v.replace(ctx, "gone", v.folder.path(goneName), func(w io.Writer) error {
		gone := report.NewGone(w)
		if err := v.leftSheet(ctx, gone); err != nil {
			return err
		}
		return gone.Flush()
	})
}

func (v *viewer) spoilt(err error) {
	if err != nil {
		v.incomplete, v.changed = err.Error(), true
	}
}

func (v *viewer) resultsPath() string {
	if v.results != "" {
		return v.results
	}
	return v.folder.path(resultsName)
}

// fromInput writes three views in one pass: a line for each row, the rejects
// among them, and the rows in doubt.
func (v *viewer) fromInput(ctx context.Context) error {
	pass, err := rows.NewPass(ctx, v.in, v.store, v.decide)
	if err != nil {
		return err
	}
	defer pass.Close()
	return v.replaceResults(ctx, func(results *report.ResultsWriter) error {
		return v.replace(ctx, "rejects", v.folder.path(rejectsName), func(jw io.Writer) error {
			return v.replace(ctx, "doubt", v.folder.path(doubtName), func(dw io.Writer) error {
				return v.replace(ctx, "changes", v.folder.path(changesName), func(cw io.Writer) error {
					return v.rejectsBook(ctx, func(book *rejectsBook) error {
						return v.lines(ctx, pass, results, report.NewRejects(jw, v.in.Columns), book, report.NewDoubt(dw), report.NewChanges(cw))
					})
				})
			})
		})
	})
}

func (v *viewer) lines(ctx context.Context, pass *rows.Pass, results *report.ResultsWriter, rejects *report.Rejects, book *rejectsBook, doubt *report.Doubt, changes *report.Changes) error {
	v.track = tracker{faults: map[int64]bool{}}
	here := map[importer.Key]bool{}
	err := pass.Each(ctx, func(it *rows.Item) error {
		r := v.mark(it.Result())
		it.Count(&v.counts)
		v.track.see(it, r)
		if err := v.change(changes, it); err != nil {
			return err
		}
		v.gather(it, r)
		if err := results.Write(r); err != nil {
			return err
		}
		switch r.Status {
		case importer.InDoubt:
			here[r.Key] = true
			if !it.Leads() {
				return nil // one client, one line
			}
			return doubt.Write(r, it.Entry.BegunAt)
		case importer.Invalid, importer.Rejected, importer.Failed:
			j := v.reject(it, r)
			if err := rejects.Write(j); err != nil {
				return err
			}
			return book.write(it, j)
		}
		return nil
	})
	if err != nil {
		return err
	}
	v.inDoubt = len(here)
	// Rows in doubt that are not in this input are not forgotten.
	for e, err := range v.store.Walk(ctx, importer.InDoubt, importer.Outline) {
		if err != nil {
			return err
		}
		if here[e.Key] {
			continue
		}
		v.inDoubt++
		r := v.mark(importer.ResultOf(importer.RowRef{}, e))
		v.gathered.row(r, nil, e.BegunAt)
		if err := errors.Join(doubt.Write(r, e.BegunAt), results.Write(r)); err != nil {
			return err
		}
	}
	return errors.Join(results.Flush(), rejects.Flush(), book.flush(), doubt.Flush(), changes.Flush())
}

// gather takes a row of the input in for the page: one client, one row, but
// for those that came too late for their client.
func (v *viewer) gather(it *rows.Item, r importer.Result) {
	if !it.Leads() && it.Late == "" {
		return
	}
	var sent time.Time
	if it.Entry != nil {
		sent = it.Entry.BegunAt
	}
	if r.PrimaryEmail == "" {
		r.PrimaryEmail = it.Request.Client.Details.Email // the journal has the server's
	}
	v.gathered.row(r, it.Notes, sent)
}

// reject is a row as it goes back to whoever mends it.
func (v *viewer) reject(it *rows.Item, r importer.Result) report.Reject {
	cells := make([]string, len(v.in.Columns))
	for i, c := range v.in.Columns {
		if j := rows.ColumnOf(it.Row.Header, c); j >= 0 && j < len(it.Row.Cells) {
			cells[i] = it.Row.Cells[j]
		}
	}
	return report.Reject{Job: v.tag.String(), Key: it.Token, Row: r.Row.String(), Status: r.Status.String(),
		Code: r.Code, Message: r.Message, Advice: r.Advice, Cells: cells}
}

// fromJournal writes what is known without the input. Rejects stay as they are.
func (v *viewer) fromJournal(ctx context.Context) error {
	v.gathered = gatherer{} // what a pass that was spoilt has gathered
	return v.replaceResults(ctx, func(results *report.ResultsWriter) error {
		return v.replace(ctx, "doubt", v.folder.path(doubtName), func(dw io.Writer) error {
			doubt := report.NewDoubt(dw)
			v.inDoubt = 0
			for _, s := range []importer.Status{importer.Created, importer.InDoubt, importer.Rejected, importer.Failed} {
				for e, err := range v.store.Walk(ctx, s, importer.Outline) {
					r := v.mark(importer.ResultOf(e.Row, e))
					if err == nil && s == importer.InDoubt {
						v.inDoubt++
						err = doubt.Write(r, e.BegunAt)
					}
					if err == nil {
						v.gathered.row(r, nil, e.BegunAt)
						err = results.Write(r)
					}
					if err != nil {
						return err
					}
				}
			}
			return errors.Join(results.Flush(), doubt.Flush())
		})
	})
}

// mark says in a rehearsal's results that they are one's.
func (v *viewer) mark(r importer.Result) importer.Result {
	if !v.rehearsal {
		return r
	}
	if r.Note != "" {
		r.Note = "; " + r.Note
	}
	r.Note = "rehearsal" + r.Note
	return r
}

// replace writes one view in the place of the last one, keeping what somebody
// has edited since.
func (v *viewer) replace(ctx context.Context, name, path string, write func(io.Writer) error) error {
	if v.reading || path == "" {
		return write(io.Discard)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return broken(path, err, "")
	}
	last, err := v.store.ViewDigest(ctx, abs)
	if err != nil {
		return asProblem(err)
	}
	done, err := durable.Supersede(abs, last, time.Now(), write)
	if err != nil {
		var p *Problem
		if errors.As(err, &p) || errors.Is(err, importer.ErrInputChanged) {
			return err
		}
		return broken(abs, err, "what was sent is safe in the journal; once the file can be written: bulkonboard results "+v.folder.dir)
	}
	v.wrote(File{Name: name, Path: abs, KeptAs: done.KeptAs})
	return asProblem(v.store.SetViewDigest(ctx, abs, done.Digest))
}

func (v *viewer) wrote(f File) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.files = append(v.files, f)
}

// retire takes a view of an earlier input away, keeping what somebody has
// edited since.
func (v *viewer) retire(ctx context.Context, name, path string) error {
	if v.reading || path == "" {
		return nil
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return broken(path, err, "")
	}
	last, err := v.store.ViewDigest(ctx, abs)
	if err != nil {
		return asProblem(err)
	}
	kept, err := durable.Retire(abs, last, time.Now())
	if err != nil {
		return broken(abs, err, "remove it: it is about an earlier input")
	}
	if kept != "" {
		v.wrote(File{Name: name, Path: abs, KeptAs: kept})
	}
	return nil
}

// summary writes summary.json.
func (v *viewer) summary(ctx context.Context, s report.Summary) error {
	s.InDoubtInJob = v.inDoubt
	s.Files = map[string]string{}
	for _, f := range v.files {
		s.Files[f.Name] = f.Path
	}
	return v.replace(ctx, "summary", v.folder.path(summaryName), func(w io.Writer) error { return report.WriteSummary(w, s) })
}

func summaryOf(res Result, run importer.Run, h importer.JobHeader, command func(Next) []string) report.Summary {
	s := report.Summary{
		Version: report.SummaryVersion, ToolVersion: run.Version, Job: res.Dir, JobID: h.JobID, Run: run.ID,
		Rehearsal: res.Rehearsal, Target: h.Target,
		Input:     report.SummaryInput{Path: run.Input.Path, Digest: run.Input.Digest, Rows: run.Input.Rows},
		StartedAt: run.StartedAt, EndedAt: run.EndedAt, Seconds: run.EndedAt.Sub(run.StartedAt).Seconds(),
		Counts: res.Counts.Map(), Sent: res.Sent.Map(), ExitCode: res.Exit, Reason: run.Reason,
		NewCustomers: run.New, NewFaults: run.NewFaults, Changed: run.Changed, Gone: run.Gone,
	}
	if command != nil {
		s.Next = command(res.Next)
	}
	return s
}
