package rows

import (
	"context"
	"slices"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/correction"
	"github.com/bulkonboard/bulkonboard/mapping"
)

// compare passes over an input as it stood with the corrections of then, and
// returns what rejects say otherwise as corrections of what is in place now,
// with the rows that they are about. unchanged tells that the input is what it
// was when the rejects were written.
func (o *Input) compare(ctx context.Context, l *Rejects, then *correction.Snapshot, unchanged bool) (
	[]correction.Correction, map[importer.RowRef]bool, error) {
	pass, err := newPass(ctx, o.over(then), nil, &Classifier{}, mapping.NewChecker())
	if err != nil {
		return nil, nil, err
	}
	defer pass.Close()
	for _, f := range l.rows {
		f.used = false
	}
	c := comparison{editor: o.editor(slices.ContainsFunc(l.rows, (*reject).positional)), own: map[importer.RowRef]bool{}}
	err = pass.Each(ctx, func(it *Item) error {
		c.row(it, l.take(it, unchanged))
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	return c.cells, c.own, nil
}

// A comparison is on its way through the rows of an input.
type comparison struct {
	*editor
	own   map[importer.RowRef]bool
	cells []correction.Correction
}

// row compares a row with the one that came back for it; nil: none has.
func (c *comparison) row(it *Item, f *reject) {
	w := c.edit(it.sheetRow(), it.sheetKey)
	if f == nil {
		return
	}
	c.own[it.Ref] = true
	if !f.edited(it.Row) {
		return // another copy of it may have brought corrections since
	}
	for i, column := range w.sheet.Header.Columns {
		if value, says := f.says(column); says && !alike(value, w.cells[i]) {
			c.set(w, i, value)
		}
	}
	c.cells = append(c.cells, c.made(w)...)
}

// says is what the row that came back has in a column of the sheet; false where it
// has none that can be used.
func (r *reject) says(column string) (string, bool) {
	i := ColumnOf(r.row.Header, column)
	if i < 0 || r.err != nil && r.err.Spoils(i) {
		return "", false
	}
	return r.row.Cells[i], true
}

// edited tells whether the row says anything else than when it was written. One
// that was edited says all of its cells, also those that are what they were: it
// may be an older edit that was taken back.
func (r *reject) edited(then importer.Row) bool {
	for i, column := range then.Header.Columns {
		if value, says := r.says(column); says && !alike(value, then.Cells[i]) {
			return true
		}
	}
	return false
}

// alike compares a cell with one that came back: CSV makes one line end of all.
func alike(back, cell string) bool {
	return back == cell || strings.Contains(cell, "\r") && back == strings.ReplaceAll(cell, "\r\n", "\n")
}
