package importertest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/bulkonboard/bulkonboard/importer"
)

// Rows is an importer.Input in memory. Its file is called "rows.csv", its
// header stands in row 1 and its rows follow from row 2 without a gap. A row
// with fewer or more cells than there are columns comes with a
// *importer.RowError, as from a file.
func Rows(columns []string, rows ...[]string) importer.Input {
	in := &rowsInput{header: &importer.Header{File: "rows.csv", Row: 1, Columns: slices.Clone(columns)}}
	h := sha256.New()
	fmt.Fprintf(h, "%q\n", columns)
	for _, r := range rows {
		in.rows = append(in.rows, slices.Clone(r))
		fmt.Fprintf(h, "%q\n", r)
	}
	in.digest = "sha256:" + hex.EncodeToString(h.Sum(nil))
	return in
}

type rowsInput struct {
	header *importer.Header
	rows   [][]string
	digest string
}

func (in *rowsInput) Digest() string { return in.digest }

func (in *rowsInput) Open(ctx context.Context) (importer.Source, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return &rowsSource{ctx: ctx, in: in}, nil
}

type rowsSource struct {
	ctx    context.Context
	in     *rowsInput
	next   int
	closed bool
}

func (s *rowsSource) Read() (importer.Row, error) {
	if s.closed {
		return importer.Row{}, os.ErrClosed
	}
	if err := s.ctx.Err(); err != nil {
		return importer.Row{}, err
	}
	if s.next == len(s.in.rows) {
		return importer.Row{}, io.EOF
	}
	cells, width := s.in.rows[s.next], len(s.in.header.Columns)
	row := importer.Row{Header: s.in.header, Number: s.next + 2, Line: s.next + 2, Cells: make([]string, width)}
	copy(row.Cells, cells)
	s.next++
	if n := len(cells); n != width {
		code := "row_too_short"
		if n > width {
			code = "row_too_long"
		}
		return row, &importer.RowError{Cell: row.Cell(-1), Code: code,
			Cause: fmt.Sprintf("the row has %d cells, the header has %d", n, width)}
	}
	return row, nil
}

func (s *rowsSource) Close() error {
	s.closed = true
	return nil
}
