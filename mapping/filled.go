package mapping

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping/internal/paths"
)

// filledDown is the first column of a row that holds nothing of a customer, only
// what every customer of a sheet may have: a provider's id that was pulled down
// to the last line of the screen. It is -1 for any other row.
func (p *plan) filledDown(row importer.Row) int {
	if !p.name.fed() || !p.users[0].email.fed() {
		return -1
	}
	first := -1
	for i, cell := range row.Cells {
		if importer.Trim(cell) == "" {
			continue
		}
		if !p.everybodys(i) {
			return -1
		}
		if first < 0 {
			first = i
		}
	}
	return first
}

// everybodys tells the columns whose values may be the same for all customers.
func (p *plan) everybodys(column int) bool {
	ro := &p.roles[column]
	switch ro.path {
	case paths.Provider, paths.Group, paths.BillingType, paths.Product, paths.Prices:
		return !slices.Contains(p.group, column)
	case "":
		return ro.purpose == forWord && !slices.Contains(p.group, column) // a condition's
	}
	return strings.HasPrefix(ro.path, paths.Access)
}

// filled counts the rows of a sheet that are filled down.
type filled struct {
	first importer.Cell
	last  int // the row's number
	rows  int
}

func (n *Neighbours) addFilled(row importer.Row, column int) {
	f := n.filled[row.Header]
	if f == nil {
		f = &filled{first: row.Cell(column)}
		n.filled[row.Header] = f
	}
	f.rows, f.last = f.rows+1, row.Number
}

// finding tells once of all such rows of a sheet.
func (f *filled) finding() importer.Finding {
	what := "this row holds"
	switch {
	case f.rows == 2:
		what = fmt.Sprintf("this row and row %d hold", f.last)
	case f.rows > 2:
		what = fmt.Sprintf("this row and %d more, up to row %d, hold", f.rows-1, f.last)
	}
	return importer.Finding{Severity: importer.Warning, Code: "filled_down", Cell: f.first,
		Message: fmt.Sprintf("%s nothing of a customer, only values such as this column's, which somebody has filled down: left out", what),
		Advice:  "clear these cells; or add the customers that are missing"}
}
