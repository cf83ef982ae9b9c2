package strict

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// MaxBytes bounds a file.
const MaxBytes = 1 << 20

// ReadFile reads a regular file of MaxBytes at most. It waits for nobody: a
// pipe or a device is refused, as is a folder. Its error says what the file
// is, and has no path in it unless it is the system's own.
func ReadFile(path string) ([]byte, error) {
	// Opening a named pipe would wait for its writer, hence Stat first.
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	switch {
	case info.IsDir():
		return nil, errors.New("is a folder, not a file")
	case !info.Mode().IsRegular():
		return nil, errors.New("is a device or a pipe, not a file: save what it gives, and name that file")
	case info.Size() > MaxBytes:
		return nil, tooLarge(info.Size())
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	// It may have grown, or be a file of /proc that says it has no bytes.
	b, err := io.ReadAll(io.LimitReader(f, MaxBytes+1))
	if err == nil && len(b) > MaxBytes {
		err = tooLarge(int64(len(b)))
	}
	if err != nil {
		return nil, err
	}
	return b, nil
}

func tooLarge(size int64) error {
	return fmt.Errorf("has %d bytes, and a file of this kind has %d at most: is it the right one?", size, MaxBytes)
}
