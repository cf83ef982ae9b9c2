package table_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer/table"
)

// bounded opens a file and wants a refusal with this cause, or none if it is "", in
// bounded memory either way.
func bounded(t *testing.T, path, cause string) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	if cause == "" {
		if rows, _ := all(t, open(t, path, table.Options{})); len(rows) == 0 {
			t.Error("no rows")
		}
	} else if e := refuse(t, path, table.Options{}); !strings.Contains(e.Error(), cause) {
		t.Errorf("the refusal says %q, want %q", e, cause)
	}
	runtime.ReadMemStats(&after)
	if n := (after.HeapSys - min(before.HeapSys, after.HeapSys)) >> 20; n > 200 {
		t.Errorf("it took %d MB", n)
	}
}

// TestCSVBounds: no small file takes much memory, and a refusal says what is too
// large and where.
func TestCSVBounds(t *testing.T) {
	commas := strings.Repeat(",", 15_000_000)
	var wide strings.Builder
	for i := range 16_384 {
		fmt.Fprint(&wide, "c", i, ",")
	}
	for _, c := range []struct{ name, content, want string }{
		{"commas in a line", "A,B\n1,2\n3" + commas + "\n", "line 3: the row that begins here has more than 16384 cells"},
		{"commas in the header", "A" + commas + "\n", "line 1: the row that begins here has more than 16384 cells"},
		{"commas behind a quotation mark", "A,B\n1,\"2\n\"\"\"" + commas + "\n", "line 2: the row that begins here has more than 16384 cells"},
		{"commas in many lines of a row", "A,B\n" + strings.Repeat(strings.Repeat(",", 99)+"\"\n\"", 200) + "\n",
			"line 2: the row that begins here has more than 16384 cells"},
		{"commas in a cell", "A,B\n1,\"" + commas[:30_000] + "\"\n", ""},
		{"commas and quotation marks in a cell", "A,B\n1,\"" + strings.Repeat(`"",`, 30_000) + "\"\n", ""},
		{"commas in many rows", "A,B\n" + strings.Repeat("1,\"2,,\n\"\n", 30_000), ""},
		{"16,384 cells", "A,B\n1" + commas[:16_383] + "\n", ""},
		{"16,385 cells", "A,B\n1" + commas[:16_384] + "\n", "line 2: the row that begins here"},
		{"a wide header and many short rows", strings.TrimSuffix(wide.String(), ",") + "\n" + strings.Repeat("1\n", 100_000),
			"more than 67 million cells: up to row 4098 there are 4097 rows, and with column XFD 16384 columns"},
		{"more rows than a spreadsheet has", "A\n" + strings.Repeat("1\n", 1_048_577),
			"more than 1048576 rows below the header, which is what a spreadsheet holds; the first that is too many is row 1048578"},
	} {
		t.Run(c.name, func(t *testing.T) { bounded(t, write(t, "a.csv", c.content), c.want) })
	}
}

// pack writes a workbook whose parts are written piece by piece.
func pack(t *testing.T, p parts, big map[string]func(w io.Writer)) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range p {
		if big[name] == nil {
			big[name] = func(w io.Writer) { _, _ = io.WriteString(w, content) }
		}
	}
	for name, fill := range big {
		w, err := z.Create(name)
		must(t, err)
		fill(w)
	}
	must(t, z.Close())
	path := filepath.Join(t.TempDir(), "a.xlsx")
	must(t, os.WriteFile(path, b.Bytes(), 0o600))
	return path
}

const (
	sheetPart = "xl/worksheets/sheet1.xml"
	relsPart  = "xl/_rels/workbook.xml.rels"
	textsPart = "xl/sharedStrings.xml"
	sheetHead = `<worksheet ` + mainSpace + `><sheetData>`
	sheetTail = `</sheetData></worksheet>`
)

// related is a workbook with more relations.
func related(sheet string, rels ...string) parts {
	p := book(sheet)
	return p.with(relsPart, strings.Replace(p[relsPart], "</R", strings.Join(rels, "")+"</R", 1))
}

func relation(id, kind, target string) string {
	return fmt.Sprintf(`<Relationship Id="%s" Type="%s/%s" Target="%s"/>`, id, relsSpace, kind, target)
}

