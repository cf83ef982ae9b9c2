package report

import (
	"io"

	"github.com/bulkonboard/bulkonboard/importer"
)

// changeLine is a line of changes.csv. Its status is empty for somebody to
// write change-done into, and hand it to settle --from.
type changeLine struct {
	Key          string `csv:"key"`
	Row          string `csv:"row"`
	Status       string `csv:"status"`
	ClientID     string `csv:"client_id"`
	ClientName   string `csv:"client_name"`
	PrimaryEmail string `csv:"primary_email"`
	Field        string `csv:"field"`
	Was          string `csv:"was"`
	Now          string `csv:"now"`
	FinishedAt   string `csv:"finished_at"`
	Fingerprint  string `csv:"fingerprint"`
	Job          string `csv:"_job"`
}

// A Changes writes changes.csv: created clients whose row changed since, a line
// for each field. It is used by one goroutine.
type Changes struct {
	lines *lines[changeLine]
	job   string
}

// NewChanges writes to w, which gets the header even if no line follows. The last
// cell of each line, _job, says of which job and run it is.
func NewChanges(w io.Writer, job string) *Changes { return &Changes{newLines[changeLine](w), job} }

// Write adds one field of a client; the fingerprint is the row's present one.
func (w *Changes) Write(e importer.Entry, row importer.RowRef, d importer.Difference, fingerprint string) error {
	return w.lines.write(changeLine{Key: keyCell(e.Key), Row: cell(row.String()), ClientID: cell(e.ClientID), ClientName: cell(e.ClientName),
		PrimaryEmail: cell(e.PrimaryEmail), Field: cell(d.Path), Was: cell(d.Was), Now: cell(d.Now),
		FinishedAt: instant(e.FinishedAt), Fingerprint: cell(fingerprint), Job: cell(w.job)})
}

// Flush writes out what is buffered; it comes last.
func (w *Changes) Flush() error { return w.lines.flush() }

// goneLine is a line of gone.csv; the tags are the contract.
type goneLine struct {
	Key          string `csv:"key"`
	ClientID     string `csv:"client_id"`
	ClientName   string `csv:"client_name"`
	PrimaryEmail string `csv:"primary_email"`
	Status       string `csv:"status"`
	FinishedAt   string `csv:"finished_at"`
	Input        string `csv:"input"`
	LastRow      string `csv:"last_row"`
	Job          string `csv:"_job"`
}

// A Gone writes gone.csv: clients of the job that are no longer in the sheet.
// It is used by one goroutine.
type Gone struct {
	lines *lines[goneLine]
	job   string
}

// NewGone writes to w, which gets the header even if no line follows. The last
// cell of each line, _job, says of which job and run it is.
func NewGone(w io.Writer, job string) *Gone { return &Gone{newLines[goneLine](w), job} }

// Write adds a client and the name of the input it was sent from last.
func (w *Gone) Write(e importer.Entry, input string) error {
	return w.lines.write(goneLine{Key: keyCell(e.Key), ClientID: cell(e.ClientID), ClientName: cell(e.ClientName),
		PrimaryEmail: cell(e.PrimaryEmail), Status: e.Status.String(), FinishedAt: instant(e.FinishedAt), Input: cell(input),
		LastRow: placeCell(e.Row), Job: cell(w.job)})
}

// Flush writes out what is buffered; it comes last.
func (w *Gone) Flush() error { return w.lines.flush() }
