package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/display"
	"github.com/bulkonboard/bulkonboard/importer/job"
	"github.com/bulkonboard/bulkonboard/mapping/infer"
)

// initFlags are those of init.
type initFlags struct {
	out, encoding, delimiter string
	sets, sheets             []string
	headerRow                int
}

func (a *app) initCommand() *cobra.Command {
	var f initFlags
	c := &cobra.Command{
		Use:   "init INPUT",
		Short: "Look at headers and samples, and propose a mapping file",
		Long: fmt.Sprintf(`Look at the headers and the first rows of a sheet and write a mapping file for
it, INPUT%s, which the other commands find by its name. Each line of it
says why a column was chosen, how sure that is, and shows two values; passwords
are never shown. Below a confidence of %.2f nothing is bound: the candidate
stands there as a TODO. What is required and has no source makes check fail
until it is filled in.

On a terminal it asks for what is missing. Nothing is sent, and no file is
overwritten.`, job.MappingSuffix, infer.ConfidenceLine),
		Example: `  bulkonboard init clients.csv
  bulkonboard init clients.csv --set client_asset_group.tenant_voice_provider_id=TenantVoiceProvider:123
  bulkonboard init clients.csv --out -`,
		Args: oneInput,
		RunE: func(c *cobra.Command, args []string) error {
			if err := positive(c.Flags(), "header-row", f.headerRow); err != nil {
				return err
			}
			return a.init(c.Context(), args[0], f)
		},
	}
	fs := c.Flags()
	fs.StringVar(&f.out, "out", "", "the `file` to write, - for standard output (default: INPUT"+job.MappingSuffix+")")
	fs.StringArrayVar(&f.sets, "set", nil, "a constant for a request path: `PATH=VALUE`, written into the mapping; repeatable")
	fs.StringArrayVar(&f.sheets, "sheet", nil, "the `name` of the sheet to look at, in a workbook (default: the only one that looks "+
		"like a list of customers; on a terminal you are asked)")
	fs.IntVar(&f.headerRow, "header-row", 0, "the row `N` of the column names (default: found)")
	fs.StringVar(&f.encoding, "encoding", "", "the encoding's `name`, such as windows-1252 (default: detected)")
	fs.StringVar(&f.delimiter, "delimiter", "", "the character `C` between cells, or tab (default: detected)")
	return c
}

func (a *app) init(ctx context.Context, input string, f initFlags) error {
	out := f.out
	if out == "" {
		if input == "-" {
			return usagef("name a file, or - for standard output", "init - needs --out: there is no input to write beside")
		}
		out = job.MappingFor(input)
	}
	o := job.InitOptions{Input: job.InputOptions{Path: input, Stdin: a.stdin, Encoding: f.encoding, Delimiter: f.delimiter, Sets: f.sets,
		Sheets: f.sheets, HeaderRow: f.headerRow}}
	o.Asks = a.asks() && input != "-" && out != "-"
	p, err := job.Init(ctx, o)
	for err == nil && p.Question != nil {
		var said job.Answer
		if said, err = a.answerTo(ctx, *p.Question); err == nil {
			o.Answers = append(o.Answers, said)
			p, err = job.Init(ctx, o)
		}
	}
	if err != nil {
		return err
	}
	if out == "-" {
		_, err := a.stdout.Write(p.YAML)
		return err
	}
	if err := job.WriteMapping(out, p.YAML); err != nil {
		return err
	}
	display.Proposal(a.stdout, p.Inference)
	fmt.Fprintf(a.stdout, "\nWrote %s.\n", display.Clean(out))
	argv := []string{"bulkonboard", "check", input}
	if p.Sheet != "" {
		f.sheets = []string{p.Sheet}
	}
	for _, s := range f.sheets {
		argv = append(argv, "--sheet", s)
	}
	if out != job.MappingFor(input) {
		argv = append(argv, "--mapping", out)
	}
	fmt.Fprintf(a.stdout, "Next: look it through, fill in what is open, and check every row:\n  %s\n", display.Command(argv))
	return nil
}
