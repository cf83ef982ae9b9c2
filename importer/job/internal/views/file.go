package views

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/internal/durable"
	"github.com/bulkonboard/bulkonboard/report"
)

// unwritable is the problem of a view that cannot be written.
func (v *Views) unwritable(path string, err error) error {
	return importer.Broken(path, err, "what was sent is safe in the journal; once the file can be written: "+
		importer.CommandLine("bulkonboard", "results", string(v.src.Folder)))
}

// replace writes one view in the place of the last one, keeping what somebody
// has edited since.
func (v *Views) replace(ctx context.Context, name, path string, write func(io.Writer) error) error {
	if v.src.DryRun || path == "" {
		return write(io.Discard)
	}
	abs, last, err := v.last(ctx, path)
	if err != nil {
		return err
	}
	out := &sink{}
	done, err := durable.Supersede(abs, last, time.Now(), func(w io.Writer) error {
		out.w = w
		out.inner = write(out)
		return out.inner
	})
	var unlike *unlikeError
	switch {
	case err != nil && out.inner != nil && out.err == nil && !errors.As(err, &unlike):
		return err // it is not the file that fails
	case err != nil:
		return v.unwritable(abs, err)
	}
	v.wrote(File{Name: name, Path: abs, KeptAs: done.KeptAs})
	return v.src.Store.SetViewDigest(ctx, v.nameOf(abs), done.Digest)
}

// nameOf is the name under which a view's digest is kept: one in the job's folder
// has the same wherever the folder lies.
func (v *Views) nameOf(abs string) string {
	if dir, err := filepath.Abs(string(v.src.Folder)); err == nil && v.src.Folder != "" && filepath.Dir(abs) == dir {
		return filepath.Base(abs)
	}
	return abs
}

// last is where a view stands, and its digest as it was written last; "" if it
// never was.
func (v *Views) last(ctx context.Context, path string) (abs, digest string, err error) {
	if abs, err = filepath.Abs(path); err != nil {
		return "", "", importer.Broken(path, err, "")
	}
	digest, err = v.src.Store.ViewDigest(ctx, v.nameOf(abs))
	if digest == "" && err == nil {
		digest, err = v.src.Store.ViewDigest(ctx, abs) // journals of the first edition have the path
	}
	return abs, digest, err
}

// A sink tells a file that cannot be written from what fails while it is.
type sink struct {
	w     io.Writer
	err   error // of the file
	inner error // of whoever writes
}

func (s *sink) Write(b []byte) (int, error) {
	n, err := s.w.Write(b)
	if err != nil {
		s.err = err
	}
	return n, err
}

func (v *Views) wrote(f File) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.files = append(v.files, f)
}

// retire takes a view of an earlier input away, keeping what somebody has
// edited since.
func (v *Views) retire(ctx context.Context, name, path string) error {
	if v.src.DryRun || path == "" {
		return nil
	}
	abs, last, err := v.last(ctx, path)
	if err != nil {
		return err
	}
	kept, err := durable.Retire(abs, last, time.Now())
	if err != nil {
		return importer.Broken(abs, err, "remove it: it is about an earlier input")
	}
	if kept != "" {
		v.wrote(File{Name: name, Path: abs, KeptAs: kept})
	}
	return nil
}

func (v *Views) resultsPath() string {
	if v.src.Results != "" {
		return v.src.Results
	}
	return v.src.Folder.Path(ResultsName)
}

// replaceResults replaces the results while do runs, as what their name says.
func (v *Views) replaceResults(ctx context.Context, do func(*report.ResultsWriter) error) error {
	return v.replace(ctx, "results", v.resultsPath(), func(w io.Writer) error {
		if !strings.EqualFold(filepath.Ext(v.resultsPath()), ".xlsx") {
			return do(report.NewResults(w, v.tag()))
		}
		return v.readBack(ctx, w, func(w io.Writer, wrote func([]string)) error {
			return do(report.NewResultsBook(w, string(v.src.Folder), v.tag(), wrote))
		})
	})
}
