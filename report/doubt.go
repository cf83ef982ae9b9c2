package report

import (
	"io"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

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
	Job          string `csv:"_job"`
}

// A Doubt writes doubt.csv. It is used by one goroutine.
type Doubt struct {
	lines *lines[doubtLine]
	job   string
}

// NewDoubt writes to w, which gets the header even if no line follows. The last
// cell of each line, _job, says of which job and run it is.
func NewDoubt(w io.Writer, job string) *Doubt { return &Doubt{newLines[doubtLine](w), job} }

// Write adds a row in doubt and when its request left. The row is given as
// --row takes it, and empty if it is not in the input. The client's id is
// always empty, for somebody to fill in who has seen the client: one that
// stood there already would be confirmed without a look.
func (w *Doubt) Write(r importer.Result, sentAt time.Time) error {
	return w.lines.write(doubtLine{Key: keyCell(r.Key), Row: placeCell(r.Row), Status: r.Status.String(),
		ClientName: cell(r.ClientName), PrimaryEmail: cell(r.PrimaryEmail), SentAt: instant(sentAt),
		Code: cell(r.Code), Message: cell(r.Message), Advice: cell(r.Advice), Job: cell(w.job)})
}

// Flush writes out what is buffered; it comes last.
func (w *Doubt) Flush() error { return w.lines.flush() }
