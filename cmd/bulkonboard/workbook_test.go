package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/xuri/excelize/v2"
)

func makeWorkbook(ts *testscript.TestScript, _ bool, args []string) {
	f := excelize.NewFile()
	defer func() { ts.Check(f.Close()) }()
	day, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	ts.Check(err)
	for i, a := range args[1:] {
		sheet, file, _ := strings.Cut(a, "=")
		if i == 0 {
			ts.Check(f.SetSheetName("Sheet1", sheet))
		} else {
			_, err := f.NewSheet(sheet)
			ts.Check(err)
		}
		for r, line := range records(ts, file) {
			for c, v := range line {
				at, err := excelize.CoordinatesToCellName(c+1, r+1)
				ts.Check(err)
				kind, rest, _ := strings.Cut(v, ":")
				switch kind {
				case "number", "date":
					n, err := strconv.ParseFloat(rest, 64)
					ts.Check(err)
					ts.Check(f.SetCellValue(sheet, at, n))
					if kind == "date" {
						ts.Check(f.SetCellStyle(sheet, at, at, day))
					}
				case "formula":
					ts.Check(f.SetCellFormula(sheet, at, rest))
				default:
					if v != "" {
						ts.Check(f.SetCellStr(sheet, at, v))
					}
				}
			}
		}
	}
	ts.Check(f.SaveAs(ts.MkAbs(args[0])))
}

func workbookCells(ts *testscript.TestScript, _ bool, args []string) {
	f, err := excelize.OpenFile(ts.MkAbs(args[0]), excelize.Options{RawCellValue: true})
	ts.Check(err)
	defer func() { ts.Check(f.Close()) }()
	rows, err := f.GetRows(args[1])
	ts.Check(err)
	at := slices.Index(rows[0], args[2])
	if at < 0 {
		ts.Fatalf("%s has no column %s, only %v", args[0], args[2], rows[0])
	}
	var got []string
	for _, r := range rows[1:] {
		v := "-"
		if at < len(r) && r[at] != "" {
			v = r[at]
		}
		got = append(got, v)
	}
	if want := args[3:]; fmt.Sprint(got) != fmt.Sprint(want) {
		ts.Fatalf("%s, column %s:\n got %v\nwant %v", args[0], args[2], got, want)
	}
}

func mendWorkbook(ts *testscript.TestScript, _ bool, args []string) {
	f, err := excelize.OpenFile(ts.MkAbs(args[0]))
	ts.Check(err)
	defer func() { ts.Check(f.Close()) }()
	rows, err := f.GetRows(args[1])
	ts.Check(err)
	at := slices.Index(rows[0], args[2])
	row, err := strconv.Atoi(args[3])
	ts.Check(err)
	name, err := excelize.CoordinatesToCellName(at+1, row)
	ts.Check(err)
	ts.Check(f.SetCellFormula(args[1], name, ""))
	ts.Check(f.SetCellStr(args[1], name, args[4]))
	ts.Check(f.Save())
	now := time.Now().Add(2 * time.Second)
	ts.Check(os.Chtimes(ts.MkAbs(args[0]), now, now))
}
