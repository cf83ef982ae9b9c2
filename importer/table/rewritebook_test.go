package table_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
		err := in.Rewrite(t.Context(), w, func(r importer.Row, fault *importer.RowError) (map[int]string, error) {
			if fault != nil {
				return nil, nil
			}
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

// TestRewriteWorkbookCompares wants no copy in which another cell would not be what
// it was: excelize takes the form of a row that is for older programs, too.
func TestRewriteWorkbookCompares(t *testing.T) {
	row := func(n int, text string) string {
		return fmt.Sprintf(`<row r="%d"><c r="A%d" t="inlineStr"><is><t>%s</t></is></c></row>`, n, n, text)
	}
	const mc = ` xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"`
	forms := row(1, "Name") + row(2, " a ") + `<mc:AlternateContent` + mc + `><mc:Choice Requires="x14">` + row(3, "b") +
		`</mc:Choice><mc:Fallback>` + row(4, "c") + `</mc:Fallback></mc:AlternateContent>`
	second := func(content string) parts {
		const rels = "xl/_rels/workbook.xml.rels"
		p := book(row(1, "Name") + row(2, " a "))
		return p.with(rels, strings.Replace(p[rels], "</R",
			`<Relationship Id="rId2" Type="`+relsSpace+`/worksheet" Target="worksheets/sheet2.xml"/></R`, 1)).
			with("xl/workbook.xml", strings.Replace(p["xl/workbook.xml"], "</sheets>", `<sheet name="Other" sheetId="2" r:id="rId2"/></sheets>`, 1)).
			with("xl/worksheets/sheet2.xml", `<worksheet `+mainSpace+`><sheetData>`+content+`</sheetData></worksheet>`)
	}
	for _, c := range []struct {
		name string
		p    parts
		want string
	}{
		{"the same", book(row(1, "Name") + row(2, " a ")), ""},
		{"a row in two forms", book(forms), `the sheet "Sheet1" differs in row 3`},
		{"a sheet that is not read", second(row(1, "x")), ""},
		{"a row in two forms, in a sheet that is not read", second(forms), ""},
		{"a sheet that is not read, and cannot be", second(`<row r="0"/>`), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := open(t, write(t, "a.xlsx", c.p.zip(t)), table.Options{})
			var out bytes.Buffer
			err := in.Rewrite(t.Context(), &out, func(r importer.Row, fault *importer.RowError) (map[int]string, error) {
				if fault != nil {
					return nil, nil
				}
				if r.Number > 2 {
					return nil, nil
				}
				return map[int]string{0: strings.TrimSpace(r.Cells[0])}, nil
			})
			var te *table.Error
			switch {
			case c.want == "":
				must(t, err)
				if got := shown(t, open(t, write(t, "b.xlsx", out.String()), table.Options{})); !slices.Equal(got, []string{"Sheet1!2: a"}) {
					t.Errorf("%q", got)
				}
			case !errors.As(err, &te) || !strings.Contains(te.Cause, c.want) || te.Advice == "":
				t.Errorf("%v", err)
			case out.Len() > 0:
				t.Errorf("%d bytes were written", out.Len())
			}
		})
	}
}
