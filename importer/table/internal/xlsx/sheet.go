package xlsx

import (
	"context"
	"fmt"
	"io"

	"github.com/bulkonboard/bulkonboard/importer"
)

const (
	// maxMerged bounds the merged cells that are looked at.
	maxMerged = 10_000
	// maxRow bounds the texts of a row, in bytes.
	maxRow = 16 << 20
	// maxText bounds the characters of a cell, as spreadsheets count them: one
	// beyond the 65,536 oldest counts twice.
	maxText = 32_767
)

// A Type is what the value of a cell is, by the word for it.
type Type int8

const (
	Number Type = iota
	SharedText
	FormulaText
	InlineText
	Boolean
	ErrorValue
	Date
)

// A Cell is a cell as a sheet has it.
type Cell struct {
	Column  int // from 1
	Type    Type
	Style   int
	Value   []byte // what is meant by what is written; good until the next row
	Valued  bool   // there is an element for a value
	Formula bool

	from, to int // its value in the row's
}

// Lacks tells that a cell has a formula and nobody has calculated it.
func (c *Cell) Lacks() bool {
	return c.Formula && c.from == c.to && !(c.Valued && c.Type == FormulaText)
}

// A Row is a row as a sheet has it.
type Row struct {
	Number int
	Hidden bool
	Cells  []Cell // those that are not empty, in their order; used again

	values []byte // of all of them, one after the other; used again
}

// Rows reads the rows of a sheet.
type Rows struct {
	// Columns are the hidden columns, and Merged the merged cells, complete at the end.
	Columns []Span
	Merged  []Area

	m      *markup
	row    Row
	inside bool // among the rows
	ended  bool // behind them
	under  string

	fail func(error) error
	part io.Closer
}

// Rows begins to read a sheet. Its errors, but for those of the file's own reader
// and of ctx, are of the type *Error.
func (a *Archive) Rows(ctx context.Context, s *Sheet) (*Rows, error) {
	name := fmt.Sprintf("its sheet %q", s.Name)
	e := a.parts[s.part]
	if e == nil {
		return nil, damaged(name+" is listed and not there", nil)
	}
	r, err := e.Open()
	if err != nil {
		return nil, a.partError(ctx, name, err)
	}
	rows := newRows(&patient{ctx: ctx, r: r})
	rows.part, rows.fail = r, func(err error) error { return a.partError(ctx, name, err) }
	return rows, nil
}

func newRows(r io.Reader) *Rows {
	return &Rows{m: newMarkup(r), fail: func(err error) error { return err }}
}

// Close gives the part back.
func (s *Rows) Close() error { return s.part.Close() }

// Fail words an error about the sheet.
func (s *Rows) Fail(format string, a ...any) error { return s.fail(faulty(format, a...)) }

// Next returns the next row that has a cell with something in it. io.EOF comes when
// the sheet was seen to be whole; an error is for good.
func (s *Rows) Next() (*Row, error) {
	row, err := s.next()
	if err != nil && err != io.EOF {
		err = s.fail(err)
	}
	return row, err
}

func (s *Rows) next() (*Row, error) {
	for {
		k, err := s.m.step()
		if err == io.EOF && !s.ended {
			return nil, faulty("it has no rows at all, not even none")
		}
		if err != nil {
			return nil, err
		}
		switch m := s.m; {
		case k == texted:
			if (m.level == 1 || s.inside) && !blank(m.text) {
				return nil, faulty("there is text between its rows")
			}
		case k == closed:
			if s.inside {
				s.inside, s.ended = false, true
			}
		case s.inside && string(m.local) == "row":
			if err := s.begin(); err != nil {
				return nil, err
			}
			if err := s.read(); err != nil {
				return nil, err
			}
			if len(s.row.Cells) > 0 {
				return &s.row, nil
			}
		default:
			if err := s.around(); err != nil {
				return nil, err
			}
		}
	}
}

// around looks at an element that is no row.
func (s *Rows) around() error {
	m := s.m
	name := string(m.local)
	switch {
	case m.level == 1 && name != "worksheet":
		return faulty("it is a %q, not a %q", name, "worksheet")
	case s.inside:
		return faulty("there is a %q between its rows", name)
	case name == "row":
		return faulty("there is a row outside of its rows")
	case name == "sheetData" && (s.ended || m.level != 2):
		return faulty("it has two sets of rows, or one in the wrong place")
	case name == "sheetData":
		s.inside = true
	case m.level == 2:
		s.under = name
	case m.level == 3 && s.under == "cols" && name == "col" && m.yes("hidden"):
		from, to := number([]byte(m.value("min"))), number([]byte(m.value("max")))
		if from > 0 && to >= from && len(s.Columns) < LastColumn {
			s.Columns = append(s.Columns, Span{from, min(to, LastColumn)})
		}
	case m.level == 3 && s.under == "mergeCells" && name == "mergeCell" && len(s.Merged) < maxMerged:
		if a, ok := area([]byte(m.value("ref"))); ok {
			s.Merged = append(s.Merged, a)
		}
	}
	return nil
}

