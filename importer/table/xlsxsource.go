package table

import (
	"context"
	"io"
	"os"

	"github.com/bulkonboard/bulkonboard/importer"
)

// An xlsxSource is one pass over the rows of an xlsxFile. It reads ahead while
// its rows are used: to unpack a sheet and scan it takes as long as what is done
// with it.
type xlsxSource struct {
	ctx   context.Context
	parts chan xlsxPart
	stop  chan struct{} // closed when nobody wants any more
	now   xlsxPart
	err   error
	ended bool // it was closed
}

// An xlsxPart is some rows in their order, and what ended the pass after them.
type xlsxPart struct {
	rows []xlsxRow
	err  error // io.EOF at the end
}

// An xlsxRow is a row, and what spoils it.
type xlsxRow struct {
	row importer.Row
	err *importer.RowError
}

// partRows is how many rows are handed over at once, if they have no more than
// partCells cells and partBytes of text.
const (
	partRows  = 64
	partCells = 16 << 10
	partBytes = 1 << 20
)

// readRows takes the pass over and closes it.
func readRows(ctx context.Context, x *xlsxFile, pass *xlsxPass) *xlsxSource {
	s := &xlsxSource{ctx: ctx, parts: make(chan xlsxPart, 2), stop: make(chan struct{})}
	r := &xlsxRows{ctx: ctx, x: x, pass: pass, at: -1}
	go func() {
		defer close(s.parts)
		defer pass.close()
		for {
			p := r.part()
			select {
			case s.parts <- p:
			case <-s.stop:
				return
			}
			if p.err != nil {
				return
			}
		}
	}()
	return s
}

// Read returns the next row that is not empty. With a *importer.RowError comes
// the row as far as there is one.
func (s *xlsxSource) Read() (importer.Row, error) {
	if s.err == nil {
		s.err = s.ctx.Err()
	}
	for s.err == nil && len(s.now.rows) == 0 {
		if s.err = s.now.err; s.err == nil {
			s.now = <-s.parts
		}
	}
	if s.err != nil {
		return importer.Row{}, s.err
	}
	r := s.now.rows[0]
	if s.now.rows = s.now.rows[1:]; r.err != nil {
		return r.row, r.err
	}
	return r.row, nil
}

// Close ends the pass; a second time does nothing.
func (s *xlsxSource) Close() error {
	if s.ended {
		return nil
	}
	s.ended = true
	close(s.stop)
	for range s.parts {
	}
	if s.err == nil || s.err == io.EOF {
		s.err = os.ErrClosed
	}
	return nil
}

// xlsxRows are the rows below the headers of the sheets that are used.
type xlsxRows struct {
	ctx  context.Context
	x    *xlsxFile
	pass *xlsxPass
	at   int // the sheet in hand
}

// part reads some rows. A panic over an odd file stays that file's affair.
func (r *xlsxRows) part() (p xlsxPart) {
	defer func() {
		if v := recover(); v != nil {
			p.err = r.x.file.insensible()
		}
		p.err = r.x.file.wordedBook(p.err)
	}()
	p.rows = make([]xlsxRow, 0, partRows)
	cells, size := 0, int64(0)
	for len(p.rows) < partRows && cells < partCells && size < partBytes && p.err == nil {
		if r.at < 0 {
			p.err = r.nextSheet()
			continue
		}
		rec, faults, err := r.pass.next()
		switch {
		case err == io.EOF:
			r.pass.endSheet()
			p.err = r.nextSheet()
		case err != nil:
			p.err = err
		default:
			if h := r.x.used[r.at].head; rec.number > h.Row && !blank(rec.cells) {
				p.rows = append(p.rows, r.row(h, rec, faults))
				cells, size = cells+len(h.Columns), size+r.pass.size()
			}
		}
	}
	return p
}

func (r *xlsxRows) nextSheet() error {
	if r.at++; r.at >= len(r.x.used) {
		return io.EOF
	}
	return r.pass.sheet(r.ctx, r.x.used[r.at])
}

func (r *xlsxRows) row(h *importer.Header, rec record, faults []cellFault) xlsxRow {
	row := importer.Row{Header: h, Number: rec.number, Cells: rec.cells}
	if len(rec.cells) != len(h.Columns) {
		row.Cells = make([]string, len(h.Columns))
		copy(row.Cells, rec.cells)
	}
	if r.x.ours != Plain {
		for i, c := range row.Cells {
			row.Cells[i] = importer.Restore(c)
		}
	}
	var spoilt *importer.RowError
	for _, f := range faults {
		if f.column > len(h.Columns) {
			continue
		}
		e := &importer.RowError{Cell: row.Cell(f.column - 1), Code: f.Code, Cause: f.Cause, Advice: f.Advice, CellOnly: true}
		if spoilt == nil {
			spoilt = e
		} else {
			spoilt.More = append(spoilt.More, e)
		}
	}
	return xlsxRow{row, spoilt}
}
