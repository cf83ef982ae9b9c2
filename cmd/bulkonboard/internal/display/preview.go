package display

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job"
)

// mostGroups is how many kinds of findings are shown before a run.
const mostGroups = 12

// Reads tells which sheets of an input are read, and where the names of their
// columns stand if that is not the first row.
func Reads(s job.Survey) string {
	text := ""
	switch len(s.Sheets) {
	case 0:
	case 1:
		text = ", sheet " + Clean(s.Sheets[0])
	default:
		text = ", sheets " + Clean(strings.Join(s.Sheets, ", "))
	}
	if s.HeaderRow > 1 {
		text += fmt.Sprintf(", columns named in row %d", s.HeaderRow)
	}
	return text
}

// Preview tells what a run is about to do.
func Preview(w io.Writer, p job.Preview) {
	// Names of files and of API keys are anybody's.
	input, target := Clean(p.Input), Clean(p.Target)
	fmt.Fprintf(w, "Mapping  %s\n", Clean(p.Mapping))
	if p.Corrects != "" {
		fmt.Fprintf(w, "Input    %s, corrections to %s, %s\n", input, Clean(Short(p.Corrects)), Count(p.Rows, "row"))
	} else {
		fmt.Fprintf(w, "Input    %s%s, %s\n", input, Reads(p.Survey), Count(p.Rows, "row"))
	}
	Corrections(w, p.CorrectedCells, p.CorrectedRows)
	if p.Rehearsal {
		fmt.Fprintf(w, "Target   the sandbox: a REHEARSAL, nothing leaves this machine\n")
	} else if p.Account != "" {
		fmt.Fprintf(w, "Target   %s, %s\n", target, Clean(p.Account))
	} else {
		fmt.Fprintf(w, "Target   %s\n", target)
	}
	state := "going on"
	switch {
	case p.Adopted != nil:
		state = "a NEW job, which takes over " + Counts(*p.Adopted) + " from earlier results"
	case p.NewJob:
		state = "a NEW job: it knows no customer yet"
	}
	fmt.Fprintf(w, "Job      %s (%s)\n", Clean(Short(p.Dir)), state)
	groups(w, p.Groups)
	fmt.Fprintln(w)
	if p.Send == 0 {
		fmt.Fprintf(w, "Nothing is to be sent: %s.\n", Counts(p.Counts))
		leftOut(w, p)
		return
	}
	n := p.Send
	if p.Limit > 0 && p.Limit < n {
		n = p.Limit
		fmt.Fprintf(w, "This run creates at most %s of %s.\n", Number(n), Count(p.Send, "client"))
	} else {
		fmt.Fprintf(w, "This run creates %s with %s.\n", Count(n, "client"), Count(p.Users, "user"))
	}
	if p.Pilot > 0 && p.Pilot < n {
		fmt.Fprintf(w, "First a pilot of %s, which are read back.\n", Count(p.Pilot, "row"))
	}
	passwords(w, p)
	subscriptions(w, p.Subscriptions)
	if p.Again > 0 {
		fmt.Fprintf(w, "  sent before and sent again: %s\n", Number(p.Again))
	}
	if p.Resend > 0 {
		fmt.Fprintf(w, "  of these in doubt, and maybe there already: %s\n", Number(p.Resend))
	}
	for _, d := range p.Decided {
		fmt.Fprintf(w, "  sent again by decision: %s\n", Clean(d))
	}
	leftOut(w, p)
	if p.RateFound > 0 {
		fmt.Fprintf(w, "It starts at %s, found last time to be what the server accepts; at most %s.\n", importer.FormatRate(p.RateFound),
			importer.FormatRate(p.Rate))
	}
	if d := p.Duration(); d > 0 {
		at := p.Rate
		if p.RateFound > 0 {
			at = p.RateFound
		}
		fmt.Fprintf(w, "At %s it takes about %s.\n", importer.FormatRate(at), Duration(d))
	}
	if !p.Rehearsal {
		fmt.Fprintln(w, "What cannot be known beforehand: whether welcome mails go out, and how many clients your plan allows.")
		fmt.Fprintln(w, "It cannot be undone from here: each client is real, and only the dashboard removes it.")
	}
}

// passwords tells where first passwords come from and who can open them.
func passwords(w io.Writer, p job.Preview) {
	if p.Generated > 0 {
		fmt.Fprintf(w, "  passwords generated: %s of %s\n", Number(p.Generated), Number(p.Users))
	}
	switch {
	case p.Throwaway:
		fmt.Fprintln(w, "Passwords are sealed to a throw-away key of this rehearsal.")
	case p.Keys == 1 && p.Generated > 0:
		fmt.Fprintln(w, "Passwords are sealed, and only 1 key can open them: if it is lost, so are they. Name a second one with --recipient.")
	case p.Keys > 0:
		fmt.Fprintf(w, "Passwords are sealed; %s can open them.\n", Count(p.Keys, "key"))
	}
}

func subscriptions(w io.Writer, products map[string]int) {
	var ids []string
	for id := range products {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		fmt.Fprintf(w, "  subscriptions to %s: %s\n", Clean(id), Number(products[id]))
	}
}

