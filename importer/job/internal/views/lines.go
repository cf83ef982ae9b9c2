package views

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
	"github.com/bulkonboard/bulkonboard/report"
)

// fromInput writes the views of one pass: a line for each row, the rejects among
// them, the rows in doubt, and those that changed.
func (v *Views) fromInput(ctx context.Context) error {
	s := v.src
	pass, err := rows.NewPass(ctx, s.In, s.Store, s.Classifier)
	if err != nil {
		return err
	}
	defer pass.Close()
	return v.replaceResults(ctx, func(results *report.ResultsWriter) error {
		return v.replace(ctx, "rejects", s.Folder.Path(rejectsName), func(jw io.Writer) error {
			return v.replace(ctx, "doubt", s.Folder.Path(DoubtName), func(dw io.Writer) error {
				return v.replace(ctx, "changes", s.Folder.Path(changesName), func(cw io.Writer) error {
					return v.rejectsBook(ctx, func(book *rejectsBook) error {
						l := lines{v, results, report.NewRejects(jw, s.In.Columns), book, report.NewDoubt(dw, v.tag()), report.NewChanges(cw, v.tag()),
							map[importer.Key]bool{}}
						return l.write(ctx, pass)
					})
				})
			})
		})
	})
}

// lines writes the lines of one pass.
type lines struct {
	v       *Views
	results *report.ResultsWriter
	rejects *report.Rejects
	book    *rejectsBook
	doubt   *report.Doubt
	changes *report.Changes
	here    map[importer.Key]bool // in doubt, and in the input
}

func (l *lines) write(ctx context.Context, pass *rows.Pass) error {
	l.v.track = tracker{faults: map[int64]bool{}}
	if err := pass.Each(ctx, l.row); err != nil {
		return err
	}
	if err := l.elsewhere(ctx); err != nil {
		return err
	}
	return errors.Join(l.results.Flush(), l.rejects.Flush(), l.book.flush(), l.doubt.Flush(), l.changes.Flush())
}

func (l *lines) row(it *rows.Item) error {
	r := l.v.mark(it.Result())
	it.Count(&l.v.Counts)
	l.v.track.see(it, r)
	if err := l.v.change(l.changes, it); err != nil {
		return err
	}
	l.v.gather(it, r)
	if err := l.results.Write(r); err != nil {
		return err
	}
	switch r.Status {
	case importer.InDoubt:
		l.here[r.Key] = true
		if !it.Leads() {
			return nil // one client, one line
		}
		return l.doubt.Write(r, it.Entry.BegunAt)
	case importer.Invalid, importer.Rejected, importer.Failed:
		j := l.v.reject(it, r)
		if err := l.rejects.Write(j); err != nil {
			return err
		}
		return l.book.write(it, j)
	}
	return nil
}

// elsewhere writes the rows in doubt that are not in this input: they are not
// forgotten.
func (l *lines) elsewhere(ctx context.Context) error {
	l.v.InDoubt = len(l.here)
	for e, err := range l.v.src.Store.Walk(ctx, importer.InDoubt, importer.Outline) {
		if err != nil {
			return err
		}
		if l.here[e.Key] {
			continue
		}
		l.v.InDoubt++
		r := l.v.mark(importer.ResultOf(importer.RowRef{}, e))
		l.v.gathered.row(r, nil, e.BegunAt)
		if err := errors.Join(l.doubt.Write(r, e.BegunAt), l.results.Write(r)); err != nil {
			return err
		}
	}
	return nil
}

// gather takes a row of the input in for the page: one client, one row, but
// for those that came too late for their client.
func (v *Views) gather(it *rows.Item, r importer.Result) {
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
func (v *Views) reject(it *rows.Item, r importer.Result) report.Reject {
	cells := make([]string, len(v.src.In.Columns))
	for i, c := range v.src.In.Columns {
		if j := rows.ColumnOf(it.Row.Header, c); j >= 0 && j < len(it.Row.Cells) {
			cells[i] = it.Row.Cells[j]
		}
	}
	return report.Reject{Job: v.src.Tag.String(), Key: it.Token, Row: r.Row.String(), Status: r.Status.String(),
		Code: r.Code, Message: r.Message, Advice: r.Advice, Cells: cells}
}

// fromJournal writes what is known without the input. Rejects stay as they are.
func (v *Views) fromJournal(ctx context.Context) error {
	v.gathered = gatherer{} // what a pass that was spoilt has gathered
	return v.replaceResults(ctx, func(results *report.ResultsWriter) error {
		return v.replace(ctx, "doubt", v.src.Folder.Path(DoubtName), func(dw io.Writer) error {
			doubt := report.NewDoubt(dw, v.tag())
			v.InDoubt = 0
			for _, s := range []importer.Status{importer.Created, importer.InDoubt, importer.Rejected, importer.Failed} {
				for e, err := range v.src.Store.Walk(ctx, s, importer.Outline) {
					r := v.mark(importer.ResultOf(e.Row, e))
					if err == nil && s == importer.InDoubt {
						v.InDoubt++
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
