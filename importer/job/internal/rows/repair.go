package rows

import (
	"context"
	"io"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/table"
)

// A Change is one cell that a repaired copy has otherwise.
type Change struct {
	Cell importer.Cell
	importer.Repair
}

// Repair writes a copy of the file that was opened with the repairs that are
// beyond doubt, and tells each.
func (o *Input) Repair(ctx context.Context, w io.Writer, tell func(Change) error) (changes int, err error) {
	in, ok := o.Base.(*table.Input)
	if o.Correction != nil {
		in, ok = o.Correction.input, true
	}
	if !ok {
		return 0, importer.Usage(o.Record.Path, "a repaired copy is made of a file, and these rows come from a program", "")
	}
	edit := func(row importer.Row) (map[int]string, error) {
		_, fs := mapSafely(o.Mapper, row)
		var cells map[int]string
		for _, f := range fs {
			i := f.Cell.Index - 1
			if _, done := cells[i]; done || f.Repair == nil {
				continue
			}
			if cells == nil {
				cells = map[int]string{}
			}
			cells[i] = f.Repair.New
			changes++
			if tell != nil {
				if err := tell(Change{Cell: f.Cell, Repair: *f.Repair}); err != nil {
					return nil, err
				}
			}
		}
		return cells, nil
	}
	err = in.Rewrite(ctx, w, edit)
	return changes, importer.AsProblem(err)
}
