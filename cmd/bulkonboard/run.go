package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/config"
	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/display"
	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/api/sandbox"
	"github.com/bulkonboard/bulkonboard/importer/job"
)

// defaultBaseURL is the API's, as its documentation gives it.
const defaultBaseURL = "https://api.voiceaiwrapper.app"

// runFlags are the flags of run: what goes into the options of a run as it is
// stands there.
type runFlags struct {
	job.RunOptions
	rate, workers, maxErrors, onDoubt, rows, plan string
	faults                                        []string
	yes, quiet                                    bool
	logFormat, logFile, notify, progress          string
	ca                                            caFlag
	token                                         tokenFlags
	guards                                        guardFlags
}

func (f *runFlags) add(fs *pflag.FlagSet) {
	addInput(fs, &f.Input, &f.Dir)
	fs.StringVar(&f.API.BaseURL, "base-url", defaultBaseURL, "the API's address; a plain http `URL` only to this machine")
	fs.BoolVar(&f.Rehearsal, "sandbox", false, "rehearse against a sandbox of the API within this program: no network, no API key, job in "+
		"sandbox.job")
	fs.StringArrayVar(&f.faults, "fault", nil, "with --sandbox: misbehave, `NAME[:VALUE][@WHEN]` as bulkonboard sandbox --help explains; "+
		"repeatable")
	fs.StringVar(&f.rate, "rate", "5/s", "send at the rate `R` at most: 5/s, 300/min or unlimited")
	fs.StringVar(&f.workers, "workers", "auto", "requests in flight at most: `N` is 1 to 64, or auto, which follows rate and answer times")
	fs.DurationVar(&f.API.Timeout, "timeout", 30*time.Second, "give an attempt up after `D`")
	fs.DurationVar(&f.Wait, "wait", 2*time.Hour, "wait for another run of this account for `D`, then give up (exit code 6)")
	fs.IntVar(&f.MaxAttempts, "max-attempts", 5, "make `N` attempts for a row at most, the first one included")
	fs.IntVar(&f.HaltAfter, "halt-after", 5, "halt after `N` failures of the server in a row")
	fs.StringVar(&f.maxErrors, "max-errors", "", "halt when `N` rows, or N% of them, ended rejected or failed (default: no limit)")
	fs.BoolVar(&f.Strict, "strict", false, "send nothing while any row is invalid")
	fs.BoolVar(&f.yes, "yes", false, "ask nothing")
	fs.BoolVar(&f.NewJob, "new-job", false, "start a new job where no question is asked")
	fs.BoolVar(&f.SeparateJob, "separate-job", false, "send customers although another job of this target knows them")
	fs.StringVar(&f.onDoubt, "on-doubt", "hold", "rows in doubt wait for bulkonboard settle, or are sent again: `hold|resend`")
	fs.BoolVar(&f.RetryRejected, "retry-rejected", false, "also send rejected rows again that have not changed")
	fs.StringVar(&f.rows, "row", "", "only the rows `N,M-K`, numbered as in the results; Sheet!N when several sheets are read")
	fs.IntVar(&f.Limit, "limit", 0, "let `N` rows of this run be created, in doubt or in flight at most (default: no limit)")
	fs.IntVar(&f.Pilot, "pilot", 0, "attempt `N` rows whatever the answers, read the created ones back and compare them, and stop (on a "+
		"terminal: ask)")
	fs.StringArrayVar(&f.Adopt, "adopt", nil, "the journal is lost: start a new job from the old one's `results.csv` or undo.csv; repeatable")
	fs.BoolVar(&f.TrustResults, "trust-results", false,
		"with --adopt: rows that failed or were rejected or pending are so; without it they are in doubt")
	fs.BoolVar(&f.NewKey, "new-key", false, "accept a changed API key that could not be proven to be the same account's")
	fs.BoolVar(&f.Rekey, "rekey", false, "move the job to the mapping's key definition; keys are computed from this input")
	fs.StringVar(&f.Results, "results", "", "the `file` for the results, .csv or .xlsx (default: results.csv in the job's folder)")
	fs.StringArrayVar(&f.Recipients, "recipient", nil,
		"a public `key` that can open sealed passwords, besides the mapping's; repeatable (default: the one of bulkonboard keygen)")
	f.token.add(fs)
	f.guards.add(fs, &f.RunOptions)
	fs.StringVar(&f.plan, "plan", "", "do what the plan in this `file` says and nothing else; bulkonboard plan --out writes it")
	f.ca.add(fs)
	fs.StringVar(&f.logFormat, "log-format", "auto", "the log: `console|json|auto`; auto is console on a terminal and else json")
	fs.StringVar(&f.logFile, "log-file", "", "write the log to this `file` instead of standard error")
	fs.StringVar(&f.notify, "notify", "", "post a JSON message (Slack understands it) to this `URL` when the job's state changes, and when "+
		"a run that asks nothing cannot start; keep it in the environment or a profile, since it is a secret")
	fs.StringVar(&f.progress, "progress", "auto", "what is shown while it runs: `auto|plain|none`; plain is a sentence every few seconds, "+
		"for screen readers")
	fs.BoolVar(&f.quiet, "quiet", false, "print only what needs attention")
	config.CommandLineOnly(fs, "yes", "new-job", "separate-job", "on-doubt", "retry-rejected", "row", "limit", "pilot", "adopt",
		"trust-results", "new-key", "rekey", "fault", "plan")
}

