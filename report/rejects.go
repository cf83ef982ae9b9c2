package report

import (
	"encoding/csv"
	"io"
	"slices"

	"github.com/bulkonboard/bulkonboard/importer"
)

// A Reject is a row that goes back to whoever mends it.
type Reject struct {
	Job, Key, Row, Status, Code, Message, Advice string
	Cells                                        []string // as they stood in the sheet
	// Stored says how the sheet stored them, and Faulty what is wrong with
	// which of them; for a workbook.
	Stored []importer.Stored
	Faulty map[int]string
}

// A Rejects writes rejects.csv. It is used by one goroutine.
type Rejects struct {
	w       *csv.Writer
	columns []string
	keep    []int    // the cells whose columns are not ours
	line    []string // used again
	started bool
}

// NewRejects writes rows of a sheet with these columns to w. Columns of ours
// among them, as in a rejects file that was fed back, are not doubled. The
// sheet's names stay as they are, even one that begins like a formula: a
// mapping has to find them again.
func NewRejects(w io.Writer, columns []string) *Rejects {
	r := &Rejects{w: csv.NewWriter(w)}
	r.keep, r.columns = theirs(columns)
	return r
}

// theirs are the columns that are not ours, and where they stand.
func theirs(columns []string) (keep []int, names []string) {
	for i, c := range columns {
		if !importer.IsRejectColumn(c) {
			keep, names = append(keep, i), append(names, c)
		}
	}
	return keep, names
}

// Write adds a row. Its own cells come back exactly as they were when the file
// is read by package table, control characters included; only CR LF within a
// cell comes back as LF, as it does from every CSV file. Cells that are missing
// are empty.
func (r *Rejects) Write(j Reject) error {
	if err := r.start(); err != nil {
		return err
	}
	line := r.line[:0]
	for _, i := range r.keep {
		c := ""
		if i < len(j.Cells) {
			c = j.Cells[i]
		}
		line = append(line, importer.Neutralize(c))
	}
	line = append(line, cell(j.Job), importer.Neutralize(j.Key))
	for _, c := range [...]string{j.Row, j.Status, j.Code, j.Message, j.Advice} {
		line = append(line, cell(c))
	}
	r.line = line
	return r.w.Write(line)
}

func (r *Rejects) start() error {
	if r.started {
		return nil
	}
	r.started = true
	return r.w.Write(append(slices.Clone(r.columns), importer.RejectColumns...))
}

// Flush writes out what is buffered; it comes last.
func (r *Rejects) Flush() error {
	if err := r.start(); err != nil {
		return err
	}
	r.w.Flush()
	return r.w.Error()
}
