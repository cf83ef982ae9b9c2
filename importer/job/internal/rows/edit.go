package rows

import (
	"slices"
	"strconv"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/correction"
	"github.com/bulkonboard/bulkonboard/importer/table"
)

// An editor makes corrections of the cells of an input, in one pass over all of
// its rows.
type editor struct {
	in    *Input
	now   *correction.Pass // what is in place
	names *namer
}

// editor begins at the first row. keyless: rows without a key of their own are
// edited, too.
func (o *Input) editor(keyless bool) *editor {
	return &editor{in: o, now: o.snapshot.Pass(table.Hash), names: newNamer(keyless)}
}

// An edit is of one row.
type edit struct {
	sheet importer.Row // as it stands there
	name  correction.RowName
	cells []string // as they are by now; the caller must not change them
	set   []correction.Correction
}

// edit takes the next row of the sheet; key is its own there.
func (e *editor) edit(sheet importer.Row, key importer.Key) *edit {
	cells, _, _ := e.now.Row(sheet, key, func() string { return sameness(e.request(sheet)) })
	if cells == nil {
		cells = sheet.Cells
	}
	return &edit{sheet: sheet, name: e.names.name(sheet, key), cells: cells}
}

func (e *editor) request(row importer.Row) importer.Request {
	req, _ := mapRow(e.in.Mapper, row, nil)
	return req
}

// set gives a cell another value.
func (e *editor) set(w *edit, i int, value string) {
	if len(w.set) == 0 {
		w.cells = slices.Clone(w.cells)
	}
	h := w.sheet.Header
	w.set = append(w.set, correction.Correction{Row: w.name, Column: h.Columns[i], Old: w.cells[i], New: value,
		Secret: e.in.Mapper.Secret(h, i)})
	w.cells[i] = value
}

// made are the corrections of a row, marked where they get it another key.
func (e *editor) made(w *edit) []correction.Correction {
	if len(w.set) == 0 || w.name.Key == "" {
		return w.set
	}
	now := w.sheet
	now.Cells = w.cells
	if e.request(now).Key != w.name.Key {
		same := sameness(e.request(w.sheet))
		for i := range w.set {
			w.set[i].Row.Same = same
		}
	}
	return w.set
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
