package table

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
)

const (
	// maxRecord bounds what one record may take, in bytes: an unclosed
	// quotation mark makes one record of all that follows.
	maxRecord = 16 << 20
	// maxCell is the longest cell that is taken for one, in bytes. A
	// spreadsheet's own bound is 32,767 characters.
	maxCell = 1 << 20
)

// A record is what stands between two line ends outside of quotation marks.
type record struct {
	cells  []string
	number int // as a spreadsheet shows it
	line   int // physical, where it starts
	lines  int // physical, how many it takes
}

// records reads the records of a text and numbers them.
type records struct {
	file   *file
	text   io.Closer
	guard  *guard
	csv    *csv.Reader
	skip   int64 // bytes before the first record
	hidden int   // lines before the first record
	number int   // of the last record
	end    int   // the line where the last record ended
}

// records starts a pass over the text of the file.
func (c *csvFile) records(reuse bool) (*records, error) {
	text, err := c.file.decoded(c.set, c.bom)
	if err != nil {
		return nil, err
	}
	g := &guard{r: &lineEnds{r: text}, cells: cellCount{comma: []byte(string(c.comma)), start: true}}
	b := bufio.NewReaderSize(g, 64<<10) // encoding/csv uses it as it is
	if _, err := b.Discard(c.skip); err != nil {
		text.Close()
		return nil, err
	}
	r := &records{file: c.file, text: text, guard: g, csv: csv.NewReader(b), skip: int64(c.skip), hidden: c.hidden}
	r.csv.Comma, r.csv.FieldsPerRecord, r.csv.ReuseRecord, r.csv.TrimLeadingSpace = c.comma, -1, reuse, c.blanks
	return r, nil
}

// next returns the next record, blank lines left out and counted. Errors are
// for good, except that after an error with csv.ErrBareQuote the next line can
// be read.
func (r *records) next() (record, error) {
	r.guard.start = r.skip + r.csv.InputOffset()
	cells, err := r.csv.Read()
	if err == io.EOF {
		return record{}, err
	}
	if err != nil {
		return record{}, r.broken(cells, err)
	}
	line, _ := r.csv.FieldPos(0)
	last, _ := r.csv.FieldPos(len(cells) - 1)
	r.number += line - r.end
	r.end = last + strings.Count(cells[len(cells)-1], "\n")
	return record{cells: cells, number: r.number, line: line + r.hidden, lines: r.end - line + 1}, nil
}

// broken words an error of encoding/csv, or hands on the one that was the
// reason for it.
func (r *records) broken(cells []string, err error) error {
	if r.guard.err == errTooWide {
		e := r.file.fault(nil, fmt.Sprintf("the row that begins here has more than %d cells, which no spreadsheet has", maxColumns),
			"check that this is the right file, and its delimiter")
		e.Line = r.guard.cells.begun + 1
		return e
	}
	if r.guard.err == errTooLong {
		// What is known is where the record before ended.
		e := r.file.fault(nil, fmt.Sprintf("the row that begins here is longer than %d MiB", maxRecord>>20),
			"look for a quotation mark that is not closed, in this row or just below")
		e.Line = r.end + 1 + r.hidden
		return e
	}
	if r.guard.err != nil && r.guard.err != io.EOF {
		return r.guard.err
	}
	var pe *csv.ParseError
	if !errors.As(err, &pe) {
		return r.file.trouble(err)
	}
	// cells are those before the faulty one.
	line := pe.StartLine
	for _, c := range cells {
		line += strings.Count(c, "\n")
	}
	column := importer.ColumnName(len(cells) + 1)
	row := r.number + pe.StartLine - r.end
	e := r.file.fault(pe, "", `write a quotation mark within a cell twice, and put the cell between quotation marks: "5"" pipe"; `+
		"or export the file again from the spreadsheet")
	e.Line = line + r.hidden
	switch {
	case pe.Err == csv.ErrBareQuote:
		e.Line = pe.Line + r.hidden
		e.Cause = fmt.Sprintf("there is a quotation mark within the cell in column %s (row %d), which does not begin with one", column, row)
	case pe.Line > line:
		e.Cause = fmt.Sprintf("the cell in column %s (row %d) begins with a quotation mark that is not closed where the cell ends: the cell "+
			"runs on to line %d",
			column, row, pe.Line+r.hidden)
	default:
		e.Cause = fmt.Sprintf("the cell in column %s (row %d) begins with a quotation mark that is not closed where the cell ends", column, row)
	}
	r.number, r.end = row, pe.Line
	return e
}

func (r *records) Close() error { return r.text.Close() }

var (
	errTooLong = errors.New("record too long")
	errTooWide = errors.New("record of too many cells")
)

// guard ends the text within a record that is too long or has too many cells, before encoding/csv
// has gathered it, and keeps the error that ended the text: encoding/csv may
// name another, since half a record is also a faulty one.
type guard struct {
	r         io.Reader
	start     int64 // where the record begins that is being read
	delivered int64
	last      byte // the last byte of the text so far
	cells     cellCount
	err       error
}

func (g *guard) Read(p []byte) (int, error) {
	if g.err == nil && g.delivered-g.start > maxRecord {
		g.err = errTooLong
	}
	if g.err != nil {
		return 0, g.err
	}
	n, err := g.r.Read(p)
	if n > 0 {
		if g.cells.add(p[:n]) {
			g.err = errTooWide
			return 0, g.err
		}
		g.delivered += int64(n)
		g.last = p[n-1]
		return n, nil // an err comes again
	}
	g.err = err
	return 0, err
}
