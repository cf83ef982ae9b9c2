package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/config"
	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/display"
	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job"
	"github.com/bulkonboard/bulkonboard/report"
)

func (a *app) checkCommand() *cobra.Command {
	var o job.CheckOptions
	var format string
	c := &cobra.Command{
		Use:   "check INPUT",
		Short: "Read and map every row, and list every finding by cell; nothing is sent",
		Long: `Read and map every row and list every fault, warning and note by its cell.
Nothing is sent, and the input is never touched. If the input has a job
already, check sees what it knows.

--repair writes a copy with the sheet's corrections and with the repairs that are
beyond doubt (blanks and characters that nobody sees, wrong encodings), which it
lists; passwords are not repaired. A workbook is copied as a workbook. --format
json and csv are for programs: standard output has nothing else, and every
finding.`,
		Example: `  bulkonboard check clients.csv
  bulkonboard check clients.csv --repair clients-repaired.csv
  bulkonboard check clients.csv --format json
  cat clients.csv | bulkonboard check -`,
		Args: oneInput,
		RunE: func(c *cobra.Command, args []string) error { return a.check(c, args[0], format, o) },
	}
	addInput(c.Flags(), &o.Input, &o.Dir)
	c.Flags().StringVar(&format, "format", "", "how to print: `table|lines|json|csv` (default: table on a terminal, else lines)")
	c.Flags().StringVar(&o.Repair, "repair", "", "write a repaired copy of the input to this `file`, which must not exist")
	config.CommandLineOnly(c.Flags(), "format", "repair")
	return c
}

// A listing shows what a check finds, as it comes.
type listing interface {
	surveyed(input string, c job.CheckResult) error
	finding(f importer.Finding) error
	change(c job.Change) error
	end(repaired string, c job.CheckResult) error
}

func (a *app) listing(format string, w io.Writer, run []string) (listing, error) {
	width, terminal := terminal(a.stdout)
	text := textListing{w: w, run: run}
	switch format {
	case "":
		if terminal {
			return &tableListing{textListing: text, width: width}, nil
		}
		return &text, nil
	case "lines":
		return &text, nil
	case "table":
		if !terminal {
			width = 100
		}
		return &tableListing{textListing: text, width: width}, nil
	case "json":
		return &programListing{report.FindingsJSON(w)}, nil
	case "csv":
		return &programListing{report.FindingsCSV(w)}, nil
	}
	return nil, usagef("there are table, lines, json and csv", "--format has no %q", format)
}

func (a *app) check(c *cobra.Command, input, format string, o job.CheckOptions) (err error) {
	if err := positive(c.Flags(), "header-row", o.Input.HeaderRow); err != nil {
		return err
	}
	out := bufio.NewWriter(a.stdout) // a line each for a million findings
	defer func() { err = errors.Join(err, out.Flush()) }()
	l, err := a.listing(format, out, afterCheck(c, input))
	if err != nil {
		return err
	}
	var broken error // of the writer, told by the survey, which cannot fail
	o.Input.Path, o.Input.Stdin, o.Notice, o.JobsList = input, a.stdin, a.notice, a.jobsList()
	o.Surveyed = func(k job.CheckResult) { broken = l.surveyed(input, k) }
	o.Finding, o.Change = l.finding, l.change
	checked, err := withSheet(c.Context(), a, a.asks(), &o.Input, func() (job.CheckResult, error) { return job.Check(c.Context(), o) })
	if err == nil {
		err = broken
	}
	if err != nil {
		return err
	}
	a.exit = checked.Exit
	return l.end(o.Repair, checked)
}

// textListing is for people and for scripts that look for words.
type textListing struct {
	w       io.Writer
	run     []string // the next command
	some    bool
	changes int
}

func (l *textListing) surveyed(input string, k job.CheckResult) error {
	l.head(input, k)
	for _, g := range k.Groups {
		if g.Rows == 0 || g.Everywhere {
			l.lead()
			display.Group(l.w, g)
		}
	}
	return nil
}

func (l *textListing) head(input string, k job.CheckResult) {
	fmt.Fprintf(l.w, "Mapping  %s\n", display.Clean(k.Mapping))
	fmt.Fprintf(l.w, "Input    %s%s, %s\n", display.Clean(input), display.Reads(k.Survey), display.Count(k.Rows, "row"))
	display.Corrections(l.w, k.CorrectedCells, k.CorrectedRows)
	if k.Dir != "" {
		fmt.Fprintf(l.w, "Job      %s\n", display.Clean(display.Short(k.Dir)))
	}
}