func leftOut(w io.Writer, p job.Preview) {
	var parts []string
	add := func(n int, what string) {
		if n > 0 {
			parts = append(parts, Number(n)+" "+what)
		}
	}
	add(p.Counts[importer.Created], "created already")
	add(p.Counts[importer.InDoubt]-p.Resend, "in doubt (bulkonboard settle)")
	add(p.HeldRejected, "rejected and unchanged since (--retry-rejected sends them again)")
	add(p.Counts[importer.Invalid], "invalid")
	add(p.Counts[importer.Skipped], "skipped by the mapping")
	sent := p.Counts.MayExist() - p.Resend + p.HeldRejected + p.Counts[importer.Invalid] +
		p.Counts[importer.Skipped]
	add(p.Counts.Total()-sent-p.Send, "not chosen for this run")
	if len(parts) > 0 {
		fmt.Fprintf(w, "Left out: %s.\n", strings.Join(parts, ", "))
	}
	if p.SecretsUnknown > 0 {
		fmt.Fprintf(w, "Of the rejected, %s may have a new password that cannot be compared under this API key: --retry-rejected sends them "+
			"again.\n", Count(p.SecretsUnknown, "row"))
	}
	if p.Changed > 0 {
		fmt.Fprintf(w, "Changed since they were sent: %s; the results name the fields, to be changed by hand.\n", Count(p.Changed, "row"))
	}
}

// groups tells the findings, the gravest first.
func groups(w io.Writer, gs []job.Group) {
	for i, g := range gs {
		if i == 0 {
			fmt.Fprintln(w)
		}
		if i == mostGroups {
			fmt.Fprintf(w, "        … and %s: bulkonboard check lists them all\n", Count(len(gs)-i, "more finding"))
			break
		}
		g.Cell.File = "" // the input is named above
		Group(w, g)
	}
}

// Ending tells how a run ended.
func Ending(w io.Writer, r job.Result, next []string) {
	if r.Halt != nil {
		fmt.Fprintf(w, "Stopped early: %s\n", Clean(r.Halt.Error()))
	}
	mark := ""
	if r.Rehearsal {
		mark = " (a rehearsal)"
	}
	fmt.Fprintf(w, "Rows: %s%s.\n", Counts(r.Counts), mark)
	if n := r.Sent.Total(); n > 0 && r.Took > 0 {
		fmt.Fprintf(w, "This run: %s in %s.\n", Counts(r.Sent), Duration(r.Took))
	}
	if n := r.InDoubt - r.Counts[importer.InDoubt]; n > 0 {
		fmt.Fprintf(w, "In doubt from other inputs of this job: %s.\n", Number(n))
	}
	if bad := r.Counts[importer.Invalid] + r.Counts[importer.Rejected] + r.Counts[importer.Failed]; bad > 0 && r.Run > 1 && r.NewFaults < bad {
		fmt.Fprintf(w, "Newly bad since the last run: %s.\n", Number(r.NewFaults))
	}
	for _, f := range r.Files {
		if f.Name == "changes" && r.Changed > 0 {
			fmt.Fprintf(w, "Changed in the sheet since they were created, to be changed by hand: %s, in %s\n", Count(r.Changed, "client"),
				Clean(Short(f.Path)))
		}
		if f.KeptAs != "" {
			fmt.Fprintf(w, "Somebody had edited %s: kept as %s\n", Clean(Short(f.Path)), Clean(Short(f.KeptAs)))
		}
	}
	for _, f := range r.Files {
		if f.Name == "results" {
			fmt.Fprintf(w, "Results: %s\n", Clean(Short(f.Path)))
		}
		mended := r.Counts[importer.Invalid] + r.Counts[importer.Rejected]
		if !r.Halt.For(importer.StopUnauthorized) { // for which no row is at fault
			mended += r.Counts[importer.Failed]
		}
		if f.Name == "rejects" && mended > 0 {
			mend := f.Path
			if r.Next.Step == job.StepFix {
				mend = r.Next.Input // a workbook's rejects are a workbook too
			}
			fmt.Fprintf(w, "To be corrected: %s\n", Clean(Short(mend)))
		}
		if f.Name == "report" {
			fmt.Fprintf(w, "Report:  %s\n", Clean(Short(f.Path)))
		}
	}
	if r.Drifted && r.Gone > 0 {
		fmt.Fprintf(w, "No longer in the sheet: %s, in gone.csv.\n", Count(r.Gone, "client"))
	}
	Next(w, r.Next, next)
}

// Next tells the literal next command and why.
func Next(w io.Writer, n job.Next, argv []string) {
	switch {
	case n.Step == job.StepNone:
		fmt.Fprintln(w, "Nothing is left to do.")
		return
	case n.Own && (n.Step == job.StepAgain || n.Step == job.StepMend):
		fmt.Fprintf(w, "Next: run the program again that has the rows %q; nothing is sent twice.\n", Clean(n.Input))
		return
	}
	switch n.Step {
	case job.StepAgain:
		fmt.Fprintln(w, "Next, to go on; nothing is sent twice:")
	case job.StepMend:
		fmt.Fprintln(w, "Next: correct these rows in the sheet, then run it again:")
	case job.StepFix:
		fmt.Fprintf(w, "Next: correct the rows in %s, then feed it back:\n", Clean(Short(n.Input)))
	case job.StepSettle:
		fmt.Fprintln(w, "Next: look for the clients in doubt in the dashboard, and say for each what you found (on a terminal you are asked "+
			"one by one; else --row N or --from doubt.csv):")
	}
	fmt.Fprintln(w, "  "+Clean(Command(argv)))
}

// Corrections tells how much of an input is not as it stands there; nothing where
// all of it is.
func Corrections(w io.Writer, cells, rows int) {
	if cells > 0 {
		fmt.Fprintf(w, "Corrections %s, %s\n", Count(cells, "cell"), Count(rows, "row"))
	}
}
