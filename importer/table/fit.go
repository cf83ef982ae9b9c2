package table

import (
	"context"
	"fmt"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
)

// A Fit is what the first rows of a sheet look like to somebody who knows what
// is looked for.
type Fit struct {
	// Header is which of the rows has the column names, from 0.
	Header int
	// List is how much what stands below looks like what is looked for: 0 not at
	// all. A sheet is chosen only if no other is of the same degree.
	List int
}

// headerWithin is how many rows with something in them are looked at.
const headerWithin = 20

// peekBytes bounds what is held of them.
const peekBytes = 4 << 20

// peeked are the first rows of a sheet that are not empty.
type peeked struct {
	rows    [][]string
	numbers []int
	size    int
}

// add takes a row in, and tells whether there is room for more. The cells may be
// used again by whoever reads them.
func (p *peeked) add(rec record) bool {
	if blank(rec.cells) {
		return true
	}
	cells := make([]string, len(rec.cells))
	for i, c := range rec.cells {
		cells[i] = strings.Clone(trim(c))
		p.size += len(c)
	}
	p.rows, p.numbers = append(p.rows, cells), append(p.numbers, rec.number)
	return len(p.rows) < headerWithin && p.size < peekBytes
}

// header is the number of the row that fits best; 0 is the first that is not
// empty, where none does better.
func (p *peeked) header(fit func([][]string) Fit) int {
	if fit == nil || len(p.rows) == 0 || startsRejects(p.rows[0]) {
		return 0
	}
	if i := fit(p.rows).Header; i > 0 && i < len(p.rows) {
		return p.numbers[i]
	}
	return 0
}

// groups are the names of groups of columns that stand right above the header,
// each for the columns up to the next; nil if there are none.
func (p *peeked) groups(header int) []string {
	for i, n := range p.numbers {
		if n != header-1 {
			continue
		}
		var out []string
		group, several := "", 0
		for _, c := range p.rows[i] {
			if c != "" {
				group = c
				several++
			}
			out = append(out, group)
		}
		if several > 1 {
			return out
		}
	}
	return nil
}

// belowTitles tells that the header is not the first row with something in it.
func belowTitles(row, first int) importer.Finding {
	above := fmt.Sprintf("row %d is", first)
	if row-1 > first {
		above = fmt.Sprintf("rows %d to %d are", first, row-1)
	}
	return importer.Finding{Severity: importer.Note, Code: "header_row",
		Message: fmt.Sprintf("the names of the columns are read from row %d; %s left out", row, above),
		Advice:  "--header-row N reads them from another row; a mapping remembers it: header_row"}
}

// peek reads the first rows of the file. What cannot be read is told by the
// survey.
func (c *csvFile) peek(ctx context.Context) (p peeked) {
	recs, err := c.records(true)
	if err != nil {
		return p
	}
	defer recs.Close()
	for ctx.Err() == nil {
		rec, err := recs.next()
		if err != nil || !p.add(rec) {
			break
		}
	}
	return p
}

// peek reads the first rows of a sheet, likewise.
func (x *xlsxFile) peek(ctx context.Context, s *usedSheet) (p peeked) {
	pass, err := x.pass()
	if err != nil {
		return p
	}
	defer pass.close()
	if pass.sheet(ctx, s) != nil {
		return p
	}
	for ctx.Err() == nil {
		rec, _, err := pass.next()
		if err != nil || !p.add(rec) {
			break
		}
	}
	return p
}

// A SheetsError says that several sheets may be meant, or none of several looks
// right: somebody has to choose.
type SheetsError struct {
	File    string
	Choices []string // the likelier ones first
	Alike   int      // so many of the first look like what is looked for
}

func (e *SheetsError) Error() string {
	names := firstOf(quoted(e.Choices), "sheet", "sheets")
	if e.Alike > 1 {
		return fmt.Sprintf("%s: several sheets look like a list of customers: %s", e.File,
			firstOf(quoted(e.Choices[:e.Alike]), "sheet", "sheets"))
	}
	return fmt.Sprintf("%s: no sheet looks like a list of customers: there are %s", e.File, names)
}

// Hint says what to do now.
func (e *SheetsError) Hint() string { return "say which one is read: --sheet NAME" }

// Exit is the code of a program that cannot ask.
func (e *SheetsError) Exit() int { return importer.ExitUsage }
