package table

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
)

// A Storage tells how a workbook stores the cells of its rows. It is used by
// one goroutine, and is quick where rows are asked for in their order.
type Storage struct {
	x     *xlsxFile
	ctx   context.Context
	arc   *archive
	part  io.Closer
	scan  *sheetScan
	sheet string
	last  int // the row that was read last
	row   *rawRow
}

// Storage is nil for a file that is no workbook. Close ends it.
func (in *Input) Storage(ctx context.Context) (*Storage, error) {
	x, ok := in.format.(*xlsxFile)
	if !ok {
		return nil, nil
	}
	a, err := x.file.openArchive()
	if err != nil {
		return nil, err
	}
	return &Storage{x: x, ctx: ctx, arc: a}, nil
}

// Date1904 tells whether the workbook counts its days from 1904.
func (s *Storage) Date1904() bool { return s.x.book.date04 }

// At returns the cells of a row, from the first column on; nil for one that is
// not there.
func (s *Storage) At(ref importer.RowRef) ([]importer.Stored, error) {
	if s.scan == nil || s.sheet != ref.Sheet || ref.Number < s.last {
		if err := s.begin(ref.Sheet); err != nil || s.scan == nil {
			return nil, err
		}
	}
	for s.row == nil || s.row.number < ref.Number {
		row, err := s.scan.next()
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		if err != nil {
			return nil, s.arc.partError(s.ctx, "sheet "+s.sheet, err)
		}
		s.row, s.last = row, row.number
	}
	if s.row.number != ref.Number {
		return nil, nil
	}
	var out []importer.Stored
	for _, c := range s.row.cells {
		for len(out) < c.column-1 {
			out = append(out, importer.Stored{})
		}
		f := s.x.book.format(c.style)
		st := importer.Stored{Value: strings.TrimSpace(c.value), Format: f.id, Code: f.code}
		switch {
		case c.kind == "e", c.formula && c.value == "" && !(c.valued && c.kind == "str"):
			st.Kind = importer.StoredMissing
		case c.kind == "b":
			st.Kind = importer.StoredBool
		case c.kind == "n" && c.value != "":
			st.Kind = importer.StoredNumber
		}
		out = append(out, st)
	}
	return out, nil
}

func (s *Storage) begin(sheet string) error {
	s.end()
	for _, u := range s.x.used {
		if u.name != sheet {
			continue
		}
		r, err := s.arc.open(u.sheet)
		if err != nil {
			return s.arc.partError(s.ctx, "sheet "+sheet, err)
		}
		s.part, s.scan, s.sheet = r, newSheetScan(&patient{ctx: s.ctx, r: r}), sheet
	}
	return nil
}

func (s *Storage) end() {
	if s.part != nil {
		_ = s.part.Close()
	}
	s.part, s.scan, s.row, s.last = nil, nil, nil, 0
}

// Close gives the file back.
func (s *Storage) Close() {
	s.end()
	s.arc.close()
}
