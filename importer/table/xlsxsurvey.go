package table

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/table/internal/xlsx"
)

// survey reads all sheets to their ends.
func (x *xlsxFile) survey(ctx context.Context, opt options) error {
	pass, err := x.pass()
	if err != nil {
		return err
	}
	defer pass.close()
	for i, s := range x.used {
		if err := pass.sheet(ctx, s); err != nil {
			return err
		}
		row := opt.headerRow
		if row != 1 && (row > 0 || opt.fit != nil) {
			p := x.peek(ctx, s)
			if row == 0 {
				row = p.header(opt.fit)
			}
			if row > 0 && opt.headerRow == 0 {
				f := belowTitles(row, p.numbers[0])
				x.warn(f.Severity, f.Code, s.Name, f.Message, f.Advice)
			}
			s.groups = p.groups(row)
		}
		if err := x.surveySheet(pass, s, row); err != nil {
			return err
		}
		if k := kindOf(s.head.Columns); i == 0 {
			x.ours = k
		}
		pass.endSheet()
	}
	return nil
}

// A sheetSurvey gathers what can be known only when all rows of a sheet were read.
type sheetSurvey struct {
	head        *head
	hidden      int // rows
	firstHidden int
	texts       int64 // bytes
}

func (x *xlsxFile) surveySheet(pass *xlsxPass, s *usedSheet, headerRow int) error {
	var all sheetSurvey
	for {
		rec, _, err := pass.next()
		if err == io.EOF {
			return x.settle(pass, s, &all, headerRow)
		}
		if err != nil {
			return err
		}
		switch {
		case blank(rec.cells):
		case all.head != nil:
			err = x.surveyRow(pass, s, &all, rec)
		case rec.number < headerRow && !startsRejects(rec.cells):
		case rec.number > headerRow && headerRow > 0 && !startsRejects(rec.cells):
			err = x.noHeader(s, headerRow)
		default:
			all.head = newHead(rec)
			all.head.qualify(s.groups)
		}
		if err != nil {
			return err
		}
	}
}

// surveyRow looks at a row below the header.
func (x *xlsxFile) surveyRow(pass *xlsxPass, s *usedSheet, all *sheetSurvey, rec record) error {
	s.count++
	all.head.widen(len(rec.cells))
	all.head.below(rec)
	if columns := len(all.head.names); tooLarge(s.count, columns) {
		return x.file.tooLarge(fmt.Sprintf("the sheet %q has", s.Name), s.count, rec.number, columns)
	}
	if all.texts += pass.size(); all.texts > max(maxTexts, textTimes*x.file.size) {
		return x.file.fault(nil,
			fmt.Sprintf("the texts of its cells come to more than %d MiB, up to row %d of the sheet %q", all.texts>>20, rec.number, s.Name),
			"look whether a long text stands in every row, and remove it")
	}
	if pass.hidden {
		if all.hidden++; all.hidden == 1 {
			all.firstHidden = rec.number
		}
	}
	return nil
}

// settle names the columns of a sheet that was read, and words the warnings.
func (x *xlsxFile) settle(pass *xlsxPass, s *usedSheet, all *sheetSurvey, headerRow int) error {
	h := all.head
	if h == nil {
		if headerRow > 0 {
			return x.noHeader(s, headerRow)
		}
		advice := "the first row must have the names of the columns"
		if names := x.others(); len(names) > 0 {
			advice = "there is something in " + firstOf(names, "sheet", "sheets") + ": --sheet NAME reads another sheet"
		}
		return x.file.fault(nil, fmt.Sprintf("the sheet %q is empty", s.Name), advice)
	}
	head, found, err := h.finish(x.file)
	if err != nil {
		return err
	}
	if only := h.onlyTitle(); only {
		return x.file.fault(nil, fmt.Sprintf("sheet %q: the first row with text (row %d) has one cell and the rows below have more: it is not "+
			"the header", s.Name, head.Row),
			"remove what stands above the names of the columns, or say in the mapping where they are: header_row")
	}
	head.Sheet = s.Name
	s.head = head
	for i := range found {
		found[i].Cell.Sheet = s.Name
	}
	x.found = append(x.found, found...)
	if s.count == 0 {
		x.warn(importer.Warning, "no_rows", s.Name, "there is a header and no row below it",
			"check that this is the right sheet, and that it was saved")
	}
	if all.hidden > 0 {
		what := fmt.Sprintf("%d of its rows are hidden, the first is row %d; they are read like the others", all.hidden, all.firstHidden)
		if all.hidden == 1 {
			what = fmt.Sprintf("row %d is hidden; it is read like the others", all.firstHidden)
		}
		x.warn(importer.Warning, "hidden_rows", s.Name, what,
			"if a filter hides them because they are not meant, say so in the mapping's filter or remove them")
	}
	x.hiddenColumns(pass.rows, s)
	x.merged(pass.rows, s)
	return nil
}

func (x *xlsxFile) noHeader(s *usedSheet, row int) error {
	return x.file.fault(nil, fmt.Sprintf("sheet %q: row %d is empty, and the mapping says that the names of the columns stand there", s.Name,
		row), "correct header_row in the mapping")
}

// startsRejects knows the header of a file of ours, which is in its first row
// whatever a mapping says of the sheet it was made from.
func startsRejects(cells []string) bool {
	names := make([]string, len(cells))
	for i, c := range cells {
		names[i] = trim(c)
	}
	return kindOf(names) == Rejects
}

func (x *xlsxFile) hiddenColumns(scan *xlsx.Rows, s *usedSheet) {
	hidden := make([]bool, len(s.head.Columns))
	for _, c := range scan.Columns {
		for i := c.From; i <= c.To && i <= len(hidden); i++ {
			hidden[i-1] = true
		}
	}
	var names []string
	for i, h := range hidden {
		if h {
			names = append(names, strconv.Quote(s.head.Columns[i]))
		}
	}
	if len(names) > 0 {
		x.warn(importer.Warning, "hidden_columns", s.Name, "hidden columns are read like the others: "+firstOf(names, "column", "columns"), "")
	}
}

// merged warns of merged cells among the rows: only the first of them has the
// value, the others read as empty.
func (x *xlsxFile) merged(scan *xlsx.Rows, s *usedSheet) {
	n, first := 0, xlsx.Area{}
	for _, a := range scan.Merged {
		if a.Bottom > s.head.Row && a.Left <= len(s.head.Columns) && (a.Left != a.Right || a.Top != a.Bottom) {
			if n++; n == 1 {
				first = a
			}
		}
	}
	if n > 0 {
		x.warn(importer.Warning, "merged_cells", s.Name,
			fmt.Sprintf("the cells %s%d to %s%d are merged: only the first one has the value, the others are empty%s",
				importer.ColumnName(first.Left), first.Top, importer.ColumnName(first.Right), first.Bottom, others(n-1, "merged area", "merged areas")),
			"unmerge them, and write the value into each row")
	}
}