// begin reads where a row stands.
func (s *Rows) begin() error {
	n := s.row.Number + 1
	if a := s.m.attr("r"); a != nil {
		r := number(a.value)
		if r < 1 || r > LastRow {
			return faulty("there is no row %.100q", a.value)
		}
		if r < n {
			return faulty("row %d comes after row %d", r, s.row.Number)
		}
		n = r
	}
	if n > LastRow {
		return faulty("there is no row %d", n)
	}
	s.row = Row{Number: n, Hidden: s.m.yes("hidden"), Cells: s.row.Cells[:0], values: s.row.values[:0]}
	return nil
}

// read reads the cells of a row.
func (s *Rows) read() error {
	m, row, last := s.m, &s.row, 0
	for {
		if m.bare {
			for {
				c, n := s.usual(last)
				if n == 0 {
					break
				}
				m.pass(n)
				last = c.Column
				s.add(&c)
				if len(row.values) > maxRow {
					return s.tooLong()
				}
			}
		}
		k, err := m.step()
		switch {
		case err != nil:
			return err
		case k == texted && blank(m.text):
		case k == closed:
			for i := range row.Cells {
				c := &row.Cells[i]
				c.Value = row.values[c.from:c.to:c.to]
			}
			return nil
		case k == texted:
			return faulty("there is text between the cells of row %d", row.Number)
		case string(m.local) != "c":
			return faulty("there is a %q between the cells of row %d", m.local, row.Number)
		default:
			c := Cell{Column: last + 1, from: len(row.values), to: len(row.values)}
			if err := s.attributes(&c); err != nil {
				return err
			}
			if c.Column <= last {
				return faulty("row %d has the cell %s twice, or in the wrong place", row.Number, importer.ColumnName(c.Column))
			}
			last = c.Column
			if err := s.cell(&c); err != nil {
				return err
			}
			s.add(&c)
			if len(row.values) > maxRow {
				return s.tooLong()
			}
		}
	}
}

func (s *Rows) tooLong() error {
	return &Error{fmt.Sprintf("row %d of this workbook has more than %d MiB of text", s.row.Number, maxRow>>20), adviceAnew, errTooLong}
}

// add keeps a cell that has more than a format.
func (s *Rows) add(c *Cell) {
	if c.Formula || c.from < c.to {
		s.row.Cells = append(s.row.Cells, *c)
	}
}

// attributes reads where a cell stands and of what type it is.
func (s *Rows) attributes(c *Cell) error {
	for i := range s.m.attrs {
		a := &s.m.attrs[i]
		switch string(a.name) {
		case "t":
			var ok bool
			if c.Type, ok = typeOf(a.value); !ok {
				return faulty("row %d has a cell of the type %.100q, which does not exist", s.row.Number, a.value)
			}
		case "s":
			if c.Style = number(a.value); c.Style < 0 {
				return faulty("row %d has a cell of the style %.100q", s.row.Number, a.value)
			}
		case "r":
			column, row, ok := reference(a.value)
			if !ok || row != s.row.Number {
				return faulty("row %d has a cell named %.100q", s.row.Number, a.value)
			}
			c.Column = column
		}
	}
	if c.Column > LastColumn {
		return faulty("row %d has more than %d cells", s.row.Number, LastColumn)
	}
	return nil
}

// typeOf knows the seven words.
func typeOf(b []byte) (Type, bool) {
	switch string(b) {
	case "n":
		return Number, true
	case "s":
		return SharedText, true
	case "str":
		return FormulaText, true
	case "inlineStr":
		return InlineText, true
	case "b":
		return Boolean, true
	case "e":
		return ErrorValue, true
	case "d":
		return Date, true
	}
	return 0, false
}

// cell reads what is in a cell, up to its end.
func (s *Rows) cell(c *Cell) error {
	m, row := s.m, &s.row
	inline := false
	at := func() string { return importer.ColumnName(c.Column) + fmt.Sprint(row.Number) }
	for {
		k, err := m.step()
		if err != nil {
			return err
		}
		if k == closed {
			break
		}
		if k == texted {
			if !blank(m.text) {
				return faulty("there is text beside the value of the cell %s", at())
			}
			continue
		}
		switch name := string(m.local); {
		case name == "f" && !c.Formula:
			c.Formula = true
			_, err = m.words(nil)
		case name == "v" && !c.Valued:
			c.Valued = true
			if row.values, err = m.words(row.values); !inline {
				c.to = len(row.values)
			} else {
				row.values = row.values[:c.to]
			}
		case name == "is" && !inline && c.Type == InlineText:
			inline = true
			row.values, err = m.richText(row.values[:c.from])
			c.to = len(row.values)
		default:
			err = faulty("the cell %s has a %q in it, or two", at(), name)
		}
		if err != nil {
			return err
		}
	}
	if c.Type == InlineText && !inline && c.Valued {
		c.Type = lostText
	}
	if tooMany(row.values[c.from:c.to]) {
		return faulty("the cell %s has more than %d characters, which no spreadsheet has", at(), maxText)
	}
	return nil
}

// lostText is the type of a cell that says it has a text of its own, and has none.
const lostText Type = -1
