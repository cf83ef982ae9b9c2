package job

import (
	"context"
	"path/filepath"
	"slices"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/api"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/place"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
)

// prepare opens the input and its job, and surveys. Nothing is written but the
// lock and what a dead run left open.
func (r *runner) prepare(ctx context.Context) error {
	if err := r.resolveTarget(); err != nil {
		return err
	}
	if err := r.openInput(ctx); err != nil {
		return err
	}
	if err := r.openJob(ctx); err != nil {
		return err
	}
	if err := r.compile(ctx); err != nil {
		return err
	}
	if len(r.o.Adopt) > 0 {
		if err := r.adopt(ctx); err != nil {
			return err
		}
	}
	return r.surveyed(ctx)
}

// surveyed makes the first pass, and holds it against a plan if there is one.
func (r *runner) surveyed(ctx context.Context) error {
	r.turn = r.lastTurn()
	if r.hold != nil {
		r.turn = r.hold.Turn.Number - 1 // this run's own is the newest
	}
	if r.o.Plan != nil {
		r.o.Plan.index()
		r.sending = r.o.Plan.compare
	}
	if err := r.survey(ctx); err != nil {
		return err
	}
	return r.planned(ctx)
}

func (r *runner) resolveTarget() error {
	if r.o.Rehearsal {
		// A rehearsal has a key of its own, so that secrets compare from one
		// rehearsal to the next.
		r.target, r.o.API.BaseURL, r.o.API.Key = TargetSandbox, "http://localhost", importer.NewSecret("sandbox")
		return nil
	}
	target, err := api.ParseBaseURL(r.o.API.BaseURL)
	if err != nil {
		return usage("--base-url", "%v", "", err)
	}
	r.target = target
	if _, err := api.New(r.o.API); err != nil {
		return usage("", "%v", "", err)
	}
	return nil
}

// openInput opens the file. A rejects file is recognised here, and leads to
// its job and to the input it corrects.
func (r *runner) openInput(ctx context.Context) error {
	r.o.Input = r.o.Input.named()
	if r.o.Dir == "" && r.o.place == nil && r.o.Input.alone() && !r.readOnly {
		return usage(r.o.Input.Path, "customers that come from no file have no place for their job", "name its folder with --job")
	}
	row := rows.HeaderRow(r.o.Input.Mapping, r.o.Input.Path, func() importer.MappingRecord {
		if r.o.Dir == "" && !r.o.Input.alone() {
			return lastMapping(ctx, Beside(r.o.Input.Path, false))
		}
		return lastMapping(ctx, r.o.Dir)
	})
	in, err := r.o.Input.open(ctx, row)
	if err != nil {
		return err
	}
	r.in = in
	for _, w := range in.Warnings {
		r.o.Notice(rows.WarningText(w))
	}
	switch dir := r.o.Dir; {
	case dir != "", r.o.place != nil:
		return r.at(dir)
	case in.Correction != nil:
		return r.atJobOf(ctx, in.Tag)
	case r.o.Input.alone():
		return nil
	}
	return r.at(Beside(r.o.Input.Path, r.o.Rehearsal))
}

// atJobOf finds the job that a rejects file belongs to.
func (r *runner) atJobOf(ctx context.Context, t rows.Tag) error {
	list := place.List(r.o.JobsList)
	if r.o.Rehearsal {
		list = "" // rehearsals are not on it
	}
	dir, ok := list.Find(ctx, t.Job, filepath.Dir(r.o.Input.Path), Beside(r.o.Input.Path, r.o.Rehearsal))
	if !ok {
		return usage(r.o.Input.Path, "this is a rejects file of job %s, which is neither here nor on the list of your jobs", "name the job's folder with --job", t.Job)
	}
	return r.at(dir)
}

// at says where the job is.
func (r *runner) at(dir string) (err error) {
	if r.place = r.o.place; r.place != nil {
		return nil
	}
	r.place, err = place.At(dir, place.List(r.o.JobsList))
	return err
}

// name is what texts call the job; "" where there is none to look at.
func (r *runner) name() string {
	if r.place == nil {
		return ""
	}
	return r.place.String()
}

// openJob locks and opens the job, or makes sure that a new one is meant.
func (r *runner) openJob(ctx context.Context) error {
	for _, w := range r.place.Warnings() {
		r.o.Notice(w)
	}
	exists, err := r.place.Exists(ctx)
	if err != nil {
		return err
	}
	if !exists {
		return r.newJob()
	}
	if r.o.NewJob && !r.o.Rehearsal {
		return usage("--new-job", "there is a job already in %s", "leave --new-job out to go on with it, or name another folder with --job", r.place)
	}
	if len(r.o.Adopt) > 0 {
		return usage("--adopt", "there is a journal already in %s", "earlier results are taken over only where the journal is lost: leave --adopt out to go on", r.place)
	}
	if err := r.open(ctx, ModeSettle); err != nil {
		return err
	}
	if r.header.Target != r.target {
		return r.otherTarget()
	}
	return nil
}

// newJob makes sure that starting one is meant.
func (r *runner) newJob() error {
	r.isNew = true
	if len(r.o.Adopt) > 0 {
		return nil
	}
	if err := r.place.Remains(); err != nil {
		return err
	}
	if !r.o.NewJob && !r.o.Asks && !r.o.Rehearsal {
		return usage(r.place.String(), "there is no job yet, and starting one is a decision: a new job knows no customer",
			"if these customers were never imported add --new-job; if they were, name their job with --job")
	}
	return nil
}

func (r *runner) otherTarget() error {
	return usage(r.place.String(), "this job is for %s, not for %s", "a job has one target for good: name another folder with --job", r.header.Target, r.target)
}

