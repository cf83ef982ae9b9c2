package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/display"
	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job"
)

type settleFlags struct {
	row, key, created string
	exists, absent    bool
}

func (a *app) settleCommand() *cobra.Command {
	var f settleFlags
	c := &cobra.Command{
		Use:   "settle [JOB]",
		Short: "Say what became of a row in doubt",
		Long: `A row is in doubt when its request was sent and no usable answer came: the
client may exist, and only the dashboard can tell. Look for it there, then say
what you found. Every decision is on record with who and when.`,
		Example: `  bulkonboard settle --row 17 --created Q2xpZW50OjQy
  bulkonboard settle clients.csv --key info@acme.example --absent`,
		Args: atMostOne("JOB"),
		RunE: func(c *cobra.Command, args []string) error { return a.settle(c, args, &f) },
	}
	fs := c.Flags()
	fs.StringVar(&f.row, "row", "", "the row's `number` in the current results")
	fs.StringVar(&f.key, "key", "", "the row's `key`, as in doubt.csv")
	fs.StringVar(&f.created, "created", "", "the client is there, and this is its `id`")
	fs.BoolVar(&f.exists, "exists", false, "the client is there; its id is not at hand")
	fs.BoolVar(&f.absent, "absent", false, "the client is not there: the next run sends it")
	return c
}

func (a *app) settle(c *cobra.Command, args []string, f *settleFlags) error {
	o := job.SettleOptions{Dir: a.jobDir(args), Who: operator(), Notice: a.notice, Command: a.afterwards}
	switch {
	case (f.row == "") == (f.key == ""):
		return usagef("bulkonboard settle --row 17 --exists", "name one row: --row N or --key KEY")
	case f.row != "":
		var err error
		if o.Row, err = job.ParseRows(f.row); err != nil {
			return usagef("", "--row: %v", err)
		}
	default:
		o.Key = importer.MakeKey(f.key)
	}
	said := 0
	for _, v := range []struct {
		given   bool
		verdict job.Verdict
	}{{c.Flags().Changed("created"), job.VerdictCreated}, {f.exists, job.VerdictExists}, {f.absent, job.VerdictAbsent}} {
		if v.given {
			said++
			o.Verdict, o.ClientID = v.verdict, f.created
		}
	}
	if said != 1 {
		return usagef("--created ID if it is there, --exists if its id is not at hand, --absent if it is not there", "say one thing of the row, not %d", said)
	}
	s, err := job.Settle(c.Context(), o)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%s (%s) is %s now: %s\n", display.Clean(s.Entry.ClientName), s.Entry.Key, s.Entry.Status, s.Entry.Message)
	display.Ending(a.stdout, s.Result, a.afterwards(s.Result.Next))
	return nil
}
