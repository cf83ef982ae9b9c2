package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/config"
	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/display"
	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job"
)

type verifyFlags struct {
	rate    string
	timeout time.Duration
	token   tokenFlags
	ca      caFlag
}

func (a *app) verifyCommand() *cobra.Command {
	var f verifyFlags
	c := &cobra.Command{
		Use:   "verify [JOB]",
		Short: "Read every created client back and compare it with what was sent",
		Long: `Read every created client back, slowly, and compare its name, e-mail and users
with what was sent. What it finds stands in the column note of results.csv. It
changes no row's status and settles nothing; exit code 3 means that some differ.

A client that cannot be read is "could not verify", which does not mean that it
is not there.`,
		Example: `  bulkonboard verify
  bulkonboard verify clients.csv --rate 5/s`,
		Args: aJob,
		RunE: func(c *cobra.Command, args []string) error { return a.verify(c, args, &f) },
	}
	fs := c.Flags()
	fs.StringVar(&f.rate, "rate", "2/s", "read clients at the rate `R` at most: 2/s, 300/min or unlimited")
	fs.DurationVar(&f.timeout, "timeout", 30*time.Second, "give an answer up after `D`")
	f.token.add(fs)
	f.ca.add(fs)
	return c
}

func (a *app) verify(c *cobra.Command, args []string, f *verifyFlags) error {
	rate, err := importer.ParseRate(f.rate)
	if err != nil {
		return usagef("", "--rate: %v", err)
	}
	if f.timeout <= 0 {
		return usagef("write it like 30s or 2m", "--timeout: %s is no time to wait", f.timeout)
	}
	key, err := config.KeyIfAny(c.Context(), f.token.source(a, c), a.env)
	if err != nil {
		return err
	}
	roots, err := f.ca.read()
	if err != nil {
		return err
	}
	twin := &rehearsal{}
	defer twin.close()
	j, err := a.openJob(c.Context(), args, job.ModeSettle)
	if err != nil {
		return err
	}
	defer func() { _ = j.Close() }()
	v, err := j.Verify(c.Context(), job.VerifyOptions{
		API: job.API{Key: key, Roots: roots, Transport: a.transport, Timeout: f.timeout,
			UserAgent: "bulkonboard/" + versionText()}, Twin: twin.transport, Rate: rate,
		Observe: func(v job.Verified) { display.Verified(a.stdout, v) }, Notice: a.notice, Command: a.afterwards,
	})
	if errors.Is(err, job.ErrNoKey) {
		_, err = config.Key(c.Context(), f.token.source(a, c), a.env) // says where it may come from
		return err
	}
	if n := v.Same + v.Differ + v.Unverified; n > 0 || err == nil {
		fmt.Fprintf(a.stdout, "%s read back: %s the same, %s different, %s could not be verified.\n", display.Count(n, "client"),
			display.Number(v.Same), display.Number(v.Differ), display.Number(v.Unverified))
	}
	for _, file := range v.Result.Files {
		if file.Name == "results" {
			fmt.Fprintf(a.stdout, "Results: %s\n", display.Name(file.Path))
		}
	}
	a.exit = v.Exit()
	return err
}
