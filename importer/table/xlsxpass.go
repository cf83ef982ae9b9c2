package table

import (
	"context"
	"fmt"

	"github.com/bulkonboard/bulkonboard/importer/table/internal/xlsx"
)

// A cellFault is why a cell of a workbook cannot be delivered.
type cellFault struct {
	column int // from 1
	*xlsx.Fault
}

// An xlsxPass reads the rows of one sheet after the other, over the verified bytes.
type xlsxPass struct {
	x      *xlsxFile
	arc    *openArchive
	values *xlsx.Values
	used   *usedSheet
	rows   *xlsx.Rows
	width  int    // columns behind this one are passed over
	text   []byte // of the row's cells, one after the other; used again
	ends   []int  // of each cell in text; used again
	hidden bool   // the row that was read last is
	faults []cellFault
}

func (x *xlsxFile) pass() (*xlsxPass, error) {
	a, err := x.file.openArchive()
	if err != nil {
		return nil, err
	}
	return &xlsxPass{x: x, arc: a, values: x.book.Values(x.texts)}, nil
}

func (p *xlsxPass) close() {
	p.endSheet()
	p.arc.close()
}

func (p *xlsxPass) endSheet() {
	if p.rows != nil {
		_ = p.rows.Close()
		p.rows = nil
	}
}

// sheet begins a sheet.
func (p *xlsxPass) sheet(ctx context.Context, s *usedSheet) (err error) {
	p.endSheet()
	if p.used, p.width = s, maxColumns; s.head != nil {
		p.width = len(s.head.Columns)
	}
	p.rows, err = p.arc.Rows(ctx, s.Sheet)
	return err
}

// size is how much text the row has that was read last, in bytes.
func (p *xlsxPass) size() int64 { return int64(len(p.text)) }

// next returns the next row that has a cell with something in it. io.EOF comes
// only when the sheet was seen to be whole, and all of its rows were read.
func (p *xlsxPass) next() (record, []cellFault, error) {
	raw, err := p.rows.Next()
	if err != nil {
		return record{}, nil, err
	}
	p.hidden, p.faults = raw.Hidden, p.faults[:0]
	p.text, p.ends = p.text[:0], p.ends[:0]
	for i := range raw.Cells {
		c := &raw.Cells[i]
		if c.Column > p.width {
			break
		}
		for len(p.ends) < c.Column-1 {
			p.ends = append(p.ends, len(p.text))
		}
		var fault *xlsx.Fault
		if p.text, fault, err = p.values.Append(p.text, p.rows, c); err != nil {
			return record{}, nil, err
		}
		if len(p.text) > maxRecord {
			return record{}, nil, p.x.file.fault(nil,
				fmt.Sprintf("sheet %q: the cells of row %d have more than %d MiB of text", p.used.Name, raw.Number, maxRecord>>20),
				"look whether a long text stands in every cell of the row, and remove it")
		}
		p.ends = append(p.ends, len(p.text))
		if fault != nil {
			p.faults = append(p.faults, cellFault{c.Column, fault})
		}
	}
	// One text for the whole row, as encoding/csv has it.
	rec, all, from := record{number: raw.Number, cells: make([]string, len(p.ends))}, string(p.text), 0
	for i, end := range p.ends {
		rec.cells[i], from = all[from:end], end
	}
	return rec, p.faults, nil
}
