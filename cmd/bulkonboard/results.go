package main

import (
	"github.com/spf13/cobra"

	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/display"
	"github.com/bulkonboard/bulkonboard/importer/job"
)

func (a *app) resultsCommand() *cobra.Command {
	var path string
	c := &cobra.Command{
		Use:   "results [JOB]",
		Short: "Write results.csv and the other views anew from the journal",
		Long: `Write results.csv, rejects.csv, doubt.csv, undo.csv, report.html and summary.json
anew from the journal and the input. Use it when a file was lost, or was open in Excel
when the run ended. What somebody has edited is kept beside it.`,
		Example: `  bulkonboard results
  bulkonboard results clients.csv --results results.xlsx`,
		Args: aJob,
		RunE: func(c *cobra.Command, args []string) error {
			j, err := a.openJob(c.Context(), args, job.ModeSettle)
			if err != nil {
				return err
			}
			defer func() { _ = j.Close() }()
			res, err := j.Results(c.Context(), job.ResultsOptions{Results: path, Notice: a.notice, Command: a.afterwards})
			if err != nil {
				return err
			}
			display.Ending(a.stdout, res, a.afterwards(res.Next))
			return nil
		},
	}
	c.Flags().StringVar(&path, "results", "", "the `file` for the results (default: the one of last time)")
	return c
}

// afterwards writes a next step for commands that know no flags of a run.
func (a *app) afterwards(n job.Next) []string { return a.underProfile(plainCommand(n)) }
