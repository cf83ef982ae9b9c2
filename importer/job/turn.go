package job

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/place"
)

// account is what this run sends for; false where there is nothing to share: in
// a rehearsal, and without a list of jobs to know others by.
func (r *runner) account() (place.Account, bool) {
	if r.o.Rehearsal || r.o.JobsList == "" {
		return place.Account{}, false
	}
	return place.Account{Dir: filepath.Join(filepath.Dir(r.o.JobsList), "accounts"), Target: r.target, Label: r.o.Account}, true
}

// lastTurn is the number of the account's newest turn, before a survey: if it
// is another one when this run's own begins, somebody sent in between.
func (r *runner) lastTurn() int64 {
	a, ok := r.account()
	if !ok {
		return 0
	}
	last, err := a.Last()
	if err != nil {
		return -1 // unknown: a turn begins behind another
	}
	if last.Number > 0 && !last.Ended {
		return last.Number - 1 // whoever surveys beside it does not see all that it sends
	}
	return last.Number
}

// takeTurn waits until no other run sends for the account. It is called when
// nobody is asked any more: nothing that waits for a person holds an account.
// meanwhile tells that somebody else sent since the survey.
func (r *runner) takeTurn(ctx context.Context) (meanwhile bool, err error) {
	a, ok := r.account()
	if !ok {
		return false, nil
	}
	hold, err := a.Acquire(ctx, r.name(), r.o.Wait, func(t place.Turn) {
		r.o.Notice(fmt.Sprintf("one run at a time sends for an account: waiting for %s", t))
	})
	var busy *place.BusyError
	switch {
	case errors.As(err, &busy):
		return false, &Problem{Exit: ExitBusy, What: busy.Error(), Cause: err,
			Hint: "run again when it has ended, or wait longer with --wait; this shows how far it is: " +
				importer.CommandLine("bulkonboard", "status", busy.Turn.Job)}
	case ctx.Err() != nil && err != nil:
		return false, ctx.Err()
	case err != nil:
		r.o.Notice(fmt.Sprintf("whether another run sends for this account at the same time cannot be told: %v", err))
		return false, nil
	}
	r.hold = hold
	return hold.Turn.Number != r.turn+1, nil
}

// same tells whether two surveys come to the same, for whoever was asked.
func same(a, b Survey) bool {
	return a.Counts == b.Counts && a.Send == b.Send && a.New == b.New && a.Again == b.Again && a.Resend == b.Resend &&
		a.Users == b.Users && reflect.DeepEqual(a.Subscriptions, b.Subscriptions)
}