// TestXLSXBounds is TestCSVBounds for workbooks.
func TestXLSXBounds(t *testing.T) {
	row := `<row r="2">` + text("A2", "Acme") + `</row>`
	var many, sheets []string
	for i := range 20_000 {
		many = append(many, relation(fmt.Sprint("s", i), "styles", "styles.xml"))
		sheets = append(sheets, fmt.Sprintf(`<sheet name="T%d" sheetId="%d" r:id="rId1"/>`, i, i+2))
	}
	styles := `<styleSheet ` + mainSpace + `><cellXfs>` + strings.Repeat(`<xf numFmtId="0"/>`, 60_000) + `</cellXfs></styleSheet>`
	named := related(headRow+row, relation("t", "sharedStrings", "sharedStrings.xml"))
	list := named["xl/workbook.xml"]
	for _, c := range []struct {
		name string
		p    parts
		big  map[string]func(io.Writer)
		want string
	}{
		{"a part named many times", related(headRow+row, many...).with("xl/styles.xml", styles), nil, ""},
		{"too many relations", related(headRow+row, strings.ReplaceAll(strings.Repeat(strings.Join(many, ""), 4), `Id="s`, `Id="`)), nil,
			"twice"},
		{"a sheet named many times", book(headRow+row).with("xl/workbook.xml",
			strings.Replace(list, "</sheets>", strings.Join(sheets, "")+"</sheets>", 1)), nil, `its sheet "T0" is the same part as another one`},
		{"cells in the last column", book(""), map[string]func(io.Writer){sheetPart: func(w io.Writer) {
			fmt.Fprint(w, sheetHead, headRow)
			for r := 2; r < 6000; r++ {
				fmt.Fprintf(w, `<row r="%d"><c r="XFD%d"><v>%d</v></c></row>`, r, r, r)
			}
			fmt.Fprint(w, sheetTail)
		}}, `the sheet "Sheet1" has more than 67 million cells: up to row 4098 there are 4097 rows, and with column XFD 16384 columns`},
		{"a text too long", named.with(textsPart, `<sst `+mainSpace+`><si><t>`+noise(1_000_000)+`</t></si></sst>`), nil,
			`"xl/sharedStrings.xml": text 0 has more than 32767 characters`},
		{"a long text in every cell", named, map[string]func(io.Writer){
			textsPart: func(w io.Writer) { fmt.Fprintf(w, `<sst %s><si><t>%s</t></si></sst>`, mainSpace, noise(32_000)) },
			sheetPart: func(w io.Writer) {
				fmt.Fprint(w, sheetHead, headRow)
				for r := 2; r < 20_000; r++ {
					fmt.Fprintf(w, `<row r="%d"><c r="A%d" t="s"><v>0</v></c><c r="B%d" t="s"><v>0</v></c></row>`, r, r, r)
				}
				fmt.Fprint(w, sheetTail)
			}}, `the texts of its cells come to more than 512 MiB, up to row 8390 of the sheet "Sheet1"`},
		{"a long text in every cell of a row", named, map[string]func(io.Writer){
			textsPart: func(w io.Writer) { fmt.Fprintf(w, `<sst %s><si><t>%s</t></si></sst>`, mainSpace, noise(32_000)) },
			sheetPart: func(w io.Writer) {
				fmt.Fprint(w, sheetHead, headRow, `<row r="2">`, strings.Repeat(`<c t="s"><v>0</v></c>`, 16_384), `</row>`, sheetTail)
			}}, `the cells of row 2 have more than 16 MiB of text`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.big == nil {
				c.big = map[string]func(io.Writer){}
			}
			bounded(t, pack(t, c.p, c.big), c.want)
		})
	}
}

