package job

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
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
	if err != nil || n <= allowedNew(most, totals.MayExist()) {
		return nil, err
	}
	what := "new customers"
	if n == 1 {
		what = "new customer"
	}
	return &importer.Halt{Reason: importer.StopMaxNew,
		Message: fmt.Sprintf("%d %s; the most so far was %d. Meant? --max-new %d", n, what, mostNew(j.last), RoundUp(n))}, nil
}

// Without a --changed-rows, so many rows may become other customers.
const (
	usualChanges        = 5
	usualChangesPercent = 10
)

// otherCustomers is the halt of an unattended run in whose input more known
// customers became others since the last run like it than may; nil: they did
// not. n is how many.
func otherCustomers(like importer.Run, s Survey, most *Share) (n int, h *importer.Halt) {
	n = importer.CountsOf(like.Counts).MayExist()
	if n > 0 && s.Customers == 0 && (most == nil || n > most.of(n)) {
		return n, &importer.Halt{Reason: importer.StopCustomersGone,
			Message: fmt.Sprintf("none of the %d known customers of the last run is in the input. Meant? --changed-rows %d", n, RoundUp(n))}
	}
	n = s.Changes - like.ChangedRows
	allowed := max(usualChanges, Share{Percent: usualChangesPercent}.of(s.Customers))
	if most != nil {
		allowed = most.of(s.Customers)
	}
	if n <= allowed {
		return n, nil
	}
	return n, &importer.Halt{Reason: importer.StopChangedRows,
		Message: fmt.Sprintf("%d rows with the key of a known customer lack the customer's name or login since the last run. "+
			"Meant? --changed-rows %d", n, RoundUp(n))}
}

// lastLike is the last run of an input, and of the same sheets of it, that no
// guard has stopped; ID is 0 if there is none.
func lastLike(ctx context.Context, s importer.Store, in importer.InputRecord) (importer.Run, error) {
	path := in.Path
	runs, err := s.Runs(ctx, 0)
	for _, r := range runs {
		reason, _, _ := strings.Cut(r.Reason, ": ")
		switch importer.StopReason(reason) {
		case importer.StopMaxNew, importer.StopChangedColumns, importer.StopChangedRows, importer.StopCustomersGone:
			continue
		}
		if !slices.Equal(r.Input.Sheets, in.Sheets) {
			continue
		}
		if r.Input.Path == path || dated(path) && rows.SameInput(r.Input.Path) == rows.SameInput(path) {
			return r, err
		}
	}
	return importer.Run{}, err
}

// dated tells whether the name of a file may hold a date, as that of an export
// which has another name every night. "north 1.csv" and "north 2.csv" are two
// lists of customers.
func dated(path string) bool {
	digits := 0
	for _, c := range filepath.Base(path) {
		if '0' <= c && c <= '9' {
			digits++
		}
	}
	return digits >= 4
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
