package job

import (
	"context"
	"errors"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/correction"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/place"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
)

// CorrectOptions say whose cells are corrected, and by whom. Only Input is
// required; the sheet itself is never touched.
type CorrectOptions struct {
	Input InputOptions
	Dir   string // the job's folder; "" is beside the input
	Who   string // on record with every change
	// After is the last change that the caller knows of, as Corrections tells it;
	// where somebody else has made a newer one, nothing is written and the error
	// is ErrMeanwhile. A negative number skips that check.
	After    int
	Notice   func(string) // may be nil
	JobsList string
}

// A CellChange is a cell that is corrected: Row as results number it, Column as
// the header has it, Old what the cell holds with its corrections (nil: whatever
// that is), New what it is to say.
type CellChange = rows.CellChange

// ErrOtherCell says that a cell does not hold what CellChange.Old says.
var ErrOtherCell = rows.ErrOtherCell

// A Corrected is one correction that counts while its row stands and the cell
// holds Old.
type Corrected struct {
	Change int          // its step, 1 for the first; Undo takes whole steps back
	Key    importer.Key // of its row, as the sheet has it; "" for one without its own
	Row    string       // where the row stood then, for people
	Column string
	// Old and New are empty where Secret: the cell may hold a password.
	Old, New string
	Secret   bool
	Who      string
	When     time.Time
}

// Correct makes one change of all these cells, which every later command applies,
// and returns its number. It is durable then. Cells that say so already are left
// alone; where all do, the last change's number comes back. All cells are
// corrected or none.
func Correct(ctx context.Context, o CorrectOptions, cells ...CellChange) (change int, err error) {
	err = corrections(ctx, o, func(in *rows.Input) error {
		change, err = in.Change(ctx, o.Who, o.After, cells...)
		return err
	})
	return change, err
}

// UndoCorrection takes a change back; the undo of an undo brings it again. It is
// a change itself, whose number comes back.
func UndoCorrection(ctx context.Context, o CorrectOptions, change int) (undo int, err error) {
	err = corrections(ctx, o, func(in *rows.Input) error {
		undo, err = in.Undo(o.Who, o.After, change)
		return err
	})
	return undo, err
}

// Corrections lists the corrections of an input that count, oldest first, and the
// number of the last change, undone or not. Those that fit nowhere are among
// them: Check tells which.
func Corrections(ctx context.Context, o CorrectOptions) (all []Corrected, last int, err error) {
	err = corrections(ctx, o, func(in *rows.Input) error {
		var cells []correction.Correction
		cells, last = in.Corrections()
		for _, c := range cells {
			d := Corrected{Change: c.Change, Key: c.Row.Key, Row: c.Row.Place, Column: c.Column, Old: c.Old, New: c.New,
				Secret: c.Secret, Who: c.Who, When: c.When}
			if c.Secret {
				d.Old, d.New = "", ""
			}
			all = append(all, d)
		}
		return nil
	})
	return all, last, err
}

// corrections opens an input for f.
func corrections(ctx context.Context, o CorrectOptions, f func(*rows.Input) error) (err error) {
	if o.Notice == nil {
		o.Notice = func(string) {}
	}
	t := intake{Job: &Job{}, input: o.Input, dir: o.Dir, list: place.List(o.JobsList), notice: o.Notice}
	defer func() { err = asProblem(errors.Join(err, t.close())) }()
	if err := t.look(ctx); err != nil {
		return err
	}
	if t.in.Correction != nil {
		return usage(o.Input.Path, "a rejects file brings corrections, and has none of its own", "name the sheet itself")
	}
	err = f(t.in)
	if errors.Is(err, correction.ErrStale) {
		err = &Problem{Exit: ExitBusy, Where: o.Input.Path, What: correction.ErrStale.Error(), Hint: "look at it again", Cause: ErrMeanwhile}
	}
	return err
}
