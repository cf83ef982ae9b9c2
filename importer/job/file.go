package job

import (
	"errors"
	"io"
	"io/fs"

	"github.com/bulkonboard/bulkonboard/importer/internal/durable"
)

// WriteNew writes a file that somebody named, for its owner only and durably.
// A file that is there is an error, and is never written over: it may have been
// edited for hours. Half a file is taken away again.
func WriteNew(path string, write func(io.Writer) error) error {
	err := durable.Create(path, write)
	var p *Problem
	switch {
	case errors.As(err, &p):
		return err
	case errors.Is(err, fs.ErrExist):
		return &Problem{Exit: ExitUsage, Where: path, What: "is there already, and is not overwritten",
			Hint: "name another file, or move this one away first", Cause: err}
	case err != nil:
		return broken(path, err, "")
	}
	return nil
}
