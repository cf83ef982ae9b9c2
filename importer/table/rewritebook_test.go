package table_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/table"
)

// TestRewriteWorkbook wants a copy that reads as the workbook does, but for
// the cells that were changed: also where a formula's value is an empty text.
func TestRewriteWorkbook(t *testing.T) {
	const sheet = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>` +
		`<row><c t="inlineStr"><is><t>a</t></is></c><c t="inlineStr"><is><t>b</t></is></c></row>` +
		`<row><c t="inlineStr"><is><t xml:space="preserve"> x </t></is></c><c t="str"><f>""</f><v></v></c></row>` +
		`<row><c t="b"><v>1</v></c><c><f>1+1</f><v>2</v></c></row></sheetData></worksheet>`
	first := readAll(t, bookWith(t, sheet), func(w io.Writer, in *table.Input) {
		err := in.Rewrite(t.Context(), w, func(r importer.Row) (map[int]string, error) {
			if r.Cells[0] == " x " {
				return map[int]string{0: "x"}, nil
			}
			return nil, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	if want := [][]string{{"x", ""}, {"TRUE", "2"}}; !slices.EqualFunc(first, want, slices.Equal[[]string]) {
		t.Errorf("%q, want %q", first, want)
	}
}

// bookWith is a workbook of excelize's whose only sheet has this part.
func bookWith(t *testing.T, part string) string {
	t.Helper()
	f := excelize.NewFile()
	f.Sheet.Delete("xl/worksheets/sheet1.xml") // what excelize holds ready for it
	f.Pkg.Store("xl/worksheets/sheet1.xml", []byte(part))
	path := filepath.Join(t.TempDir(), "in.xlsx")
	must(t, f.SaveAs(path))
	return path
}

// readAll reads the rows of the copy that rewrite writes.
func readAll(t *testing.T, path string, rewrite func(io.Writer, *table.Input)) (rows [][]string) {
	t.Helper()
	in, err := table.Open(t.Context(), path, table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var b bytes.Buffer
	rewrite(&b, in)
	copied := filepath.Join(t.TempDir(), "out.xlsx")
	if err := os.WriteFile(copied, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := table.Open(t.Context(), copied, table.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	src, err := out.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	for {
		row, err := src.Read()
		if err == io.EOF {
			return rows
		}
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row.Cells)
	}
}
