package durable

import (
	"errors"
	"os"
	"path/filepath"
)

// newPending starts a file that takes the place of the one at path, or none.
// renameio leaves Windows out, since a rename there is not atomic in every
// case; it is the best there is.
func newPending(path string) (pending, error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return nil, err
	}
	return &windowsFile{File: f, path: path}, nil
}

type windowsFile struct {
	*os.File
	path string
	done bool
}

func (f *windowsFile) CloseAtomicallyReplace() error {
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), f.path); err != nil {
		return err
	}
	f.done = true
	return nil
}

func (f *windowsFile) Cleanup() error {
	if f.done {
		return nil
	}
	_ = f.Close()
	return os.Remove(f.Name())
}
