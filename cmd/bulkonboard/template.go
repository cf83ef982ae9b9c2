package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/display"
	"github.com/bulkonboard/bulkonboard/importer/job"
	"github.com/bulkonboard/bulkonboard/mapping"
)

func (a *app) templateCommand() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "template",
		Short: "A starter sheet with the standard columns",
		Long: "Write a sheet with the standard columns and no rows, to be filled in. A workbook\nhas lists to choose from, and a second " +
			"sheet that explains the columns.\nFurther users have user2_email, user2_password and so on.\n\n" + columnGuide(),
		Example: `  bulkonboard template --out clients.xlsx
  bulkonboard template --out clients.csv
  bulkonboard template > clients.csv`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if out == "" || out == "-" {
				return writeTemplate(a.stdout)
			}
			write := writeTemplate
			switch ext := strings.ToLower(filepath.Ext(out)); ext {
			case ".csv":
			case ".xlsx":
				write = job.WriteTemplate
			default:
				return usagef("name a file that ends in .xlsx or .csv", "--out %s: the starter sheet is written as a workbook or as CSV", out)
			}
			if err := job.WriteNew(out, write); err != nil {
				return err
			}
			fmt.Fprintf(a.stderr, "Wrote %s. Fill it in, one row for each customer, then: %s\n", display.Name(out),
				display.Command([]string{"bulkonboard", "check", out}))
			return nil
		},
	}
	c.Flags().StringVar(&out, "out", "", "the `file` to write, .xlsx or .csv (default: CSV on standard output)")
	return c
}

func writeTemplate(w io.Writer) error {
	var header []string
	for _, c := range mapping.StandardColumns() {
		header = append(header, c.Name)
	}
	cw := csv.NewWriter(w)
	if err := cw.Write(header); err != nil {
		return err
	}
	cw.Flush()
	return cw.Error()
}

func columnGuide() string {
	var b strings.Builder
	b.WriteString("Columns (* is required):\n")
	for _, c := range mapping.StandardColumns() {
		star := " "
		if c.Required {
			star = "*"
		}
		fmt.Fprintf(&b, " %s %-26s %s\n", star, c.Name, c.Meaning)
	}
	return strings.TrimRight(b.String(), "\n")
}
