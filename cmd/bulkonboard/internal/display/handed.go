package display

import (
	"fmt"
	"io"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job"
)

// ToHandOver tells where the passwords are that a run has made up, and the
// command, with more arguments, that hands them over.
func ToHandOver(w io.Writer, r job.Result, more ...string) {
	if r.Survey.Generated > 0 && r.Sent[importer.Created] > 0 {
		fmt.Fprintf(w, "The generated passwords are sealed in the job; to hand them over:\n  %s\n",
			Command(append([]string{"bulkonboard", "handover", Short(r.Dir)}, more...)))
	}
}

// Handed tells what a handover did.
func Handed(w io.Writer, h job.HandoverResult) {
	switch {
	case h.Declined:
		fmt.Fprintln(w, "Answered no: nothing was handed over.")
		return
	case h.Path == "":
		fmt.Fprintln(w, "Nothing was handed over.")
	default:
		fmt.Fprintf(w, "Handed over: %s of %s.\n", Count(h.Logins, "login"), Count(h.Clients, "client"))
	}
	if h.Several > 0 {
		fmt.Fprintf(w, "Of these, %s with more than one password the server may have: all are written and marked, the newest first.\n",
			Count(h.Several, "login"))
	}
	if h.Before > 0 {
		fmt.Fprintf(w, "Handed over before: %s (--all or --row writes them again).\n", Count(h.Before, "client"))
	}
	if h.Sheet > 0 {
		fmt.Fprintf(w, "Not sealed: %s. Their passwords came from the sheet and stand there, or were not sent from here.\n",
			Count(h.Sheet, "client"))
	}
	if h.Forgotten > 0 {
		fmt.Fprintf(w, "Forgotten after an earlier handover: %s.\n", Count(h.Forgotten, "client"))
	}
	if h.Unopened > 0 {
		fmt.Fprintf(w, "NOT OPENED by this key: %s. Name another private key with --identity.\n", Count(h.Unopened, "client"))
	}
	if h.Forgot {
		fmt.Fprintln(w, "The sealed passwords of these clients are forgotten: the file is the only place that has them.")
	}
	if h.Path != "" {
		fmt.Fprintf(w, "File: %s\nIt holds passwords in the clear: delete it after use.\n", Name(h.Path))
	}
}
