package rows

import (
	"context"
	"io"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/correction"
	"github.com/bulkonboard/bulkonboard/importer/table"
)

// A Change is one cell that a repaired copy has otherwise.
type Change struct {
	Cell importer.Cell
	importer.Repair
}

// Repair writes a copy of the file that was opened with its corrections and the
// repairs that are beyond doubt, and tells each repair. changes is how many cells
// it has otherwise than the file.
func (o *Input) Repair(ctx context.Context, w io.Writer, tell func(Change) error) (changes int, err error) {
	in, ok := o.Base.(*table.Input)
	m, corrected := o.Mapper, o.snapshot.Pass(table.Hash)
	if o.Correction != nil {
		in, ok = o.Correction.input, true
		corrected = (&correction.Snapshot{}).Pass(table.Hash) // those are of the sheet
		if m, err = o.mapper(in.Headers()); err != nil {
			return 0, importer.AsProblem(err)
		}
	}
	if !ok {
		return 0, importer.Usage(o.Record.Path, "a repaired copy is made of a file, and these rows come from a program", "")
	}
	edit := func(row importer.Row, fault *importer.RowError) (map[int]string, error) {
		cells := map[int]string{}
		req, _ := mapRow(m, row, fault)
		now, at, _ := corrected.Row(row, sheetKey(m, req), func() string { return sameness(req) })
		switch {
		case now != nil:
			row.Cells = now
		case fault != nil:
			return nil, nil // it stays as it is
		}
		for _, i := range at {
			cells[i] = now[i]
		}
		_, fs := mapRow(m, row, without(fault, at))
		told := map[int]bool{}
		for _, f := range fs {
			i := f.Cell.Index - 1
			if f.Repair == nil || told[i] {
				continue
			}
			told[i], cells[i] = true, f.Repair.New
			if tell != nil {
				if err := tell(Change{Cell: f.Cell, Repair: *f.Repair}); err != nil {
					return nil, err
				}
			}
		}
		changes += len(cells)
		return cells, nil
	}
	err = in.Rewrite(ctx, w, edit)
	return changes, importer.AsProblem(err)
}
