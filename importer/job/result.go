package job

import (
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// A Result is how a run ended.
type Result struct {
	Dir       string
	Run       int64
	Rehearsal bool
	Survey    Survey
	Counts    importer.Counts // where the rows of the input stand
	Sent      importer.Counts // what this run attempted
	InDoubt   int             // in the whole job
	NewFaults int             // rows that are bad and were not after the last run
	Changed   int             // created clients whose row changed since
	Gone      int             // clients that are no longer in the sheet
	Drifted   bool            // more of these two than after the last run
	Piloted   *PilotResult    // nil: there was no pilot
	Halt      *importer.Halt  // nil if it was not stopped
	Exit      int
	Files     []File
	Next      Next
	Took      time.Duration
	Before    *importer.Run // the last run that came to an end of its own; nil: none
	Unkept    []error       // answers that came and could not be kept
}

// A PilotResult is how the first few rows of a run went.
type PilotResult struct {
	Attempted int
	Created   []Verified // read back and compared
	Left      int        // rows that would follow
}
