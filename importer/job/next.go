package job

import "github.com/bulkonboard/bulkonboard/importer/job/internal/views"

// Next is the step after this one, with the file it is about.
type Next = views.Next

// A Step is what people do next.
type Step = views.Step

// The steps.
const (
	StepNone   = views.StepNone
	StepAgain  = views.StepAgain  // the same input again
	StepMend   = views.StepMend   // mend the input, then run it again
	StepFix    = views.StepFix    // mend the rejects and feed them back
	StepSettle = views.StepSettle // tell what became of the rows in doubt
)

// A File is a view that was written.
type File = views.File
