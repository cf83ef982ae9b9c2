package display

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job"
	"github.com/bulkonboard/bulkonboard/report"
)

// Word is how people call a status.
func Word(s importer.Status) string { return report.Word(s) }

// Question tells what is known of a row that a person has to decide on.
func Question(q job.Unsettled, now time.Time) string {
	r := q.Result
	place := "Not in the current input: "
	if r.Row.Number > 0 {
		place = "Row " + r.Row.String() + ", "
	}
	name := r.ClientName
	if mail := first(r.PrimaryEmail, string(r.Key)); mail != "" {
		name += " (" + mail + ")"
	}
	if k := q.SameAs; k != nil {
		return Clean(fmt.Sprintf("%s%s, %s.", place, name, strings.TrimSuffix(r.Message, ".")))
	}
	if k := q.Renamed; k != nil {
		return Clean(fmt.Sprintf("%s%s, has the key of %q, which is %s, and nothing else of it.",
			place, name, k.ClientName, Word(k.Status)))
	}
	sent := q.SentAt.Local().Format("15:04:05")
	if now.Local().Format(time.DateOnly) != q.SentAt.Local().Format(time.DateOnly) {
		sent = "on " + q.SentAt.Local().Format("2006-01-02 at 15:04:05")
	}
	what := first(strings.TrimSuffix(r.Message, "."), "no answer came")
	if r.HTTPStatus > 0 {
		what = fmt.Sprintf("the answer was HTTP %d, %s", r.HTTPStatus, what)
	}
	return Clean(fmt.Sprintf("%s%s, sent %s: %s.", place, name, sent, what))
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// Piloted tells how the first rows went.
func Piloted(w io.Writer, p job.PilotResult) {
	fmt.Fprintf(w, "\nPilot: %s attempted, %s created and read back.\n", Count(p.Attempted, "row"), Number(len(p.Created)))
	for _, v := range p.Created {
		what := "the same as sent"
		switch {
		case v.Err != nil:
			what = "could not verify: " + v.Err.Error()
		case len(v.Differences) > 0:
			what = "DIFFERS in " + strings.Join(v.Differences, ", ")
		}
		fmt.Fprintln(w, Clean(fmt.Sprintf("  row %s, %s (%s), id %s: %s", v.Entry.Row, v.Entry.ClientName, v.Entry.Key, v.Entry.ClientID, what)))
	}
}

// Checklist tells what only a person can see of a pilot's clients.
func Checklist(w io.Writer, p job.PilotResult) {
	if len(p.Created) == 0 {
		return
	}
	fmt.Fprintln(w, `What only you can see, before the others follow:
  [ ] the client stands in the dashboard under the right name
  [ ] a mail has arrived, or none, as it should be
  [ ] the login works with the password from the sheet
  [ ] plan, price and permissions are right`)
}

// Verified tells a client that was read back and is not the same, or could not
// be compared.
func Verified(w io.Writer, v job.Verified) {
	switch {
	case v.Err != nil:
		fmt.Fprintln(w, Clean(fmt.Sprintf("could not verify %s (%s): %v", v.Entry.ClientName, v.Entry.Key, v.Err)))
	case len(v.Differences) > 0:
		fmt.Fprintln(w, Clean(fmt.Sprintf("different  %s (%s): %s", v.Entry.ClientName, v.Entry.Key, strings.Join(v.Differences, ", "))))
	}
}
