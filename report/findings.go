package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/bulkonboard/bulkonboard/importer"
)

// FindingsVersion is the version of the findings' keys: it grows when one goes
// or changes its meaning, not when one is added.
const FindingsVersion = 1

// A Finding is one finding of a check as a line for programs. All keys are
// always there.
type Finding struct {
	Severity string  `json:"severity" csv:"severity"`
	Code     string  `json:"code" csv:"code"`
	File     string  `json:"file" csv:"file"`
	Sheet    string  `json:"sheet" csv:"sheet"`
	Row      int     `json:"row" csv:"row"` // as a spreadsheet shows it; 0: a whole column or file
	Line     int     `json:"line" csv:"line"`
	Column   string  `json:"column" csv:"column"`
	Cell     string  `json:"cell" csv:"cell"` // "C17"; "" for more or less than one cell
	Path     string  `json:"path" csv:"path"`
	Message  string  `json:"message" csv:"message"`
	Advice   string  `json:"advice" csv:"advice"`
	Repair   *Repair `json:"repair" csv:"-"`
	// Rows is how many rows a finding is about that is told once for all.
	Rows       int  `json:"rows" csv:"rows"`
	Everywhere bool `json:"everywhere" csv:"everywhere"`

	// For CSV, which has no objects.
	RepairOld string `json:"-" csv:"repair_old"`
	RepairNew string `json:"-" csv:"repair_new"`
}

// A Repair is a safe change to the finding's cell.
type Repair struct {
	Old string `json:"old"`
	New string `json:"new"`
}

// FindingOf words a finding that is about one row; rows is 1, or how many rows
// it stands for.
func FindingOf(f importer.Finding, rows int, everywhere bool) Finding {
	out := Finding{Severity: f.Severity.String(), Code: f.Code, File: f.Cell.File, Sheet: f.Cell.Sheet, Row: f.Cell.Row, Line: f.Cell.Line,
		Column: f.Cell.Column, Path: f.Path, Message: f.Message, Advice: f.Advice, Rows: rows, Everywhere: everywhere}
	if everywhere {
		out.Row, out.Line = 0, 0
	}
	if out.Row > 0 && f.Cell.Index > 0 {
		out.Cell = fmt.Sprintf("%s%d", importer.ColumnName(f.Cell.Index), out.Row)
	}
	if f.Repair != nil && !everywhere {
		out.Repair = &Repair{Old: f.Repair.Old, New: f.Repair.New}
	}
	return out
}

// A CheckSummary is what a check says beside its findings.
type CheckSummary struct {
	Version int    `json:"version"`
	Input   string `json:"input"`
	Mapping string `json:"mapping"`
	Job     string `json:"job"` // "" if there is none yet
	Rows    int    `json:"rows"`
	// CorrectedCells are not as they stand in the input, CorrectedRows have any.
	CorrectedCells int            `json:"corrected_cells,omitempty"`
	CorrectedRows  int            `json:"corrected_rows,omitempty"`
	Counts         map[string]int `json:"counts"` // rows by status, all seven
	WouldSend      int            `json:"would_send"`
	ExitCode       int            `json:"exit_code"`
}

// A Findings writes the findings of a check for a program. It is used by one
// goroutine: Begin, Write for each finding, End.
type Findings interface {
	Begin(CheckSummary) error
	Write(Finding) error
	// End finishes the text. copied is where the repaired copy stands, "" for
	// none, and repairs how many of its cells are other ones.
	End(copied string, repairs int) error
}

// FindingsJSON writes one object with a line for each finding. It holds none
// of them in memory, and buffers nothing.
func FindingsJSON(w io.Writer) Findings { return &findingsJSON{w: w} }

type findingsJSON struct {
	w    io.Writer
	some bool
}

func (f *findingsJSON) Begin(s CheckSummary) error {
	s.Version = FindingsVersion
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	head := strings.TrimSuffix(plainJSON(b), "\n}")
	_, err = io.WriteString(f.w, head+",\n  \"findings\": [")
	return err
}

func (f *findingsJSON) Write(v Finding) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	lead := ",\n    "
	if !f.some {
		f.some, lead = true, "\n    "
	}
	_, err = io.WriteString(f.w, lead+plainJSON(b))
	return err
}

func (f *findingsJSON) End(copied string, repairs int) error {
	end := "]"
	if f.some {
		end = "\n  ]"
	}
	path, err := json.Marshal(copied)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f.w, "%s,\n  \"repaired_copy\": %s,\n  \"repaired_cells\": %d\n}\n", end, plainJSON(path), repairs)
	return err
}

// plainJSON writes out what could steer a terminal and what encoding/json lets
// pass: these stand in strings only, where the escape means the same.
func plainJSON(b []byte) string {
	var out strings.Builder
	for _, r := range string(b) {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
			fmt.Fprintf(&out, `\u%04x`, r)
		} else {
			out.WriteRune(r)
		}
	}
	return out.String()
}

// FindingsCSV writes a line for each finding, harmless for spreadsheets and
// terminals. What a check says beside them is left out.
func FindingsCSV(w io.Writer) Findings { return &findingsCSV{newLines[Finding](w)} }

type findingsCSV struct{ l *lines[Finding] }

func (f *findingsCSV) Begin(CheckSummary) error { return f.l.start() }

func (f *findingsCSV) Write(v Finding) error {
	for _, s := range []*string{&v.File, &v.Sheet, &v.Column, &v.Path, &v.Message, &v.Advice} {
		*s = cell(*s)
	}
	if v.Repair != nil {
		v.RepairOld, v.RepairNew = cell(v.Repair.Old), cell(v.Repair.New)
	}
	return f.l.write(v)
}

func (f *findingsCSV) End(string, int) error { return f.l.flush() }
