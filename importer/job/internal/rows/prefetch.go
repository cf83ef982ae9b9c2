package rows

import (
	"errors"
	"slices"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping"
)

// An prefetch reads and maps rows while those before them are decided: both are
// pure, and together they are most of what a pass costs. It is used by one
// goroutine.
type prefetch struct {
	parts chan part
	stop  chan struct{} // closed when nobody wants any more
	now   part
}

// A part is some rows in their order, and what ended the pass after them.
type part struct {
	rows []mappedRow
	err  error // io.EOF at the end
}

// A mappedRow is a row with what the mapping makes of it.
type mappedRow struct {
	row      importer.Row
	err      *importer.RowError // what is wrong with the row as it was read; nil: nothing
	req      importer.Request
	findings []importer.Finding
}

// newPrefetch takes the source over and closes it.
func newPrefetch(src importer.Source, m *mapping.Mapper) *prefetch {
	a := &prefetch{parts: make(chan part, 2), stop: make(chan struct{})}
	go func() {
		defer close(a.parts)
		defer func() { _ = src.Close() }()
		for {
			p := readPart(src, m)
			select {
			case a.parts <- p:
			case <-a.stop:
				return
			}
			if p.err != nil {
				return
			}
		}
	}()
	return a
}

func readPart(src importer.Source, m *mapping.Mapper) part {
	p := part{rows: make([]mappedRow, 0, Chunk)}
	for len(p.rows) < Chunk {
		row, err := src.Read()
		var spoilt *importer.RowError
		if err != nil && !errors.As(err, &spoilt) {
			p.err = err
			break
		}
		r := mappedRow{row: row, err: spoilt}
		r.req, r.findings = mapRow(m, row, spoilt)
		p.rows = append(p.rows, r)
	}
	return p
}

// next returns the next row; io.EOF, or what else ended the pass, stays.
func (a *prefetch) next() (mappedRow, error) {
	for len(a.now.rows) == 0 {
		if a.now.err != nil {
			return mappedRow{}, a.now.err
		}
		a.now = <-a.parts
	}
	r := a.now.rows[0]
	a.now.rows = a.now.rows[1:]
	return r, nil
}

// close ends the pass and waits until the source is closed.
func (a *prefetch) close() {
	close(a.stop)
	for range a.parts {
	}
}

// mapRow maps a row that could be read, and tells what is wrong with one that
// could not.
func mapRow(m *mapping.Mapper, row importer.Row, spoilt *importer.RowError) (importer.Request, []importer.Finding) {
	switch {
	case spoilt == nil:
		return mapSafely(m, row)
	case !spoilt.CellOnly || len(row.Cells) != len(row.Header.Columns):
		return importer.Request{}, []importer.Finding{spoilt.Finding()}
	}
	return mapRest(m, row, spoilt)
}

// mapRest maps a row without the cells that cannot be used. Where nobody uses
// them either, they are a note. The key that the other cells give the row
// stays: a customer that is there already is found by it.
func mapRest(m *mapping.Mapper, row importer.Row, spoilt *importer.RowError) (importer.Request, []importer.Finding) {
	var bad []importer.Finding
	sound := true
	row.Cells = slices.Clone(row.Cells)
	for _, c := range spoilt.Cells() {
		f := c.Finding()
		used, chooses := m.Uses(row.Header, c.Cell.Index-1)
		if !used {
			f.Severity = importer.Note
		}
		sound = sound && !chooses
		bad = append(bad, f)
		row.Cells[c.Cell.Index-1] = ""
	}
	if !sound { // nobody can tell whether the row is meant
		return importer.Request{}, bad
	}
	req, fs := mapSafely(m, row)
	if req.Skipped != "" {
		return req, fs
	}
	fs = slices.DeleteFunc(fs, func(f importer.Finding) bool { return f.Cell.Index > 0 && spoilt.Spoils(f.Cell.Index-1) })
	fs = append(fs, bad...)
	slices.SortStableFunc(fs, func(a, b importer.Finding) int { return a.Cell.Index - b.Cell.Index })
	return req, fs
}

// mapSafely keeps a panic over one row that row's affair.
func mapSafely(m importer.Mapper, row importer.Row) (req importer.Request, fs []importer.Finding) {
	defer func() {
		if p := recover(); p != nil {
			req, fs = importer.Request{}, []importer.Finding{{Severity: importer.Fault, Code: "internal", Cell: row.Cell(-1),
				Message: "internal error while reading this row", Advice: "please report it; the other rows are not affected"}}
		}
	}()
	return m.Map(row)
}
