package job

import "github.com/bulkonboard/bulkonboard/importer"

// The exit codes of importer, under the names that a command knows.
const (
	ExitDone        = importer.ExitDone
	ExitFailed      = importer.ExitFailed
	ExitUsage       = importer.ExitUsage
	ExitRejects     = importer.ExitRejects
	ExitInDoubt     = importer.ExitInDoubt
	ExitStopped     = importer.ExitStopped
	ExitBusy        = importer.ExitBusy
	ExitInterrupted = importer.ExitInterrupted
)

// A Problem is why something could not be done: where, what, and what now.
type Problem = importer.Problem

// ExitOf is the exit code of an error from this package; 0 for nil.
func ExitOf(err error) int { return importer.ExitOf(err) }

func usage(where, what, hint string, a ...any) *Problem {
	return importer.Usage(where, what, hint, a...)
}

func broken(where string, cause error, hint string) *Problem {
	return importer.Broken(where, cause, hint)
}

func asProblem(err error) error { return importer.AsProblem(err) }
