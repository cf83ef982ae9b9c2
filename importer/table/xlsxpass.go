package table

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/bulkonboard/bulkonboard/importer"
)

// A cellFault is why a cell of a workbook cannot be delivered.
type cellFault struct {
	column              int // from 1
	code, cause, advice string
}

// An xlsxPass reads the rows of one sheet after the other: with a sheetScan
// over the verified bytes and with excelize, side by side.
type xlsxPass struct {
	x      *xlsxFile
	arc    *archive
	ctx    context.Context
	used   *usedSheet
	part   io.ReadCloser
	scan   *sheetScan
	texts  *excelize.Rows
	at     int  // the row that texts stands at
	hidden bool // the row that was read last is
	faults []cellFault
}

func (x *xlsxFile) pass() (*xlsxPass, error) {
	a, err := x.file.openArchive()
	if err != nil {
		return nil, err
	}
	return &xlsxPass{x: x, arc: a}, nil
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
	if p.texts != nil {
		_ = p.texts.Close()
		p.texts = nil
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
	if p.texts, err = p.x.texts.Rows(fmt.Sprintf("s%d", s.number)); err != nil {
		return p.broken(err)
	}
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
		// What is left are rows without anything in them. A tail of thousands
		// that were given a format is not worth reading twice.
		if p.scan.row.number-p.at > maxTail {
			return record{}, nil, io.EOF
		}
		for p.texts.Next() {
			if p.at++; p.at > lastRow {
				return record{}, nil, p.differ(p.at)
			}
			if p.at > p.scan.row.number {
				return record{}, nil, p.differ(p.at)
			}
		}
		if err := p.texts.Error(); err != nil || p.at != p.scan.row.number {
			return record{}, nil, p.differ(p.at)
		}
		return record{}, nil, io.EOF
	}
	if err != nil {
		return record{}, nil, p.broken(err)
	}
	for p.at < raw.number {
		if !p.texts.Next() {
			return record{}, nil, p.differ(p.at)
		}
		p.at++
	}
	texts, err := p.texts.Columns()
	if err != nil {
		return record{}, nil, p.broken(err)
	}
	p.hidden, p.faults = raw.hidden, p.faults[:0]
	rec := record{number: raw.number, cells: make([]string, 0, len(texts))}
	for _, c := range raw.cells {
		text := ""
		if c.column <= len(texts) {
			text = texts[c.column-1]
		}
		value, err := p.cell(c, text)
		if err != nil {
			return record{}, nil, err
		}
		for len(rec.cells) < c.column-1 {
			rec.cells = append(rec.cells, "")
		}
		rec.cells = append(rec.cells, value)
	}
	return rec, p.faults, nil
}

// maxTail bounds the rows without content at a sheet's end that are compared.
const maxTail = 10_000

// lost stands in the place of a value that is not there.
const lost = "#N/A"

// cell words one cell, and notes why it cannot be delivered.
func (p *xlsxPass) cell(c rawCell, text string) (string, error) {
	fault := func(code, cause, advice string) {
		p.faults = append(p.faults, cellFault{c.column, code, cause, advice})
	}
	if c.formula && c.value == "" && !(c.valued && c.kind == "str") {
		fault(codeNoValue, "the cell has a formula and no value: the file was written by a program that does not calculate",
			"open the file in Excel and save it, or write the value in place of the formula")
		return lost, nil
	}
	switch c.kind {
	case "s":
		n, err := strconv.Atoi(strings.TrimSpace(c.value))
		if err != nil || n < 0 || n >= p.x.book.count {
			return "", p.broken(markupError("the cell %s%d has a text that is not there", importer.ColumnName(c.column), p.at))
		}
		return text, nil
	case "str", "inlineStr":
		if c.kind == "str" && text == "" && c.value != "" {
			return "", p.differ(p.at)
		}
		return text, nil
	case "b":
		switch strings.TrimSpace(c.value) {
		case "1", "true":
			return "TRUE", nil
		}
		return "FALSE", nil
	case "e":
		fault(codeErrorCell, fmt.Sprintf("the cell has an error in place of a value: %s", c.value), "mend the formula, or write the value in its place")
		return c.value, nil
	case "d":
		day, clock, _ := strings.Cut(strings.TrimSuffix(c.value, "Z"), "T")
		if clock = strings.TrimSuffix(clock, ".000"); clock == "" || clock == "00:00:00" {
			return day, nil
		}
		return day + " " + clock, nil
	case "n":
		v := strings.TrimSpace(c.value)
		if strings.TrimSpace(text) != v {
			return "", p.differ(p.at)
		}
		if v == "" {
			return "", nil
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
		return value, nil
	}
	return "", p.broken(markupError("the cell %s%d is of a kind that does not exist", importer.ColumnName(c.column), p.at))
}
