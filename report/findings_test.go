package report

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer"
)

func TestFindingsForPrograms(t *testing.T) {
	f := importer.Finding{Severity: importer.Fault, Code: "x",
		Cell:    importer.Cell{File: "f.xlsx", Sheet: "Sheet1", Row: 17, Column: "=SUM(A1)", Index: 29},
		Message: "\x1b[31m\u009b\u202e \xff", Repair: &importer.Repair{Old: " =1", New: "=1"}}
	write := func(out Findings, n int) {
		if err := out.Begin(CheckSummary{Input: "\u009b", Counts: map[string]int{}}); err != nil {
			t.Fatal(err)
		}
		for range n {
			if err := out.Write(FindingOf(f, 1, false)); err != nil {
				t.Fatal(err)
			}
		}
		if err := out.End("copy.csv", 3); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 3 {
		var b strings.Builder
		write(FindingsJSON(&b), n)
		var got struct {
			Version  int
			Input    string
			Findings []Finding
			Copy     string `json:"repaired_copy"`
		}
		if err := json.Unmarshal([]byte(b.String()), &got); err != nil {
			t.Fatalf("%v:\n%s", err, b.String())
		}
		if got.Version != FindingsVersion || got.Input != "\u009b" || len(got.Findings) != n || got.Copy != "copy.csv" {
			t.Errorf("%+v", got)
		}
		if n > 0 && (got.Findings[0].Cell != "AC17" || got.Findings[0].Message != "\x1b[31m\u009b\u202e \ufffd" ||
			*got.Findings[0].Repair != Repair{" =1", "=1"}) {
			t.Errorf("%+v", got.Findings[0])
		}
		if strings.ContainsAny(b.String(), "\x1b\u009b\u202e") {
			t.Errorf("a terminal would obey\n%q", b.String())
		}
		b.Reset()
		write(FindingsCSV(&b), n)
		lines, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
		if err != nil || len(lines) != n+1 {
			t.Fatalf("%v: %q", err, b.String())
		}
		if strings.ContainsAny(b.String(), "\x1b\u009b") {
			t.Errorf("a terminal would obey\n%q", b.String())
		}
		if n > 0 && (lines[1][6] != "'=SUM(A1)" || lines[1][len(lines[1])-1] != "'=1") {
			t.Errorf("a spreadsheet would run %q", lines[1])
		}
	}
	if e := FindingOf(f, 9, true); e.Row != 0 || e.Cell != "" || e.Repair != nil || e.Rows != 9 {
		t.Errorf("%+v", e)
	}
}
