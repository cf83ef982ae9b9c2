package table

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
)

// A cellFault is why a cell of a workbook cannot be delivered.
type cellFault struct {
	column              int // from 1
	code, cause, advice string
}

// An xlsxPass reads the rows of one sheet after the other with a sheetScan over
// the verified bytes. The first pass holds every row against what excelize
// makes of it; the bytes of a later one are the same.
type xlsxPass struct {
	x      *xlsxFile
	arc    *archive
	ctx    context.Context
	used   *usedSheet
	part   io.ReadCloser
	scan   *sheetScan
	texts  *textReader
	second *secondReader // nil: it was compared before
	at     int           // the row that second stands at
	values []byte        // of the row; used again
	ends   []int         // of each cell in values; used again
	hidden bool          // the row that was read last is
	faults []cellFault
}

func (x *xlsxFile) pass() (*xlsxPass, error) {
	a, err := x.file.openArchive()
	if err != nil {
		return nil, err
	}
	return &xlsxPass{x: x, arc: a, texts: &textReader{t: x.shared}}, nil
}

func (p *xlsxPass) close() error {
	p.endSheet()
	p.arc.close()
	return nil
}

func (p *xlsxPass) endSheet() {
	if p.part != nil {
		_ = p.part.Close()
		p.part = nil
	}
	if p.second != nil {
		p.second.close()
		p.second = nil
	}
}

// sheet begins a sheet.
func (p *xlsxPass) sheet(ctx context.Context, s *usedSheet) error {
	p.endSheet()
	p.ctx, p.used, p.at = ctx, s, 0
	r, err := p.arc.open(s.sheet)
	if err != nil {
		return p.broken(err)
	}
	p.part = r
	p.scan = newSheetScan(&patient{ctx: ctx, r: r})
	if p.x.second == nil {
		return nil
	}
	if !s.cuts {
		p.second = readWhole(p.x.second, fmt.Sprintf("s%d", s.number))
		return nil
	}
	p.second = readPieces(p.x.second, pieceSize, func(c *cutting) error { return p.x.cut(ctx, s.sheet, c) })
	return nil
}

func (p *xlsxPass) broken(err error) error {
	return p.arc.partError(p.ctx, "sheet "+p.used.name, err)
}

// differ is the error of two readers that do not see the same sheet.
func (p *xlsxPass) differ(row int) error {
	return p.broken(markupError("two ways of reading it come to different rows from row %d on", row))
}

// next returns the next row that has a cell with something in it. io.EOF comes
// only when the sheet was seen to be whole, and all of its rows were read.
func (p *xlsxPass) next() (record, []cellFault, error) {
	raw, err := p.scan.next()
	if err == io.EOF {
		return record{}, nil, p.tail()
	}
	if err != nil {
		return record{}, nil, p.broken(err)
	}
	var texts []string
	if p.second != nil {
		for p.at < raw.number {
			if !p.second.next() {
				if err := p.second.err(); err != nil {
					return record{}, nil, p.broken(err)
				}
				return record{}, nil, p.differ(p.at)
			}
			if p.at++; p.at < raw.number && !blank(p.second.row) {
				return record{}, nil, p.unseen()
			}
		}
		texts = p.second.row
	}
	p.hidden, p.faults = raw.hidden, p.faults[:0]
	p.values, p.ends = p.values[:0], p.ends[:0]
	for _, c := range raw.cells {
		if p.second != nil && !blank(texts[min(len(p.ends), len(texts)):min(c.column-1, len(texts))]) {
			return record{}, nil, p.unseen()
		}
		for len(p.ends) < c.column-1 {
			p.ends = append(p.ends, len(p.values))
		}
		if err := p.cell(c); err != nil {
			return record{}, nil, err
		}
		p.ends = append(p.ends, len(p.values))
		if p.second != nil && !p.same(c, texts) {
			return record{}, nil, p.differ(raw.number)
		}
	}
	if p.second != nil && !blank(texts[min(len(p.ends), len(texts)):]) {
		return record{}, nil, p.unseen()
	}
	// One text for the whole row, as encoding/csv has it.
	rec, all, from := record{number: raw.number, cells: make([]string, len(p.ends))}, string(p.values), 0
	for i, end := range p.ends {
		rec.cells[i], from = all[from:end], end
	}
	return rec, p.faults, nil
}

