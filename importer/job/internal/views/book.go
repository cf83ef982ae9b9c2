package views

import (
	"context"
	"errors"
	"io"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
	"github.com/bulkonboard/bulkonboard/report"
)

// A rejectsBook writes rejects.xlsx beside rejects.csv, where the input is a
// workbook. A nil one writes nothing.
type rejectsBook struct {
	v     *Views
	w     *report.RejectsBook
	cells *rows.StoredCells
}

// rejectsBook replaces rejects.xlsx while do runs. For an input that is no
// workbook there is none, and one of an earlier input would be mended in vain.
func (v *Views) rejectsBook(ctx context.Context, do func(*rejectsBook) error) error {
	cells, err := v.src.In.Stored(ctx)
	if err != nil {
		return err
	}
	if cells == nil {
		if err := v.retire(ctx, "rejects_xlsx", v.src.Folder.Path(rejectsBookName)); err != nil {
			return err
		}
		return do(nil)
	}
	defer cells.Close()
	b := &rejectsBook{v: v, cells: cells}
	var other *unlikeError
	err = v.replace(ctx, "rejects_xlsx", v.src.Folder.Path(rejectsBookName), func(w io.Writer) error {
		err := v.readBack(ctx, w, func(w io.Writer, wrote func([]string)) (err error) {
			if b.w, err = report.NewRejectsBook(w, string(v.src.Folder), v.src.In.Columns, cells.Date1904, wrote); err != nil {
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
	v.NoBook = other.Error()
	return v.retire(ctx, "rejects_xlsx", v.src.Folder.Path(rejectsBookName))
}

// write adds a row, with its cells as they are stored.
func (b *rejectsBook) write(it *rows.Item, j report.Reject) error {
	if b == nil {
		return nil
	}
	h := it.Row.Header
	stored, err := b.cells.At(it)
	if err != nil {
		return err
	}
	j.Stored, j.Faulty = make([]importer.Stored, len(b.v.src.In.Columns)), map[int]string{}
	for i, c := range b.v.src.In.Columns {
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