// TestLargeBounds takes a minute: BULKONBOARD_BOUNDS=1 runs it.
func TestLargeBounds(t *testing.T) {
	if os.Getenv("BULKONBOARD_BOUNDS") == "" {
		t.Skip("BULKONBOARD_BOUNDS=1 runs it")
	}
	row := `<row r="2">` + text("A2", "Acme") + `<c r="B2" t="s"><v>16000000</v></c></row>`
	named := related(headRow+row, relation("t", "sharedStrings", "sharedStrings.xml"))
	texts := func(n int) map[string]func(io.Writer) {
		return map[string]func(io.Writer){textsPart: func(w io.Writer) {
			fmt.Fprintf(w, `<sst %s>`, mainSpace)
			words := strings.Fields(noise(100) + " b cd e f " + noise(7))
			for i := range n / 1000 {
				_, _ = io.WriteString(w, strings.Repeat("<si><t>"+words[i%len(words)]+"</t></si>", 1000)+"<!-- "+noise(400)+" "+fmt.Sprint(i*7919)+
					" -->")
			}
			fmt.Fprint(w, `</sst>`)
		}}
	}
	hay := noise(1 << 20)
	elements := func(name string) map[string]func(io.Writer) {
		return map[string]func(io.Writer){sheetPart: func(w io.Writer) {
			fmt.Fprint(w, `<worksheet `, mainSpace, ` xmlns:u="u"><`, name, `>`)
			for i := range 41_000 {
				_, _ = io.WriteString(w, strings.Repeat("<"+name+"/>", 1000)+"<!-- "+hay[i*7919%1_000_000:][:500]+" -->")
			}
			fmt.Fprint(w, `</`, name, `><sheetData>`, headRow, row, sheetTail)
		}}
	}
	for _, c := range []struct {
		name string
		big  map[string]func(io.Writer)
		want string
	}{
		{"16 million texts", texts(16_100_000), ""},
		{"17 million texts", texts(17_000_000), "it has more than 16777216 texts"},
		{"41 million elements", elements("a"), "more than 40000000 elements"},
		{"41 million elements of others", elements("u:a"), "more than 40000000 elements"},
	} {
		t.Run(c.name, func(t *testing.T) { bounded(t, pack(t, named, c.big), c.want) })
	}
}

// TestFewNames: no message lists more than ten names.
func TestFewNames(t *testing.T) {
	most := func(what, message, separator string) {
		t.Helper()
		if n := strings.Count(message, separator) + 1; n > 11 || !strings.Contains(message, "more") {
			t.Errorf("%s: %d names: %s", what, n, message)
		}
	}
	same := "A" + strings.Repeat(",A", 99)
	most("columns of a name", refuse(t, write(t, "a.csv", same+"\n1\n"), table.Options{}).Cause, " and A ")
	in := open(t, write(t, "a.csv", "A"+strings.Repeat(",", 99)+"\n1"+strings.Repeat(",1", 99)+"\n"), table.Options{})
	if w := in.Warnings(); len(w) != 10 || !strings.HasSuffix(w[9].Message, "(and 89 more columns)") {
		t.Errorf("columns without a name: %v", w)
	}
	p, rels, sheets := book(headRow+`<row r="2">`+text("A2", "Acme")+`</row>`), "", ""
	for i := range 40 {
		rels += relation(fmt.Sprint("t", i), "worksheet", fmt.Sprintf("worksheets/t%d.xml", i))
		sheets += fmt.Sprintf(`<sheet name="T%d" sheetId="%d" r:id="t%d"/>`, i, i+2, i)
		p[fmt.Sprintf("xl/worksheets/t%d.xml", i)] = p[sheetPart]
	}
	p[relsPart] = strings.Replace(p[relsPart], "</R", rels+"</R", 1)
	p["xl/workbook.xml"] = strings.Replace(p["xl/workbook.xml"], "</sheets>", sheets+"</sheets>", 1)
	in = open(t, write(t, "a.xlsx", p.zip(t)), table.Options{})
	most("sheets that are not read", in.Warnings()[0].Message, ", ")
	p[sheetPart] = sheetHead + sheetTail
	most("sheets beside an empty one", refuse(t, write(t, "a.xlsx", p.zip(t)), table.Options{}).Advice, ", ")
	hidden := `<worksheet ` + mainSpace + `><cols>` + strings.Repeat(`<col min="1" max="16384" hidden="1"/>`, 20_000) +
		`</cols><sheetData><row r="1">`
	for i := range 40 {
		hidden += text(fmt.Sprintf("%c%c1", 'A', 'A'+i%26), fmt.Sprint("H", i))
		if i == 25 {
			break
		}
	}
	in = open(t, write(t, "a.xlsx", book("").with(sheetPart, hidden+`</row>`+sheetTail).zip(t)), table.Options{})
	for _, w := range in.Warnings() {
		if w.Code == "hidden_columns" {
			most("hidden columns", w.Message, ", ")
		}
	}
}