// unseen is the error of a cell that only excelize sees. Where the rows are out of
// order, the scanner knows better.
func (p *xlsxPass) unseen() error {
	if _, err := p.scan.next(); err != nil && err != io.EOF {
		return p.broken(err)
	}
	return p.differ(p.at)
}

// same holds a cell that was read against what excelize makes of it. Numbers are
// worded by us alone, from what both have read.
func (p *xlsxPass) same(c rawCell, texts []string) bool {
	text := ""
	if c.column <= len(texts) {
		text = texts[c.column-1]
	}
	switch c.kind {
	case "s", "str", "inlineStr":
		if c.formula && c.value == "" {
			return true // stands as a fault
		}
		from := 0
		if n := len(p.ends); n > 1 {
			from = p.ends[n-2]
		}
		return text == string(p.values[from:])
	}
	return strings.TrimSpace(text) == strings.TrimSpace(c.value)
}

// tail ends a sheet: the second reader must end there too. What is left are rows
// without anything in them; a tail of thousands that were given a format is not
// worth reading twice.
func (p *xlsxPass) tail() error {
	if p.second == nil || p.scan.row.number-p.at > maxTail {
		return io.EOF
	}
	for p.second.next() {
		if p.at++; p.at > lastRow || p.at > p.scan.row.number || !blank(p.second.row) {
			return p.differ(p.at)
		}
	}
	if err := p.second.err(); err != nil || p.at != p.scan.row.number {
		return p.differ(p.at)
	}
	return io.EOF
}

// maxTail bounds the rows without content at a sheet's end that are compared.
const maxTail = 10_000

// lost stands in the place of a value that is not there.
const lost = "#N/A"

// cell adds the words of one cell to the row's, and notes why it cannot be
// delivered.
func (p *xlsxPass) cell(c rawCell) error {
	add := func(text string) error {
		p.values = append(p.values, text...)
		return nil
	}
	fault := func(code, cause, advice string) {
		p.faults = append(p.faults, cellFault{c.column, code, cause, advice})
	}
	if c.formula && c.value == "" && !(c.valued && c.kind == "str") {
		fault(codeNoValue, "the cell has a formula and no value: the file was written by a program that does not calculate",
			"open the file in Excel and save it, or write the value in place of the formula")
		return add(lost)
	}
	switch c.kind {
	case "s":
		n, err := strconv.Atoi(strings.TrimSpace(c.value))
		if err != nil || n < 0 || n >= p.texts.count() {
			return p.broken(markupError("the cell %s%d has a text that is not there", importer.ColumnName(c.column), p.scan.row.number))
		}
		if p.values, err = p.texts.append(p.values, n); err != nil {
			return p.x.file.unspoolable(err)
		}
		return nil
	case "str":
		return add(c.value)
	case "inlineStr":
		return add(unescapeText(c.value))
	case "b":
		switch strings.TrimSpace(c.value) {
		case "1", "true":
			return add("TRUE")
		}
		return add("FALSE")
	case "e":
		fault(codeErrorCell, fmt.Sprintf("the cell has an error in place of a value: %s", c.value), "mend the formula, or write the value in its place")
		return add(c.value)
	case "d":
		day, clock, _ := strings.Cut(strings.TrimSuffix(c.value, "Z"), "T")
		if clock = strings.TrimSuffix(clock, ".000"); clock == "" || clock == "00:00:00" {
			return add(day)
		}
		return add(day + " " + clock)
	case "n":
		v := strings.TrimSpace(c.value)
		if v == "" {
			return nil
		}
		value, ok := p.x.book.format(c.style).number(v, p.x.book.date04)
		switch {
		case ok:
		case strings.IndexFunc(v, func(r rune) bool { return r > '9' || r < '+' }) >= 0 && !strings.ContainsAny(v, "eE"):
			fault(codeBadNumber, "the cell says that it holds a number, and does not", "write the value again")
		default:
			fault(codeLostDigits, "the number has more digits than a spreadsheet keeps (15): the last ones were replaced by zeros when it was typed in",
				"format this column as Text, and type the number again")
		}
		return add(value)
	}
	return p.broken(markupError("the cell %s%d is of a kind that does not exist", importer.ColumnName(c.column), p.scan.row.number))
}
