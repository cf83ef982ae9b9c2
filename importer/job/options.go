package job

import (
	"cmp"
	"context"
	"io"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
	"github.com/bulkonboard/bulkonboard/importer/table"
)

// InputOptions name the customers and how to read them: a file, or Rows.
type InputOptions struct {
	Path      string    // of the file; "-" is Stdin
	Stdin     io.Reader // needed for "-"
	Encoding  string    // "" is detected
	Delimiter string    // "" is detected
	// Sheets are those of a workbook, by name, or "all"; nil are the mapping's,
	// else the job's last, else the only one that looks like a list of customers.
	Sheets    []string
	HeaderRow int      // of the column names; 0 is the mapping's, else it is found
	Sets      []string // PATH=VALUE constants
	Mapping   string   // path of a mapping file; "" is the one beside the input, else the job's last
	MinRows   int      // fewer rows are refused; 0 means 1

	// Rows are the customers in place of a file: those of a database, or of a
	// CRM's API. Path is their name for people and for the job's record, the same
	// every night ("" is "rows"); Stdin, Encoding, Delimiter and Sheets do not
	// count, and the options that go with it need a Dir, since nothing lies
	// beside such rows.
	//
	// They are read by several passes, and each must yield the same rows in the
	// same order, so take one snapshot: a list that was fetched once, a
	// transaction with repeatable reads. A pass that differs from the first fails
	// with importer.ErrInputChanged before the row that differs. The digest is
	// the input's own, or where Digest answers "" one of all rows. Where a row has
	// no Number, rows are counted from the one after Header.Row; an empty
	// Header.File is Path. The input may have a method Changed() error, which is
	// asked while rows are sent. Memory grows by 8 bytes a row.
	//
	// Rows cannot be read again by Job.Results and the like, which then tell what
	// the journal knows.
	Rows importer.Input
}

// alone tells of customers beside which no folder lies.
func (o InputOptions) alone() bool { return o.Path == "-" || o.Rows != nil }

// named gives rows of a program a name.
func (o InputOptions) named() InputOptions {
	if o.Rows != nil {
		o.Path = cmp.Or(o.Path, "rows")
	}
	return o
}

// open opens the input; the mapping says of it what nobody else does.
func (o InputOptions) open(ctx context.Context, mapped table.Options) (*rows.Input, error) {
	if o.Rows != nil {
		return rows.OpenOwn(ctx, o.Path, o.Rows, o.Sets)
	}
	return rows.Open(ctx, o.Path, o.table(mapped), o.Sets)
}

// table is how to read the file; what nobody said is as the mapping has it.
func (o InputOptions) table(mapped table.Options) table.Options {
	t := table.Options{Encoding: o.Encoding, Delimiter: o.Delimiter, Sheets: o.Sheets, HeaderRow: o.HeaderRow, Stdin: o.Stdin, Fit: mapped.Fit}
	if len(t.Sheets) == 0 && table.IsWorkbook(o.Path) {
		t.Sheets = mapped.Sheets
	}
	if t.HeaderRow == 0 {
		t.HeaderRow = mapped.HeaderRow
	}
	return t
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
