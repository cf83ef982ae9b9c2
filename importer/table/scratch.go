package table

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

const (
	scratchPattern = "bulkonboard-xlsx-*"
	scratchLock    = "lock"
	// fresh is how old a folder must be to be swept: its process may not have
	// locked it yet.
	fresh = time.Minute
)

// A scratch is a folder for temporary files, of one process. They hold what
// stands in a sheet, so that a killed process must not leave them for long: a
// kernel lock dies with it, and the next scratch sweeps what is not locked.
type scratch struct {
	dir  string
	lock *flock.Flock
}

// newScratch makes a folder in temp; "" is the system's.
func newScratch(temp string) (*scratch, error) {
	if temp == "" {
		temp = os.TempDir()
	}
	sweep(temp, time.Now())
	dir, err := os.MkdirTemp(temp, scratchPattern) // mode 0700
	if err != nil {
		return nil, err
	}
	s := &scratch{dir, flock.New(filepath.Join(dir, scratchLock), flock.SetPermissions(0o600))}
	// Where nothing can be locked nobody can sweep it either, and that is all.
	_, _ = s.lock.TryLock()
	return s, nil
}

func (s *scratch) close() error { return errors.Join(s.lock.Unlock(), os.RemoveAll(s.dir)) }

// sweep removes the scratches of processes that are gone. Whatever it cannot
// be sure of, or may not remove, it leaves.
func sweep(temp string, now time.Time) {
	dirs, _ := filepath.Glob(filepath.Join(temp, scratchPattern))
	for _, dir := range dirs {
		path := filepath.Join(dir, scratchLock)
		info, err := os.Lstat(path)
		if err != nil || info.Mode().Type() != 0 || now.Sub(info.ModTime()) < fresh {
			continue
		}
		if d, err := os.Lstat(dir); err != nil || d.Mode().Type() != fs.ModeDir {
			continue
		}
		l := flock.New(path, flock.SetFlag(os.O_RDONLY))
		if got, err := l.TryLock(); err != nil || !got {
			continue
		}
		_ = l.Unlock()
		_ = os.RemoveAll(dir)
	}
}
