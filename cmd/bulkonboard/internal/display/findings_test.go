package display

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job"
)

// steering holds everything that terminals obey.
const steering = "a\x1b[2J\x1b]0;t\x07b\u009b31m\x7f\r\b\u202e\u2066\u200f\xffc"

func steers(s string) string {
	for _, r := range s {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
			return fmt.Sprintf("%U", r)
		}
	}
	return ""
}

func TestNothingSteersTheTerminal(t *testing.T) {
	cell := importer.Cell{File: steering, Sheet: steering, Row: 2, Column: steering, Index: 1}
	f := importer.Finding{Severity: importer.Fault, Code: "x", Cell: cell, Message: steering, Advice: steering,
		Repair: &importer.Repair{Old: steering, New: steering}}
	var out strings.Builder
	Finding(&out, f)
	Group(&out, job.Group{Finding: f, Rows: 3})
	Change(&out, job.Change{Cell: cell, Repair: *f.Repair})
	Problem(&out, &job.Problem{Where: steering, What: steering, Hint: steering})
	var table FindingsTable
	table.Add(f)
	table.Render(&out, 80)
	if r := steers(out.String()); r != "" {
		t.Errorf("%s is shown:\n%q", r, out.String())
	}
}

func TestFindingsTable(t *testing.T) {
	var table FindingsTable
	fault := importer.Finding{Severity: importer.Fault, Code: "bad", Cell: importer.Cell{Row: 2, Column: "Mail", Index: 2},
		Message: "日本語の名前 is not an address", Advice: "correct it"}
	table.Kind(job.Group{Finding: fault, Rows: 12})
	note := importer.Finding{Code: "everywhere", Cell: importer.Cell{Row: 2, Column: "Name", Index: 1}, Message: "so it is"}
	table.Kind(job.Group{Finding: note, Rows: 12, Everywhere: true})
	for range MostAlike + 1_234 {
		table.Add(fault)
	}
	for _, width := range []int{20, 40, 80, 200} {
		var b strings.Builder
		table.Render(&b, width)
		out := b.String()
		for _, want := range []string{"1,234 more", "every"} {
			if !strings.Contains(strings.Join(strings.Fields(out), " "), want) {
				t.Errorf("width %d: no %q in\n%s", width, want, out)
			}
		}
		if n := strings.Count(out, "fault"); n != MostAlike {
			t.Errorf("width %d: %d faults are shown", width, n)
		}
		if strings.Index(out, "fault") > strings.Index(out, "note") {
			t.Errorf("a note stands before a fault:\n%s", out)
		}
		for line := range strings.SplitSeq(out, "\n") {
			if width >= 60 && len([]rune(line)) > width {
				t.Errorf("width %d: a line of %d", width, len([]rune(line)))
			}
		}
	}
}
