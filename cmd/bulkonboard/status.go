package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/config"
	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/display"
	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job"
)

func (a *app) statusCommand() *cobra.Command {
	var runs bool
	c := &cobra.Command{
		Use:   "status [JOB]",
		Short: "Where a job stands, also while it runs, and what to do next",
		Long: `Tell how many rows stand where, also of a job that is running, and what to do
next. JOB is a job's folder or the input it lies beside; left out, it is
BULKONBOARD_JOB or ./bulkonboard.job.`,
		Example: `  bulkonboard status
  bulkonboard status clients.csv
  bulkonboard status --runs`,
		Args: aJob,
		RunE: func(c *cobra.Command, args []string) error {
			j, err := job.Open(c.Context(), a.job(args), job.ModeRead)
			if err != nil {
				return err
			}
			defer func() { _ = j.Close() }()
			if runs {
				rs, err := j.Runs(c.Context())
				if err != nil {
					return err
				}
				display.Runs(a.stdout, rs)
				return nil
			}
			s, err := j.Status(c.Context())
			if err != nil {
				return err
			}
			a.printStatus(s)
			return nil
		},
	}
	c.Flags().BoolVar(&runs, "runs", false, "list the job's runs, newest first: who, where, which input, what came of it")
	config.CommandLineOnly(c.Flags(), "runs")
	return c
}

func (a *app) printStatus(s job.StatusReport) {
	w := a.stdout
	fmt.Fprintf(w, "Job      %s, for %s\n", display.Name(s.Dir), display.Clean(s.Header.Target))
	if s.Last == nil {
		fmt.Fprintln(w, "No run yet.")
	} else {
		r := s.Last
		fmt.Fprintf(w, "Input    %s, %s\n", display.Name(r.Input.Path), display.Count(r.Input.Rows, "row"))
		display.Corrections(w, r.Input.Corrected.Cells, r.Input.Corrected.Rows)
		state := "ended " + local(r.EndedAt)
		switch {
		case s.Running != nil:
			state = "RUNNING: " + s.Running.String()
		case s.Cut:
			state = "CUT SHORT: it ended without saying so; run again, nothing is sent twice"
		case r.Reason != "":
			state += "; " + r.Reason
		}
		fmt.Fprintf(w, "Run %-4d started %s, %s\n", r.ID, local(r.StartedAt), state)
		about := ""
		if s.Cut {
			about = ", when they were last counted"
		}
		fmt.Fprintf(w, "Rows     %s%s\n", display.Counts(s.Counts), about)
	}
	if n := s.Totals[importer.InDoubt]; n > 0 && s.Running == nil {
		fmt.Fprintf(w, "In doubt %s, listed in %s/doubt.csv\n", display.Number(n), display.Name(s.Dir))
	}
	if s.Running == nil {
		display.Next(w, s.Next, a.afterwards(s.Next))
	}
}

func local(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") }

// plainCommand writes a next step without the flags of a run, which status
// does not know.
func plainCommand(n job.Next) []string {
	switch n.Step {
	case job.StepNone:
		return nil
	case job.StepSettle:
		return settleCommand(n)
	}
	argv := []string{"bulkonboard", "run", display.Short(n.Input)}
	if n.Step == job.StepAgain && n.Dir != job.Beside(n.Input, n.Rehearsal) {
		argv = append(argv, "--job", display.Short(n.Dir))
	}
	switch n.Target {
	case job.TargetSandbox:
		argv = append(argv, "--sandbox")
	case defaultBaseURL:
	default:
		argv = append(argv, "--base-url", n.Target)
	}
	return argv
}
