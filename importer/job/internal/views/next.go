package views

import "github.com/bulkonboard/bulkonboard/importer"

// A Step is what people do next.
type Step string

// The steps.
const (
	StepNone   Step = ""
	StepAgain  Step = "run"    // the same input again
	StepMend   Step = "mend"   // mend the input, then run it again
	StepFix    Step = "fix"    // mend the rejects and feed them back
	StepSettle Step = "settle" // tell what became of the rows in doubt
)

// Next is the step after this one, with the file it is about.
type Next struct {
	Step  Step
	Input string // the input or the rejects file
	// Own tells that the input was a program's rows, which Input is a name for.
	Own bool
	Dir string // the job
	// Rehearsal tells that the job is one's.
	Rehearsal bool
	Target    string // of the job; a rehearsal's is its own word
	// Flag and Value are one more flag the step needs; "" if it needs none.
	Flag, Value string
}

// Mend is the step after rows that were not created: those that failed go as
// they are, the others want mending.
func (n Next) Mend(f Folder, c importer.Counts) Next {
	switch {
	case c[importer.Invalid]+c[importer.Rejected] > 0:
		n.Step, n.Input = StepFix, f.Path(f.rejects(n.Input))
	case c[importer.Failed] > 0:
		n.Step = StepAgain
	}
	return n
}

// After is the step that follows a run that has ended.
func (n Next) After(f Folder, run importer.Run, c importer.Counts, inDoubt int) Next {
	n.Input, n.Own = run.Input.Path, run.Input.Own
	switch {
	case c[importer.Pending] > 0:
		n.Step = StepAgain
	case inDoubt > 0:
		n.Step = StepSettle
	default:
		return n.Mend(f, c)
	}
	return n
}
