package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/config"
	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/display"
	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job"
)

type settleFlags struct {
	row, key, from                string
	created, sameAs               string
	exists, absent, deleted, new  bool
	reopen, yes, changeDone, same bool
	token                         tokenFlags
	ca                            caFlag
}

func (a *app) settleCommand() *cobra.Command {
	var f settleFlags
	c := &cobra.Command{
		Use:   "settle [JOB]",
		Short: "Say what became of rows in doubt, and of possible duplicates",
		Long: `A row is in doubt when its request was sent and no usable answer came: the
client may exist, and only the dashboard can tell. Look for it there, then say
what you found. Every decision is on record with who and when, and can be taken
back until the row was sent again.

Without a row you are asked one by one. With --from you hand in a list: doubt.csv,
results.csv or undo.csv of the job, whose column status you changed into
  created      it is there; its id in client_id   exists   it is there, id not at hand
  absent       it is not there                    deleted  it was there, and was removed
  same-as:KEY  the same customer as KEY           new      a customer of its own
  same         the customer of its key, renamed (key_moved)
  change-done  what changed in its row was changed by hand (changes.csv)
  reopen       take the last decision back
All lines are checked before the first counts; lines left as they were say nothing.

Where an API key is at hand, a client is read back by its id and shown first.`,
		Example: `  bulkonboard settle                                   one by one, on a terminal
  bulkonboard settle --row 17 --created Q2xpZW50OjQy
  bulkonboard settle clients.csv --key info@acme.example --absent
  bulkonboard settle --from bulkonboard.job/doubt.csv`,
		Args: aJob,
		RunE: func(c *cobra.Command, args []string) error { return a.settle(c, args, &f) },
	}
	fs := c.Flags()
	fs.StringVar(&f.row, "row", "", "the row's number `N` in the current results")
	fs.StringVar(&f.key, "key", "", "the row's `key`, as in the results")
	fs.StringVar(&f.from, "from", "", "a CSV `file` of decisions")
	fs.StringVar(&f.created, "created", "", "in doubt: the client is there, and this is its `id`")
	fs.BoolVar(&f.exists, "exists", false, "in doubt: the client is there; its id is not at hand")
	fs.BoolVar(&f.absent, "absent", false, "in doubt: the client is not there; the next run sends it")
	fs.BoolVar(&f.deleted, "deleted", false, "created: the client was removed in the dashboard; the next run sends it")
	fs.StringVar(&f.sameAs, "same-as", "", "possible duplicate: it is the customer with this `key`")
	fs.BoolVar(&f.new, "new", false, "possible duplicate: it is a customer of its own")
	fs.BoolVar(&f.same, "same", false, "the row has a customer's key and nothing else of them (key_moved): it is this customer, renamed")
	fs.BoolVar(&f.changeDone, "change-done", false, "created: what changed in its row since was changed in the dashboard by hand; it is "+
		"noted again when the row changes once more")
	fs.BoolVar(&f.reopen, "reopen", false, "take the last decision back, until the row was sent again")
	fs.BoolVar(&f.yes, "yes", false, "take an id although the client there has another name and e-mail, or the server knows none")
	f.token.add(fs)
	f.ca.add(fs)
	config.CommandLineOnly(fs, "row", "key", "from", "created", "exists", "absent", "deleted", "same-as", "new", "same", "change-done",
		"reopen", "yes")
	return c
}

func (a *app) settle(c *cobra.Command, args []string, f *settleFlags) error {
	ctx := c.Context()
	asked, err := a.decisions(c, f)
	if err != nil {
		return err
	}
	oneByOne := asked == nil && f.from == ""
	if oneByOne && !a.asks() {
		return usagef("bulkonboard settle --row 17 --exists, or bulkonboard settle --from doubt.csv",
			"there is no terminal to ask on: name a row (--row N or --key KEY) and what became of it, or a file (--from)")
	}
	key, err := config.KeyIfAny(ctx, f.token.source(a, c), a.env)
	if err != nil {
		return err
	}
	roots, err := f.ca.read()
	if err != nil {
		return err
	}
	twin := &rehearsal{}
	defer twin.close()
	j, err := a.openJob(ctx, args, job.ModeSettle)
	if err != nil {
		return err
	}
	defer func() { _ = j.Close() }()
	s := j.Settle(job.SettleOptions{
		Who: operator(), API: job.API{Key: key, Roots: roots, Timeout: 10 * time.Second, UserAgent: "bulkonboard/" + versionText()},
		Twin: twin.transport, ReadBack: true, Notice: a.notice, Command: a.afterwards,
	})
	if oneByOne {
		err = a.oneByOne(ctx, s, f.yes)
	} else {
		err = a.decide(ctx, s, asked, f.yes)
	}
	res, cerr := s.End(context.WithoutCancel(ctx))
	if res.Dir != "" {
		fmt.Fprintln(a.stdout)
		display.Ending(a.stdout, res, a.afterwards(res.Next))
	}
	if err == nil {
		err = cerr
	}
	return err
}

