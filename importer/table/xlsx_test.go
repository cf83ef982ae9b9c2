package table_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/importertest"
	"github.com/bulkonboard/bulkonboard/importer/table"
)

// parts are the entries of a workbook, by name.
type parts map[string]string

const (
	mainSpace = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	relsSpace = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
)

// book is a workbook with one sheet of this XML, written as Excel writes it.
func book(sheet string) parts {
	const (
		head = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`
		rels = head + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`
	)
	return parts{
		"[Content_Types].xml": head + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
		"_rels/.rels": rels + `<Relationship Id="rId1" Type="` + relsSpace +
			`/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml": head + `<workbook ` + mainSpace + ` xmlns:r="` + relsSpace +
			`"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": rels + `<Relationship Id="rId1" Type="` + relsSpace +
			`/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml": head + `<worksheet ` + mainSpace + `><sheetData>` + sheet + `</sheetData></worksheet>`,
	}
}

func (p parts) with(name, content string) parts { p[name] = content; return p }

func (p parts) zip(t testing.TB) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	var names []string
	for n := range p {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		w, err := z.Create(n)
		must(t, err)
		_, err = io.WriteString(w, p[n])
		must(t, err)
	}
	must(t, z.Close())
	return b.String()
}

// text is a cell with a text of its own.
func text(ref, s string) string {
	return fmt.Sprintf(`<c r="%s" t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>`, ref, s)
}

const headRow = `<row r="1"><c r="A1" t="inlineStr"><is><t>Name</t></is></c><c r="B1" t="inlineStr"><is><t>Phone</t></is></c></row>`

// noise is text that does not pack well.
func noise(n int) string {
	b := make([]byte, n)
	x := uint32(1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = 'a' + byte(x>>24)%26
	}
	return string(b)
}

func workbook(t testing.TB, fill func(f *excelize.File)) string {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	fill(f)
	path := filepath.Join(t.TempDir(), "clients.xlsx")
	must(t, f.SaveAs(path))
	return path
}

func set(t testing.TB, f *excelize.File, sheet string, rows ...[]any) {
	t.Helper()
	for i, r := range rows {
		must(t, f.SetSheetRow(sheet, fmt.Sprintf("A%d", i+1), &r))
	}
}

func TestXLSXInput(t *testing.T) {
	importertest.TestInput(t, func(t *testing.T) (importer.Input, func()) {
		path := workbook(t, func(f *excelize.File) {
			set(t, f, "Sheet1", []any{"Name", "Phone"}, []any{"Acme", 17}, nil, []any{"Bob", "018"}, []any{"Cat"})
		})
		// The archive is the same but for the times that excelize does not write.
		return open(t, path, table.Options{}), func() {
			b, err := os.ReadFile(path)
			must(t, err)
			b[len(b)/2] ^= 1
			must(t, os.WriteFile(path, b, 0o600))
			later := time.Now().Add(2 * time.Second)
			must(t, os.Chtimes(path, later, later))
		}
	})
}

func TestXLSXValues(t *testing.T) {
	path := workbook(t, func(f *excelize.File) {
		style := func(code string) int {
			id, err := f.NewStyle(&excelize.Style{CustomNumFmt: &code})
			must(t, err)
			return id
		}
		builtin := func(n int) int {
			id, err := f.NewStyle(&excelize.Style{NumFmt: n})
			must(t, err)
			return id
		}
		set(t, f, "Sheet1", []any{"Case", "Value"})
		for i, c := range []struct {
			value any
			style int
		}{
			{46053, builtin(14)}, {46053.75, builtin(22)}, {0.5, style("h:mm")}, {46053.99999999, style("dd/mm/yyyy hh:mm:ss")},
			{46053, style(`[$-407]d. mmmm yyyy`)}, {1234.5, style("#,##0.00")}, {491701234567, 0}, {7, style("00000")},
			{49170, style(`"+"0`)}, {5551234567.0, style("(000) 000-0000")}, {0.1 + 0.2, 0}, {"007", 0}, {"+49 170", 0}, {true, 0},
			{2.5, style("[h]:mm")}, {"a & <b>\nc", 0}, {1234567890, style("0.00E+00")},
		} {
			row := i + 2
			must(t, f.SetCellValue("Sheet1", fmt.Sprintf("A%d", row), "x"))
			must(t, f.SetCellValue("Sheet1", fmt.Sprintf("B%d", row), c.value))
			if c.style > 0 {
				must(t, f.SetCellStyle("Sheet1", fmt.Sprintf("B%d", row), fmt.Sprintf("B%d", row), c.style))
			}
		}
	})
	want := []string{"2026-01-31", "2026-01-31 18:00:00", "12:00:00", "2026-02-01 00:00:00", "2026-01-31", "1234.5", "491701234567", "00007",
		"+49170", "(555) 123-4567", "0.3", "007", "+49 170", "TRUE", "60:00:00", "a & <b>\nc", "1234567890"}
	rows, spoiled := all(t, open(t, path, table.Options{}))
	if len(spoiled) > 0 {
		t.Errorf("spoiled: %v", spoiled)
	}
	var got []string
	for _, r := range rows {
		got = append(got, r.Cells[1])
	}
	if !slices.Equal(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
}

func TestXLSX1904(t *testing.T) {
	path := workbook(t, func(f *excelize.File) {
		yes := true
		must(t, f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes}))
		set(t, f, "Sheet1", []any{"Name", "Day"}, []any{"Acme", time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)})
	})
	if rows, _ := all(t, open(t, path, table.Options{})); !strings.HasPrefix(rows[0].Cells[1], "2026-01-31") {
		t.Errorf("%q", rows[0].Cells)
	}
}

// TestXLSXSpoiled: a cell without its value spoils its row and no other.
func TestXLSXSpoiled(t *testing.T) {
	in := open(t, write(t, "a.xlsx", book(headRow+
		`<row r="2">`+text("A2", "Acme")+`<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>`+
		`<row r="4">`+text("A4", "Bob")+`<c r="B4"><f>A1</f></c></row>`+
		`<row r="5">`+text("A5", "Cat")+`<c r="B5"><f>A1</f><v></v></c></row>`+
		`<row r="6">`+text("A6", "Dog")+`<c r="B6" t="str"><f>A1</f><v></v></c></row>`+
		`<row r="7">`+text("A7", "Eel")+`<c r="B7"><v>1234567890123450</v></c></row>`+
		`<row r="8">`+text("A8", "Fox")+`<c r="B8"><v>12345678901234567</v></c></row>`+
		`<row r="9">`+text("A9", "Gnu")+`<c r="B9"><f>1+1</f><v>2</v></c></row>`+
		`<row r="1048576" s="1"/>`).zip(t)), table.Options{})
	want := []string{"Sheet1!2: Acme|#DIV/0! !error_cell", "Sheet1!4: Bob|#N/A !formula_without_value",
		"Sheet1!5: Cat|#N/A !formula_without_value",
		"Sheet1!6: Dog|", "Sheet1!7: Eel|1234567890123450 !lost_digits", "Sheet1!8: Fox|12345678901234567", "Sheet1!9: Gnu|2"}
	if got := shown(t, in); !slices.Equal(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
	_, spoiled := all(t, in)
	if got := spoiled[2].Error(); got != `a.xlsx: Sheet1!B2 (row 2, "Phone"): the cell has an error in place of a value: #DIV/0!` {
		t.Error(got)
	}
}

