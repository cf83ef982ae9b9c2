package place

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/internal/durable"
	"github.com/bulkonboard/bulkonboard/importer/journal"
)

// The files of a folder that are not views.
const (
	journalName = "journal.db"
	// draftName is a journal that is being made from earlier results. Whoever
	// makes a journal.db clears it away.
	draftName = journalName + ".new-adopt"
	lockName  = "lock"
	// asidePrefix begins the name of a journal that was set aside.
	asidePrefix = "journal-set-aside-"
	LogName     = "run.log" // of attempts, one a line
)

// leftBehind are the views that tell of a job whose journal is missing.
var leftBehind = []string{"results.csv", "undo.csv", "doubt.csv", "summary.json"}

// A Folder is a job in a folder of the file system.
type Folder struct {
	dir  string // absolute
	list List

	moved    string // where the job was before it moved here; "": nowhere else
	unmarked error  // why the job's mark cannot be kept
}

var _ Place = (*Folder)(nil)

// At is the folder at dir, of a user whose list of jobs this is.
func At(dir string, list List) (*Folder, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, importer.Broken(dir, err, "")
	}
	return &Folder{dir: abs, list: list}, nil
}

func (f *Folder) String() string { return f.dir }

// Folder implements Place.
func (f *Folder) Folder() string { return f.dir }

func (f *Folder) path(name string) string { return filepath.Join(f.dir, name) }

// Exists implements Place.
func (f *Folder) Exists(context.Context) (bool, error) {
	info, err := os.Stat(f.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, importer.Broken(f.dir, err, "check the permissions of the job folder")
	case !info.IsDir():
		return false, importer.Broken(f.dir, errors.New("the job folder is a file"), "name another folder with --job")
	}
	if err := f.trusted(); err != nil {
		return false, err
	}
	if _, err := os.Lstat(f.path(journalName)); err == nil {
		return true, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return false, importer.Broken(f.path(journalName), err, "check the permissions of the job folder")
	}
	return false, nil
}

// Version implements Place: when journal.db was written last, and how long it is.
// Whoever closes it folds the write-ahead log back into it.
func (f *Folder) Version(context.Context) (string, error) {
	info, err := os.Stat(f.path(journalName))
	if err != nil {
		return "", importer.Broken(f.path(journalName), err, "")
	}
	wal, err := os.Stat(f.path(journalName) + "-wal")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", importer.Broken(f.path(journalName), err, "")
	}
	left := int64(0)
	if err == nil {
		left = wal.Size()
	}
	return fmt.Sprintf("%d %d %d", info.ModTime().UnixNano(), info.Size(), left), nil
}

// Remains implements Place: starting anew beside the views of an earlier job, or
// where the list knows one that has sent, would forget its customers.
func (f *Folder) Remains() error {
	for _, name := range leftBehind {
		if _, err := os.Lstat(f.path(name)); err == nil {
			return &importer.Problem{Exit: importer.ExitFailed, Where: f.dir,
				What: "holds " + name + " of an earlier job, but its journal.db is missing: what was sent is not known here",
				Hint: "put journal.db back where it was; if it is lost, start from the earlier results with " +
					importer.CommandLine("--adopt", f.path(leftBehind[0]))}
		}
	}
	if lines, err := lastLogged(f.path(LogName)); err != nil || len(lines) > 0 {
		return &importer.Problem{Exit: importer.ExitFailed, Where: f.dir, Cause: err,
			What: "holds a run.log that knows attempts, but its journal.db is missing: what was sent is not known here",
			Hint: "put journal.db back where it was; if it is lost, start from what the log knows with a list of the job, such as " +
				importer.CommandLine("--adopt", f.path("undo.csv"))}
	}
	if last, id := f.list.lastAt(f.dir); last.Attempt > 0 {
		return &importer.Problem{Exit: importer.ExitFailed, Where: f.dir, Cause: ErrListed,
			What: fmt.Sprintf("the list of your jobs (%s) knows a job here that has sent (%s, run %d), but its journal.db is missing: "+
				"what was sent is not known here", f.list, id, last.Run),
			Hint: "put the folder back where it was; if it was moved, `bulkonboard results NEW-FOLDER` says so to the list; " +
				"if it is lost, start from an earlier list of the job with --adopt, or knowing nobody with --new-job and --separate-job"}
	}
	return nil
}

