package job

import (
	"errors"

	"github.com/bulkonboard/bulkonboard/importer"
)

// An ahead reads and maps rows while those before them are decided: both are
// pure, and together they are most of what a pass costs. It is used by one
// goroutine.
type ahead struct {
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
	req      importer.Request
	findings []importer.Finding
}

// readAhead takes the source over and closes it.
func readAhead(src importer.Source, m importer.Mapper) *ahead {
	a := &ahead{parts: make(chan part, 2), stop: make(chan struct{})}
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

func readPart(src importer.Source, m importer.Mapper) part {
	p := part{rows: make([]mappedRow, 0, chunk)}
	for len(p.rows) < chunk {
		row, err := src.Read()
		var spoilt *importer.RowError
		if err != nil && !errors.As(err, &spoilt) {
			p.err = err
			break
		}
		r := mappedRow{row: row}
		r.req, r.findings = mapRow(m, row, spoilt)
		p.rows = append(p.rows, r)
	}
	return p
}

// next returns the next row; io.EOF, or what else ended the pass, stays.
func (a *ahead) next() (mappedRow, error) {
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
func (a *ahead) close() {
	close(a.stop)
	for range a.parts {
	}
}

// mapRow maps a row that could be read, and tells what is wrong with one that
// could not.
func mapRow(m importer.Mapper, row importer.Row, spoilt *importer.RowError) (importer.Request, []importer.Finding) {
	if spoilt != nil {
		return importer.Request{}, []importer.Finding{spoilt.Finding()}
	}
	return mapSafely(m, row)
}

// mapSafely keeps a panic over one row that row's affair.
func mapSafely(m importer.Mapper, row importer.Row) (req importer.Request, fs []importer.Finding) {
	defer func() {
		if p := recover(); p != nil {
			req, fs = importer.Request{}, []importer.Finding{{Severity: importer.Fault, Code: "internal", Cell: row.Cell(-1),
				Message: "bulkonboard itself stumbled over this row", Advice: "please report it; the other rows are not affected"}}
		}
	}()
	return m.Map(row)
}
