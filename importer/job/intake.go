package job

import (
	"context"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/place"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
)

// An intake is an input and the job that it belongs to, opened to be surveyed.
type intake struct {
	*Job      // its place is nil where there is none to look at
	input     InputOptions
	dir       string // the job's folder; "" is beside the input
	list      place.List
	rehearsed bool   // the job is a rehearsal's
	target    string // where to it is sent; "" for none
	notice    func(string)

	in    *rows.Input
	moved string // how the columns differ from the last run's; "": they do not
}

// look opens the input, and its job for reading if there is one.
func (t *intake) look(ctx context.Context) error {
	if err := t.openInput(ctx); err != nil {
		return err
	}
	if t.place != nil {
		if err := t.open(ctx, ModeRead); err != nil {
			return err
		}
		if t.store == nil {
			if err := t.place.Remains(); err != nil {
				return err
			}
		}
	}
	if err := t.sameTarget(); err != nil {
		return err
	}
	if err := t.compile(ctx); err != nil {
		return err
	}
	if t.moved != "" {
		t.notice(movedNotice + t.moved)
	}
	_, err := t.sameKey(ctx, false)
	return err
}

const movedNotice = "the columns are not those of the last run: "

// openInput opens the file. A rejects file is recognised here, and leads to
// its job and to the input it corrects.
func (t *intake) openInput(ctx context.Context) error {
	t.input = t.input.named()
	mapped := rows.Reading(t.input.Mapping, t.input.Path, func() (importer.MappingRecord, importer.InputRecord) {
		if t.dir == "" && !t.input.alone() {
			return lastReading(ctx, t.where(Beside(t.input.Path, t.rehearsed)))
		}
		return lastReading(ctx, t.where(t.dir))
	})
	in, err := t.input.open(ctx, mapped)
	if err != nil {
		return err
	}
	t.in = in
	for _, w := range in.Warnings {
		t.notice(rows.WarningText(w))
	}
	switch {
	case t.place != nil:
		return nil
	case t.dir != "":
		return t.at(t.dir)
	case in.Correction != nil:
		return t.atJobOf(ctx, in.Tag)
	case t.input.alone():
		return nil
	}
	return t.at(Beside(t.input.Path, t.rehearsed))
}

// atJobOf finds the job that a rejects file belongs to.
func (t *intake) atJobOf(ctx context.Context, tag rows.Tag) error {
	list := t.list
	if t.rehearsed {
		list = "" // rehearsals are not on it
	}
	dir, ok := list.Find(ctx, tag.Job, filepath.Dir(t.input.Path), Beside(t.input.Path, t.rehearsed))
	if !ok {
		return usage(t.input.Path, "this is a rejects file of job %s, which is neither here nor on the list of your jobs",
			"name the job's folder with --job", tag.Job)
	}
	return t.at(dir)
}

// where names a folder as Open takes it.
func (t *intake) where(dir string) Where { return Where{Dir: dir, JobsList: string(t.list)} }

// at says where the job is.
func (t *intake) at(dir string) (err error) {
	t.place, err = place.At(dir, t.list)
	return err
}

// name is what texts call the job; "" where there is none to look at.
func (t *intake) name() string {
	if t.place == nil {
		return ""
	}
	return t.place.String()
}

func (t *intake) sameTarget() error {
	if t.store == nil || t.target == "" || t.header.Target == t.target {
		return nil
	}
	return usage(t.place.String(), "this job is for %s, not for %s",
		"a job has one target for good: name another folder with --job", t.header.Target, t.target)
}

// compile makes the mapper, putting a correction into its input's place.
func (t *intake) compile(ctx context.Context) error {
	if t.in.Correction != nil {
		if err := t.correct(ctx); err != nil {
			return err
		}
	}
	var err error
	if t.in.Mapping, err = rows.ChooseMapping(ctx, t.input.Mapping, t.mapsInput(), t.header.Mapping, t.notice); err != nil {
		return err
	}
	if err := t.in.Compile(t.in.Record.Sets); err != nil {
		return err
	}
	if err := t.in.Correct(ctx, t.place, t.store, t.notice); err != nil {
		return err
	}
	last := t.last.Input
	if len(last.Columns) > 0 && rows.SameInput(last.Path) == rows.SameInput(t.in.Record.Path) && t.in.Correction == nil {
		t.moved = rows.Moved(last.Columns, t.in.Columns)
	}
	return t.sameSheets()
}

