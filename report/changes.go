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
}

// A Changes writes changes.csv: created clients whose row changed since, a line
// for each field. It is used by one goroutine.
type Changes struct{ lines *lines[changeLine] }

// NewChanges writes to w, which gets the header even if no line follows.
func NewChanges(w io.Writer) *Changes { return &Changes{newLines[changeLine](w)} }

// Write adds one field of a client; the fingerprint is the row's present one.
func (w *Changes) Write(e importer.Entry, row importer.RowRef, d importer.Difference, fingerprint string) error {
	return w.lines.write(changeLine{Key: keyCell(e.Key), Row: cell(row.String()), ClientID: cell(e.ClientID), ClientName: cell(e.ClientName),
		PrimaryEmail: cell(e.PrimaryEmail), Field: cell(d.Path), Was: cell(d.Was), Now: cell(d.Now), FinishedAt: instant(
			e.FinishedAt), Fingerprint: cell(fingerprint)})
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
}

// A Gone writes gone.csv: clients of the job that are no longer in the sheet.
// It is used by one goroutine.
type Gone struct{ lines *lines[goneLine] }

// NewGone writes to w, which gets the header even if no line follows.
func NewGone(w io.Writer) *Gone { return &Gone{newLines[goneLine](w)} }

// Write adds a client and the name of the input it was sent from last.
func (w *Gone) Write(e importer.Entry, input string) error {
	return w.lines.write(goneLine{Key: keyCell(e.Key), ClientID: cell(e.ClientID), ClientName: cell(e.ClientName),
		PrimaryEmail: cell(e.PrimaryEmail),
		Status:       e.Status.String(), FinishedAt: instant(e.FinishedAt), Input: cell(input), LastRow: placeCell(e.Row)})
}

// Flush writes out what is buffered; it comes last.
func (w *Gone) Flush() error { return w.lines.flush() }