func (a *app) runCommand() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "run INPUT",
		Short: "Check, show, ask, create, report; run it again to resume",
		Long: `Read and check every row, show what will happen, ask, create the clients, and
write the results. INPUT is a .xlsx, .csv or .tsv file, "-" for CSV on standard
input, or the rejects.xlsx or rejects.csv of an earlier run with its rows
corrected: the sheet's later runs know of it (see: bulkonboard help statuses).

Run it again whenever you like: what is created is never sent again, what is in
doubt is held until you settle it, and the rest goes on.`,
		Example: `  bulkonboard run clients.csv --sandbox --yes     rehearse, offline
  bulkonboard run clients.csv                     for real, with a question first
  bulkonboard run clients.csv --yes --new-job     for real, unattended, the first time
  bulkonboard run bulkonboard.job/rejects.csv     the corrected rows again`,
		Args: oneInput,
		RunE: func(c *cobra.Command, args []string) error { return a.runInput(c, args[0], &f) },
	}
	f.add(c.Flags())
	return c
}

func (a *app) runInput(c *cobra.Command, input string, f *runFlags) error {
	ctx := c.Context()
	a.ran = true
	hook, err := a.hook(c, f)
	if err != nil {
		return err
	}
	o, err := a.runOptions(c, input, f)
	if err != nil {
		a.tell(ctx, hook, job.Result{}, nil, err, a.asks() && !f.yes)
		return err
	}
	log, closeLog, err := a.logger(f)
	if err != nil {
		return err
	}
	defer closeLog()

	out := a.stdout
	if f.quiet {
		out = io.Discard
	}
	stopLive := func() {}
	o.Live = func(dir string, tell func() job.Progress) {
		a.sending.Store(&sending{dir, tell})
		if !f.quiet && f.progress != "none" {
			stopLive = a.live(f, log).Show(tell)
		}
	}
	twin := &rehearsal{faults: f.faults}
	o.Twin = twin.transport
	defer twin.close()

	res, err := a.prepared(ctx, out, o, false)
	stopLive()
	if o.Asks && err == nil && res.Halt.For(importer.StopPilot) {
		display.Piloted(out, *res.Piloted)
		display.Checklist(out, *res.Piloted)
		var yes bool
		if yes, err = a.ask(ctx, fmt.Sprintf("\nGo on with the other %s?", display.Count(res.Piloted.Left, "row"))); yes {
			res, err = a.rest(ctx, out, o, res)
			stopLive()
		}
	}
	for _, u := range res.Unkept {
		fmt.Fprintln(a.stderr, "NOT KEPT: "+display.Clean(u.Error()))
	}
	a.exit = res.Exit
	if res.Dir != "" {
		if f.quiet && (res.Exit != job.ExitDone || res.Sent.Total() > 0 || res.Drifted) {
			out = a.stdout
		}
		if res.Sent.Total() > 0 && !f.quiet {
			fmt.Fprintln(out)
		}
		shown := o.Asks && res.Halt.For(importer.StopPilot)
		if res.Piloted != nil && !shown {
			display.Piloted(out, *res.Piloted)
		}
		display.Ending(out, res, o.Command(res.Next))
		display.ToHandOver(out, res, a.underProfile([]string{})...)
		if res.Piloted != nil && !shown {
			display.Checklist(out, *res.Piloted)
		}
	}
	a.tell(ctx, hook, res, o.Command(res.Next), err, o.Asks)
	return err
}