// sameSheets refuses to read other sheets than the last run has, unless somebody
// said so by hand.
func (t *intake) sameSheets() error {
	last, now := t.last.Input, t.in.Record
	if len(last.Sheets) == 0 || len(now.Sheets) == 0 || len(t.input.Sheets) > 0 || t.in.Correction != nil ||
		rows.SameInput(last.Path) != rows.SameInput(now.Path) || slices.Equal(last.Sheets, now.Sheets) {
		return nil
	}
	return usage(t.input.Path, "%s would be read, and the last run has read %s: other sheets are other customers",
		"say which is meant: --sheet NAME", sheetNames(now.Sheets), sheetNames(last.Sheets))
}

// sheetNames writes the names of sheets into a sentence.
func sheetNames(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = strconv.Quote(n)
	}
	if len(names) == 1 {
		return "the sheet " + quoted[0]
	}
	return "the sheets " + strings.Join(quoted, ", ")
}

// sameKey refuses an input whose mapping knows customers by another key than the
// job does, unless the job knows none yet, or they are to be moved. known is how
// many would have to be.
func (t *intake) sameKey(ctx context.Context, moves bool) (known int, err error) {
	def := t.in.Mapper.KeyDefinition()
	if t.store == nil || slices.Equal(t.header.KeyDefinition, def) {
		return 0, nil
	}
	totals, err := t.store.Totals(ctx)
	if err != nil {
		return 0, err
	}
	if known = totals.MayExist(); known > 0 && !moves {
		return known, usage(t.place.String(), "this job knows its %d customers by %v, and the mapping says %v",
			"keep the key definition the job was started with; to move the job to the new one: --rekey", known, t.header.KeyDefinition, def)
	}
	return known, nil
}

// mapsInput is the input whose mapping is looked for: a correction is read as
// the input it corrects.
func (t *intake) mapsInput() string {
	switch {
	case t.in.Record.Own:
		return "-" // nothing lies beside it
	case t.in.Correction != nil:
		return t.in.Record.Path
	}
	return t.input.Path
}

// correct joins a rejects file to the run that wrote it.
func (t *intake) correct(ctx context.Context) error {
	tag := t.in.Tag
	if t.store == nil || t.header.JobID != tag.Job {
		return usage(t.input.Path, "this rejects file belongs to job %s, not to the one in %s", "name its job's folder with --job", tag.Job,
			t.place)
	}
	runs, err := t.store.Runs(ctx, 0)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(runs, func(run importer.Run) bool { return run.ID == tag.Run })
	if at < 0 {
		return usage(t.input.Path, "job %s has no run %d", "this rejects file is of another copy of the job", tag.Job, tag.Run)
	}
	o, err := t.in.Onto(ctx, runs[at], t.notice)
	if err != nil {
		return err
	}
	t.in = o
	return nil
}

// others are the jobs that may know customers of this one; none know a
// rehearsal's.
func (t *intake) others(ctx context.Context) *place.Others {
	switch {
	case t.rehearsed:
		return nil
	case t.place == nil:
		return t.list.Others(ctx, t.target, "", "", t.notice)
	}
	return t.place.Others(ctx, t.target, t.header.JobID, t.notice)
}

// survey makes the first pass, and looks whether these are the rows that were
// meant.
func (t *intake) survey(ctx context.Context, s *rows.Surveyor) error {
	if err := t.in.Choosable(s.Classifier.Rows); err != nil {
		return err
	}
	s.In, s.Store, s.Key, s.Meets = t.in, t.store, t.in.Mapper.KeyDefinition(), true
	s.Classifier.CorrectionOnly = t.in.Correction != nil
	if s.Others != nil {
		defer func() { _ = s.Others.Close() }()
	}
	s.Survey.Sheets, s.Survey.HeaderRow = t.in.Record.Sheets, t.in.HeaderRow()
	if err := s.Run(ctx); err != nil {
		return err
	}
	return s.Fits(t.input.Path, t.input.MinRows)
}

func (t *intake) close() error {
	if t.in != nil {
		t.in.Close()
	}
	return t.Close()
}

// lastReading is the mapping that a job remembers, and how its last run has read
// its input; none if there is no job.
func lastReading(ctx context.Context, w Where) (m importer.MappingRecord, in importer.InputRecord) {
	if w.Dir == "" {
		return m, in
	}
	j, err := Open(ctx, w, ModeRead)
	if err != nil {
		return m, in
	}
	defer func() { _ = j.Close() }()
	return j.header.Mapping, j.last.Input
}