// decisions reads what was decided; nil if that is to be asked.
func (a *app) decisions(c *cobra.Command, f *settleFlags) ([]job.Decision, error) {
	r := job.Decision{Row: strings.TrimSpace(f.row)}
	r.Key, r.ClientID, r.Other = importer.ParseKey(f.key), f.created, importer.ParseKey(f.sameAs)
	said := 0
	for _, v := range []struct {
		given  bool
		action importer.Action
	}{
		{c.Flags().Changed("created"), importer.ActionCreated}, {f.exists, importer.ActionExists}, {f.absent, importer.ActionAbsent},
		{f.deleted, importer.ActionDeleted}, {c.Flags().Changed("same-as"), importer.ActionSameAs}, {f.new, importer.ActionNew},
		{f.same, importer.ActionSame}, {f.changeDone, importer.ActionDone}, {f.reopen, importer.ActionReopen},
	} {
		if v.given {
			said++
			r.Action = v.action
		}
	}
	named := c.Flags().Changed("row") || c.Flags().Changed("key")
	switch {
	case f.from != "" && (named || said > 0):
		return nil, usagef("", "--from brings its own rows and decisions: name no others beside it")
	case f.from != "":
		rs, err := job.ReadDecisions(c.Context(), f.from, a.stdin)
		if rs == nil && err == nil {
			rs = []job.Decision{}
		}
		return rs, err
	case !named && said == 0:
		return nil, nil
	case r.Row == "" && r.Key == "":
		return nil, usagef("bulkonboard settle --row 17 --exists", "name the row: --row N or --key KEY")
	case said != 1:
		return nil, usagef("--created ID if it is there, --exists if its id is not at hand, --absent if it is not there; --help knows the others",
			"say one thing of the row, not %d", said)
	}
	return []job.Decision{r}, nil
}

// decide carries decisions out and tells them. yes takes every id.
func (a *app) decide(ctx context.Context, s *job.Settlement, asked []job.Decision, yes bool) error {
	for {
		d, err := s.Decide(ctx, asked)
		for _, c := range d.Read {
			a.readBack(c)
		}
		switch {
		case err != nil:
			return err
		case d.Question == nil:
			for _, made := range d.Made {
				fmt.Fprintln(a.stdout, decided(made))
			}
			if len(d.Made) == 0 {
				fmt.Fprintln(a.stdout, "Nothing was changed: no line decides anything that was not decided already.")
			}
			return nil
		case yes:
			s.Answer(job.Answer{ID: d.Question.ID, Text: job.Yes})
			continue
		case !a.asks():
			return doubted(d.Read[len(d.Read)-1])
		}
		said, err := a.answerTo(ctx, *d.Question)
		if err != nil {
			return err
		}
		s.Answer(said)
	}
}

// readBack shows what the server says of an id before it counts.
func (a *app) readBack(c job.Confirmation) {
	id := display.Clean(c.ClientID)
	switch {
	case c.Missing:
		fmt.Fprintf(a.stdout, "The server knows no client %s (%s).\n", id, display.Clean(c.Err.Error()))
	case c.Err != nil:
		fmt.Fprintf(a.stdout, "%s could not be read back (%s): it is taken as you gave it.\n", id, display.Clean(c.Err.Error()))
	default:
		fmt.Fprintf(a.stdout, "%s is %s.\n", id, display.Clean(fmt.Sprintf("%q, %s", c.Client.Name, c.Client.PrimaryEmail)))
	}
}

