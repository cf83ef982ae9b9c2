package mapping

import (
	"fmt"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
)

// An Error holds everything that is wrong with a mapping, so that it can be
// mended at once.
type Error struct {
	Faults []string // one sentence each
	Advice string   // may be empty
}

func (e *Error) Error() string { return strings.Join(e.Faults, "\n") }

// Hint says what to do now; it may be empty.
func (e *Error) Hint() string { return e.Advice }

// Exit is the code of a program that is given such a mapping.
func (e *Error) Exit() int { return importer.ExitUsage }

// mostFaults bounds what is said at once: so many faults are one mistake made
// many times.
const mostFaults = 50

func newError(faults []string, advice string) *Error {
	if more := len(faults) - mostFaults; more > 0 {
		faults = append(faults[:mostFaults:mostFaults], fmt.Sprintf("and %d more faults", more))
	}
	return &Error{Faults: faults, Advice: advice}
}
