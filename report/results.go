package report

import (
	"io"
	"strconv"

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
	Job          string `csv:"_job"`
}

// A ResultsWriter writes results.csv. It is used by one goroutine.
type ResultsWriter struct {
	lines lineWriter[resultLine]
	job   string
}

// A lineWriter takes lines and writes them out at the end.
type lineWriter[T any] interface {
	write(T) error
	flush() error
}

// NewResults writes to w, which gets the header even if no line follows. The
// last cell of each line, _job, says of which job and run it is.
func NewResults(w io.Writer, job string) *ResultsWriter {
	return &ResultsWriter{newLines[resultLine](w), job}
}

// Write adds a line. Numbers that are not known (row, HTTP status, run) are
// empty cells; attempts is 0 where nothing was sent.
func (w *ResultsWriter) Write(r importer.Result) error {
	return w.lines.write(resultLine{
		Row: number(int64(r.Row.Number)), Sheet: cell(r.Row.Sheet), Key: keyCell(r.Key), Status: r.Status.String(),
		ClientID: cell(r.ClientID), ClientName: cell(r.ClientName), PrimaryEmail: cell(r.PrimaryEmail), AssetGroupID: cell(r.AssetGroupID),
		HTTPStatus: number(int64(r.HTTPStatus)), Code: cell(r.Code), Message: cell(r.Message), Advice: cell(r.Advice),
		Attempts: strconv.Itoa(r.Attempts), FinishedAt: instant(r.FinishedAt), Fingerprint: cell(r.Fingerprint), Run: number(r.Run),
		Note: cell(r.Note), Job: cell(w.job),
	})
}

// Flush writes out what is buffered; it comes last.
func (w *ResultsWriter) Flush() error { return w.lines.flush() }
