package views

import (
	"strings"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
	"github.com/bulkonboard/bulkonboard/report"
)

// pageKinds are the causes told apart; what comes later is put together by its
// code.
const pageKinds = 400

const changedNote = "changed since it was sent"

// A gatherer collects what the page tells of the rows, in memory that does not
// grow with their number. The zero value works.
type gatherer struct {
	causes                      map[causeKey]*report.Cause
	doubts, drifts              []report.PageRow
	drifted, suspects, addUsers int
}

// A causeKey tells causes apart: two messages that differ only in numbers and
// in what stands in quotation marks are one.
type causeKey struct {
	status     importer.Status
	code, text string
}

// row takes in a row of the input as the results tell it. notes are those of
// this pass.
func (g *gatherer) row(r importer.Result, notes []string, sentAt time.Time) {
	row := report.PageRow{Key: string(r.Key), Name: r.ClientName, Email: r.PrimaryEmail, Message: r.Message, SentAt: sentAt}
	if r.Row.Number > 0 {
		row.Ref = r.Row.String()
	}
	for _, n := range notes {
		if what, changed := strings.CutPrefix(n, changedNote); changed && r.Status == importer.Created {
			g.drifted++
			if len(g.drifts) < report.PageDrifts {
				row.Message = strings.TrimPrefix(what, ": ")
				g.drifts = append(g.drifts, row)
			}
		}
	}
	switch r.Status {
	case importer.InDoubt:
		if len(g.doubts) < report.PageDoubts {
			g.doubts = append(g.doubts, row)
		}
	case importer.Rejected, importer.Failed, importer.Invalid:
		switch r.Code {
		case rows.CodePossibleDuplicate, rows.CodeKeyMoved:
			g.suspects++
		case rows.CodeAlreadyCreated:
			g.addUsers++
		}
		g.cause(r, row)
	}
}

func (g *gatherer) cause(r importer.Result, row report.PageRow) {
	k := causeKey{r.Status, r.Code, masked(r.Message)}
	c := g.causes[k]
	if c == nil && len(g.causes) >= pageKinds {
		k.text = ""
		c = g.causes[k]
	}
	if c == nil {
		if g.causes == nil {
			g.causes = map[causeKey]*report.Cause{}
		}
		c = &report.Cause{Status: r.Status, Code: r.Code, Message: r.Message, Advice: r.Advice}
		g.causes[k] = c
	}
	c.N++
	// The first causes have room for many rows; what is rare, or too varied
	// to be listed, for few.
	if most := report.PageRows; len(c.Rows) < most && (len(g.causes) <= report.PageCauses || len(c.Rows) < 5) {
		c.Rows = append(c.Rows, row)
	}
}

// masked leaves out of a message what differs from row to row.
func masked(s string) string {
	var b strings.Builder
	quoted := false
	for _, r := range s {
		switch {
		case r == '"':
			quoted = !quoted
			b.WriteByte('"')
		case quoted:
		case r >= '0' && r <= '9':
			if !strings.HasSuffix(b.String(), "#") {
				b.WriteByte('#')
			}
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
