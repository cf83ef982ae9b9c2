package main

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/display"
	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job"
)

func (a *app) checkCommand() *cobra.Command {
	var f inputFlags
	c := &cobra.Command{
		Use:   "check INPUT",
		Short: "Read and map every row, and list every finding by cell; nothing is sent",
		Long: `Read and map every row and list every fault, warning and note by its cell.
Nothing is sent and nothing is written. If the input has a job already, check
sees what it knows.

Exit codes: 0 no faults, 1 the file cannot be used, 2 usage, 3 some rows are invalid.`,
		Example: `  bulkonboard check clients.csv
  cat clients.csv | bulkonboard check -`,
		Args: one("INPUT"),
		RunE: func(c *cobra.Command, args []string) error { return a.check(c, args[0], &f) },
	}
	f.add(c.Flags())
	return c
}

func (a *app) check(c *cobra.Command, input string, f *inputFlags) error {
	first := true
	lead := func() {
		if first {
			first = false
			fmt.Fprintln(a.stdout)
		}
	}
	checked, err := job.Check(c.Context(), job.CheckOptions{
		Input: a.input(input, f), Dir: f.dir, Notice: a.notice, JobsList: a.jobsList(),
		Surveyed: func(k job.Checked) {
			fmt.Fprintf(a.stdout, "Mapping  %s\n", k.Mapping)
			fmt.Fprintf(a.stdout, "Input    %s, %s\n", input, display.Count(k.Rows, "row"))
			if k.Dir != "" {
				fmt.Fprintf(a.stdout, "Job      %s\n", display.Short(k.Dir))
			}
			for _, g := range k.Groups {
				if g.Rows == 0 || g.Everywhere {
					lead()
					display.Group(a.stdout, g)
				}
			}
		},
		Finding: func(fi importer.Finding) error {
			lead()
			display.Finding(a.stdout, fi)
			return nil
		},
	})
	if err != nil {
		return err
	}
	a.exit = checked.Exit
	fmt.Fprintf(a.stdout, "\nRows: %s. A run would send %s.\n", display.Counts(checked.Counts), display.Number(checked.Send))
	if checked.Exit == job.ExitRejects {
		fmt.Fprintln(a.stdout, "Next: mend the faults, and check again; or run: valid rows are sent, and the others come back in rejects.csv.")
	}
	fmt.Fprintf(a.stdout, "  %s\n", display.Command(afterCheck(c, input)))
	return nil
}

// afterCheck is the run of what was checked, read in the same way.
func afterCheck(c *cobra.Command, input string) []string {
	argv := []string{"bulkonboard", "run", input}
	c.Flags().Visit(func(fl *pflag.Flag) { argv = append(argv, asArgs(fl)...) })
	if input == "-" && !c.Flags().Changed("job") {
		argv = append(argv, "--job", job.FolderName)
	}
	return argv
}