// prepared shows what a run would do, asks what must be asked, and sends. agreed
// is for a run that somebody has agreed to already.
func (a *app) prepared(ctx context.Context, out io.Writer, o job.RunOptions, agreed bool) (job.Result, error) {
	p, err := withSheet(ctx, a, o.Asks, &o.Input, func() (*job.Prepared, error) { return job.Prepare(ctx, o) })
	if err != nil {
		return job.Result{}, err
	}
	defer p.Close()
	for {
		shown := agreed
		for q := p.Question(); q != nil; q = p.Question() {
			if q.ID == job.AskSend && agreed {
				p.Answer(job.Answer{ID: q.ID, Text: job.Yes})
				continue
			}
			if q.ID == job.AskSend {
				display.Preview(out, p.Preview())
				fmt.Fprintln(out)
				shown = true
			}
			said, err := a.answerTo(ctx, *q)
			if err != nil {
				return job.Result{}, err
			}
			p.Answer(said)
			shown = shown || said.Text == job.No
		}
		if !shown {
			display.Preview(out, p.Preview())
		}
		res, err := p.Send(ctx)
		if !errors.Is(err, job.ErrMeanwhile) {
			return res, err
		}
		a.notice(err.Error())
		agreed = false
	}
}

// rest goes on after a pilot, as a run of its own.
func (a *app) rest(ctx context.Context, out io.Writer, o job.RunOptions, pilot job.Result) (job.Result, error) {
	o.Pilot, o.NewJob, o.Adopt, o.Rekey = 0, false, nil, false
	if o.Limit > 0 {
		if o.Limit -= pilot.Sent.MayExist(); o.Limit <= 0 {
			return pilot, nil
		}
	}
	return a.prepared(ctx, out, o, true)
}

// runOptions turns flags into the options of a run.
func (a *app) runOptions(c *cobra.Command, input string, f *runFlags) (job.RunOptions, error) {
	o := f.RunOptions
	o.Input.Path, o.Input.Stdin = input, a.stdin
	o.Identity, o.JobsList, o.Account = a.identityPath(), a.jobsList(), a.profile.Name
	o.Operator, o.Version, o.Notice, o.Store = operator(), versionText(), a.notice, a.store
	if err := a.numbers(c.Flags(), f, &o); err != nil {
		return o, err
	}
	var err error
	if f.plan != "" {
		if o.Plan, err = job.ReadPlan(f.plan); err != nil {
			return o, err
		}
	}
	if f.rows != "" {
		if o.Rows, err = job.ParseRows(f.rows); err != nil {
			return o, usagef("", "--row: %v", err)
		}
	}
	if o.TrustResults && len(o.Adopt) == 0 {
		return o, usagef("", "--trust-results says how --adopt takes a file: it needs one")
	}
	if o.NewJob && len(o.Adopt) > 0 {
		return o, usagef("leave --new-job out", "--adopt is the decision to start a job from earlier results, --new-job to start one that "+
			"knows nobody")
	}
	switch f.onDoubt {
	case "hold":
	case "resend":
		o.Resend = true
	default:
		return o, usagef("write hold or resend", "--on-doubt: %q is neither", f.onDoubt)
	}
	o.Asks = a.asks() && !f.yes
	if !f.yes && !o.Asks {
		return o, usagef("add --yes when nobody can be asked", "there is no terminal to ask on")
	}
	o.Command = a.nextCommand(c)
	if o.Rehearsal {
		o.API = job.API{Timeout: o.API.Timeout}
		return o, sandboxed(c, &o.Dir)
	}
	if len(f.faults) > 0 {
		return o, usagef("", "--fault is for rehearsals: it needs --sandbox")
	}
	o.API.UserAgent, o.API.Transport = "bulkonboard/"+versionText(), a.transport
	if o.API.Roots, err = f.ca.read(); err != nil {
		return o, err
	}
	o.API.Key, o.KeyFrom, err = config.FindKey(c.Context(), f.token.source(a, c), a.env)
	return o, err
}

