package table

import (
	"bytes"
	"io"
	"strconv"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
)

const (
	// lastRow is the last row that a spreadsheet has.
	lastRow = 1_048_576
	// maxMerged bounds the merged cells that are looked at.
	maxMerged = 10_000
)

// A rawCell is a cell as a sheet's XML has it. Its value is good until the
// next row.
type rawCell struct {
	column  int    // from 1
	kind    string // n, s, str, inlineStr, b, e, d
	style   int
	value   string // as it is written, entities replaced; of a text, without what only tells how to say it
	valued  bool   // there is an element for a value
	formula bool

	from, to int // its value in the row's
}

// empty tells a cell that has nothing but a format.
func (c rawCell) empty() bool { return !c.formula && c.from == c.to }

// A rawRow is a row as a sheet's XML has it.
type rawRow struct {
	number int
	hidden bool
	cells  []rawCell // those that are not empty; used again
	values []byte    // of all of them, one after the other; used again
}

// A sheetScan reads the rows of a sheet's XML. It tells what excelize does
// not, and is what excelize is compared with.
type sheetScan struct {
	m       *markup
	row     rawRow
	rows    int // row tags so far
	inside  bool
	ended   bool
	columns []span // hidden ones
	merged  []area
}

// A span is some columns; an area is some cells.
type span struct{ from, to int }
type area struct{ left, top, right, bottom int }

func newSheetScan(r io.Reader) *sheetScan { return &sheetScan{m: newMarkup(r)} }

// next returns the next row that has a cell with something in it, with all of
// those cells. io.EOF comes when the sheet's end was seen to be whole.
func (s *sheetScan) next() (*rawRow, error) {
	for {
		t, err := s.m.next()
		if err == io.EOF && !s.ended {
			return nil, markupError("it has no rows at all, not even none")
		}
		if err != nil {
			return nil, err
		}
		name := t.name
		switch {
		case t.isText():
		case string(name) == "sheetData":
			if s.ended && t.open {
				return nil, markupError("it has two sets of rows")
			}
			s.inside, s.ended = t.open && !t.end, t.end
		case s.inside && string(name) == "row" && t.open:
			if err := s.begin(t); err != nil {
				return nil, err
			}
			if t.end {
				continue
			}
			if err := s.read(); err != nil {
				return nil, err
			}
			if len(s.row.cells) > 0 {
				return &s.row, nil
			}
		case s.inside:
			return nil, markupError("there is a %q between its rows", name)
		case string(name) == "row" && t.open:
			return nil, markupError("there is a row outside of its rows")
		case string(name) == "col" && t.open && t.yes("hidden"):
			from, _ := strconv.Atoi(string(t.attr("min")))
			to, _ := strconv.Atoi(string(t.attr("max")))
			if from > 0 && to >= from && len(s.columns) < maxColumns {
				s.columns = append(s.columns, span{from, min(to, maxColumns)})
			}
		case string(name) == "mergeCell" && t.open && len(s.merged) < maxMerged:
			if a, ok := parseArea(string(t.attr("ref"))); ok {
				s.merged = append(s.merged, a)
			}
		}
	}
}

func (s *sheetScan) begin(t token) error {
	s.rows++
	number := s.row.number + 1
	if r := t.attr("r"); r != nil {
		n, err := strconv.Atoi(string(r))
		if err != nil || n < 1 || n > lastRow {
			return markupError("there is no row %q", r)
		}
		if n < number {
			return markupError("row %d comes after row %d", n, s.row.number)
		}
		number = n
	}
	if number > lastRow {
		return markupError("there is no row %d", number)
	}
	s.row = rawRow{number: number, hidden: t.yes("hidden"), cells: s.row.cells[:0], values: s.row.values[:0]}
	return nil
}

// read reads the cells of a row.
func (s *sheetScan) read() error {
	var (
		row    = &s.row
		cell   rawCell
		inCell bool
		inText bool // in an element with the cell's value
		aside  int  // depth of an element whose texts are not the value; 0: none
		size   int
		last   int
		deep   = s.m.depth // of the row
	)
	for {
		if !inCell {
			var n int
			if cell, n = s.plain(last); n > 0 {
				s.m.skip(n)
				if last = cell.column; !cell.empty() {
					row.cells = append(row.cells, cell)
				}
				if size += cell.to - cell.from; size > maxRecord {
					return errTooLong
				}
				continue
			}
		}
		t, err := s.m.next()
		if err != nil {
			return err
		}
		if t.isText() {
			if size += len(t.rest); size > maxRecord {
				return errTooLong
			}
			if inText && aside == 0 {
				if row.values = t.append(row.values); len(row.values)-cell.from > maxToken {
					return errTooLong
				}
			}
			continue
		}
		switch {
		case string(t.name) == "row":
			if t.open || s.m.depth != deep-1 {
				return markupError("row %d is not closed", row.number)
			}
			values := string(row.values)
			for i := range row.cells {
				c := &row.cells[i]
				c.value = values[c.from:c.to]
			}
			return nil
		case string(t.name) == "c" && t.open && !inCell:
			cell = rawCell{kind: "n", column: last + 1, from: len(row.values)}
			if err := cell.attributes(t, row.number); err != nil {
				return err
			}
			if cell.column <= last {
				return markupError("row %d has the cell %s twice, or in the wrong place", row.number, importer.ColumnName(cell.column))
			}
			last = cell.column
			inCell, inText, aside = !t.end, false, 0
		case !inCell || string(t.name) == "c" && t.open:
			return markupError("there is a %q between the cells of row %d", t.name, row.number)
		case string(t.name) == "c":
			if cell.to = len(row.values); !cell.empty() {
				row.cells = append(row.cells, cell)
			}
			inCell = false
		case t.open:
			switch string(t.name) {
			case "v":
				cell.valued = true
			case "f":
				cell.formula = true
			case "rPh": // how a text is read aloud
				if !t.end && aside == 0 {
					aside = s.m.depth
				}
			}
			inText = !t.end && (string(t.name) == "v" || string(t.name) == "t")
		default:
			inText = false
			if s.m.depth < aside {
				aside = 0
			}
		}
	}
}

