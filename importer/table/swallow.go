package table

import (
	"fmt"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
)

// swallowed finds a cell that seems to hold the rest of its row and the
// beginning of another: one quotation mark too many here and another one
// further down are well formed, and can even leave the right number of cells.
// Such a cell holds as many delimiters, over all its lines, as a whole row.
//
// What stands in it is somebody else's, a password among it, and goes nowhere:
// the cell is emptied.
func (c *csvFile) swallowed(rec record, row importer.Row) *importer.RowError {
	if rec.lines < 2 || c.need < 2 {
		return nil
	}
	var fault *importer.RowError
	comma := string(c.comma)
	whole := len(rec.cells) == len(c.head.Columns)
	for i, cell := range rec.cells {
		n := strings.Count(cell, comma)
		if n < c.need-1 || !strings.Contains(cell, "\n") || whole && !holdsRows(cell, n, c.need-1) {
			continue
		}
		rec.cells[i] = ""
		if fault == nil {
			fault = &importer.RowError{Cell: row.Cell(min(i, len(c.head.Columns)-1)), Code: "rows_in_cell",
				Cause: fmt.Sprintf("the cell runs over %d lines and holds what looks like further rows: a quotation mark too many joins them",
					strings.Count(cell, "\n")+1),
				Advice: fmt.Sprintf("look for a quotation mark too many from line %d on, in the sheet itself: one customer more stands there",
					rec.line)}
		}
	}
	return fault
}

// holdsRows tells rows from a text of several lines that has delimiters in it,
// as a note with commas, in a row that is else as it should be. What was
// swallowed makes whole rows together with what was left; where the rows have
// delimiters within their cells as well, they still have addresses.
func holdsRows(cell string, delimiters, ofARow int) bool {
	return strings.Contains(cell, "@") || ofARow > 1 && delimiters%ofARow == 0
}