func TestXLSXSheets(t *testing.T) {
	path := workbook(t, func(f *excelize.File) {
		for _, s := range []string{"Old", "Notes", "Secret", table.GuideSheet} {
			_, err := f.NewSheet(s)
			must(t, err)
		}
		set(t, f, "Sheet1", []any{"Name", "Phone"}, []any{"Acme", 1})
		set(t, f, "Old", []any{"Firm"}, []any{"Bob"})
		set(t, f, "Secret", []any{"Firm"}, []any{"Cat"})
		set(t, f, table.GuideSheet, []any{"column", "meaning"})
		must(t, f.SetSheetVisible("Secret", false))
	})
	in := open(t, path, table.Options{})
	if got := codes(in); got != "sheet_not_used" {
		t.Errorf("warnings: %s", got)
	}
	if m := in.Warnings()[0].Message; !strings.Contains(m, `"Old", "Secret" (hidden) are not read`) || strings.Contains(m, table.GuideSheet) ||
		strings.Contains(m, "Notes") {
		t.Error(m)
	}
	in = open(t, path, table.Options{Sheets: []string{"all"}})
	if got := shown(t, in); !slices.Equal(got, []string{"Sheet1!2: Acme|1", "Old!2: Bob"}) {
		t.Errorf("all: %q", got)
	}
	in = open(t, path, table.Options{Sheets: []string{"secret", "Old"}})
	if got := shown(t, in); !slices.Equal(got, []string{"Secret!2: Cat", "Old!2: Bob"}) ||
		!slices.Equal(in.Sheets(), []string{"Secret", "Old"}) {
		t.Errorf("two: %q", got)
	}
	for _, names := range [][]string{{"Olt"}, {"Old", "old"}} {
		var ue *table.UsageError
		if _, err := table.Open(t.Context(), path, table.Options{Sheets: names}); !errors.As(err, &ue) {
			t.Errorf("%v: %v", names, err)
		} else if names[0] == "Olt" && !slices.Equal(ue.Near, []string{"Old"}) {
			t.Errorf("near: %v", ue.Near)
		}
	}
	// An empty first sheet is an error that says where there is something.
	e := refuse(t, workbook(t, func(f *excelize.File) {
		_, err := f.NewSheet("Customers")
		must(t, err)
		set(t, f, "Customers", []any{"Name"}, []any{"Acme"})
	}), table.Options{})
	if !strings.Contains(e.Cause, `"Sheet1" is empty`) || !strings.Contains(e.Advice, `something in "Customers": --sheet`) {
		t.Errorf("%s (%s)", e.Cause, e.Advice)
	}
	var ue *table.UsageError
	if _, err := table.Open(t.Context(), write(t, "a.csv", small), table.Options{Sheets: []string{"Old"}}); !errors.As(err, &ue) {
		t.Errorf("a sheet of a CSV file: %v", err)
	}
}

