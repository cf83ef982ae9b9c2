package table

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

// emptyBook is a workbook with room for pieces.
func emptyBook(t testing.TB) *excelize.File {
	var b bytes.Buffer
	if err := (&xlsxFile{book: &workbook{}}).copyTo(&b); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func rowsOf(s *secondReader) (rows []string, err error) {
	defer s.close()
	for s.next() {
		rows = append(rows, fmt.Sprintf("%q", s.row))
	}
	return rows, s.err()
}

// filled leaves out the empty rows at the end.
func filled(rows []string) []string {
	for len(rows) > 0 && rows[len(rows)-1] == "[]" {
		rows = rows[:len(rows)-1]
	}
	return rows
}

// What excelize reads in pieces is what it reads of the whole, for every sheet
// that the scanner takes for one. Where it stops before a row that follows
// missing ones, it may have told of these before.
func TestPieces(t *testing.T) {
	book := emptyBook(t)
	cut := 0
	rapid.Check(t, func(t *rapid.T) {
		sheet := someSheet(t)
		scan := newSheetScan(strings.NewReader(sheet))
		var err error
		for err == nil {
			_, err = scan.next()
		}
		if err != io.EOF {
			return // refused, whatever excelize says
		}
		size, pieces := rapid.SampledFrom([]int{1, 100, 500}).Draw(t, "size"), 0
		c := &cutting{size: size, do: func([]byte, int, int) error { pieces++; return nil }}
		if c.readAll(strings.NewReader(sheet)) != nil {
			return
		}
		if pieces > 1 {
			cut++
		}
		book.Pkg.Store(piecePath(1), []byte(sheet))
		want, wantErr := rowsOf(readWhole(book, pieceName(1)))
		got, err := rowsOf(readPieces(book, size, func(c *cutting) error { return c.readAll(strings.NewReader(sheet)) }))
		whole := func(rows []string) bool { return len(rows) == scan.row.number }
		if !slices.Equal(filled(got), filled(want)) || whole(got) != whole(want) || (err == nil) != (wantErr == nil) {
			t.Fatalf("%s\nin %d pieces: %q, %v\nas a whole: %q, %v", sheet, pieces, got, err, want, wantErr)
		}
	})
	if cut == 0 {
		t.Error("nothing was cut")
	}
}

func TestUncut(t *testing.T) {
	const rows = `<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>`
	for _, c := range []struct {
		sheet string
		cuts  bool
	}{
		{`<worksheet><sheetData>` + rows + `</sheetData></worksheet>`, true},
		{"\xEF\xBB\xBF" + `<?xml version='1.0' encoding='utf-8'?><worksheet><sheetData>` + rows + `</sheetData></worksheet>`, true},
		{`<?xml version="1.0" encoding="iso-2022-jp"?><worksheet><sheetData>` + rows + `</sheetData></worksheet>`, false},
		{`<?xml version="1.0" encoding="iso-2022-jp" x=' encoding="utf-8"'?><worksheet><sheetData>` + rows + `</sheetData></worksheet>`, false},
		{`<?xml version="1.0"?><?x <sheetData>?><worksheet><sheetData>` + rows + `</sheetData></worksheet>`, false},
		{`<worksheet><!-- <sheetData> --><sheetData>` + rows + `</sheetData></worksheet>`, false},
		{`<worksheet><sheetData>` + rows + `<!-- -->` + `</sheetData></worksheet>`, false},
		{`<worksheet><sheetData>` + rows + `</sheetData><?x ?></worksheet>`, false},
		{`<worksheet><sheetData a="b">` + rows + `</sheetData></worksheet>`, false},
		{`<worksheet>` + strings.Repeat("<x/>", maxHead) + `<sheetData>` + rows + `</sheetData></worksheet>`, false},
		{`<worksheet><sheetData>` + strings.Repeat("<row><c><v>1</v></c></row>", unpackedInMemory/20) + `</sheetData></worksheet>`, false},
	} {
		cutting := &cutting{size: 10, do: func([]byte, int, int) error { return nil }}
		if err := cutting.readAll(iotest.HalfReader(strings.NewReader(c.sheet))); (err == nil) != c.cuts {
			t.Errorf("%.120s: %v", c.sheet, err)
		}
	}
}

// What waits between the readers is bounded by its bytes too, also where a sheet
// is not cut.
func TestPartsAreBounded(t *testing.T) {
	var sheet strings.Builder
	sheet.WriteString("<worksheet><sheetData>")
	text := strings.Repeat("x", 100<<10)
	for i := range 60 {
		fmt.Fprintf(&sheet, `<row r="%d"><c r="A%[1]d" t="inlineStr"><is><t>%s</t></is></c></row>`, i+1, text)
	}
	sheet.WriteString("</sheetData></worksheet>")
	book := emptyBook(t)
	book.Pkg.Store(piecePath(1), []byte(sheet.String()))
	s := readWhole(book, pieceName(1))
	defer s.close()
	rows := 0
	for parts := range s.pieces {
		for p := range parts {
			size := 0
			for _, row := range p.rows {
				size += len(strings.Join(row, ""))
			}
			if size > secondBytes+len(text) {
				t.Errorf("%d bytes at once", size)
			}
			rows += len(p.rows)
		}
	}
	if rows != 60 {
		t.Errorf("%d rows", rows)
	}
}