// compile makes the mapper, putting a correction into its input's place.
func (r *runner) compile(ctx context.Context) error {
	if r.in.Correction != nil {
		if err := r.correct(ctx); err != nil {
			return err
		}
	}
	var err error
	if r.in.Mapping, err = rows.ChooseMapping(ctx, r.o.Input.Mapping, r.mapsInput(), r.header.Mapping, r.o.Notice); err != nil {
		return err
	}
	if err := r.in.Compile(r.in.Record.Sets); err != nil {
		return err
	}
	if len(r.last.Input.Columns) > 0 && rows.SameInput(r.last.Input.Path) == rows.SameInput(r.in.Record.Path) && r.in.Correction == nil {
		r.moved = rows.Moved(r.last.Input.Columns, r.in.Columns)
	}
	if r.moved != "" && (r.o.Asks || r.readOnly || r.o.ChangedColumns) {
		r.o.Notice("the columns are not those of the last run: " + r.moved)
	}
	def := r.in.Mapper.KeyDefinition()
	if r.store == nil || slices.Equal(r.header.KeyDefinition, def) {
		return nil
	}
	totals, err := r.store.Totals(ctx)
	if err != nil {
		return asProblem(err)
	}
	settledRows := totals[importer.Created] + totals[importer.InDoubt]
	switch {
	case settledRows > 0 && !r.o.Rekey:
		return usage(r.place.String(), "this job knows its %d customers by %v, and the mapping says %v",
			"keep the key definition the job was started with; to move the job to the new one: --rekey", settledRows, r.header.KeyDefinition, def)
	case r.readOnly:
	case settledRows > 0:
		err = r.rekey(ctx, def)
	default:
		h := r.header
		h.KeyDefinition = def
		err = r.store.SetHeader(ctx, h)
	}
	r.header.KeyDefinition = def
	return asProblem(err)
}

// mapsInput is the input whose mapping is looked for: a correction is read as
// the input it corrects.
func (r *runner) mapsInput() string {
	switch {
	case r.in.Record.Own:
		return "-" // nothing lies beside it
	case r.in.Correction != nil:
		return r.in.Record.Path
	}
	return r.o.Input.Path
}

// correct joins a rejects file to the run that wrote it.
func (r *runner) correct(ctx context.Context) error {
	t := r.in.Tag
	if r.store == nil || r.header.JobID != t.Job {
		return usage(r.o.Input.Path, "this rejects file belongs to job %s, not to the one in %s", "name its job's folder with --job", t.Job, r.place)
	}
	runs, err := r.store.Runs(ctx, 0)
	if err != nil {
		return asProblem(err)
	}
	run, ok := corrected(runs, t.Run)
	if !ok {
		return usage(r.o.Input.Path, "job %s has no run %d", "this rejects file is of another copy of the job", t.Job, t.Run)
	}
	o, err := r.in.Onto(ctx, r.place, run)
	if err != nil {
		return err
	}
	if o.Gone != "" {
		r.o.Notice("the corrected input cannot be read again (" + o.Gone + "): the corrected rows are sent by themselves")
	}
	r.in = o
	return nil
}

// corrected finds the run that a rejects file of run id corrects: that one, or
// a later one of the same input if more corrections are in place there, as
// when somebody feeds back a file in two halves.
func corrected(runs []importer.Run, id int64) (run importer.Run, ok bool) {
	for _, r := range runs {
		if r.ID == id {
			run, ok = r, true
		}
	}
	own := run.Input
	for _, r := range runs {
		same := r.Input.Path == own.Path && r.Input.Digest == own.Digest
		if ok && r.ID > id && same && len(r.Corrections) > len(run.Corrections) {
			run = r
		}
	}
	return run, ok
}

// others are the jobs that may know customers of this one.
func (r *runner) others(ctx context.Context) *place.Others {
	if r.place == nil {
		return place.List(r.o.JobsList).Others(ctx, r.target, "", "", r.o.Notice)
	}
	return r.place.Others(ctx, r.target, r.header.JobID, r.o.Notice)
}

// survey makes the first pass and looks for what forbids sending.
func (r *runner) survey(ctx context.Context) error {
	if err := r.in.Choosable(r.o.Rows); err != nil {
		return err
	}
	r.decide = &rows.Classifier{APIKey: r.o.API.Key.Reveal(), Resend: r.o.Resend, RetryRejected: r.o.RetryRejected,
		Rows: r.o.Rows, CorrectionOnly: r.in.Correction != nil}
	s := &rows.Surveyor{In: r.in, Store: r.store, Classifier: r.decide, Key: r.in.Mapper.KeyDefinition(), Meets: true,
		Passwords: r.o.API.Conceal.Add}
	r.sample = spread{}
	s.Sending = func(it *rows.Item) {
		r.sample.add(it)
		if r.sending != nil {
			r.sending(it)
		}
	}
	if !r.o.Rehearsal && !r.o.SeparateJob && (!r.readOnly || r.planning) {
		s.Others = r.others(ctx)
		defer func() { _ = s.Others.Close() }()
	}
	if err := s.Run(ctx); err != nil {
		return err
	}
	r.surveyor = s
	r.result.Survey, r.counts = s.Survey, s.Survey.Counts
	return s.Fits(r.o.Input.Path, r.o.Input.MinRows)
}

// lastMapping is the mapping that a job remembers; none if there is no job.
func lastMapping(ctx context.Context, dir string) importer.MappingRecord {
	if dir == "" {
		return importer.MappingRecord{}
	}
	j, err := Open(ctx, dir, ModeRead)
	if err != nil {
		return importer.MappingRecord{}
	}
	defer func() { _ = j.Close() }()
	return j.header.Mapping
}
