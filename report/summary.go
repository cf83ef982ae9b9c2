package report

import (
	"encoding/json"
	"io"
	"math"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// SummaryVersion is the version of summary.json's keys: it grows when one goes
// or changes its meaning, not when one is added.
const SummaryVersion = 1

// A Summary is summary.json: stable keys for scripts. All keys are always
// there, whatever their values.
type Summary struct {
	Version      int               `json:"version"`
	ToolVersion  string            `json:"tool_version"`
	Job          string            `json:"job"` // absolute path of the folder
	JobID        string            `json:"job_id"`
	Run          int64             `json:"run"`
	Rehearsal    bool              `json:"rehearsal"`
	Target       string            `json:"target"`
	Input        SummaryInput      `json:"input"`
	StartedAt    time.Time         `json:"started_at"` // in UTC, to the second
	EndedAt      time.Time         `json:"ended_at"`
	Seconds      float64           `json:"seconds"` // to the millisecond
	Counts       map[string]int    `json:"counts"`  // the input's rows by status, all seven
	Sent         map[string]int    `json:"sent"`    // this run's rows by status, all seven
	InDoubtInJob int               `json:"in_doubt_in_job"`
	NewCustomers int               `json:"new_customers"` // that no run of the job had read before
	NewFaults    int               `json:"new_faults"`    // rows that are bad and were not after the last run
	Changed      int               `json:"changed"`       // clients in changes.csv
	Gone         int               `json:"gone"`          // clients in gone.csv
	ExitCode     int               `json:"exit_code"`
	Reason       string            `json:"reason"` // why it stopped early; "" if it did not
	Next         []string          `json:"next"`   // the next command's arguments; empty if there is none
	Files        map[string]string `json:"files"`  // view → absolute path
}

// SummaryInput is what was read.
type SummaryInput struct {
	Path   string `json:"path"`
	Digest string `json:"digest"` // of the file, and of its corrections if there are any
	Rows   int    `json:"rows"`
	// CorrectedCells are not as they stand in the file, CorrectedRows have any.
	CorrectedCells int `json:"corrected_cells"`
	CorrectedRows  int `json:"corrected_rows"`
}

// WriteSummary writes the summary as indented JSON with a line break at its
// end. What is missing in s is written as zero or empty, never as null; s
// itself stays as it is.
func WriteSummary(w io.Writer, s Summary) error {
	if s.Version == 0 {
		s.Version = SummaryVersion
	}
	s.StartedAt, s.EndedAt = s.StartedAt.UTC().Truncate(time.Second), s.EndedAt.UTC().Truncate(time.Second)
	s.Seconds = math.Round(s.Seconds*1000) / 1000
	s.Counts, s.Sent = importer.CountsOf(s.Counts).Map(), importer.CountsOf(s.Sent).Map()
	if s.Next == nil {
		s.Next = []string{}
	}
	if s.Files == nil {
		s.Files = map[string]string{}
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(s)
}