// plain reads a cell that is written as programs write most of them, and lies in
// memory, at once: tag by tag it takes several times as long. It does not pass
// over it; n is where it ends, or 0 if it is to be read tag by tag.
func (s *sheetScan) plain(last int) (c rawCell, n int) {
	b := s.m.ahead()
	if len(b) < 3 || string(b[:3]) != "<c " {
		return c, 0
	}
	row := &s.row
	c = rawCell{kind: "n", column: last + 1, from: len(row.values), to: len(row.values)}
	for n = 3; ; n++ {
		if n+3 > len(b) || b[n+1] != '=' || b[n+2] != '"' {
			return c, 0
		}
		end := bytes.IndexByte(b[n+3:], '"')
		if end < 0 {
			return c, 0
		}
		value, known := b[n+3:n+3+end], false
		switch b[n] {
		case 'r':
			var number int
			c.column, number, known = plainRef(value)
			known = known && number == row.number
		case 's':
			var err error
			c.style, err = strconv.Atoi(string(value))
			known = err == nil
		case 't':
			c.kind = kindName(value)
			known = c.kind == "s" || c.kind == "inlineStr" || c.kind == "str" || c.kind == "n"
		}
		if !known {
			return c, 0
		}
		if n += end + 4; n < len(b) && b[n] != ' ' {
			break
		}
	}
	if c.column <= last || c.column > maxColumns || n+2 > len(b) {
		return c, 0
	}
	if b[n] == '/' && b[n+1] == '>' {
		return c, n + 2
	}
	text, end := between(b[n:], "><v>", "</v></c>")
	if c.valued = end > 0; !c.valued {
		text, end = between(b[n:], "><is><t>", "</t></is></c>")
	}
	if end == 0 {
		return c, 0
	}
	row.values = token{rest: text}.append(row.values)
	c.to = len(row.values)
	return c, n + end
}

// attributes reads where a cell stands and of what kind it is.
func (c *rawCell) attributes(t token, row int) error {
	for rest := t.rest; ; {
		var key, value []byte
		if key, value, rest = nextAttr(rest); key == nil {
			break
		}
		switch string(key) {
		case "t":
			c.kind = kindName(value)
		case "s":
			n, err := strconv.Atoi(string(value))
			if err != nil {
				return markupError("row %d has a cell of the style %q", row, value)
			}
			c.style = n
		case "r":
			column, number, ok := plainRef(value)
			if !ok {
				column, number, ok = parseRef(string(value))
			}
			if !ok || number != row {
				return markupError("row %d has a cell named %q", row, value)
			}
			c.column = column
		}
	}
	if c.column > maxColumns {
		return markupError("row %d has more than %d cells", row, maxColumns)
	}
	return nil
}

// kindName is one of a few words, which are not to be made anew for every cell.
func kindName(k []byte) string {
	for _, name := range [...]string{"s", "inlineStr", "str", "n", "b", "e", "d"} {
		if string(k) == name {
			return name
		}
	}
	return string(k)
}

// plainRef reads "AB17", the way programs write it.
func plainRef(b []byte) (column, row int, ok bool) {
	i := 0
	for ; i < len(b) && b[i] >= 'A' && b[i] <= 'Z' && i < 4; i++ {
		column = column*26 + int(b[i]-'A') + 1
	}
	if digits := len(b) - i; digits < 1 || digits > 9 || b[i] == '0' {
		return 0, 0, false
	}
	for ; i < len(b); i++ {
		if b[i] < '0' || b[i] > '9' {
			return 0, 0, false
		}
		row = row*10 + int(b[i]-'0')
	}
	return column, row, column >= 1 && column <= maxColumns
}

// parseRef reads "AB17", and what else may stand for it.
func parseRef(s string) (column, row int, ok bool) {
	s = strings.ReplaceAll(s, "$", "")
	i := 0
	for ; i < len(s) && i < 4; i++ {
		c := s[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			break
		}
		column = column*26 + int(c-'A') + 1
	}
	row, err := strconv.Atoi(s[i:])
	return column, row, err == nil && column >= 1 && column <= maxColumns && row >= 1
}

// parseArea reads "A1:B7".
func parseArea(s string) (area, bool) {
	from, to, ok := strings.Cut(s, ":")
	if !ok {
		return area{}, false
	}
	var a area
	var ok1, ok2 bool
	a.left, a.top, ok1 = parseRef(from)
	a.right, a.bottom, ok2 = parseRef(to)
	return a, ok1 && ok2
}
