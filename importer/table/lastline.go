package table

import (
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
)

// manyValues is how many different values of the last column are kept: a column
// with more says nothing of what is missing at the end of one of them.
const manyValues = 64

// lastCells gathers what stands in the last column, to tell a file that ends
// within a cell: it has all its cells, and one of them lacks its end.
type lastCells struct {
	row    record // the last one, without its cells
	index  int
	value  string
	values map[string]int // of the rows before; nil once there are too many
	rows   int
}

func (l *lastCells) add(rec record, named int) {
	if l.rows++; l.rows > 1 && len(l.values) <= manyValues {
		if l.values == nil {
			l.values = map[string]int{}
		}
		l.values[l.value]++
	}
	l.row, l.index, l.value = record{number: rec.number, line: rec.line}, named-1, ""
	if len(rec.cells) >= named {
		l.value = strings.Clone(rec.cells[named-1])
	}
}

// cut tells whether the file seems to end within its last cell: it has no line
// end, and the cell is the beginning of what others say, or the only one that
// is different.
func (l *lastCells) cut(c *csvFile, lineEnded bool) (importer.Finding, bool) {
	if lineEnded || l.value == "" || l.rows < 3 || len(l.values) > manyValues || l.values[l.value] > 0 {
		return importer.Finding{}, false
	}
	begins := false
	for v := range l.values {
		begins = begins || strings.HasPrefix(v, l.value)
	}
	if !begins && !(len(l.values) == 1 && l.rows > 3) {
		return importer.Finding{}, false
	}
	return importer.Finding{Severity: importer.Warning, Code: "cut_last_line", Cell: c.at(l.row).Cell(l.index),
		Message: "the file ends here without a line end, and the last cell is not like those above it: it may be cut off",
		Advice:  "compare the last row with the original, or get the whole file again"}, true
}