// doubted is the problem of an id that seems to be another client's, where nobody
// can be asked.
func doubted(c job.Confirmation) error {
	if c.Missing {
		return usagef("look the client up again; if the id is right all the same, add --yes",
			"the server knows no client %s, which was given for %s", c.ClientID, c.Row.Key)
	}
	return usagef("look the client up again; if it is the same one, add --yes",
		"%s is %q, %s, and what was sent for %s is %q: neither name nor e-mail are the same",
		c.ClientID, c.Client.Name, c.Client.PrimaryEmail, c.Row.Key, c.Row.ClientName)
}

// decided tells a decision in a line.
func decided(d importer.Decision) string {
	switch {
	case d.After != nil && d.Action == importer.ActionReopen:
		return display.Clean(fmt.Sprintf("%s (%s) is %s again.", d.After.ClientName, d.Key, display.Word(d.After.Status)))
	case d.Action == importer.ActionDone:
		return display.Clean(fmt.Sprintf("%s (%s): the change is done by hand; it is noted again when the row changes once more.",
			d.After.ClientName, d.Key))
	case d.Action == importer.ActionSame:
		return display.Clean(fmt.Sprintf("%s is %s, renamed: from now on the customer is recognised by what the row says.",
			d.Key, d.After.ClientName))
	case d.After != nil:
		return display.Clean(fmt.Sprintf("%s (%s) is %s now: %s", d.After.ClientName, d.Key, display.Word(d.After.Status), d.After.Message))
	case d.Action == importer.ActionNew:
		return display.Clean(fmt.Sprintf("%s is a customer of its own: the next run sends it.", d.Key))
	default:
		return display.Clean(fmt.Sprintf("The decision on %s is taken back.", d.Key))
	}
}

// oneByOne asks about every open row.
func (a *app) oneByOne(ctx context.Context, s *job.Settlement, yes bool) error {
	qs, err := s.Unsettled(ctx)
	if err != nil {
		return err
	}
	if len(qs) == 0 {
		fmt.Fprintln(a.stdout, "No row is in doubt, and of none is it open whose it is: there is nothing to settle.")
		return nil
	}
	for i, q := range qs {
		fmt.Fprintf(a.stdout, "\n%d of %d  %s\n", i+1, len(qs), display.Question(q, time.Now()))
		again := true
		for again {
			r, leave, err := a.answer(ctx, q)
			if err != nil || leave {
				return err
			}
			if r.Action == "" {
				break
			}
			var p *job.Problem
			err = a.decide(ctx, s, []job.Decision{r}, yes)
			// A row that cannot be decided so is asked about again, and so is one
			// that a run has meanwhile.
			again = errors.As(err, &p) && (p.Exit == job.ExitUsage || p.Exit == job.ExitBusy)
			if again {
				display.Problem(a.stdout, p)
			} else if err != nil {
				return err
			}
		}
	}
	return nil
}

// answer asks until it understands; an empty Action passes the row over.
func (a *app) answer(ctx context.Context, q job.Unsettled) (r job.Decision, leave bool, err error) {
	r.Key = q.Result.Key
	yes, no := importer.ActionExists, importer.ActionAbsent
	question := "Look for it under Clients. Is it there? [y]es, [n]o, [s]kip, [q]uit: "
	if q.SameAs != nil {
		yes, no = importer.ActionSameAs, importer.ActionNew
		question = "Is it the same customer? [y]es, [n]o, another one, [s]kip, [q]uit: "
	}
	if q.Renamed != nil {
		yes, no = importer.ActionSame, ""
		question = "Was the customer renamed? [y]es, [n]o, the sheet is to be corrected, [q]uit: "
	}
	for {
		s, err := a.prompt(ctx, question)
		if err != nil {
			return r, true, err
		}
		switch strings.ToLower(s) {
		case "y", "yes":
			r.Action = yes
			if q.SameAs != nil {
				r.Other = q.SameAs.Key
			}
			if q.SameAs != nil || q.Renamed != nil {
				return r, false, nil
			}
			r.ClientID, err = a.prompt(ctx, "Its client id (Enter if it is not at hand): ")
			if r.ClientID != "" {
				r.Action = importer.ActionCreated
			}
			return r, false, err
		case "n", "no":
			r.Action = no
			return r, false, nil
		case "s", "skip":
			return r, false, nil
		case "q", "quit", "":
			return r, true, nil
		}
	}
}