func TestXLSXWarnings(t *testing.T) {
	path := workbook(t, func(f *excelize.File) {
		set(t, f, "Sheet1", []any{"Our customers"}, nil, []any{"Name", "Phone"}, []any{"Acme", 1, "a note"}, []any{"Bob", 2}, []any{"Cat", 3})
		must(t, f.SetRowVisible("Sheet1", 5, false))
		must(t, f.SetColVisible("Sheet1", "B", false))
		must(t, f.MergeCell("Sheet1", "A5", "A6"))
	})
	in := open(t, path, table.Options{HeaderRow: 3})
	if got := codes(in); got != "unnamed_column hidden_rows hidden_columns merged_cells" {
		t.Errorf("warnings: %s", got)
	}
	if got := shown(t, in); got[0] != "Sheet1!4: Acme|1|a note" || len(got) != 3 {
		t.Errorf("%q", got)
	}
	if e := refuse(t, path, table.Options{}); !strings.Contains(e.Cause, "not the header") {
		t.Error(e)
	}
	refuse(t, path, table.Options{HeaderRow: 2})
	csv := write(t, "a.csv", "Our customers,\n\nName,Phone\nAcme,1\n")
	if got := shown(t, open(t, csv, table.Options{HeaderRow: 3})); !slices.Equal(got, []string{"4: Acme|1"}) {
		t.Errorf("CSV: %q", got)
	}
	refuse(t, csv, table.Options{HeaderRow: 2})
}