// sandboxed keeps a rehearsal away from the job and the address of real runs.
func sandboxed(c *cobra.Command, dir *string) error {
	if c.Flags().Changed("base-url") {
		return usagef("leave one of them out", "--sandbox and --base-url are two targets")
	}
	if !c.Flags().Changed("job") {
		*dir = ""
	}
	return nil
}

// numbers reads the flags that are more than a number.
func (a *app) numbers(fs *pflag.FlagSet, f *runFlags, o *job.RunOptions) error {
	var err error
	if o.Rate, err = importer.ParseRate(f.rate); err != nil {
		return usagef("", "--rate: %v", err)
	}
	if f.workers != "auto" {
		if o.Workers, err = strconv.Atoi(f.workers); err != nil || o.Workers < 1 {
			return usagef("write a number from 1, or auto", "--workers: %q is neither", f.workers)
		}
	}
	if f.maxErrors != "" {
		n, percent, ok := share(f.maxErrors)
		if !ok || n == 0 && percent == 0 {
			return usagef("write a number of rows such as 10, or a share such as 5%", "--max-errors: %q is neither", f.maxErrors)
		}
		o.MaxErrors, o.MaxErrorsPercent = n, percent
	}
	if err := f.guards.apply(fs, o); err != nil {
		return err
	}
	for _, n := range []struct {
		flag  string
		value int
	}{{"max-attempts", o.MaxAttempts}, {"halt-after", o.HaltAfter}, {"limit", o.Limit}, {"pilot", o.Pilot}, {"min-rows", o.Input.MinRows},
		{"header-row", o.Input.HeaderRow}} {
		if err := positive(fs, n.flag, n.value); err != nil {
			return err
		}
	}
	switch f.progress {
	case "auto", "plain", "none":
	default:
		return usagef("write auto, plain or none", "--progress: %q is neither", f.progress)
	}
	if o.Wait < 0 {
		return usagef("write it like 30m or 2h; 0 does not wait", "--wait: %s is no time to wait", o.Wait)
	}
	if o.API.Timeout <= 0 {
		return usagef("write it like 30s or 2m", "--timeout: %s is no time to wait", o.API.Timeout)
	}
	return nil
}

// positive refuses a number that came to 0, which must not mean that there is none.
func positive(fs *pflag.FlagSet, flag string, value int) error {
	if value < 1 && config.Source(fs.Lookup(flag)) != "default" {
		return usagef("leave it out where no such number is meant", "--%s: %d is too small, it takes 1 or more", flag, value)
	}
	return nil
}

// oneTime are the flags of a first or partial run: the next one goes on without.
var oneTime = map[string]bool{"new-job": true, "pilot": true, "rekey": true, "adopt": true, "trust-results": true, "row": true,
	"limit": true, "fault": true}

// ofTheSheet are the flags that say how the sheet is read, or what of it is sent;
// rejects are ours, and mended rows are no longer those of a plan.
var ofTheSheet = map[string]bool{"set": true, "mapping": true, "encoding": true, "sheet": true, "delimiter": true, "header-row": true,
	"min-rows": true, "plan": true}

