package mapping

import "strings"

// An Error holds everything that is wrong with a mapping, so that it can be
// mended at once.
type Error struct {
	Faults []string // one sentence each
	Advice string   // may be empty
}

func (e *Error) Error() string { return strings.Join(e.Faults, "\n") }
