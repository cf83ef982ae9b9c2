package rows

import (
	"context"
	"errors"
	"io"
	"strconv"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/correction"
	"github.com/bulkonboard/bulkonboard/mapping"
)

// A CellChange is a cell that somebody corrects.
type CellChange struct {
	Row    string  // as results number it: "17" or "Sheet1!17"
	Column string  // the header's name
	Old    *string // what the cell holds, corrections included; nil: whatever it does
	New    string
}

// ErrOtherCell says that a cell does not hold what somebody saw there.
var ErrOtherCell = errors.New("this cell holds something else by now")

// Change makes one change of all these cells and returns the number of the
// input's last change; what the cells hold already is none. after is the change
// that the caller last knew of; where there is a newer one it fails with
// correction.ErrStale. A negative number skips that check.
func (o *Input) Change(ctx context.Context, who string, after int, changes ...CellChange) (int, error) {
	if after >= 0 && after != o.known {
		return 0, correction.ErrStale
	}
	cells, err := o.named(ctx, changes)
	if err != nil {
		return 0, err
	}
	for _, part := range [][]correction.Correction{o.fresh, cells} {
		if o.fresh = part; len(part) == 0 {
			continue
		}
		if err := o.write(who); err != nil {
			return 0, err
		}
	}
	return o.known, nil
}

// named makes corrections of the cells that are changed, in one pass.
func (o *Input) named(ctx context.Context, changes []CellChange) ([]correction.Correction, error) {
	wanted := map[importer.RowRef][]CellChange{}
	for _, c := range changes {
		ref := o.refOf(c.Row)
		wanted[ref] = append(wanted[ref], c)
	}
	pass, err := newPass(ctx, o.over(&correction.Snapshot{}), nil, &Classifier{}, mapping.NewChecker())
	if err != nil {
		return nil, err
	}
	defer pass.Close()
	e := o.editor(true)
	var out []correction.Correction
	for len(wanted) > 0 {
		it, err := pass.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		mine, err := e.changed(it, wanted[it.Ref])
		if err != nil {
			return nil, err
		}
		out = append(out, mine...)
		delete(wanted, it.Ref)
	}
	for _, c := range changes {
		if _, missing := wanted[o.refOf(c.Row)]; missing {
			return nil, importer.Usage(o.Record.Path, "it has no row %s",
				"rows have the numbers that the spreadsheet shows and results.csv lists", c.Row)
		}
	}
	return out, nil
}

// changed makes corrections of one row's cells.
func (e *editor) changed(it *Item, changes []CellChange) ([]correction.Correction, error) {
	w := e.edit(it.Row, it.sheetKey)
	for _, c := range changes {
		i := it.Row.Header.Index(c.Column)
		switch {
		case i < 0 || i >= len(w.cells):
			return nil, importer.Usage(it.Row.Cell(-1).String(), "there is no column %q", "name a column as the header does", c.Column)
		case c.Old != nil && *c.Old != w.cells[i]:
			return nil, &importer.Problem{Exit: importer.ExitUsage, Where: it.Row.Cell(i).String(), What: ErrOtherCell.Error(),
				Hint: "look at it again", Cause: ErrOtherCell}
		case c.New != w.cells[i]:
			e.set(w, i, c.New)
		}
	}
	return e.made(w), nil
}

// refOf reads a row's number; with one sheet, that is enough.
func (o *Input) refOf(row string) importer.RowRef {
	ref := PlaceOf(row)
	if hs := o.headers(); len(hs) == 1 && ref.Sheet == "" {
		if n, err := strconv.Atoi(row); err == nil {
			return importer.RowRef{Sheet: hs[0].Sheet, Number: n}
		}
	}
	return ref
}

// Undo takes a change back, or brings it again where it was an undo, and returns
// the number of the input's last change.
func (o *Input) Undo(who string, after, change int) (int, error) {
	s, err := o.file.Undo(after, change, who, now())
	if err != nil {
		return 0, importer.AsProblem(err)
	}
	o.snapshot, o.known = s, s.LastChange()
	return o.known, nil
}

// Corrections are those that are in place, in the order in which they were made,
// and the number of the last change.
func (o *Input) Corrections() ([]correction.Correction, int) {
	return o.snapshot.Corrections(), o.known
}
