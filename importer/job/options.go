package job

import (
	"io"

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
