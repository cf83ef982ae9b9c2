package table

import (
	"fmt"

	"github.com/bulkonboard/bulkonboard/importer"
)

// An Error says that a file cannot be used: where, what, and what now.
// errors.Is sees through it to fs.ErrNotExist and its like, and to
// importer.ErrInputChanged.
type Error struct {
	File   string // as it was named; "standard input" for "-"
	Line   int    // the physical line where the trouble begins; 0: the whole file
	Cause  string // never holds the text of a cell below the header
	Advice string
	Err    error // may be nil
}

func (e *Error) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("%s: line %d: %s", e.File, e.Line, e.Cause)
	}
	return e.File + ": " + e.Cause
}

func (e *Error) Unwrap() error { return e.Err }

// Hint says what to do now; it may be empty.
func (e *Error) Hint() string { return e.Advice }

// A UsageError is an option that cannot be.
type UsageError struct {
	Option string // "encoding", "delimiter"
	Value  string
	Cause  string
	Near   []string // values that may have been meant, nearest first
}

func (e *UsageError) Error() string {
	s := fmt.Sprintf("--%s %q: %s", e.Option, e.Value, e.Cause)
	for i, n := range e.Near {
		switch i {
		case 0:
			s += fmt.Sprintf("; did you mean %q", n)
		default:
			s += fmt.Sprintf(" or %q", n)
		}
	}
	if len(e.Near) > 0 {
		s += "?"
	}
	return s
}

// Exit is the code of a program that was told so.
func (e *UsageError) Exit() int { return importer.ExitUsage }

// fault is an error about the file as a whole.
func (f *file) fault(err error, cause, advice string) *Error {
	return &Error{File: f.path, Cause: cause, Advice: advice, Err: err}
}

// differs is the error of a file that is not the one that was digested.
func (f *file) differs(how string) *Error {
	return f.fault(importer.ErrInputChanged, "the file changed while it was being used: "+how,
		"let nobody edit the file while it is imported, then run again: nothing is sent twice")
}
