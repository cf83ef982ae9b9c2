package views

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"slices"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/table"
)

// An unlikeError says that a workbook of ours does not read as what was written.
type unlikeError struct{ where string }

func (e *unlikeError) Error() string {
	return "the workbook would not read as what was written into it: " + e.where
}

// readBack hands on what write writes, a workbook, once it was read again and every
// row found to be what write has told.
func (v *Views) readBack(ctx context.Context, w io.Writer, write func(w io.Writer, wrote func([]string)) error) (err error) {
	if v.src.DryRun {
		return write(io.Discard, nil)
	}
	f, err := os.CreateTemp(string(v.src.Folder), ".book-*.xlsx") // mode 0600
	if err != nil {
		return v.unwritable(string(v.src.Folder), err)
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	told, out := &writtenRows{seed: maphash.MakeSeed()}, &sink{w: f}
	if err := write(out, told.add); out.err != nil {
		return v.unwritable(f.Name(), err)
	} else if err != nil {
		return err
	}
	if err := told.compare(ctx, f.Name()); err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return v.unwritable(f.Name(), err)
	}
	_, err = io.Copy(w, f)
	return err
}

// writtenRows are the rows that were written, by their hashes.
type writtenRows struct {
	seed   maphash.Seed
	header []string
	sums   []uint64
}

func (t *writtenRows) add(cells []string) {
	if t.header == nil {
		t.header = slices.Clone(cells)
		return
	}
	t.sums = append(t.sums, t.sum(cells))
}

func (t *writtenRows) sum(cells []string) uint64 {
	var h maphash.Hash
	h.SetSeed(t.seed)
	for _, c := range cells {
		maphash.WriteComparable(&h, c)
	}
	return h.Sum64()
}

// compare reads a workbook's rows.
func (t *writtenRows) compare(ctx context.Context, path string) error {
	in, err := table.Open(ctx, path, table.Options{})
	if err != nil {
		return errors.Join(&unlikeError{"it cannot be read"}, err)
	}
	defer func() { _ = in.Close() }()
	if !slices.Equal(in.Headers()[0].Columns, t.header) {
		return &unlikeError{"the names of its columns"}
	}
	src, err := in.Open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }()
	for n := 0; ; n++ {
		row, err := src.Read()
		var spoilt *importer.RowError
		switch {
		case err == io.EOF && n == len(t.sums):
			return nil
		case err == io.EOF || n == len(t.sums):
			return &unlikeError{fmt.Sprintf("it has %d rows, and %d were written", max(n, in.Rows()), len(t.sums))}
		case err != nil && !errors.As(err, &spoilt):
			return err
		case t.sum(row.Cells) != t.sums[n]:
			return &unlikeError{fmt.Sprintf("row %d", row.Number)}
		}
	}
}
