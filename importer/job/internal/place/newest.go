package place

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/journal"
)

// TargetSandbox is the target of a rehearsal's job, which is on no list: what
// lies beside its journal counts alone.
const TargetSandbox = "sandbox"

// ErrBehind is what a journal answers that has forgotten what is known outside
// it: an older one that was put back, or one whose write-ahead log was cleaned
// away, is whole and opens clean, and whoever sends by it sends twice.
var ErrBehind = errors.New("this journal is not the newest")

// ErrListed is within what Remains answers where nothing but the list of jobs
// knows of an earlier one.
var ErrListed = errors.New("the list of jobs knows a job here")

// Superseded tells of an error of Open or Read that the journal which is there
// cannot be gone on with: it is behind, it has lost something, or it is damaged.
// Another may be made from what is known.
func Superseded(err error) bool {
	return errors.Is(err, ErrBehind) || errors.Is(err, journal.ErrLost) || errors.Is(err, journal.ErrDamaged)
}

// opened hands a journal on that is the newest, and the job's own.
func (f *Folder) opened(ctx context.Context, open func() (importer.Store, error)) (importer.Store, error) {
	s, err := f.newest(ctx, open, f.original)
	if errors.Is(err, ErrBehind) {
		err = &importer.Problem{Exit: importer.ExitFailed, Where: f.path(journalName), What: err.Error(), Cause: err,
			Hint: "nothing was sent or changed: put the newest journal.db back, together with its journal.db-wal; if it is lost, run with " +
				importer.CommandLine("--adopt", f.path("results.csv")) + ", which sets this one aside and takes over what is known"}
	}
	return s, importer.AsProblem(err)
}

// newest opens the journal of a job that may be gone on with, and fails with
// ErrBehind if it is not the newest. It opens it once more before it says so: a
// run beside may have written what is known outside since the first look.
func (f *Folder) newest(ctx context.Context, open func() (importer.Store, error),
	may func(context.Context, importer.JobHeader) error) (importer.Store, error) {
	s, err := open()
	if err != nil {
		return nil, err
	}
	h, err := s.Header(ctx)
	if err == nil {
		err = may(ctx, h)
	}
	var known outside
	if err == nil {
		known, err = f.outside(h)
	}
	if err == nil {
		err = known.holdsAgainst(ctx, s)
	}
	if errors.Is(err, ErrBehind) {
		if err := s.Close(); err != nil {
			return nil, err
		}
		if s, err = open(); err != nil {
			return nil, err
		}
		err = known.holdsAgainst(ctx, s)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// outside is what is known of a job's journal outside it.
type outside struct {
	log  []logged // attempts of the job, oldest first
	mark Mark
	list List
	// after is the job whose attempts the log has after this one's; "": none.
	after string
}

func (f *Folder) outside(h importer.JobHeader) (o outside, err error) {
	lines, err := lastLogged(f.path(LogName))
	if err != nil {
		return o, importer.Broken(f.path(LogName), err, "it says what the journal must contain: check its permissions")
	}
	for _, l := range lines {
		switch {
		case l.Job == h.JobID:
			o.log, o.after = append(o.log, l), ""
		case l.Job != "" && len(o.log) > 0:
			o.after = l.Job
		}
	}
	if h.Target != TargetSandbox {
		o.list = f.list
		o.mark, err = f.list.MarkOf(h.JobID)
	}
	return o, err
}

// holdsAgainst fails with ErrBehind for a journal that does not contain what is
// known outside.
func (o outside) holdsAgainst(ctx context.Context, s importer.Store) error {
	has, err := s.HighWater(ctx)
	if err != nil {
		return err
	}
	for _, l := range o.log {
		if l.Run > has.Run {
			return fmt.Errorf("%w: %s knows run %d, which attempted row %s (%s), and the journal ends with run %d",
				ErrBehind, LogName, l.Run, l.Row, l.Key, has.Run)
		}
		if l.Attempt > has.Attempt {
			return fmt.Errorf("%w: %s knows attempt %d, of row %s (%s) in run %d, and the journal ends with number %d",
				ErrBehind, LogName, l.Attempt, l.Row, l.Key, l.Run, has.Attempt)
		}
	}
	m := o.mark
	switch {
	case o.after != "":
		return fmt.Errorf("%w: %s knows attempts of the job %s, which took its place", ErrBehind, LogName, o.after)
	case m.Run > has.Run:
		return fmt.Errorf("%w: the list of your jobs (%s) knows run %d%s, and the journal ends with run %d",
			ErrBehind, o.list, m.Run, m.state(), has.Run)
	case m.Attempt > has.Attempt:
		return fmt.Errorf("%w: the list of your jobs (%s) knows attempt or decision %d%s, and the journal ends with number %d",
			ErrBehind, o.list, m.Attempt, m.state(), has.Attempt)
	case m.Run == has.Run && !m.Open && has.Open:
		return fmt.Errorf("%w: the list of your jobs (%s) knows the end of run %d, and the journal does not", ErrBehind, o.list, m.Run)
	}
	return nil
}

func (m Mark) state() string {
	if m.Open {
		return fmt.Sprintf(" (run %d had not ended)", m.Run)
	}
	return ""
}

// original fails for a copy of a job whose original is still there: each of the
// two would go on without what the other has sent. Where the original is gone,
// cannot be read, or is itself behind, the job has moved here.
func (f *Folder) original(ctx context.Context, h importer.JobHeader) error {
	f.moved = ""
	if h.Target == TargetSandbox {
		return nil
	}
	all, err := f.list.read()
	if err != nil {
		return nil // Register says so
	}
	here, err := os.Stat(f.dir)
	if err != nil {
		return importer.Broken(f.dir, err, "check the permissions of the job folder")
	}
	for _, j := range all {
		if j.ID != h.JobID || j.Dir == f.dir {
			continue
		}
		there, err := os.Stat(j.Dir)
		if err == nil && os.SameFile(here, there) {
			continue // another path to it
		}
		if err == nil && (&Folder{dir: j.Dir, list: f.list}).holds(ctx, h.JobID) {
			return &importer.Problem{Exit: importer.ExitFailed, Where: f.dir,
				What: "this is a copy of the job in " + j.Dir + ", which is still there: what one of the two sends the other would send again",
				Hint: "go on in " + j.Dir + "; nothing was sent or changed here"}
		}
		f.moved = j.Dir
	}
	return nil
}

// holds tells whether the newest journal of a job lies here.
func (f *Folder) holds(ctx context.Context, id string) bool {
	if f.trusted() != nil {
		return false
	}
	s, err := f.newest(ctx, f.reading(ctx), func(_ context.Context, h importer.JobHeader) error {
		if h.JobID != id {
			return fmt.Errorf("%s is the folder of the job %s", f.dir, h.JobID)
		}
		return nil
	})
	if err != nil {
		return false
	}
	_ = s.Close()
	return true
}