// nextCommand writes the command line of a next step with the flags of this one.
func (a *app) nextCommand(c *cobra.Command) func(job.Next) []string {
	return func(n job.Next) []string {
		switch n.Step {
		case job.StepNone:
			return nil
		case job.StepSettle:
			return a.underProfile(settleCommand(n))
		}
		argv := []string{"bulkonboard", "run", display.Short(n.Input)}
		c.Flags().Visit(func(fl *pflag.Flag) {
			if oneTime[fl.Name] || secretFlags[fl.Name] || fl.Name == n.Flag || n.Step == job.StepFix && ofTheSheet[fl.Name] {
				return
			}
			argv = append(argv, asArgs(fl)...)
		})
		if n.Flag != "" {
			argv = append(argv, "--"+n.Flag, n.Value)
		}
		return argv
	}
}

// asArgs writes a flag that was given the way it is given.
func asArgs(fl *pflag.Flag) []string {
	values := []string{fl.Value.String()}
	if s, ok := fl.Value.(pflag.SliceValue); ok {
		values = s.GetSlice()
	}
	var argv []string
	for _, v := range values {
		switch {
		case fl.Value.Type() == "bool" && v == "true":
			argv = append(argv, "--"+fl.Name)
		case fl.Value.Type() == "bool":
			argv = append(argv, "--"+fl.Name+"="+v) // as a word of its own it would be an argument
		default:
			argv = append(argv, "--"+fl.Name, v)
		}
	}
	return argv
}

func settleCommand(n job.Next) []string {
	return []string{"bulkonboard", "settle", display.Short(n.Dir)}
}

// live says how the progress of a run is shown.
func (a *app) live(f *runFlags, log zerolog.Logger) display.Live {
	l := display.Live{Screen: a.screen, Plain: f.progress == "plain", Log: log, Logs: f.logFile != ""}
	if _, tty := terminal(a.errors); !tty {
		return l
	}
	if kind, _ := a.env("TERM"); kind == "dumb" {
		l.Plain = true
	}
	l.Columns = func() int { n, _ := terminal(a.errors); return n }
	return l
}

// logger writes what happens while a run works.
func (a *app) logger(f *runFlags) (zerolog.Logger, func(), error) {
	w, end := a.stderr, func() {}
	_, tty := terminal(a.errors)
	if f.logFile != "" {
		file, err := os.OpenFile(f.logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return zerolog.Nop(), end, usagef("", "--log-file: %v", err)
		}
		w, end, tty = file, func() { _ = file.Close() }, false
	}
	switch f.logFormat {
	case "auto":
	case "console":
		tty = true
	case "json":
		tty = false
	default:
		return zerolog.Nop(), end, usagef("write console or json", "--log-format: %q is neither", f.logFormat)
	}
	if f.quiet {
		return zerolog.Nop(), end, nil
	}
	if tty {
		w = zerolog.ConsoleWriter{Out: display.CleanWriter(w), TimeFormat: time.TimeOnly, NoColor: true}
	} else {
		w = importer.LogLines(w)
	}
	return zerolog.New(w).With().Timestamp().Logger(), end, nil
}

// A rehearsal is the twin that run --sandbox talks to.
type rehearsal struct {
	faults []string
	twin   *sandbox.Twin
}

// twinFile keeps the twin's clients in the job's folder.
const twinFile = "twin.jsonl"

func (r *rehearsal) transport(dir string) (job.Transport, error) {
	faults, err := parseFaults(r.faults)
	if err != nil {
		return nil, err
	}
	r.twin, err = sandbox.New(sandbox.Options{Key: "sandbox", Faults: faults, File: dir + string(os.PathSeparator) + twinFile})
	if err != nil {
		return nil, err
	}
	return r.twin.Transport(), nil
}

func (r *rehearsal) close() {
	if r.twin != nil {
		_ = r.twin.Close()
	}
}

func parseFaults(specs []string) ([]sandbox.Fault, error) {
	var out []sandbox.Fault
	for _, s := range specs {
		f, err := sandbox.ParseFault(s)
		if err != nil {
			return nil, usagef("bulkonboard sandbox --help lists the faults", "--fault: %v", err)
		}
		out = append(out, f)
	}
	return out, nil
}
