package table

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/bulkonboard/bulkonboard/importer"
)

// source is one pass over the rows of a csvFile.
type source struct {
	ctx  context.Context
	c    *csvFile
	recs *records
	err  error // ends the pass for good
}

func (c *csvFile) open(ctx context.Context) (importer.Source, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	recs, err := c.records(false)
	if err != nil {
		return nil, err
	}
	return &source{ctx: ctx, c: c, recs: recs}, nil
}

// Read returns the next row that is not empty. With a *importer.RowError comes
// the row as far as there is one, filled up with empty cells or cut to the
// header's width.
func (s *source) Read() (importer.Row, error) {
	for s.err == nil {
		if s.err = s.ctx.Err(); s.err != nil {
			break
		}
		var rec record
		if rec, s.err = s.recs.next(); s.err != nil {
			break
		}
		if rec.number > s.c.head.Row && !blank(rec.cells) {
			return s.c.row(rec)
		}
	}
	return importer.Row{}, s.err
}

// Close ends the pass; a second time does nothing.
func (s *source) Close() error {
	if s.err == nil || s.err == io.EOF {
		s.err = os.ErrClosed
	}
	return s.recs.Close()
}

// row makes a record a row of the header's width.
func (c *csvFile) row(rec record) (importer.Row, error) {
	row := c.at(rec)
	width, n := len(c.head.Columns), len(rec.cells)
	fault := c.swallowed(rec, row)
	switch {
	case fault != nil:
	case n > width && !blank(rec.cells[width:]):
		fault = &importer.RowError{
			Cell: row.Cell(-1), Code: "row_too_long",
			Cause: fmt.Sprintf("the row has %s, the header has %d: it goes on behind the last column, %q", cells(n), width,
				c.head.Columns[width-1]),
			Advice: fmt.Sprintf("put a cell that has a %s in it between quotation marks, or remove the cells that are too many", c.commaWord()),
		}
	case n < c.need && !c.short.has(rec.number):
		fault = &importer.RowError{
			Cell: row.Cell(-1), Code: "row_too_short",
			Cause:  fmt.Sprintf("the row has %s, the header has %d: it ends in column %q", cells(n), width, c.head.Columns[n-1]),
			Advice: fmt.Sprintf("a %s or a quotation mark is missing, or the file is cut off; write empty cells at the end too", c.commaWord()),
		}
	}
	switch {
	case n > width:
		row.Cells = rec.cells[:width:width]
	case n == width:
		row.Cells = rec.cells
	default:
		row.Cells = make([]string, width)
		copy(row.Cells, rec.cells)
	}
	for i, cell := range row.Cells {
		if len(cell) > maxCell && fault == nil {
			fault = &importer.RowError{
				Cell: row.Cell(i), Code: "cell_too_long",
				Cause:  fmt.Sprintf("the cell has %d bytes, more than anybody would type", len(cell)),
				Advice: "look for a quotation mark that is not closed, in this row or just below",
			}
		}
		if c.ours != Plain {
			row.Cells[i] = importer.Restore(cell)
		}
	}
	if fault != nil {
		return row, fault
	}
	return row, nil
}

func cells(n int) string {
	if n == 1 {
		return "1 cell"
	}
	return fmt.Sprintf("%d cells", n)
}

// commaWord is the delimiter as people call it.
func (c *csvFile) commaWord() string {
	switch c.comma {
	case ',':
		return "comma"
	case ';':
		return "semicolon"
	case '\t':
		return "tabulator"
	default:
		return fmt.Sprintf("%q", string(c.comma))
	}
}
