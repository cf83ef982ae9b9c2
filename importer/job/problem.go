package job

import (
	"context"
	"errors"
	"fmt"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/journal"
	"github.com/bulkonboard/bulkonboard/importer/table"
	"github.com/bulkonboard/bulkonboard/mapping"
)

// The exit codes, a contract with scripts. Where several fit, the first of 1,
// 130, 5, 4, 3 wins.
const (
	ExitDone        = 0   // all rows created or skipped, nothing in the job in doubt
	ExitFailed      = 1   // could not run or finish
	ExitUsage       = 2   // flag, mapping, key, target, a decision that is missing
	ExitRejects     = 3   // finished; some rows invalid, rejected or failed
	ExitInDoubt     = 4   // finished; some rows in doubt
	ExitStopped     = 5   // stopped early, or rows left pending; resumable
	ExitBusy        = 6   // another run holds this job
	ExitInterrupted = 130 // interrupted; resumable
)

// A Problem is why something could not be done: where, what, and what now.
type Problem struct {
	Exit  int
	Where string // a file, a flag; may be empty
	What  string
	Hint  string // may be empty
	Cause error
}

func (p *Problem) Error() string {
	s := p.What
	if p.Where != "" {
		s = p.Where + ": " + s
	}
	return s
}

func (p *Problem) Unwrap() error { return p.Cause }

func usage(where, what, hint string, a ...any) *Problem {
	return &Problem{Exit: ExitUsage, Where: where, What: fmt.Sprintf(what, a...), Hint: hint}
}

func broken(where string, cause error, hint string) *Problem {
	return &Problem{Exit: ExitFailed, Where: where, What: cause.Error(), Hint: hint, Cause: cause}
}

// ExitOf is the exit code of an error from this package; 0 for nil.
func ExitOf(err error) int {
	if err == nil {
		return ExitDone
	}
	var p *Problem
	if errors.As(err, &p) {
		return p.Exit
	}
	return ExitFailed
}

// asProblem gives errors of the rooms their exit code and hint.
func asProblem(err error) error {
	var (
		p  *Problem
		te *table.Error
		ue *table.UsageError
		me *mapping.Error
	)
	switch {
	case err == nil || errors.As(err, &p):
		return err
	case errors.As(err, &ue):
		return &Problem{Exit: ExitUsage, What: ue.Error(), Cause: err}
	case errors.As(err, &te):
		return &Problem{Exit: ExitFailed, What: te.Error(), Hint: te.Advice, Cause: err}
	case errors.As(err, &me):
		return &Problem{Exit: ExitUsage, What: me.Error(), Hint: me.Advice, Cause: err}
	case errors.Is(err, importer.ErrInputChanged):
		return &Problem{Exit: ExitFailed, What: err.Error(), Hint: "let nobody edit the file while it is imported, then run again: nothing is sent twice", Cause: err}
	case errors.Is(err, context.Canceled):
		return &Problem{Exit: ExitInterrupted, What: "interrupted", Cause: err}
	case errors.Is(err, journal.ErrDamaged), errors.Is(err, journal.ErrFormat):
		return &Problem{Exit: ExitFailed, What: err.Error(), Cause: err}
	default:
		return &Problem{Exit: ExitFailed, What: err.Error(), Cause: err}
	}
}
