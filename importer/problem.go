package importer

import (
	"context"
	"errors"
	"fmt"
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

// Usage is the problem of a flag, a mapping or a decision that is missing; a
// fills in what as fmt.Sprintf does.
func Usage(where, what, hint string, a ...any) *Problem {
	return &Problem{Exit: ExitUsage, Where: where, What: fmt.Sprintf(what, a...), Hint: hint}
}

// Broken is the problem of what could not be read, written or reached.
func Broken(where string, cause error, hint string) *Problem {
	return &Problem{Exit: ExitFailed, Where: where, What: cause.Error(), Hint: hint, Cause: cause}
}

// ExitOf is the exit code of an error; 0 for nil, and ExitFailed for one that
// is no Problem.
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

// AsProblem makes a Problem of any other error; nil stays nil. An error may
// say with a method Hint what to do now, and with a method Exit which code
// fits: those of the rooms do.
func AsProblem(err error) error {
	var (
		p      *Problem
		hinter interface{ Hint() string }
		exiter interface{ Exit() int }
	)
	if err == nil || errors.As(err, &p) {
		return err
	}
	p = &Problem{Exit: ExitFailed, What: err.Error(), Cause: err}
	if errors.As(err, &hinter) {
		p.Hint = hinter.Hint()
	}
	switch {
	case errors.As(err, &exiter):
		p.Exit = exiter.Exit()
	case p.Hint != "":
	case errors.Is(err, ErrInputChanged):
		p.Hint = "let nobody edit the file while it is imported, then run again: nothing is sent twice"
	case errors.Is(err, context.Canceled):
		p.Exit, p.What = ExitInterrupted, "interrupted"
	}
	return p
}