// TestXLSXHostile: one clear refusal each, in bounded memory.
func TestXLSXHostile(t *testing.T) {
	good := func() parts {
		return book(headRow + `<row r="2">` + text("A2", "Acme") + `<c r="B2"><v>1</v></c></row>`)
	}
	name := "xl/worksheets/sheet1.xml"
	sheet := good()[name]
	for _, c := range []struct{ name, file, content, want string }{
		{"cut in half", "a.xlsx", good().with(name, sheet[:len(sheet)/2]).zip(t), "cut off"},
		{"cut behind a row", "a.xlsx", good().with(name, sheet[:strings.LastIndex(sheet, "</row>")+6]).zip(t), "cut off"},
		{"file cut in half", "a.xlsx", func() string { z := good().zip(t); return z[:len(z)/2] }(), "cut off"},
		{"zip bomb", "a.xlsx", good().with("xl/media/image1.png", strings.Repeat("\x00", 40<<20)).zip(t), "zip bomb"},
		{"huge cell", "a.xlsx", good().with(name, strings.Replace(sheet, "Acme", noise(16<<20), 1)).zip(t), "1 MiB"},
		{"deep", "a.xlsx", good().with(name, strings.Replace(sheet, "<sheetData>",
			strings.Repeat("<x>", 1000)+strings.Repeat("</x>", 1000)+"<sheetData>", 1)).zip(t), "deep"},
		{"entities", "a.xlsx", good().with(name, `<!DOCTYPE lolz [<!ENTITY a "aaaa">]>`+sheet).zip(t), "declares entities"},
		{"path trick", "a.xlsx", good().with("../../evil.xml", "x").zip(t), "no spreadsheet program"},
		{"two of a name", "a.xlsx", good().with("xl/Workbook.xml", "x").zip(t), "two entries"},
		{"rows backwards", "a.xlsx", good().with(name, strings.Replace(sheet, `r="2"`, `r="1"`, 1)).zip(t), "comes after"},
		{"a value behind an element", "a.xlsx", good().with(name, strings.Replace(sheet, "</row>", `<c r="Z1"><v><x/>5</v></c></row>`, 1)).zip(t),
			"within a text"},
		{"a row that one reader skips", "a.xlsx", good().with(name,
			strings.Replace(sheet, "</sheetData>", `<row r="900"><c r="A900"><v><x/>5</v></c></row><row r="901"><c r="A901"><v>5</v></c></row></sheetData>`, 1)).zip(t), "within a text"},
		{"a last row that one reader skips", "a.xlsx", good().with(name,
			strings.Replace(sheet, "</sheetData>", `<row r="900"><c r="A900"><v><x/>5</v></c></row></sheetData>`, 1)).zip(t), "within a text"},
		{"two truths", "a.xlsx", good().with(name, strings.Replace(sheet, "</sheetData>",
			`<row r="900"><c r="A900" t="b"><v>0</v><v>1</v></c></row></sheetData>`, 1)).zip(t), "or two"},
		{"no shared text", "a.xlsx", good().with(name, strings.Replace(sheet, `<c r="B2">`, `<c r="B2" t="s">`, 1)).zip(t), "not there"},
		{"password, or .xls", "a.xlsx", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + strings.Repeat("x", 600), "password"},
		{"ods", "a.ods", parts{"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<x/>"}.zip(t), "OpenDocument"},
		{"numbers", "a.numbers", parts{"Index/Document.iwa": "x"}.zip(t), "Numbers"},
		{"xlsb", "a.xlsb", parts{"[Content_Types].xml": "<x/>", "xl/workbook.bin": "x"}.zip(t), "xlsb"},
		{"word", "a.xlsx", parts{"[Content_Types].xml": "<x/>", "word/document.xml": "<x/>"}.zip(t), "not a spreadsheet"},
		{"zip", "a.zip", parts{"clients.csv": "a,b"}.zip(t), "zip archive"},
		{"html", "a.xls", "<html><table><tr><td>Name</td></tr></table>", "web page"},
		{"csv", "a.xlsx", "Name,Phone\nAcme,1\n", "the name says"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := write(t, c.file, c.content)
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			e := refuse(t, path, table.Options{})
			runtime.ReadMemStats(&after)
			if !strings.Contains(e.Cause, c.want) {
				t.Errorf("the refusal says %q, want %q", e.Cause, c.want)
			}
			if n := (after.HeapSys - min(before.HeapSys, after.HeapSys)) >> 20; n > 200 {
				t.Errorf("it took %d MB", n)
			}
		})
	}
	locked := filepath.Join(t.TempDir(), "a.xlsx")
	f := excelize.NewFile()
	set(t, f, "Sheet1", []any{"Name"}, []any{"Acme"})
	must(t, f.SaveAs(locked, excelize.Options{Password: "secret"}))
	must(t, f.Close())
	if e := refuse(t, locked, table.Options{}); !strings.Contains(e.Cause, "protected with a password") {
		t.Error(e)
	}
	// Right rows, whatever the file's name and baggage.
	for _, c := range []struct {
		file string
		p    parts
	}{{"a.csv", good()}, {"a.xlsm", good().with("xl/vbaProject.bin", "macros")},
		{"a.xlsx", good().with("xl/externalLinks/externalLink1.xml", "<x/>")}} {
		if got := shown(t, open(t, write(t, c.file, c.p.zip(t)), table.Options{})); !slices.Equal(got, []string{"Sheet1!2: Acme|1"}) {
			t.Errorf("%s: %q", c.file, got)
		}
	}
}

