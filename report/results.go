package report

import (
	"io"
	"strconv"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// resultLine is a line of results.csv; the tags are the contract.
type resultLine struct {
	Row          string `csv:"row"`
	Sheet        string `csv:"sheet"`
	Key          string `csv:"key"`
	Status       string `csv:"status"`
	ClientID     string `csv:"client_id"`
	ClientName   string `csv:"client_name"`
	PrimaryEmail string `csv:"primary_email"`
	AssetGroupID string `csv:"asset_group_id"`
	HTTPStatus   string `csv:"http_status"`
	Code         string `csv:"code"`
	Message      string `csv:"message"`
	Advice       string `csv:"advice"`
	Attempts     string `csv:"attempts"`
	FinishedAt   string `csv:"finished_at"`
	Fingerprint  string `csv:"fingerprint"`
	Run          string `csv:"run"`
	Note         string `csv:"note"`
}

// A ResultsWriter writes results.csv. It is used by one goroutine.
type ResultsWriter struct{ lines *lines[resultLine] }

// NewResults writes to w, which gets the header even if no line follows.
func NewResults(w io.Writer) *ResultsWriter { return &ResultsWriter{newLines[resultLine](w)} }

// Write adds a line.
func (w *ResultsWriter) Write(r importer.Result) error {
	return w.lines.write(resultLine{
		Row: number(int64(r.Row.Number)), Sheet: cell(r.Row.Sheet), Key: cell(string(r.Key)), Status: r.Status.String(),
		ClientID: cell(r.ClientID), ClientName: cell(r.ClientName), PrimaryEmail: cell(r.PrimaryEmail), AssetGroupID: cell(r.AssetGroupID),
		HTTPStatus: number(int64(r.HTTPStatus)), Code: cell(r.Code), Message: cell(r.Message), Advice: cell(r.Advice),
		Attempts: strconv.Itoa(r.Attempts), FinishedAt: instant(r.FinishedAt), Fingerprint: cell(r.Fingerprint), Run: number(r.Run), Note: cell(r.Note),
	})
}

// Flush writes out what is buffered; it comes last.
func (w *ResultsWriter) Flush() error { return w.lines.flush() }

// doubtLine is a line of doubt.csv: `settle --from` reads key or row, status
// and client_id; the rest helps whoever looks for the client.
type doubtLine struct {
	Key          string `csv:"key"`
	Row          string `csv:"row"`
	Status       string `csv:"status"`
	ClientID     string `csv:"client_id"`
	ClientName   string `csv:"client_name"`
	PrimaryEmail string `csv:"primary_email"`
	SentAt       string `csv:"sent_at"`
	Code         string `csv:"code"`
	Message      string `csv:"message"`
	Advice       string `csv:"advice"`
}

// A Doubt writes doubt.csv. It is used by one goroutine.
type Doubt struct{ lines *lines[doubtLine] }

// NewDoubt writes to w, which gets the header even if no line follows.
func NewDoubt(w io.Writer) *Doubt { return &Doubt{newLines[doubtLine](w)} }

// Write adds a row in doubt and when its request left.
func (w *Doubt) Write(r importer.Result, sentAt time.Time) error {
	row := ""
	if r.Row.Number > 0 {
		row = r.Row.String()
	}
	return w.lines.write(doubtLine{Key: cell(string(r.Key)), Row: cell(row), Status: r.Status.String(), ClientID: cell(r.ClientID),
		ClientName: cell(r.ClientName), PrimaryEmail: cell(r.PrimaryEmail), SentAt: instant(sentAt),
		Code: cell(r.Code), Message: cell(r.Message), Advice: cell(r.Advice)})
}

// Flush writes out what is buffered; it comes last.
func (w *Doubt) Flush() error { return w.lines.flush() }

// undoLine is a line of undo.csv; the tags are the contract.
type undoLine struct {
	Key          string `csv:"key"`
	ClientID     string `csv:"client_id"`
	ClientName   string `csv:"client_name"`
	PrimaryEmail string `csv:"primary_email"`
	Status       string `csv:"status"`
	FinishedAt   string `csv:"finished_at"`
	Fingerprint  string `csv:"fingerprint"`
}

// An Undo writes undo.csv. It is used by one goroutine.
type Undo struct{ lines *lines[undoLine] }

// NewUndo writes to w, which gets the header even if no line follows.
func NewUndo(w io.Writer) *Undo { return &Undo{newLines[undoLine](w)} }

// Write adds a created client.
func (w *Undo) Write(e importer.Entry) error {
	return w.lines.write(undoLine{Key: cell(string(e.Key)), ClientID: cell(e.ClientID), ClientName: cell(e.ClientName),
		PrimaryEmail: cell(e.PrimaryEmail), Status: e.Status.String(), FinishedAt: instant(e.FinishedAt), Fingerprint: cell(e.Fingerprint)})
}

// Flush writes out what is buffered; it comes last.
func (w *Undo) Flush() error { return w.lines.flush() }
