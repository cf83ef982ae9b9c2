package job

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/table"
)

// A Change is one cell that a repaired copy has otherwise.
type Change struct {
	Cell importer.Cell
	importer.Repair
}

// repair writes a copy of the input with the repairs that are beyond doubt,
// and tells each. A copy that could not be finished is removed.
func (r *runner) repair(ctx context.Context, path string, tell func(Change) error) (changes int, err error) {
	in := r.in.base
	if r.in.correction != nil {
		in = r.in.correction.input
	}
	edit := func(row importer.Row) (map[int]string, error) {
		_, fs := mapSafely(r.in.mapper, row)
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
	return changes, WriteNew(path, func(w io.Writer) error {
		err := in.Rewrite(ctx, w, edit)
		if errors.Is(err, table.ErrTooLarge) {
			return usage(r.o.Input.Path, "%v", "save the sheet as CSV and repair that, or mend the cells that check names in the workbook", err)
		}
		return asProblem(err)
	})
}

// repairable refuses a name for the copy before anything is read.
func repairable(path, input string) error {
	if then := filepath.Ext(input); table.IsWorkbook(path) != table.IsWorkbook(input) || table.IsWorkbook(path) && !strings.EqualFold(filepath.Ext(path), then) {
		return usage(path, "the copy of %s is of the same kind, and this name is of another", "let it end in "+then, input)
	}
	if _, err := os.Lstat(path); err == nil {
		return usage(path, "this file is there already", "name another file: nothing is overwritten")
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return usage(path, "there is no folder for this file", "make the folder first, or name another file")
	}
	return nil
}
