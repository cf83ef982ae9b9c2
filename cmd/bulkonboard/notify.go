package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/display"
	"github.com/bulkonboard/bulkonboard/cmd/bulkonboard/internal/notify"
	"github.com/bulkonboard/bulkonboard/importer/job"
)

// hook is where run tells of changes; nil: nowhere. A rehearsal tells only
// where the command line says so.
func (a *app) hook(c *cobra.Command, f *runFlags) (*notify.Hook, error) {
	if f.notify == "" || f.Rehearsal && !c.Flags().Changed("notify") {
		return nil, nil
	}
	h, err := notify.ParseHook(f.notify, f.API.Timeout, nil)
	if err != nil {
		return nil, usagef("", "--notify: %v", err)
	}
	return h, nil
}

// tell posts how a run has ended, if that is a change. Whether it arrives
// changes nothing of the run.
func (a *app) tell(ctx context.Context, h *notify.Hook, res job.Result, next []string, err error, asked bool) {
	if h == nil {
		return
	}
	m, changed := notify.Of(res, next)
	if res.Run == 0 && err != nil && !asked {
		m, changed = notify.NotStarted(exitCode(err))
	}
	if !changed {
		return
	}
	if ctx.Err() != nil {
		ctx = context.WithoutCancel(ctx) // interrupted before: it is told all the same
	}
	if err := h.Post(ctx, m); err != nil {
		fmt.Fprintln(a.stderr, "note: "+display.Clean(fmt.Sprintf("the message to --notify could not be delivered, which changes nothing of "+
			"the run: %v", err)))
	}
}

// exitCode is the one an error ends the program with.
func exitCode(err error) int {
	var f *failure
	var p *job.Problem
	if errors.As(err, &p) || errors.As(err, &f) {
		return job.ExitOf(err)
	}
	return job.ExitUsage
}
