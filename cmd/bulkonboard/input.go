package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/config"
	"github.com/bulkonboard/bulkonboard/importer/job"
)

// addInput binds the flags of every command that reads a sheet.
func addInput(fs *pflag.FlagSet, o *job.InputOptions, dir *string) {
	fs.StringVar(&o.Mapping, "mapping", "", "the mapping `file` (default: INPUT.mapping.yaml, else the job's last one, else standard columns)")
	fs.StringArrayVar(&o.Sets, "set", nil, "a constant for a request path: `PATH=VALUE`; repeatable")
	fs.StringVar(dir, "job", "", "the job's `folder` (default: bulkonboard.job beside the input)")
	fs.StringArrayVar(&o.Sheets, "sheet", nil, "a workbook's sheet by its `name`, repeatable, or all (default: the mapping's, "+
		"else the job's last, else the only one that looks like a list of customers)")
	fs.IntVar(&o.HeaderRow, "header-row", 0, "the row `N` of the column names (default: the mapping's, else found)")
	fs.StringVar(&o.Encoding, "encoding", "", "the encoding's `name`, such as windows-1252 (default: detected)")
	fs.StringVar(&o.Delimiter, "delimiter", "", "the character `C` between cells, or tab (default: detected)")
	fs.IntVar(&o.MinRows, "min-rows", 1, "refuse a file with fewer than `N` rows")
}

// tokenFlags are the flags of every command that may need the API key.
type tokenFlags struct{ file, command string }

func (f *tokenFlags) add(fs *pflag.FlagSet) {
	fs.StringVar(&f.file, "token-file", "", "a `file` with the API key, readable by you alone")
	fs.StringVar(&f.command, "token-command", "", "a `command` that prints the API key")
}

func (f *tokenFlags) source(a *app, c *cobra.Command) config.KeySource {
	file, command := config.Stronger(c.Flags(), f.file, f.command)
	return config.KeySource{File: file, Command: command, Keyring: a.keyring, Account: a.profile.Name,
		Named: c.Flags().Changed("token-file") || c.Flags().Changed("token-command")}
}
