package durable

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Create writes a file that is not there yet. One that is there, a link too, is
// an error that wraps fs.ErrExist, and is not touched; an error of write comes
// back as it is. If Create fails otherwise, half a file is taken away again.
func Create(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := write(f); err != nil {
		return errors.Join(err, f.Close(), os.Remove(path))
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	SyncFolder(filepath.Dir(path))
	return nil
}

// Bytes is for Create and Replace where the content is at hand.
func Bytes(b []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	}
}

// Publish gives a file that was made aside, and is closed, its name in the same
// folder. A file of that name is an error that wraps fs.ErrExist.
func Publish(aside, path string) error {
	if err := syncFile(aside); err != nil {
		return err
	}
	// A link, unlike a rename, never takes the place of a file that is there.
	if err := os.Link(aside, path); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("%s: %w", path, fs.ErrExist)
		}
		// Some file systems have no links.
		if _, serr := os.Lstat(path); serr == nil {
			return fmt.Errorf("%s: %w", path, fs.ErrExist)
		}
		if err := os.Rename(aside, path); err != nil {
			return err
		}
		SyncFolder(filepath.Dir(path))
		return nil
	}
	SyncFolder(filepath.Dir(path))
	return os.Remove(aside)
}

func syncFile(path string) error {
	f, err := Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// SyncFolder makes the names in a folder last; not every system can.
func SyncFolder(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}
