package job

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
	"github.com/bulkonboard/bulkonboard/importer/table"
	"github.com/bulkonboard/bulkonboard/report"
)

// rejects is the name of the file to mend: a workbook where the customers came
// in one.
func (f folder) rejects(input string) string {
	if table.IsWorkbook(input) && rows.IsFile(f.path(rejectsBookName)) {
		return rejectsBookName
	}
	return rejectsName
}

// replaceResults replaces the results while do runs, as what their name says.
func (v *viewer) replaceResults(ctx context.Context, do func(*report.ResultsWriter) error) error {
	return v.replace(ctx, "results", v.resultsPath(), func(w io.Writer) error {
		if !strings.EqualFold(filepath.Ext(v.resultsPath()), ".xlsx") {
			return do(report.NewResults(w))
		}
		return v.readBack(ctx, w, func(w io.Writer, wrote func([]string)) error {
			return do(report.NewResultsBook(w, v.folder.dir, wrote))
		})
	})
}

// A rejectsBook writes rejects.xlsx beside rejects.csv, where the input is a
// workbook. A nil one writes nothing.
type rejectsBook struct {
	v     *viewer
	w     *report.RejectsBook
	cells *rows.StoredCells
}

// rejectsBook replaces rejects.xlsx while do runs. For an input that is no
// workbook there is none, and one of an earlier input would be mended in vain.
func (v *viewer) rejectsBook(ctx context.Context, do func(*rejectsBook) error) error {
	cells, err := v.in.Stored(ctx)
	if err != nil {
		return err
	}
	if cells == nil {
		if err := v.retire(ctx, "rejects_xlsx", v.folder.path(rejectsBookName)); err != nil {
			return err
		}
		return do(nil)
	}
	defer cells.Close()
	b := &rejectsBook{v: v, cells: cells}
	var other *unlikeError
	err = v.replace(ctx, "rejects_xlsx", v.folder.path(rejectsBookName), func(w io.Writer) error {
		err := v.readBack(ctx, w, func(w io.Writer, wrote func([]string)) (err error) {
			if b.w, err = report.NewRejectsBook(w, v.folder.dir, v.in.Columns, cells.Date1904, wrote); err != nil {
				return err
			}
			return do(b)
		})
		errors.As(err, &other)
		return err
	})
	if other == nil {
		return err
	}
	// rejects.csv has the same rows, and says nothing else than they do.
	v.unlike = other.Error()
	return v.retire(ctx, "rejects_xlsx", v.folder.path(rejectsBookName))
}

// write adds a row, with its cells as they are stored.
func (b *rejectsBook) write(it *rows.Item, j report.Reject) error {
	if b == nil {
		return nil
	}
	h := it.Row.Header
	stored, err := b.cells.At(it.Row)
	if err != nil {
		return err
	}
	j.Stored, j.Faulty = make([]importer.Stored, len(b.v.in.Columns)), map[int]string{}
	for i, c := range b.v.in.Columns {
		at := rows.ColumnOf(h, c)
		if at < 0 {
			continue
		}
		if at < len(stored) {
			j.Stored[i] = stored[at]
		}
		for _, f := range it.Findings {
			if f.Severity != importer.Fault || f.Cell.Index != at+1 {
				continue
			}
			if j.Faulty[i] != "" {
				j.Faulty[i] += "\n"
			}
			j.Faulty[i] += f.Message
			if f.Advice != "" {
				j.Faulty[i] += "\n" + f.Advice
			}
		}
	}
	return b.w.Write(j)
}

func (b *rejectsBook) flush() error {
	if b == nil {
		return nil
	}
	return b.w.Flush()
}
