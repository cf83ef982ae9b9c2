package job

import (
	"context"
	"errors"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/place"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/views"
)

// A Mode says what a job is opened for.
type Mode int

const (
	// ModeRead is for looking, also while a run is at the job. Nothing of the
	// job changes.
	ModeRead Mode = iota
	// ModeSettle is for people's decisions and for views: nobody else has the
	// job meanwhile, and what a dead run has left open is in doubt from then on.
	ModeSettle
)

// A Job is a job that is open: the place where it lives, its journal, and its
// last run. It is used by one goroutine.
type Job struct {
	place   place.Place
	held    context.Context // ends when the job is lost; nil: not locked
	release func()
	wrap    func(importer.Store) importer.Store // nil: the journal as it is

	store  importer.Store // nil: there is no job yet
	over   bool           // the draft takes the place of a journal that is superseded
	header importer.JobHeader
	last   importer.Run // ID is 0 before the first
}

// A Holder is the process that holds a job.
type Holder = place.Holder

// A Where is where a job lives.
type Where struct {
	Dir      string // its folder
	JobsList string // path of the per-user list of jobs; "" keeps none
}

// Open opens a job that is there. Close ends it.
func Open(ctx context.Context, w Where, m Mode) (*Job, error) {
	p, err := place.At(w.Dir, place.List(w.JobsList))
	if err != nil {
		return nil, err
	}
	return openExisting(ctx, p, m)
}

func openExisting(ctx context.Context, p place.Place, m Mode) (*Job, error) {
	j := &Job{place: p}
	err := j.open(ctx, m)
	if err == nil && j.store == nil {
		if err = p.Remains(); err == nil {
			err = usage(p.String(), "there is no job here", "name a job's folder, or the input it lies beside")
		}
	}
	if err != nil {
		return nil, asProblem(errors.Join(err, j.Close()))
	}
	return j, nil
}

// open opens the job if there is one.
func (j *Job) open(ctx context.Context, m Mode) error {
	exists, err := j.place.Exists(ctx)
	if err != nil || !exists {
		return err
	}
	if m == ModeRead {
		if j.store, err = j.place.Read(ctx); err != nil {
			return err
		}
		return j.look(ctx)
	}
	if err := j.lock(ctx); err != nil {
		return err
	}
	if j.store, err = j.place.Open(ctx); err != nil {
		return err
	}
	j.wrapped()
	if _, err := j.store.Recover(ctx); err != nil {
		return err
	}
	return j.look(ctx)
}

func (j *Job) wrapped() {
	if j.wrap != nil {
		j.store = j.wrap(j.store)
	}
}

// look reads what every command wants to know first.
func (j *Job) look(ctx context.Context) (err error) {
	if j.header, err = j.store.Header(ctx); err != nil {
		return err
	}
	runs, err := j.store.Runs(ctx, 1)
	if err == nil && len(runs) > 0 {
		j.last = runs[0]
	}
	return err
}

// lock takes the job, unless it is taken already.
func (j *Job) lock(ctx context.Context) (err error) {
	if j.release == nil {
		j.held, j.release, err = j.place.Lock(ctx)
	}
	return err
}

// draft makes the journal of a job that is none until it is published. The job
// is locked.
func (j *Job) draft(ctx context.Context, target string, keyDefinition []string) error {
	h, err := place.NewHeader(target, keyDefinition)
	if err != nil {
		return err
	}
	if j.store, err = j.place.Draft(ctx, h); err != nil {
		return err
	}
	return j.look(ctx)
}

// begin makes a new job, from the draft if there is one.
func (j *Job) begin(ctx context.Context, target string, keyDefinition []string) error {
	if err := j.lock(ctx); err != nil {
		return err
	}
	// Somebody else may have started it while a question was open.
	switch exists, err := j.place.Exists(ctx); {
	case err != nil:
		return err
	case exists && !j.over:
		return &Problem{Exit: ExitBusy, Where: j.place.String(), What: "another run has started this job meanwhile", Hint: "run again"}
	}
	draft := j.store
	j.store = nil
	var err error
	if draft != nil {
		j.store, err = j.place.Publish(ctx, draft, j.over)
	} else {
		var h importer.JobHeader
		if h, err = place.NewHeader(target, keyDefinition); err == nil {
			j.store, err = j.place.Create(ctx, h)
		}
	}
	if err != nil {
		return err
	}
	j.wrapped()
	return j.look(ctx)
}

// park gives the job back for a while, and tells how its journal stood.
func (j *Job) park(ctx context.Context) (version string, err error) {
	if err := j.store.Close(); err != nil {
		return "", err
	}
	j.store = nil
	version, err = j.place.Version(ctx)
	j.release()
	j.release = nil
	return version, err
}

// with does something with a job that is open for settling, and gives it back:
// it is taken again where it was given back before.
func (j *Job) with(ctx context.Context, do func() error) error {
	if j.store == nil {
		if err := j.open(ctx, ModeSettle); err != nil {
			return err
		}
		if j.store == nil {
			return usage(j.place.String(), "the job is gone", "put its folder back where it was")
		}
	}
	if err := do(); err != nil {
		return errors.Join(err, j.Close())
	}
	_, err := j.park(ctx)
	return err
}

// resume takes the job again, and tells whether its journal has changed.
func (j *Job) resume(ctx context.Context, version string) (changed bool, err error) {
	if err := j.lock(ctx); err != nil {
		return false, err
	}
	now, err := j.place.Version(ctx)
	if err != nil {
		return false, err
	}
	return now != version, j.open(ctx, ModeSettle)
}

// whileHeld is a context that ends with ctx, and when the job is lost.
func (j *Job) whileHeld(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(j.held, func() { cancel(context.Cause(j.held)) })
	return ctx, func() { stop(); cancel(nil) }
}

// folder is where the job's views go.
func (j *Job) folder() views.Folder { return views.Folder(j.place.Folder()) }

// rehearsal tells a job of the sandbox.
func (j *Job) rehearsal() bool { return j.header.Target == TargetSandbox }

// Corrected tells how many cells of how many rows of the last run's input were not
// as they stand there.
func (j *Job) Corrected() (cells, rows int) {
	return j.last.Input.Corrected.Cells, j.last.Input.Corrected.Rows
}

// Close gives the job back.
func (j *Job) Close() error {
	var err error
	if j.store != nil {
		err = j.store.Close()
		j.store = nil
	}
	if j.release != nil {
		j.release()
		j.release = nil
	}
	return asProblem(err)
}