// Lock implements Place. It makes the folder if need be.
func (f *Folder) Lock(ctx context.Context) (context.Context, func(), error) {
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return nil, nil, importer.Broken(f.dir, err, "the job folder cannot be made: name another one with --job")
	}
	if err := f.trusted(); err != nil {
		return nil, nil, err
	}
	if name, kind := fileSystem(f.dir); kind == remote {
		return nil, nil, &importer.Problem{Exit: importer.ExitFailed, Where: f.dir,
			What: "lies on a network file system (" + name + "), where a journal cannot be kept safely",
			Hint: "name a folder on a local disk with --job"}
	}
	l, err := take(f.path(lockName))
	if err != nil {
		return nil, nil, err
	}
	held, end := context.WithCancel(ctx)
	return held, func() { end(); l.release() }, nil
}

// Holder implements Place.
func (f *Folder) Holder() (Holder, bool) { return heldBy(f.path(lockName)) }

// Open implements Place. Its mark on the list follows from now on.
func (f *Folder) Open(ctx context.Context) (importer.Store, error) {
	// One that must not be gone on with is not written to.
	looked, err := f.Read(ctx)
	if err == nil {
		err = looked.Close()
	}
	if err != nil {
		return nil, importer.AsProblem(err)
	}
	s, err := asStore(journal.Open(ctx, f.path(journalName)))
	if err != nil {
		return nil, importer.AsProblem(err)
	}
	return f.marking(ctx, s)
}

// Read implements Place.
func (f *Folder) Read(ctx context.Context) (importer.Store, error) {
	if err := f.trusted(); err != nil {
		return nil, err
	}
	return f.opened(ctx, f.reading(ctx))
}

func (f *Folder) reading(ctx context.Context) func() (importer.Store, error) {
	return func() (importer.Store, error) { return asStore(journal.OpenReadOnly(ctx, f.path(journalName))) }
}

// asStore is no store where there is an error.
func asStore(s *journal.Store, err error) (importer.Store, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}

// marking has the mark of a job follow its journal. A mark that cannot be kept
// is no reason to stop: Register says so.
func (f *Folder) marking(ctx context.Context, s importer.Store) (importer.Store, error) {
	h, err := s.Header(ctx)
	if err != nil {
		return nil, importer.AsProblem(errors.Join(err, s.Close()))
	}
	if h.Target == TargetSandbox {
		return s, nil
	}
	if f.moved != "" {
		_ = f.Register(h)
	}
	m, err := f.list.marker(h.JobID, h.Target)
	if f.unmarked = err; m == nil || err != nil {
		return s, nil
	}
	if err := s.OnCommit(ctx, m.keep); err != nil {
		return nil, importer.AsProblem(errors.Join(err, m.close(), s.Close()))
	}
	return marked{s, m}, nil
}

// Create implements Place.
func (f *Folder) Create(ctx context.Context, h importer.JobHeader) (importer.Store, error) {
	s, err := f.create(ctx, journalName, h)
	if err != nil {
		return nil, err
	}
	return f.marking(ctx, s)
}

// Draft implements Place.
func (f *Folder) Draft(ctx context.Context, h importer.JobHeader) (importer.Store, error) {
	f.Discard()
	return f.create(ctx, draftName, h)
}

