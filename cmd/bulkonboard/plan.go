package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/config"
	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/display"
	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job"
)

type planFlags struct {
	job.PlanOptions
	rate, workers, out string
}

func (a *app) planCommand() *cobra.Command {
	var f planFlags
	c := &cobra.Command{
		Use:   "plan INPUT",
		Short: "What a run would do, in numbers and names, with one request in full",
		Long: `Read and check every row and say what a run would do: which clients it would
create, whom it would leave out and why, how long it takes, and what the first
request looks like, its passwords masked. Nothing is sent and nothing is written
to the job.

--out freezes that. run --plan FILE then does what the plan says and nothing
else: it refuses, naming rows and fields, if the sheet, the mapping or the
target is another one, or if a row would be sent that is not in the plan. Rows
that were created meanwhile are skipped, so it may be run twice, or go on after
an interruption. A plan may be made on one machine and run on another.`,
		Example: `  bulkonboard plan clients.csv
  bulkonboard plan clients.csv --out plan.json
  bulkonboard run clients.csv --plan plan.json`,
		Args: oneInput,
		RunE: func(c *cobra.Command, args []string) error { return a.plan(c, args[0], &f) },
	}
	fs := c.Flags()
	addInput(fs, &f.Input, &f.Dir)
	fs.StringVar(&f.BaseURL, "base-url", defaultBaseURL, "the API's address; a plain http `URL` only to this machine")
	fs.BoolVar(&f.Rehearsal, "sandbox", false, "plan a rehearsal: run --sandbox")
	fs.StringVar(&f.rate, "rate", "5/s", "send at the rate `R` at most: 5/s, 300/min or unlimited")
	fs.StringVar(&f.workers, "workers", "auto", "requests in flight at most: `N` is 1 to 64, or auto; the time it takes is reckoned by the "+
		"rate")
	fs.StringVar(&f.out, "out", "", "write the plan to this `file`, which must not exist, for run --plan")
	config.CommandLineOnly(fs, "out")
	return c
}

func (a *app) plan(c *cobra.Command, input string, f *planFlags) error {
	rate, err := importer.ParseRate(f.rate)
	if err != nil {
		return usagef("", "--rate: %v", err)
	}
	if n, err := strconv.Atoi(f.workers); f.workers != "auto" && (err != nil || n < 1) {
		return usagef("write a number from 1, or auto", "--workers: %q is neither", f.workers)
	}
	o := f.PlanOptions
	o.Input.Path, o.Input.Stdin, o.Rate, o.Notice, o.JobsList, o.Version = input, a.stdin, rate, a.notice, a.jobsList(), versionText()
	if o.Rehearsal {
		if err := sandboxed(c, &o.Dir); err != nil {
			return err
		}
	}
	if err := positive(c.Flags(), "header-row", o.Input.HeaderRow); err != nil {
		return err
	}
	p, err := withSheet(c.Context(), a, a.asks(), &o.Input, func() (job.PlanResult, error) { return job.MakePlan(c.Context(), o) })
	if err != nil {
		return err
	}
	display.Planned(a.stdout, p)
	argv := append([]string{"bulkonboard", "run", input}, flagsOf(c, "out", "workers")...)
	if f.workers != "auto" {
		argv = append(argv, "--workers", f.workers)
	}
	if f.out != "" {
		if err := job.WritePlan(f.out, p.Plan); err != nil {
			return err
		}
		argv = append(argv, "--plan", f.out)
	}
	display.AfterPlan(a.stdout, f.out, len(p.Plan.Rows), argv)
	return nil
}
