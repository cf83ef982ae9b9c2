package job

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// A Share is a number, or a part of something in percent.
type Share struct {
	Number  int
	Percent float64 // beats Number unless it is 0
}

// of is the share of so many.
func (s Share) of(n int) int {
	if s.Percent > 0 {
		return int(float64(n) * s.Percent / 100)
	}
	return s.Number
}

// Without a --max-new, so many new customers are no surprise: the larger of a
// number and a part of the customers that are created or in doubt.
const (
	usualNew        = 50
	usualNewPercent = 10
)

// allowedNew is how many new customers an unattended run may send.
func allowedNew(most *Share, known int) int {
	if most != nil {
		return most.of(known)
	}
	return max(usualNew, Share{Percent: usualNewPercent}.of(known))
}

// guard looks for what an unattended run of a job with history should not do
// without somebody's word. Such a run leaves no trace in what the next one is
// compared with: otherwise it would stop once, and the next one go through.
func (r *runner) guard(ctx context.Context) (*importer.Halt, error) {
	if r.o.Asks || r.last.ID == 0 || r.o.Plan != nil {
		return nil, nil
	}
	if m := r.moved; m != "" && !r.o.ChangedColumns {
		return &importer.Halt{Reason: importer.StopChangedColumns, Message: "the columns are not those of the last run: " + m + ". Meant? --changed-columns ok"}, nil
	}
	totals, err := r.store.Totals(ctx)
	if err != nil {
		return nil, asProblem(err)
	}
	n := r.result.Survey.FirstSeen
	if n <= allowedNew(r.o.MaxNew, totals[importer.Created]+totals[importer.InDoubt]) {
		return nil, nil
	}
	what := "new customers"
	if n == 1 {
		what = "new customer"
	}
	return &importer.Halt{Reason: importer.StopMaxNew, Message: fmt.Sprintf("%d %s; the most so far was %d. Meant? --max-new %d", n, what, r.mostNew(), RoundUp(n))}, nil
}

// mostNew is the most new customers of a run so far. The first run's are all
// of them, which says little once there are others.
func (r *runner) mostNew() int {
	if r.last.ID <= 1 {
		return r.last.New
	}
	return r.last.MostNew
}

// RoundUp gives the next number with one digit that is not 0, for people.
func RoundUp(n int) int {
	unit := 1
	for n/unit >= 10 {
		unit *= 10
	}
	return (n + unit - 1) / unit * unit
}

// remember puts on record what the next run is compared with.
func (r *runner) remember(ctx context.Context) error {
	return asProblem(r.store.See(ctx, r.record.ID, r.surveyor.Fresh))
}

var errTimeUp = errors.New("the time is up")

// withDuration ends ctx after --max-duration.
func (r *runner) withDuration(ctx context.Context) (context.Context, context.CancelFunc) {
	if r.o.MaxDuration <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, r.o.MaxDuration, errTimeUp)
}

// lost tells an end because the job was lost from an interruption.
func lost(h *importer.Halt) *importer.Halt {
	var why *importer.Halt
	if h != nil && errors.As(h.Cause, &why) {
		return why
	}
	return h
}

// timeUp tells an end by --max-duration from an interruption.
func (r *runner) timeUp(h *importer.Halt) *importer.Halt {
	if h == nil || !errors.Is(h.Cause, errTimeUp) {
		return h
	}
	return &importer.Halt{Reason: importer.StopMaxDuration, Message: fmt.Sprintf("the time of %s is up", r.o.MaxDuration.Round(time.Millisecond)), Cause: h.Cause}
}
