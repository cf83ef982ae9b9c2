package report

import (
	"io"

	"github.com/bulkonboard/bulkonboard/importer"
)

// undoLine is a line of undo.csv; the tags are the contract.
type undoLine struct {
	Key          string `csv:"key"`
	ClientID     string `csv:"client_id"`
	ClientName   string `csv:"client_name"`
	PrimaryEmail string `csv:"primary_email"`
	Status       string `csv:"status"`
	FinishedAt   string `csv:"finished_at"`
	Fingerprint  string `csv:"fingerprint"`
	Job          string `csv:"_job"`
}

// An Undo writes undo.csv, in the order in which it is told. It is used by one
// goroutine.
type Undo struct {
	lines *lines[undoLine]
	job   string
}

// NewUndo writes to w, which gets the header even if no line follows. The last
// cell of each line, _job, says of which job and run it is.
func NewUndo(w io.Writer, job string) *Undo { return &Undo{newLines[undoLine](w), job} }

// Write adds a created client.
func (w *Undo) Write(e importer.Entry) error {
	return w.lines.write(undoLine{Key: keyCell(e.Key), ClientID: cell(e.ClientID), ClientName: cell(e.ClientName),
		PrimaryEmail: cell(e.PrimaryEmail), Status: e.Status.String(), FinishedAt: instant(e.FinishedAt),
		Fingerprint: cell(e.Fingerprint), Job: cell(w.job)})
}

// Flush writes out what is buffered; it comes last.
func (w *Undo) Flush() error { return w.lines.flush() }