// TestXLSXFlippedByte: whatever byte is flipped, the rows are right or the file
// is refused.
func TestXLSXFlippedByte(t *testing.T) {
	path := workbook(t, func(f *excelize.File) {
		set(t, f, "Sheet1", []any{"Name", "Phone"}, []any{"Acme", 17}, []any{"Bob", "018"}, []any{"Cat", 3})
	})
	whole, err := os.ReadFile(path)
	must(t, err)
	want := shown(t, open(t, path, table.Options{}))
	refused := 0
	for at := 0; at < len(whole); at += 13 {
		b := slices.Clone(whole)
		b[at] ^= 0x10
		must(t, os.WriteFile(path, b, 0o600))
		in, err := table.Open(t.Context(), path, table.Options{})
		if err != nil {
			refused++
			continue
		}
		if got := shown(t, in); !slices.Equal(got, want) {
			t.Errorf("byte %d flipped: %q", at, got)
		}
		must(t, in.Close())
	}
	if refused < len(whole)/13/2 {
		t.Errorf("only %d of %d were refused", refused, len(whole)/13)
	}
}

// TestXLSXEmptyRows: a million rows with nothing but a format are no rows, and
// take no memory.
func TestXLSXEmptyRows(t *testing.T) {
	var b strings.Builder
	b.WriteString(headRow + `<row r="2">` + text("A2", "Acme") + `</row>`)
	for i := 3; i <= 1_000_000; i++ {
		fmt.Fprintf(&b, `<row r="%d" s="1"><c r="A%d" s="1"/></row>`, i, i)
	}
	path := write(t, "a.xlsx", book(b.String()).zip(t))
	b.Reset()
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	in := open(t, path, table.Options{})
	if got := shown(t, in); !slices.Equal(got, []string{"Sheet1!2: Acme|"}) {
		t.Errorf("%q", got)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if after.HeapAlloc > before.HeapAlloc+20<<20 {
		t.Errorf("it holds %d MB", (after.HeapAlloc-before.HeapAlloc)>>20)
	}
}

// TestXLSXLeavesNothing: temporary files go with Close, and after a refusal.
func TestXLSXLeavesNothing(t *testing.T) {
	temp := t.TempDir()
	path := write(t, "a.xlsx", book(headRow).zip(t))
	in, err := table.Open(t.Context(), path, table.Options{TempDir: temp})
	must(t, err)
	must(t, in.Close())
	must(t, in.Close())
	refuse(t, write(t, "b.xlsx", book(headRow+`<row r="2"><c r="A2" t="s"><v>9</v></c></row>`).zip(t)), table.Options{TempDir: temp})
	if left, _ := os.ReadDir(temp); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// FuzzXLSX gives the sheet's XML any form: rows or a refusal, every pass the
// same, no panic.
func FuzzXLSX(f *testing.F) {
	f.Add(headRow + `<row r="2">` + text("A2", "Acme") + `<c r="B2"><v>1</v></c></row>`)
	f.Add(`<row><c><v>1</v></c><c t="b"><v>1</v></c></row><row r="9"><c r="C9" t="e"><v>#N/A</v></c></row>`)
	f.Add(`<row r="1"><c r="A1" t="str"><f>A</f><v>x</v></c></row><row r="2"><c t="d"><v>2026-01-31T00:00:00</v></c></row>`)
	f.Add(`<!-- --><row r="1"><![CDATA[<row>]]></row><row r="5"/>`)
	f.Fuzz(func(t *testing.T, sheet string) {
		path := write(t, "a.xlsx", book(sheet).zip(t))
		in, err := table.Open(t.Context(), path, table.Options{})
		if err != nil {
			var te *table.Error
			if !errors.As(err, &te) || te.Advice == "" {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		defer in.Close()
		if a, b := shown(t, in), shown(t, in); !slices.Equal(a, b) {
			t.Fatalf("%q, then %q", a, b)
		}
	})
}

// many is a workbook of many rows with 12 columns.
func many(t testing.TB, rows int) string {
	f := excelize.NewFile()
	defer f.Close()
	w, err := f.NewStreamWriter("Sheet1")
	must(t, err)
	for r := 1; r <= rows+1; r++ {
		cells := make([]any, 12)
		for i := range cells {
			cells[i] = fmt.Sprintf("cell %d of row %d", i, r)
		}
		if r > 1 {
			cells[3], cells[4] = r, float64(r)/7
		}
		must(t, w.SetRow(fmt.Sprintf("A%d", r), cells))
	}
	must(t, w.Flush())
	path := filepath.Join(t.TempDir(), "many.xlsx")
	must(t, f.SaveAs(path))
	return path
}

func BenchmarkXLSX(b *testing.B) {
	const rows = 20_000
	path := many(b, rows)
	b.Run("excelize alone", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			f, err := excelize.OpenFile(path, excelize.Options{UnzipXMLSizeLimit: 4 << 20, TmpDir: b.TempDir()})
			must(b, err)
			it, err := f.Rows("Sheet1")
			must(b, err)
			for it.Next() {
				_, err := it.Columns()
				must(b, err)
			}
			must(b, it.Close())
			must(b, f.Close())
		}
		b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
	b.Run("table, open", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			in, err := table.Open(b.Context(), path, table.Options{})
			must(b, err)
			must(b, in.Close())
		}
		b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
	in := open(b, path, table.Options{})
	b.Run("table, one pass", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if got, _ := all(b, in); len(got) != rows {
				b.Fatal(len(got))
			}
		}
		b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
}

// large is a workbook of some MiB, and its rows as they are shown.
func large() (p parts, rows []string) {
	var sheet strings.Builder
	sheet.WriteString(headRow)
	for i := 2; i < 5000; i++ {
		company := fmt.Sprintf("%d%400d", i, i)
		fmt.Fprintf(&sheet, `<row r="%d" spans="1:2">%s<c r="B%d"><v>%d</v></c></row>`, i, text(fmt.Sprintf("A%d", i), company), i, i)
		rows = append(rows, fmt.Sprintf("Sheet1!%d: %s|%d", i, company, i))
	}
	return book(sheet.String()), rows
}

const largeSheet = "xl/worksheets/sheet1.xml"

// TestXLSXLarge: in whatever way a sheet is written, and read for that, its rows
// are the same.
func TestXLSXLarge(t *testing.T) {
	p, want := large()
	sheet := p[largeSheet]
	half := strings.Index(sheet[len(sheet)/2:], "<row") + len(sheet)/2
	for name, s := range map[string]string{
		"as most are":       sheet,
		"with a comment":    sheet[:half] + "<!-- half -->" + sheet[half:],
		"another attribute": strings.NewReplacer(`<row r="`, `<row spans="1:2" r="`, ` spans="1:2">`, ">").Replace(sheet),
	} {
		t.Run(name, func(t *testing.T) {
			in := open(t, write(t, "a.xlsx", p.with(largeSheet, s).zip(t)), table.Options{})
			if got := shown(t, in); !slices.Equal(got, want) {
				t.Errorf("%d rows, want %d", len(got), len(want))
			}
		})
	}
}

// TestXLSXLargeTexts: shared texts that are not held in memory are read all the same.
func TestXLSXLargeTexts(t *testing.T) {
	p, want := large()
	p[largeSheet] = strings.ReplaceAll(p[largeSheet], `"><v>`, `" t="s"><v>`)
	var texts strings.Builder
	for i := range len(want) + 2 {
		fmt.Fprintf(&texts, `<si><t>%d%900d</t></si>`, i, i)
	}
	for i, row := range want {
		row, _, _ = strings.Cut(row, "|")
		want[i] = fmt.Sprintf("%s|%d%900d", row, i+2, i+2)
	}
	const rels = "xl/_rels/workbook.xml.rels"
	p.with("xl/sharedStrings.xml", "<sst "+mainSpace+">"+texts.String()+"</sst>").
		with(rels, strings.Replace(p[rels], "</R", `<Relationship Id="rId2" Type="`+relsSpace+`/sharedStrings" Target="sharedStrings.xml"/></R`,
			1))
	if got := shown(t, open(t, write(t, "a.xlsx", p.zip(t)), table.Options{})); !slices.Equal(got, want) {
		t.Errorf("%d rows, want %d", len(got), len(want))
	}
}

// TestXLSXLargeEnds: a context that ends while a sheet is read ends that.
func TestXLSXLargeEnds(t *testing.T) {
	p, _ := large()
	path := write(t, "a.xlsx", p.zip(t))
	for wait := range 20 {
		ctx, stop := context.WithTimeout(t.Context(), time.Duration(wait)*5*time.Millisecond)
		in, err := table.Open(ctx, path, table.Options{})
		if err == nil {
			must(t, in.Close())
		} else if !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		stop()
	}
}