// lead leaves a line before the first finding.
func (l *textListing) lead() {
	if !l.some {
		l.some = true
		fmt.Fprintln(l.w)
	}
}

func (l *textListing) finding(f importer.Finding) error {
	l.lead()
	display.Finding(l.w, f)
	if f.Repair != nil {
		fmt.Fprintf(l.w, "        --repair makes it %s\n", display.Clean(fmt.Sprintf("%q", f.Repair.New)))
	}
	return nil
}

func (l *textListing) change(c job.Change) error {
	if l.changes++; l.changes == 1 {
		fmt.Fprintln(l.w, "\nRepaired:")
	}
	display.Change(l.w, c)
	return nil
}

func (l *textListing) end(repaired string, c job.CheckResult) error {
	if repaired != "" {
		fmt.Fprintf(l.w, "\nRepaired copy: %s, %s changed; the input is as it was.\n", display.Clean(repaired), display.Count(c.Repairs, "cell"))
	}
	fmt.Fprintf(l.w, "\nRows: %s. A run would send %s.\n", display.Counts(c.Counts), display.Number(c.Send))
	if repaired != "" {
		fmt.Fprintf(l.w, "Next: look at the repaired copy:\n  bulkonboard check %s\n", display.Command([]string{repaired}))
		return nil
	}
	if c.Exit == job.ExitRejects {
		fmt.Fprintln(l.w, "Next: correct the faults, and check again; or run: valid rows are sent, and the others come back in rejects.csv.")
	}
	fmt.Fprintf(l.w, "  %s\n", display.Command(l.run))
	return nil
}

// tableListing gathers the first findings of each kind, and shows them beside
// each other when all are known.
type tableListing struct {
	textListing
	width int
	table display.FindingsTable
}

func (l *tableListing) surveyed(input string, k job.CheckResult) error {
	l.head(input, k)
	for _, g := range k.Groups {
		l.table.Kind(g)
	}
	return nil
}

func (l *tableListing) finding(f importer.Finding) error {
	l.table.Add(f)
	return nil
}

func (l *tableListing) change(c job.Change) error {
	if l.changes == 0 {
		l.table.Render(l.w, l.width)
	}
	if l.changes >= display.MostAlike {
		l.changes++
		return nil
	}
	return l.textListing.change(c)
}

func (l *tableListing) end(repaired string, c job.CheckResult) error {
	if l.changes == 0 {
		l.table.Render(l.w, l.width)
	}
	if more := l.changes - display.MostAlike; more > 0 {
		fmt.Fprintf(l.w, "  … and %s\n", display.Count(more, "more cell"))
	}
	return l.textListing.end(repaired, c)
}

// programListing is for programs: nothing but the findings.
type programListing struct{ out report.Findings }

func (l *programListing) surveyed(input string, k job.CheckResult) error {
	if input != "-" {
		if abs, err := filepath.Abs(input); err == nil {
			input = abs
		}
	}
	err := l.out.Begin(report.CheckSummary{Input: input, Mapping: k.Mapping, Job: k.Dir, Rows: k.Rows, CorrectedCells: k.CorrectedCells,
		CorrectedRows: k.CorrectedRows, Counts: k.Counts.Map(), WouldSend: k.Send, ExitCode: k.Exit})
	for _, g := range k.Groups {
		if err == nil && (g.Rows == 0 || g.Everywhere) {
			rows := g.Rows
			if rows == 0 {
				rows = k.Rows
			}
			err = l.out.Write(report.FindingOf(g.Finding, rows, g.Everywhere))
		}
	}
	return err
}

func (l *programListing) finding(f importer.Finding) error {
	return l.out.Write(report.FindingOf(f, 1, false))
}

func (l *programListing) change(job.Change) error { return nil }

func (l *programListing) end(repaired string, c job.CheckResult) error {
	return l.out.End(repaired, c.Repairs)
}

// afterCheck is the run of what was checked, read in the same way.
func afterCheck(c *cobra.Command, input string) []string {
	argv := append([]string{"bulkonboard", "run", input}, flagsOf(c, "repair", "format")...)
	if input == "-" && !c.Flags().Changed("job") {
		argv = append(argv, "--job", job.FolderName)
	}
	return argv
}

// flagsOf writes the flags that were given once more, but for some.
func flagsOf(c *cobra.Command, but ...string) []string {
	var argv []string
	c.Flags().Visit(func(fl *pflag.Flag) {
		if !slices.Contains(but, fl.Name) {
			argv = append(argv, asArgs(fl)...)
		}
	})
	return argv
}
