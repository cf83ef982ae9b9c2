package job

import (
	"context"
	"fmt"

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

// tooManyNew is the halt of an unattended run that would send more new customers
// than it may; nil: it would not.
func tooManyNew(ctx context.Context, j *Job, s Survey, most *Share) (*importer.Halt, error) {
	totals, err := j.store.Totals(ctx)
	n := s.FirstSeen
	if err != nil || n <= allowedNew(most, totals[importer.Created]+totals[importer.InDoubt]) {
		return nil, err
	}
	what := "new customers"
	if n == 1 {
		what = "new customer"
	}
	return &importer.Halt{Reason: importer.StopMaxNew,
		Message: fmt.Sprintf("%d %s; the most so far was %d. Meant? --max-new %d", n, what, mostNew(j.last), RoundUp(n))}, nil
}

// mostNew is the most new customers of a run so far. The first run's are all
// of them, which says little once there are others.
func mostNew(last importer.Run) int {
	if last.ID <= 1 {
		return last.New
	}
	return last.MostNew
}

// RoundUp gives the next number with one digit that is not 0, for people.
func RoundUp(n int) int {
	unit := 1
	for n/unit >= 10 {
		unit *= 10
	}
	return (n + unit - 1) / unit * unit
}
