package main

import (
	"context"
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/config"
	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/display"
	"github.com/bulkonboard/bulkonboard/importer/job"
)

type handoverFlags struct {
	job.HandoverOptions
	rows string
	yes  bool
}

func (a *app) handoverCommand() *cobra.Command {
	var f handoverFlags
	c := &cobra.Command{
		Use:   "handover [JOB]",
		Short: "Open the sealed passwords of created clients and write them out, on record",
		Long: `Open the sealed passwords of created clients with your private key and write them
to a file that only you can read: as a CSV for a mail merge, or as Bitwarden
imports it. By default it is what was not handed over yet. Who did it and when
is on record, and stands in the note of results.csv.

Where it is not known which of several passwords the server has (a request was
cut, the row was sent again), all of them are written and marked, the newest
first. The file holds passwords in the clear: delete it after use. In the mail
merge a password that a spreadsheet would run as a formula gets an apostrophe,
and the column note says so.`,
		Example: `  bulkonboard handover --test
  bulkonboard handover --portal https://portal.example.com
  bulkonboard handover clients.csv --format bitwarden --out /tmp/vault.csv --forget`,
		Args: aJob,
		RunE: func(c *cobra.Command, args []string) error { return a.handover(c, args, &f) },
	}
	fs := c.Flags()
	fs.StringVar(&f.Format, "format", "mailmerge", "the layout: `mailmerge|bitwarden`")
	fs.StringVar(&f.Out, "out", "", "the `file` to write, which must not be there (default: handover-<time>.csv in the job's folder)")
	fs.StringVar(&f.rows, "row", "", "only the rows `N,M-K`, numbered as in the results, handed over before or not")
	fs.BoolVar(&f.All, "all", false, "also what was handed over before; asks first")
	fs.StringVar(&f.Identity, "identity", "", "the private key's `file` (default: the one of bulkonboard keygen)")
	fs.StringVar(&f.Portal, "portal", "", "the `URL` where the clients log in")
	fs.BoolVar(&f.Forget, "forget", false, "drop the sealed passwords once the file is written; asks first")
	fs.BoolVar(&f.Test, "test", false, "open one seal, show nothing, and say whether it worked")
	fs.BoolVar(&f.Force, "force", false, "write the file into a git work tree, too")
	fs.BoolVar(&f.yes, "yes", false, "ask nothing")
	config.CommandLineOnly(fs, "out", "row", "all", "forget", "test", "force", "yes")
	return c
}

func (a *app) handover(c *cobra.Command, args []string, f *handoverFlags) error {
	o := f.HandoverOptions
	o.Who, o.Named, o.Notice, o.Command = operator(), o.Identity != "", a.notice, a.afterwards
	if !o.Named {
		o.Identity = a.identityPath()
	}
	if o.Portal != "" {
		if u, err := url.Parse(o.Portal); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
			return usagef("write it like https://portal.example.com", "--portal: %q is no address", o.Portal)
		}
	}
	if f.rows != "" {
		if o.All {
			return usagef("leave one of them out", "--row names some rows, --all means every one")
		}
		var err error
		if o.Rows, err = job.ParseRows(f.rows); err != nil {
			return usagef("", "--row: %v", err)
		}
	}
	mode := job.ModeSettle
	if o.Test {
		mode = job.ModeRead
	}
	j, err := job.Open(c.Context(), a.job(args), mode)
	if err != nil {
		return err
	}
	defer func() { _ = j.Close() }()
	p, err := j.PrepareHandover(c.Context(), o)
	if err != nil {
		return err
	}
	for q := p.Question(); q != nil; q = p.Question() {
		said := job.Answer{ID: q.ID, Text: job.Yes}
		switch {
		case q.Secret || !f.yes && a.asks():
			if said, err = a.answerTo(c.Context(), *q); err != nil {
				return err
			}
		case !f.yes:
			return usagef("add --yes when nobody can be asked", "there is no terminal to ask on: %s", q.Text)
		}
		p.Answer(said)
	}
	if o.Test {
		return a.tryKey(c.Context(), p)
	}
	h, err := p.Write(c.Context())
	if err == nil || h.Path != "" {
		display.Handed(a.stdout, h)
	}
	a.exit = h.Exit()
	return err
}

func (a *app) tryKey(ctx context.Context, p *job.PreparedHandover) error {
	e, err := p.Try(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(a.stdout, display.Clean(fmt.Sprintf("The key opens the passwords: those of %s (%s) could be opened, and nothing of them "+
		"was shown.", e.ClientName, e.Key)))
	return nil
}
