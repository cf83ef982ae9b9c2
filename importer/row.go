package importer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
)

// An Input is a file of rows, or whatever else a program has them in. Every Open
// delivers the same rows as the one before, or fails with ErrInputChanged.
//
// Open may be called again once the Source of the call before is closed.
type Input interface {
	// Open starts at the first row below the header.
	Open(ctx context.Context) (Source, error)
	// Digest is "sha256:" and the hexadecimal hash of the bytes that were
	// there when the Input was made. What is no file may have another text that
	// tells one content from another, or "": package job then takes one of the rows.
	Digest() string
}

// A Source is one pass over an Input. It is used by one goroutine.
type Source interface {
	// Read returns the next row. io.EOF ends the pass. A *RowError spoils the
	// row it comes with and no other: the next Read goes on behind it. Any
	// other error ends the run.
	Read() (Row, error)
	Close() error
}

// Rows is one pass over an input. An error that is a *RowError spoils the row it
// comes with and no other; any other error is the last thing it yields.
func Rows(ctx context.Context, in Input) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		src, err := in.Open(ctx)
		if err != nil {
			yield(Row{}, err)
			return
		}
		defer func() { _ = src.Close() }()
		for {
			row, err := src.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			var spoilt *RowError
			if !yield(row, err) || err != nil && !errors.As(err, &spoilt) {
				return
			}
		}
	}
}

// ErrInputChanged is what a Source answers when the file is no longer the one
// that was digested.
var ErrInputChanged = errors.New("the input changed while it was being used")

// A Header is the head of one sheet, shared by all of its rows.
type Header struct {
	File    string   // as people call it: "clients.csv"
	Sheet   string   // "" where a file has one sheet without a name (CSV)
	Row     int      // the number a spreadsheet shows for the header's row
	Columns []string // trimmed, in the file's order, no two alike
}

// Index returns the position of the column with exactly this name, or -1.
func (h *Header) Index(column string) int {
	for i, c := range h.Columns {
		if c == column {
			return i
		}
	}
	return -1
}

// A Row is one record of an Input, as it stands there.
type Row struct {
	Header *Header
	// Number is the one a spreadsheet shows; with the header in row 1 the
	// first record has 2, whatever line breaks the cells hold.
	Number int
	// Line is the physical line the record starts at; 0 where there are no lines.
	Line int
	// Cells are as many as the header has columns, untrimmed.
	Cells []string
}

// Ref is the row's position.
func (r Row) Ref() RowRef {
	if r.Header == nil {
		return RowRef{Number: r.Number}
	}
	return RowRef{Sheet: r.Header.Sheet, Number: r.Number}
}

// Cell returns the address of the i-th cell of the row.
func (r Row) Cell(i int) Cell {
	c := Cell{Row: r.Number, Line: r.Line}
	if h := r.Header; h != nil {
		c.File, c.Sheet = h.File, h.Sheet
		if i >= 0 && i < len(h.Columns) {
			c.Column, c.Index = h.Columns[i], i+1
		}
	}
	return c
}

// A RowRef is the position of a row in its input.
type RowRef struct {
	Sheet  string // "" where there is only one
	Number int    // the number a spreadsheet shows; 0: not in the input
}

// String gives "17" or "Sheet1!17", the form that --row takes.
func (r RowRef) String() string {
	if r.Sheet == "" {
		return strconv.Itoa(r.Number)
	}
	return r.Sheet + "!" + strconv.Itoa(r.Number)
}

// A RowError spoils one row and lets the next ones be read.
type RowError struct {
	Cell   Cell
	Code   string // a stable word, as in Finding
	Cause  string
	Advice string
	// CellOnly tells that the row is sound but for this cell, and for those of
	// More; what stands in them means nothing.
	CellOnly bool
	More     []*RowError
}

// Cells are the error itself and those of further cells.
func (e *RowError) Cells() []*RowError { return append([]*RowError{e}, e.More...) }

// Spoils tells whether the i-th cell of the row, from 0, cannot be used.
func (e *RowError) Spoils(i int) bool {
	for _, c := range e.Cells() {
		if !e.CellOnly || c.Cell.Index == i+1 {
			return true
		}
	}
	return false
}

func (e *RowError) Error() string { return e.Cell.String() + ": " + e.Cause }

// Finding is the error as what a check lists.
func (e *RowError) Finding() Finding {
	return Finding{Severity: Fault, Code: e.Code, Cell: e.Cell, Message: e.Cause, Advice: e.Advice}
}

// A Cell is an address people can find: file, sheet, row and column.
type Cell struct {
	File   string
	Sheet  string
	Row    int    // 0: the whole file
	Line   int    // physical line, 0 where there are none
	Column string // the header's name; "" means the whole row
	Index  int    // 1 is the first column; 0 means the whole row
}

// String gives `clients.xlsx: Sheet1!C17 (row 17, "Contact e-mail")` for a
// sheet with a name, and `clients.csv: row 17, column "Contact e-mail"` else.
func (c Cell) String() string {
	var b strings.Builder
	if c.File != "" {
		b.WriteString(c.File)
		if c.Row > 0 || c.Column != "" {
			b.WriteString(": ")
		}
	}
	b.WriteString(c.Place())
	return b.String()
}

// Place is String without the file's name.
func (c Cell) Place() string {
	switch {
	case c.Row == 0 && c.Column == "":
		return ""
	case c.Row == 0:
		return fmt.Sprintf("column %q", c.Column)
	case c.Sheet != "" && c.Index > 0:
		return fmt.Sprintf("%s!%s%d (row %d, %q)", c.Sheet, ColumnName(c.Index), c.Row, c.Row, c.Column)
	case c.Sheet != "":
		return fmt.Sprintf("%s row %d", c.Sheet, c.Row)
	case c.Column != "":
		return fmt.Sprintf("row %d, column %q", c.Row, c.Column)
	default:
		return fmt.Sprintf("row %d", c.Row)
	}
}

// ColumnName gives the letters a spreadsheet shows for a column: 1 is A, 27 is AA.
func ColumnName(index int) string {
	var s string
	for ; index > 0; index = (index - 1) / 26 {
		s = string(rune('A'+(index-1)%26)) + s
	}
	return s
}
