package durable

import (
	"errors"
	"io"
	"io/fs"
	"os"
)

// Open opens a file for reading.
func Open(path string) (*os.File, error) { return open(path, os.O_RDONLY) }

// Append opens a file to write at its end, and makes it where it is missing.
func Append(path string) (*os.File, error) { return open(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY) }

// Update opens a file to read and write, and makes it where it is missing.
func Update(path string) (*os.File, error) { return open(path, os.O_CREATE|os.O_RDWR) }

// ReadFile reads a file whole.
func ReadFile(path string) ([]byte, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(f)
}

// Check refuses what stands at path if it is no plain file; nothing there is
// no fault.
func Check(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return plain(path, info.Mode())
}

// open looks at the name first, for a message that says what is there, and at
// what was opened afterwards: between the two it may have become another.
func open(path string, flag int) (*os.File, error) {
	if err := Check(path); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, flag|Flags, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil {
		err = plain(path, info.Mode())
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
