package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/config"
	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/display"
	"github.com/bulkonboard/bulkonboard/importer/job"
)

func (a *app) reportCommand() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "report [JOB]",
		Short: "Write the page for people anew, one HTML file to read, print or forward",
		Long: `Write report.html anew from the journal and the input, as every run does at its
end (and the other views with it), and print its path. It is one file that needs
nothing else: no script, nothing from the network, no password and no API key.
It does hold names and e-mail addresses of customers.

With --out the page goes to that file and the job is only read, so it works
while a run is going, too.`,
		Example: `  bulkonboard report
  bulkonboard report clients.csv --out /tmp/import.html`,
		Args: aJob,
		RunE: func(c *cobra.Command, args []string) error {
			if out == "" && c.Flags().Changed("out") {
				return usagef("", "--out needs the name of a file")
			}
			mode := job.ModeSettle
			if out != "" {
				mode = job.ModeRead
			}
			j, err := a.openJob(c.Context(), args, mode)
			if err != nil {
				return err
			}
			defer func() { _ = j.Close() }()
			path, err := j.Report(c.Context(), job.ReportOptions{Out: out, Notice: a.notice, Command: a.afterwards})
			if err != nil {
				return err
			}
			fmt.Fprintln(a.stdout, display.Name(path))
			return nil
		},
	}
	c.Flags().StringVar(&out, "out", "", "write the page to this `file` (default: report.html in the job's folder)")
	config.CommandLineOnly(c.Flags(), "out")
	return c
}
