package job

import (
	"io"

	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
	"github.com/bulkonboard/bulkonboard/importer/table"
)

// InputOptions name a file of customers and how to read it.
type InputOptions struct {
	Path      string    // "-" is Stdin
	Stdin     io.Reader // needed for "-"
	Encoding  string    // "" is detected
	Delimiter string    // "" is detected
	Sheets    []string  // of a workbook, by name, or "all"; nil is the first
	Sets      []string  // PATH=VALUE constants
	Mapping   string    // path of a mapping file; "" is the one beside the input, else the job's last
	MinRows   int       // fewer rows are refused; 0 means 1
}

// table is how to read the file, with the column names in this row; 0 is the
// first row that is not empty.
func (o InputOptions) table(headerRow int) table.Options {
	return table.Options{Encoding: o.Encoding, Delimiter: o.Delimiter, Sheets: o.Sheets, HeaderRow: headerRow, Stdin: o.Stdin}
}

// A Survey is what the first pass over an input found: where its rows stand,
// what a run would do, and the findings, one Group for each kind. Nothing was
// sent.
type Survey = rows.Survey

// A Group is one kind of finding with the number of rows it was found in.
type Group = rows.Group

// Elsewhere is a customer that a run would send although another job has
// created it or holds it in doubt.
type Elsewhere = rows.Elsewhere

// A Change is one cell that a repaired copy has otherwise.
type Change = rows.Change

// A RowSet is a choice of rows by the numbers that results show; nil is all.
type RowSet = rows.RowSet

// ParseRows reads a choice of rows: "4", "4,7-9" and "Sheet1!4-6".
func ParseRows(s string) (RowSet, error) { return rows.ParseRows(s) }
