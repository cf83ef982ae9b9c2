package rows_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/importertest"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
)

// list is what a program may have: a new header with every pass, no numbers, no
// digest, and rows that somebody changes.
type list struct{ rows [][]string }

func (l *list) Digest() string { return "" }

func (l *list) Open(ctx context.Context) (importer.Source, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return &listSource{ctx: ctx, l: l, h: &importer.Header{Columns: []string{"name", "mail"}}}, nil
}

type listSource struct {
	ctx    context.Context
	l      *list
	h      *importer.Header
	at     int
	closed bool
}

func (s *listSource) Read() (importer.Row, error) {
	switch {
	case s.closed:
		return importer.Row{}, errors.New("closed")
	case s.ctx.Err() != nil:
		return importer.Row{}, s.ctx.Err()
	case s.at == len(s.l.rows):
		return importer.Row{}, io.EOF
	}
	s.at++
	return importer.Row{Header: s.h, Cells: append([]string{}, s.l.rows[s.at-1]...)}, nil
}

func (s *listSource) Close() error { s.closed = true; return nil }

func openOwn(t *testing.T, in importer.Input) rows.Base {
	t.Helper()
	o, err := rows.OpenOwn(t.Context(), "the CRM", in, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(o.Close)
	return o.Base
}

// TestOwnInput holds the rows of a program to what is asked of a file.
func TestOwnInput(t *testing.T) {
	importertest.TestInput(t, func(t *testing.T) (importer.Input, func()) {
		l := &list{rows: [][]string{{"a", "a@x.test"}, {"b", "b@x.test"}, {"c", "c@x.test"}}}
		return openOwn(t, l), func() { l.rows[1][1] = "other@x.test" }
	})
}

func TestOwnInputEndsBeforeTheRowThatChanged(t *testing.T) {
	for name, change := range map[string]func(*list){
		"another cell":                    func(l *list) { l.rows[1][1] = "other@x.test" },
		"a cell that moved into the next": func(l *list) { l.rows[1] = []string{"bb", "@x.test"} },
		"a row is gone":                   func(l *list) { l.rows = l.rows[:1] },
		"a row more":                      func(l *list) { l.rows = append(l.rows[:1:1], []string{"n", "n@x.test"}) },
		"another order":                   func(l *list) { l.rows[1], l.rows[2] = l.rows[2], l.rows[1] },
	} {
		t.Run(name, func(t *testing.T) {
			l := &list{rows: [][]string{{"a", "a@x.test"}, {"b", "b@x.test"}, {"c", "c@x.test"}}}
			base := openOwn(t, l)
			change(l)
			n := 0
			var end error
			for row, err := range importer.Rows(t.Context(), base) {
				if end = err; err == nil {
					if n++; row.Number != n || row.Header.File != "the CRM" {
						t.Errorf("row %d of %q", row.Number, row.Header.File)
					}
				}
			}
			if n != 1 || !errors.Is(end, importer.ErrInputChanged) {
				t.Errorf("%d rows, then %v", n, end)
			}
		})
	}
}

func TestOwnInputThatCannotBe(t *testing.T) {
	for want, row := range map[string]importer.Row{
		"row 7 has no header":                       {Number: 7},
		"has 1 cells, and the header 2 columns":     {Header: &importer.Header{Columns: []string{"a", "b"}}, Cells: []string{"x"}},
		`the column name "a" is empty, not trimmed`: {Header: &importer.Header{Columns: []string{"a", "a"}}, Cells: []string{"x", "y"}},
	} {
		_, err := rows.OpenOwn(t.Context(), "the CRM", oneRow{row}, nil)
		if err == nil || !strings.Contains(err.Error(), want) || importer.ExitOf(err) != importer.ExitFailed {
			t.Errorf("%v, want %q and exit 1", err, want)
		}
	}
}

type oneRow struct{ row importer.Row }

func (oneRow) Digest() string                                  { return "" }
func (o oneRow) Open(context.Context) (importer.Source, error) { return o, nil }
func (o oneRow) Read() (importer.Row, error)                   { return o.row, nil }
func (oneRow) Close() error                                    { return nil }
