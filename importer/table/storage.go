package table

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/table/internal/xlsx"
)

// A Storage tells how a workbook stores the cells of its rows. It is used by
// one goroutine, and is quick where rows are asked for in their order.
type Storage struct {
	x     *xlsxFile
	ctx   context.Context
	arc   *openArchive
	rows  *xlsx.Rows // nil: none is begun
	sheet string
	last  int // the row that was read last
	row   *xlsx.Row
}

// Storage is nil for a file that is no workbook. Close ends it.
func (in *Input) Storage(ctx context.Context) (*Storage, error) {
	x, ok := in.format.(*xlsxFile)
	if !ok {
		return nil, nil
	}
	a, err := x.file.openArchive()
	if err != nil {
		return nil, x.file.wordedBook(err)
	}
	return &Storage{x: x, ctx: ctx, arc: a}, nil
}

// Date1904 tells whether the workbook counts its days from 1904.
func (s *Storage) Date1904() bool { return s.x.book.Date1904 }

// At returns the cells of a row, from the first column on; nil for one that is
// not there.
func (s *Storage) At(ref importer.RowRef) ([]importer.Stored, error) {
	if s.rows == nil || s.sheet != ref.Sheet || ref.Number < s.last {
		if err := s.begin(ref.Sheet); err != nil || s.rows == nil {
			return nil, err
		}
	}
	for s.row == nil || s.row.Number < ref.Number {
		row, err := s.rows.Next()
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		if err != nil {
			return nil, s.x.file.wordedBook(err)
		}
		s.row, s.last = row, row.Number
	}
	if s.row.Number != ref.Number {
		return nil, nil
	}
	var out []importer.Stored
	for i := range s.row.Cells {
		c := &s.row.Cells[i]
		for len(out) < c.Column-1 {
			out = append(out, importer.Stored{})
		}
		f, known := s.x.book.Format(c.Style)
		st := importer.Stored{Value: strings.TrimSpace(string(c.Value)), Format: f.ID, Code: f.Code}
		switch {
		case c.Type == xlsx.ErrorValue, c.Lacks(), c.Type == xlsx.Number && !known:
			st.Kind = importer.StoredMissing
		case c.Type == xlsx.Boolean && (st.Value == "1" || st.Value == "true" || st.Value == "0" || st.Value == "false"):
			st.Kind = importer.StoredBool
		case c.Type == xlsx.Number && st.Value != "":
			st.Kind = importer.StoredNumber
		}
		out = append(out, st)
	}
	return out, nil
}

func (s *Storage) begin(sheet string) error {
	s.end()
	for _, u := range s.x.used {
		if u.Name != sheet {
			continue
		}
		rows, err := s.arc.Rows(s.ctx, u.Sheet)
		if err != nil {
			return s.x.file.wordedBook(err)
		}
		s.rows, s.sheet = rows, sheet
	}
	return nil
}

func (s *Storage) end() {
	if s.rows != nil {
		_ = s.rows.Close()
	}
	s.rows, s.row, s.last = nil, nil, 0
}

// Close gives the file back.
func (s *Storage) Close() {
	s.end()
	s.arc.close()
}