func (f *Folder) create(ctx context.Context, name string, h importer.JobHeader) (importer.Store, error) {
	s, err := journal.Create(ctx, f.path(name), h)
	if errors.Is(err, fs.ErrExist) {
		return nil, f.startedMeanwhile(err)
	}
	if err != nil {
		return nil, importer.Broken(f.path(name), err,
			"the journal cannot be made, and nothing was sent: check space and permissions, or name another folder with --job")
	}
	return s, nil
}

func (f *Folder) startedMeanwhile(err error) error {
	return &importer.Problem{Exit: importer.ExitBusy, Where: f.dir, What: "another run has just started this job",
		Hint: "run again", Cause: err}
}

// Publish implements Place.
func (f *Folder) Publish(ctx context.Context, draft importer.Store, over bool) (importer.Store, error) {
	if err := draft.Close(); err != nil {
		return nil, importer.AsProblem(err)
	}
	if over {
		if err := f.setAside(time.Now()); err != nil {
			return nil, importer.Broken(f.path(journalName), err,
				"the journal that is behind cannot be set aside, and nothing was sent: check permissions")
		}
	}
	err := durable.Publish(f.path(draftName), f.path(journalName))
	if errors.Is(err, fs.ErrExist) {
		return nil, f.startedMeanwhile(err)
	}
	if err != nil {
		return nil, importer.Broken(f.path(journalName), err, "the journal cannot be made, and nothing was sent: check space and permissions")
	}
	return f.Open(ctx)
}

// setAside gives a journal that is behind another name, its write-ahead log
// first: a log beside a journal that it does not belong to would spoil that one.
// Whoever is killed in between leaves a job whose journal is behind, or lost:
// neither is gone on with.
func (f *Folder) setAside(now time.Time) error {
	aside := asidePrefix + now.UTC().Format("20060102T150405.000Z") + ".db"
	for _, suffix := range []string{"-wal", ""} {
		err := os.Rename(f.path(journalName)+suffix, f.path(aside)+suffix)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := os.Remove(f.path(journalName) + "-shm"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	durable.SyncFolder(f.dir)
	return nil
}

// Journals are the paths of all journals in a folder: the job's, and those that
// were set aside because they were behind.
func Journals(dir string) []string {
	var out []string
	entries, _ := os.ReadDir(dir) // there are none in a folder that cannot be read
	for _, e := range entries {
		if n := e.Name(); n == journalName || strings.HasPrefix(n, asidePrefix) && strings.HasSuffix(n, ".db") {
			out = append(out, filepath.Join(dir, n))
		}
	}
	return out
}

// Evidence opens one of Journals for looking at what it still knows.
func Evidence(ctx context.Context, path string) (importer.Store, error) {
	return asStore(journal.OpenEvidence(ctx, path))
}

// Discard implements Place.
func (f *Folder) Discard() {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		_ = os.Remove(f.path(draftName) + suffix)
	}
}

// Keep implements Place.
func (f *Folder) Keep(name string, content []byte) error {
	if err := durable.Replace(f.path(name), durable.Bytes(content)); err != nil {
		return importer.Broken(f.path(name), err, "it cannot be kept with the job, and nothing was sent")
	}
	return nil
}

// Kept implements Place.
func (f *Folder) Kept(name string) (string, error) {
	path := f.path(name)
	return path, importer.AsProblem(durable.Check(path))
}

// Log implements Place.
func (f *Folder) Log() (io.WriteCloser, error) {
	file, err := durable.Append(f.path(LogName))
	if err != nil {
		return nil, importer.Broken(f.path(LogName), err, "the log cannot be written, and nothing was sent")
	}
	return file, nil
}

// Register implements Place.
func (f *Folder) Register(h importer.JobHeader) error {
	return errors.Join(f.list.add(listed{ID: h.JobID, Dir: f.dir, Target: h.Target}), f.unmarked)
}

// Others implements Place.
func (f *Folder) Others(ctx context.Context, target, id string, warn func(string)) *Others {
	return f.list.Others(ctx, target, id, f.dir, warn)
}
