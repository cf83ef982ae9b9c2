package rows

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/correction"
	"github.com/bulkonboard/bulkonboard/importer/table"
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
	c := comparison{in: o, now: o.snapshot.Pass(table.Hash), own: map[importer.RowRef]bool{},
		names: newNamer(slices.ContainsFunc(l.rows, (*reject).positional))}
	for {
		it, err := pass.Next(ctx)
		if errors.Is(err, io.EOF) {
			return c.cells, c.own, nil
		}
		if err != nil {
			return nil, nil, err
		}
		c.row(it, l.take(it, unchanged))
	}
}

// A comparison is on its way through the rows of an input.
type comparison struct {
	in    *Input
	now   *correction.Pass
	names *namer
	own   map[importer.RowRef]bool
	cells []correction.Correction
}

// row compares a row with the one that came back for it; nil: none has.
func (c *comparison) row(it *Item, f *reject) {
	sheet := it.sheetRow()
	name := c.names.name(sheet, it.sheetKey)
	req := func() importer.Request {
		req, _ := mapRow(c.in.Mapper, sheet, nil)
		return req
	}
	cells, _, _ := c.now.Row(sheet, it.sheetKey, func() string { return sameness(req()) })
	if f == nil {
		return
	}
	c.own[it.Ref] = true
	if cells == nil {
		cells = slices.Clone(sheet.Cells)
	}
	if !f.edited(it.Row) {
		return // another copy of it may have brought corrections since
	}
	var mine []correction.Correction
	for i, column := range sheet.Header.Columns {
		value, says := f.says(column)
		if !says || alike(value, cells[i]) {
			continue
		}
		mine = append(mine, correction.Correction{Row: name, Column: column, Old: cells[i], New: value,
			Secret: c.in.Mapper.Secret(sheet.Header, i)})
		cells[i] = value
	}
	c.cells = append(c.cells, c.in.rekeyed(mine, sheet, cells)...)
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

// rekeyed marks the corrections of a row that get it another key.
func (o *Input) rekeyed(mine []correction.Correction, sheet importer.Row, cells []string) []correction.Correction {
	if len(mine) == 0 || mine[0].Row.Key == "" {
		return mine
	}
	req, _ := mapRow(o.Mapper, sheet, nil)
	now := sheet
	now.Cells = cells
	if with, _ := mapRow(o.Mapper, now, nil); with.Key != mine[0].Row.Key {
		for i := range mine {
			mine[i].Row.Same = sameness(req)
		}
	}
	return mine
}

// alike compares a cell with one that came back: CSV makes one line end of all.
func alike(back, cell string) bool {
	return back == cell || strings.Contains(cell, "\r") && back == strings.ReplaceAll(cell, "\r\n", "\n")
}

// sameness is what a customer is recognised by beside the key, for
// correction.RowName.
func sameness(req importer.Request) string {
	marks := []string{importer.Fold(req.Client.Details.Name)}
	for _, e := range req.Client.UserEmails() {
		marks = append(marks, importer.Fold(e))
	}
	slices.Sort(marks[1:])
	return table.Hash(marks)
}

// A namer names rows for corrections, in one pass over all rows of an input.
type namer struct {
	borne map[int64]bool
	alike map[uint64]int // nil: rows without a key of their own are not named
}

func newNamer(keyless bool) *namer {
	n := &namer{borne: map[int64]bool{}}
	if keyless {
		n.alike = map[uint64]int{}
	}
	return n
}

// name names a row of the sheet; key is its own, if it is the first that has it.
func (n *namer) name(row importer.Row, key importer.Key) correction.RowName {
	hash := table.Hash(row.Cells)
	name := correction.RowName{Hash: hash, Nth: 1, Place: row.Ref().String()}
	if key != "" && !n.borne[key.Hash()] {
		n.borne[key.Hash()] = true
		name.Key = key
	}
	if n.alike != nil {
		short, _ := strconv.ParseUint(hash[:16], 16, 64) // it is hexadecimal
		n.alike[short]++
		name.Nth = n.alike[short]
	}
	return name
}
