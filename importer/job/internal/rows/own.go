package rows

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/correction"
	"github.com/bulkonboard/bulkonboard/importer/table"
)

// A Base is where the rows of an input are read: a file, or what a program has.
type Base interface {
	importer.Input
	Headers() []*importer.Header
	Sheets() []string                                // nil where there is one without a name
	Storage(context.Context) (*table.Storage, error) // nil where cells are texts
	Changed() error
	Close() error
}

// An own is a Base over the rows of a program. What a file proves by its bytes,
// it proves by a hash of the rows up to each one: a pass that differs from the
// first ends before the row that differs is delivered.
type own struct {
	in      importer.Input
	name    string
	digest  string
	headers []*importer.Header
	marks   [][8]byte // of the rows up to each one, in the first pass
	known   bool      // the first pass is over
}

// OpenOwn opens the rows of a program under a name for people, by one pass over
// all of them.
func OpenOwn(ctx context.Context, name string, in importer.Input, sets []string) (*Input, error) {
	o := &own{in: in, name: name, digest: in.Digest()}
	src, err := o.Open(ctx)
	if err != nil {
		return nil, importer.AsProblem(err)
	}
	defer func() { _ = src.Close() }()
	pass := src.(*ownSource)
	for {
		_, err := pass.Read()
		var fault *importer.RowError
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil && !errors.As(err, &fault) {
			return nil, importer.AsProblem(err)
		}
	}
	o.known = true
	if o.digest == "" {
		o.digest = "sha256:" + hex.EncodeToString(pass.sum.Sum(nil))
	}
	record := importer.InputRecord{Path: name, Own: true, Digest: o.digest, Sheets: o.Sheets(), Sets: sets}
	return &Input{Base: o, Record: record, snapshot: &correction.Snapshot{}}, nil
}

func (o *own) Digest() string                                  { return o.digest }
func (o *own) Headers() []*importer.Header                     { return o.headers }
func (o *own) Storage(context.Context) (*table.Storage, error) { return nil, nil }
func (o *own) Close() error                                    { return nil }

func (o *own) Sheets() []string {
	var names []string
	for _, h := range o.headers {
		if h.Sheet != "" {
			names = append(names, h.Sheet)
		}
	}
	return names
}

// Changed asks the program, if it can tell. Each pass finds out by itself.
func (o *own) Changed() error {
	if c, ok := o.in.(interface{ Changed() error }); ok {
		return c.Changed()
	}
	return nil
}

func (o *own) Open(ctx context.Context) (importer.Source, error) {
	src, err := o.in.Open(ctx)
	if err != nil {
		return nil, err
	}
	return &ownSource{Source: src, own: o, sum: sha256.New(), counted: map[string]int{}}, nil
}

type ownSource struct {
	importer.Source
	own     *own
	sum     hash.Hash
	at      int            // rows so far
	counted map[string]int // by sheet, where rows have no numbers
}

func (s *ownSource) Read() (importer.Row, error) {
	row, err := s.Source.Read()
	var fault *importer.RowError
	switch {
	case errors.Is(err, io.EOF) && s.own.known && s.at != len(s.own.marks):
		return importer.Row{}, importer.ErrInputChanged
	case err != nil && !errors.As(err, &fault):
		return importer.Row{}, err
	}
	head, problem := s.own.header(row)
	if problem != nil {
		return importer.Row{}, problem
	}
	row.Header = head
	if s.counted[head.Sheet]++; row.Number == 0 {
		row.Number = head.Row + s.counted[head.Sheet]
	}
	if len(row.Cells) != len(head.Columns) && fault == nil {
		return importer.Row{}, s.own.fault("row %d has %d cells, and the header %d columns", row.Number, len(row.Cells), len(head.Columns))
	}
	s.hash(row, fault)
	mark := [8]byte(s.sum.Sum(nil))
	switch {
	case !s.own.known:
		s.own.marks = append(s.own.marks, mark)
	case s.at >= len(s.own.marks) || s.own.marks[s.at] != mark:
		return importer.Row{}, importer.ErrInputChanged
	}
	s.at++
	return row, err
}

func (s *ownSource) hash(row importer.Row, fault *importer.RowError) {
	var b []byte
	text := func(t string) { b = append(binary.AppendUvarint(b, uint64(len(t))), t...) }
	text(row.Header.Sheet)
	for _, c := range row.Header.Columns {
		text(c)
	}
	b = binary.AppendVarint(b, int64(row.Number))
	for _, c := range row.Cells {
		text(c)
	}
	if fault != nil {
		text(fault.Error())
	}
	_, _ = s.sum.Write(b)
}

// header is the one that all rows of a sheet share, whatever a pass makes anew.
func (o *own) header(row importer.Row) (*importer.Header, error) {
	if row.Header == nil {
		return nil, o.fault("row %d has no header", row.Number)
	}
	for _, h := range o.headers {
		switch {
		case h.Sheet != row.Header.Sheet:
		case slices.Equal(h.Columns, row.Header.Columns):
			return h, nil
		case o.known:
			return nil, importer.ErrInputChanged
		default:
			return nil, o.fault("row %d has other columns than those before it", row.Number)
		}
	}
	if o.known {
		return nil, importer.ErrInputChanged
	}
	h := &importer.Header{File: row.Header.File, Sheet: row.Header.Sheet, Row: row.Header.Row, Columns: slices.Clone(row.Header.Columns)}
	if h.File == "" {
		h.File = o.name
	}
	seen := map[string]bool{}
	for _, c := range h.Columns {
		if c == "" || c != strings.TrimSpace(c) || seen[c] {
			return nil, o.fault("the column name %q is empty, not trimmed, or there twice", c)
		}
		seen[c] = true
	}
	o.headers = append(o.headers, h)
	return h, nil
}

func (o *own) fault(what string, a ...any) error {
	return &importer.Problem{Exit: importer.ExitFailed, Where: o.name, What: fmt.Sprintf(what, a...),
		Hint: "correct the program that these rows come from"}
}
