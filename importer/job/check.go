package job

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/table"
)

// CheckOptions say what to check. Only Input is required.
type CheckOptions struct {
	Input InputOptions
	Dir   string // the job's folder; "" is beside the input, and none for "-"
	// Surveyed is told the outcome before the findings; may be nil.
	Surveyed func(Checked)
	// Finding is told every finding in the order of the rows, but for those
	// that stand in every row: they are in the survey's groups. May be nil.
	Finding func(importer.Finding) error
	// Repair is where a copy of the input goes that has the safe repairs in it;
	// "" for none. It must not exist. Change is told each, after the findings;
	// may be nil.
	Repair   string
	Change   func(Change) error
	Notice   func(string) // may be nil
	JobsList string
}

// A Checked is what a check found.
type Checked struct {
	Survey
	Mapping string
	Dir     string // the job that was looked at; "" if there is none yet
	Exit    int
	Repairs int // cells that the repaired copy has otherwise
}

// Check reads and maps every row and finds every fault, without sending
// anything, and without writing anything but a repaired copy. It sees what a job that exists knows of the rows.
func Check(ctx context.Context, o CheckOptions) (Checked, error) {
	if o.Notice == nil {
		o.Notice = func(string) {}
	}
	if o.Repair != "" {
		if err := repairable(o.Repair, o.Input.Path); err != nil {
			return Checked{}, err
		}
	}
	r := &runner{Job: &Job{}, readOnly: true, o: RunOptions{Input: o.Input, Dir: o.Dir, Notice: o.Notice, JobsList: o.JobsList}}
	defer r.close()
	if err := r.openInput(ctx); err != nil {
		return Checked{}, err
	}
	if err := r.peek(ctx); err != nil {
		return Checked{}, err
	}
	if err := r.compile(ctx); err != nil {
		return Checked{}, err
	}
	if err := r.survey(ctx); err != nil {
		return Checked{}, err
	}
	c := Checked{Survey: r.result.Survey, Mapping: r.in.Mapper.Name()}
	if r.store != nil {
		c.Dir = r.place.String()
	}
	if c.Counts[importer.Invalid] > 0 {
		c.Exit = ExitRejects
	}
	if o.Surveyed != nil {
		o.Surveyed(c)
	}
	if o.Finding != nil && len(c.Groups) > 0 {
		if err := r.surveyor.List(ctx, o.Finding); err != nil {
			return c, err
		}
	}
	if o.Repair != "" {
		var err error
		err = WriteNew(o.Repair, func(w io.Writer) error {
			c.Repairs, err = r.in.Repair(ctx, w, o.Change)
			if errors.Is(err, table.ErrTooLarge) {
				return usage(o.Input.Path, "%v", "save the sheet as CSV and repair that, or mend the cells that check names in the workbook", err)
			}
			return err
		})
		if err != nil {
			return c, err
		}
	}
	return c, nil
}

// peek opens the job for reading, if there is one.
func (r *runner) peek(ctx context.Context) error {
	if r.place == nil {
		return nil
	}
	err := r.open(ctx, ModeRead)
	if err == nil && r.store == nil {
		err = r.place.Remains()
	}
	return err
}

// repairable refuses a name for the copy before anything is read.
func repairable(path, input string) error {
	if then := filepath.Ext(input); table.IsWorkbook(path) != table.IsWorkbook(input) || table.IsWorkbook(path) && !strings.EqualFold(filepath.Ext(path), then) {
		return usage(path, "the copy of %s is of the same kind, and this name is of another", "let it end in "+then, input)
	}
	if _, err := os.Lstat(path); err == nil {
		return usage(path, "this file is there already", "name another file: nothing is overwritten")
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return usage(path, "there is no folder for this file", "make the folder first, or name another file")
	}
	return nil
}
