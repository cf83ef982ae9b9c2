package table_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer/table"
)

// What the other programs are given to write, and what their workbooks must read as:
// texts that are easily lost, a number, a day, a time, a truth, a pattern of digits.
const (
	interopCSV = "Name,Text,Number,Day,Truth\n" +
		"Zürich \"AG\",007,42.5,2026-01-31,TRUE\n" +
		"\" two\nlines \",_x0041_ & <b>,1234567890,2026-02-01,FALSE\n"
	interopExcelJS = `
const ExcelJS = require('exceljs');
const book = new ExcelJS.%s;
const sheet = book.addWorksheet('Clients');
const rows = [['Name', 'Text', 'Number', 'Day', 'Truth'],
  ['Zürich "AG"', '007', 42.5, new Date(Date.UTC(2026, 0, 31)), true],
  [' two\nlines ', '_x0041_ & <b>', 1234567890, new Date(Date.UTC(2026, 1, 1)), false]];
for (const r of rows) {
  const row = sheet.addRow(r);
  if (r[3] instanceof Date) row.getCell(4).numFmt = 'dd/mm/yyyy';
  if (row.commit) row.commit();
}
(book.commit ? book.commit() : book.xlsx.writeFile(process.argv[1])).catch(e => { console.error(e); process.exit(1); });
`
	interopSheetJS = `
const XLSX = require('xlsx');
const sheet = XLSX.utils.aoa_to_sheet([['Name', 'Text', 'Number', 'Day', 'Truth'],
  ['Zürich "AG"', '007', 42.5, {t: 'n', v: 46053, z: 'dd/mm/yyyy'}, true],
  [' two\nlines ', '_x0041_ & <b>', 1234567890, {t: 'n', v: 46054, z: 'dd/mm/yyyy'}, false]]);
const book = XLSX.utils.book_new();
XLSX.utils.book_append_sheet(book, sheet, 'Clients');
XLSX.writeFile(book, process.argv[1], {bookSST: %s, compression: true});
`
)

// TestInterop reads what other programs write. LibreOffice is found by PATH, and the
// modules exceljs and xlsx of node by BULKONBOARD_NODE_MODULES, a folder node_modules.
func TestInterop(t *testing.T) {
	want := []string{
		`Zürich "AG"|007|42.5|2026-01-31|TRUE`,
		" two\nlines |_x0041_ & <b>|1234567890|2026-02-01|FALSE",
	}
	script := func(module, code string) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			modules := os.Getenv("BULKONBOARD_NODE_MODULES")
			if _, err := os.Stat(filepath.Join(modules, module, "package.json")); modules == "" || err != nil {
				t.Skipf("NOT TESTED: BULKONBOARD_NODE_MODULES names no folder with %s", module)
			}
			c := exec.CommandContext(t.Context(), "node", "-e", code, path)
			c.Env = append(os.Environ(), "NODE_PATH="+modules)
			if out, err := c.CombinedOutput(); err != nil {
				t.Fatalf("node: %v\n%s", err, out)
			}
		}
	}
	for _, c := range []struct {
		name  string
		write func(t *testing.T, path string)
	}{
		{"ExcelJS", script("exceljs", strings.Replace(interopExcelJS, "%s", "Workbook()", 1))},
		{"ExcelJS, in a stream", script("exceljs", strings.Replace(interopExcelJS, "%s",
			"stream.xlsx.WorkbookWriter({filename: process.argv[1], useStyles: true, useSharedStrings: true})", 1))},
		{"SheetJS", script("xlsx", strings.Replace(interopSheetJS, "%s", "false", 1))},
		{"SheetJS, shared texts", script("xlsx", strings.Replace(interopSheetJS, "%s", "true", 1))},
		{"LibreOffice", libreOffice},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "clients.xlsx")
			c.write(t, path)
			rows, spoilt := all(t, open(t, path, table.Options{}))
			var got []string
			for _, r := range rows {
				got = append(got, strings.Join(r.Cells, "|"))
			}
			if !slices.Equal(got, want) || len(spoilt) > 0 {
				t.Errorf("\n got %q\nwant %q\nspoilt %v", got, want, spoilt)
			}
		})
	}
}

// libreOffice makes a workbook of the CSV file. Its columns are told: text, text,
// number, day, truth (standard).
func libreOffice(t *testing.T, path string) {
	program, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("NOT TESTED: there is no soffice (LibreOffice)")
	}
	dir := filepath.Dir(path)
	source := filepath.Join(dir, "clients.csv")
	must(t, os.WriteFile(source, []byte(interopCSV), 0o600))
	c := exec.CommandContext(t.Context(), program, "-env:UserInstallation=file://"+filepath.Join(dir, "profile"), "--headless",
		"--infilter=CSV:44,34,76,1,1/2/2/2/3/1/4/5/5/1,1033,false,true", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", dir, source)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("soffice: %v\n%s", err, out)
	}
}
