package table

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// stdinName is what standard input is called.
const stdinName = "standard input"

// spool copies standard input to a temporary file, since it is read more than
// once. The file is readable by its owner only and loses its name at once
// where the system allows that, so that no crash can leave it behind.
func spool(ctx context.Context, stdin io.Reader, dir string) (*file, error) {
	f := &file{path: stdinName, name: stdinName}
	if stdin == nil {
		return nil, f.fault(nil, "there is none here", "name a file instead")
	}
	tmp, err := os.CreateTemp(dir, "bulkonboard-*.csv") // mode 0600
	if err != nil {
		return nil, f.unspoolable(err)
	}
	f.spool = tmp
	if os.Remove(tmp.Name()) != nil {
		f.gone = tmp.Name()
	}
	w := &tempWriter{w: tmp}
	if err := f.take(ctx, io.TeeReader(stdin, w)); err != nil {
		f.close()
		if w.err != nil {
			return nil, f.unspoolable(w.err)
		}
		return nil, err
	}
	return f, nil
}

// tempWriter remembers that it was the copy that failed, not the input.
type tempWriter struct {
	w   io.Writer
	err error
}

func (t *tempWriter) Write(p []byte) (int, error) {
	n, err := t.w.Write(p)
	if err != nil {
		t.err = err
	}
	return n, err
}

func (f *file) unspoolable(err error) *Error {
	return f.fault(err, fmt.Sprintf("no temporary copy can be made: %v", err),
		"make room in the folder for temporary files, or save the input to a file and name that")
}

// close removes the copy of standard input; a file at a path has nothing to close.
func (f *file) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.spool == nil {
		return nil
	}
	err := f.spool.Close()
	if errors.Is(err, os.ErrClosed) {
		err = nil
	}
	if f.gone != "" {
		err = errors.Join(err, os.Remove(f.gone))
		f.gone = ""
	}
	return err
}
