package place

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

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
	LogName   = "run.log" // of attempts, one a line
)

// leftBehind are the views that tell of a job whose journal is missing.
var leftBehind = []string{"results.csv", "undo.csv", "doubt.csv", "summary.json"}

// A Folder is a job in a folder of the file system.
type Folder struct {
	dir  string // absolute
	list List
}

var _ Place = (*Folder)(nil)

// At is the folder at dir, of a user whose list of jobs this is.
func At(dir string, list List) (*Folder, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, importer.Broken(dir, err, "")
	}
	return &Folder{abs, list}, nil
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

// Remains implements Place: starting anew beside the views of an earlier job
// would forget its customers.
func (f *Folder) Remains() error {
	for _, name := range leftBehind {
		if _, err := os.Lstat(f.path(name)); err == nil {
			return &importer.Problem{Exit: importer.ExitFailed, Where: f.dir,
				What: "holds " + name + " of an earlier job, but its journal.db is missing: what was sent is not known here",
				Hint: "put journal.db back where it was; if it is lost, start from the earlier results with --adopt " + f.path(leftBehind[0])}
		}
	}
	if lines, err := lastLogged(f.path(LogName)); err != nil || len(lines) > 0 {
		return &importer.Problem{Exit: importer.ExitFailed, Where: f.dir, Cause: err,
			What: "holds a run.log that knows attempts, but its journal.db is missing: what was sent is not known here",
			Hint: "put journal.db back where it was; if it is lost, start from what the log knows with --adopt and a list of the job, such as " + f.path("undo.csv")}
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
		return nil, nil, &importer.Problem{Exit: importer.ExitFailed, Where: f.dir, What: "lies on a network file system (" + name + "), where a journal cannot be kept safely",
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

// Open implements Place.
func (f *Folder) Open(ctx context.Context) (importer.Store, error) {
	if err := f.trusted(); err != nil {
		return nil, err
	}
	s, err := journal.Open(ctx, f.path(journalName))
	return f.opened(ctx, s, err)
}

// Read implements Place.
func (f *Folder) Read(ctx context.Context) (importer.Store, error) {
	if err := f.trusted(); err != nil {
		return nil, err
	}
	s, err := journal.OpenReadOnly(ctx, f.path(journalName))
	return f.opened(ctx, s, err)
}

// opened hands a journal on that is the newest.
func (f *Folder) opened(ctx context.Context, s importer.Store, err error) (importer.Store, error) {
	if err != nil {
		return nil, importer.AsProblem(err)
	}
	if err := f.newest(ctx, s); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Create implements Place.
func (f *Folder) Create(ctx context.Context, h importer.JobHeader) (importer.Store, error) {
	return f.create(ctx, journalName, h)
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
		return nil, importer.Broken(f.path(name), err, "the journal cannot be made, and nothing was sent: check space and permissions, or name another folder with --job")
	}
	return s, nil
}

func (f *Folder) startedMeanwhile(err error) error {
	return &importer.Problem{Exit: importer.ExitBusy, Where: f.dir, What: "another run has just started this job", Hint: "run again", Cause: err}
}

// Publish implements Place.
func (f *Folder) Publish(ctx context.Context, draft importer.Store) (importer.Store, error) {
	if err := draft.Close(); err != nil {
		return nil, importer.AsProblem(err)
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
	return f.list.add(listed{ID: h.JobID, Dir: f.dir, Target: h.Target})
}

// Others implements Place.
func (f *Folder) Others(ctx context.Context, target, id string, warn func(string)) *Others {
	return f.list.Others(ctx, target, id, f.dir, warn)
}
