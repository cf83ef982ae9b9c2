package job

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/place"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
	"github.com/bulkonboard/bulkonboard/importer/table"
)

// CheckOptions say what to check. Only Input is required.
type CheckOptions struct {
	Input InputOptions
	Dir   string // the job's folder; "" is beside the input, and none for "-"
	// Surveyed is told the outcome before the findings; may be nil.
	Surveyed func(CheckResult)
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

// A CheckResult is what a check found.
type CheckResult struct {
	Survey
	Mapping string
	Dir     string // the job that was looked at; "" if there is none yet
	Exit    int
	Repairs int // cells that the repaired copy has otherwise
}

// Check reads and maps every row and finds every fault, without sending
// anything, and without writing anything but a repaired copy. It sees what a job that exists knows of the rows.
func Check(ctx context.Context, o CheckOptions) (c CheckResult, err error) {
	defer func() { err = asProblem(err) }()
	if o.Notice == nil {
		o.Notice = func(string) {}
	}
	if o.Repair != "" {
		if err := repairable(o.Repair, o.Input.Path); err != nil {
			return CheckResult{}, err
		}
	}
	t := intake{Job: &Job{}, input: o.Input, dir: o.Dir, list: place.List(o.JobsList), notice: o.Notice}
	defer func() { _ = t.close() }()
	if err := t.look(ctx); err != nil {
		return CheckResult{}, err
	}
	s := &rows.Surveyor{Classifier: &rows.Classifier{}}
	if err := t.survey(ctx, s); err != nil {
		return CheckResult{}, err
	}
	c = CheckResult{Survey: s.Survey, Mapping: t.in.Mapper.Name()}
	if t.store != nil {
		c.Dir = t.place.String()
	}
	if c.Counts[importer.Invalid] > 0 {
		c.Exit = ExitRejects
	}
	if o.Surveyed != nil {
		o.Surveyed(c)
	}
	if o.Finding != nil && len(c.Groups) > 0 {
		if err := s.List(ctx, o.Finding); err != nil {
			return c, err
		}
	}
	if o.Repair != "" {
		c.Repairs, err = repaired(ctx, o, t.in)
	}
	return c, err
}

// repaired writes the repaired copy.
func repaired(ctx context.Context, o CheckOptions, in *rows.Input) (repairs int, err error) {
	err = WriteNew(o.Repair, func(w io.Writer) error {
		repairs, err = in.Repair(ctx, w, o.Change)
		if errors.Is(err, table.ErrTooLarge) {
			return usage(o.Input.Path, "%v", "save the sheet as CSV and repair that, or correct the cells that check names in the workbook", err)
		}
		return err
	})
	return repairs, err
}

// repairable refuses a name for the copy before anything is read.
func repairable(path, input string) error {
	then, book := filepath.Ext(input), table.IsWorkbook(path)
	if book != table.IsWorkbook(input) || book && !strings.EqualFold(filepath.Ext(path), then) {
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
