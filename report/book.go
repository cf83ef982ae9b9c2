package report

import (
	"errors"
	"io"
	"reflect"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/bulkonboard/bulkonboard/importer"
)

// A book writes one sheet of a workbook, row by row: in bounded memory, with a
// header that stays in sight. Temporary files go to dir.
type book struct {
	w       io.Writer
	file    *excelize.File
	stream  *excelize.StreamWriter
	sheet   string
	columns int
	row     int            // the last one that was written
	wrote   func([]string) // may be nil
}

func newBook(w io.Writer, dir, sheet string, header []string, wrote func([]string)) (*book, error) {
	f := excelize.NewFile(excelize.Options{TmpDir: dir})
	b := &book{w: w, file: f, sheet: sheet, columns: len(header), wrote: wrote}
	err := f.SetSheetName("Sheet1", sheet)
	if err == nil {
		b.stream, err = f.NewStreamWriter(sheet)
	}
	if err == nil {
		err = errors.Join(
			b.stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}),
			b.stream.SetColWidth(1, max(b.columns, 1), 22))
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, NumFmt: 49})
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	cells := make([]any, len(header))
	for i, h := range header {
		cells[i] = excelize.Cell{StyleID: bold, Value: h}
	}
	return b, b.add(cells, header)
}

// add writes a row, and tells the texts that whoever reads it is to find.
func (b *book) add(cells []any, texts []string) error {
	b.row++
	if b.wrote != nil {
		b.wrote(texts)
	}
	return b.stream.SetRow("A"+strconv.Itoa(b.row), cells)
}

// finish writes the workbook out; after, if any, is called when all rows are in.
func (b *book) finish(after func() error) error {
	defer func() { _ = b.file.Close() }()
	if err := b.stream.Flush(); err != nil {
		return err
	}
	if after != nil {
		if err := after(); err != nil {
			return err
		}
	}
	return b.file.Write(b.w)
}

// bookText is a text as a workbook holds it: no spreadsheet runs it, so only a
// leading apostrophe is doubled, for reading takes one away.
func bookText(s string) string {
	if strings.HasPrefix(s, "'") {
		return "'" + s
	}
	return s
}

// resultsBook writes results as a workbook.
type resultsBook struct {
	w     io.Writer
	dir   string
	wrote func([]string)
	book  *book
	text  int // the style of a text
}

// NewResultsBook writes results.xlsx: the columns of results.csv, as texts but
// for the numbers of rows and attempts. Temporary files go to dir. wrote, if any, gets
// each row's cells, the header's first, as they are to be found when the workbook is
// read; they are good until it returns.
func NewResultsBook(w io.Writer, dir, job string, wrote func(cells []string)) *ResultsWriter {
	return &ResultsWriter{&resultsBook{w: w, dir: dir, wrote: wrote}, job}
}

func (r *resultsBook) start() error {
	if r.book != nil {
		return nil
	}
	var header []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[resultLine]()) {
		header = append(header, f.Tag.Get("csv"))
	}
	var err error
	if r.book, err = newBook(r.w, r.dir, "Results", header, r.wrote); err == nil {
		r.text, err = r.book.file.NewStyle(&excelize.Style{NumFmt: 49})
	}
	return err
}

func (r *resultsBook) write(l resultLine) error {
	if err := r.start(); err != nil {
		return err
	}
	v := reflect.ValueOf(l)
	cells, texts := make([]any, v.NumField()), make([]string, v.NumField())
	for i := range cells {
		s := v.Field(i).String()
		texts[i] = importer.Restore(s)
		switch v.Type().Field(i).Tag.Get("csv") {
		case "row", "attempts", "http_status", "run":
			if n, err := strconv.Atoi(s); err == nil {
				cells[i] = n
				continue
			}
		}
		// The line is made for CSV, where some texts have an apostrophe.
		cells[i] = excelize.Cell{StyleID: r.text, Value: bookText(texts[i])}
	}
	return r.book.add(cells, texts)
}

func (r *resultsBook) flush() error {
	if err := r.start(); err != nil {
		return err
	}
	return r.book.finish(func() error {
		last, err := excelize.CoordinatesToCellName(r.book.columns, r.book.row)
		if err != nil {
			return err
		}
		return r.book.file.AutoFilter(r.book.sheet, "A1:"+last, nil)
	})
}
