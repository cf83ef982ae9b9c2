package importertest

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer"
)

// tooMany ends a pass that does not end by itself.
const tooMany = 1_000_000

// TestInput holds an importer.Input to what the engine relies on. open makes a
// new Input each time it is called, over the same content, of at least two
// rows. change alters that content behind the Input's back; it is nil where
// nothing can be changed.
func TestInput(t *testing.T, open func(t *testing.T) (in importer.Input, change func())) {
	t.Helper()

	t.Run("a pass delivers rows of the header's width in ascending order", func(t *testing.T) {
		in, _ := open(t)
		rows := passOf(t, in)
		if len(rows) < 2 {
			t.Fatalf("%d rows: the suite needs two", len(rows))
		}
		last := make(map[*importer.Header]int)
		for _, r := range rows {
			h := r.row.Header
			if h == nil {
				t.Fatalf("row %d has no header", r.row.Number)
			}
			if len(r.row.Cells) != len(h.Columns) {
				t.Errorf("row %s has %d cells, its header %d columns", r.row.Ref(), len(r.row.Cells), len(h.Columns))
			}
			before, ok := last[h]
			if !ok {
				before = h.Row
			}
			if r.row.Number <= before {
				t.Errorf("row %s comes after number %d", r.row.Ref(), before)
			}
			last[h] = r.row.Number
			if r.err != nil && (r.err.Cell.Row != r.row.Number || r.err.Code == "" || r.err.Cause == "") {
				t.Errorf("row %s: an error that does not say where and what: %+v", r.row.Ref(), r.err)
			}
		}
	})

	t.Run("every pass is the same", func(t *testing.T) {
		in, _ := open(t)
		digest := in.Digest()
		first := passOf(t, in)
		samePass(t, first, passOf(t, in))

		half := begin(t, in)
		read(t, half)
		closeSource(t, half)
		samePass(t, first, passOf(t, in))
		if in.Digest() != digest {
			t.Errorf("the digest was %s and is %s", digest, in.Digest())
		}

		other, _ := open(t)
		samePass(t, first, passOf(t, other))
		if other.Digest() != digest {
			t.Errorf("the same content has the digests %s and %s", digest, other.Digest())
		}
		if digest == "" {
			t.Error("the digest is empty")
		}
	})

	t.Run("what was read stays as it is", func(t *testing.T) {
		in, _ := open(t)
		rows := passOf(t, in)
		var kept [][]string
		for _, r := range rows {
			kept = append(kept, slices.Clone(r.row.Cells))
			for i := range r.row.Cells {
				r.row.Cells[i] = "overwritten"
			}
		}
		for i, r := range passOf(t, in) {
			if !slices.Equal(r.row.Cells, kept[i]) {
				t.Errorf("row %s was %q and is %q", r.row.Ref(), kept[i], r.row.Cells)
			}
		}
	})

	t.Run("the end stays the end", func(t *testing.T) {
		in, _ := open(t)
		src := begin(t, in)
		for range tooMany {
			if _, err := src.Read(); err == io.EOF {
				break
			}
		}
		for range 3 {
			if _, err := src.Read(); err != io.EOF {
				t.Fatalf("behind the end: %v, want io.EOF", err)
			}
		}
		closeSource(t, src)
	})

	t.Run("a source may be closed twice", func(t *testing.T) {
		in, _ := open(t)
		src := begin(t, in)
		read(t, src)
		closeSource(t, src)
		closeSource(t, src)
		if _, err := src.Read(); err == nil {
			t.Error("a closed source still delivers")
		}
	})

	t.Run("a cancelled context ends the pass", func(t *testing.T) {
		in, _ := open(t)
		ctx, cancel := context.WithCancel(t.Context())
		src, err := in.Open(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		read(t, src)
		cancel()
		for range 2 {
			if _, err := src.Read(); !errors.Is(err, context.Canceled) {
				t.Fatalf("after the context ended: %v", err)
			}
		}
		if s, err := in.Open(ctx); err == nil {
			defer s.Close()
			if _, err := s.Read(); !errors.Is(err, context.Canceled) {
				t.Fatalf("opened after the context ended: %v", err)
			}
		}
	})

	t.Run("a changed file is noticed", func(t *testing.T) {
		in, change := open(t)
		if change == nil {
			t.Skip("this input cannot change")
		}
		before := passOf(t, in)
		change()
		src, err := in.Open(t.Context())
		if err == nil {
			defer src.Close()
			for i := range tooMany {
				var row importer.Row
				if row, err = src.Read(); err != nil && !isRowError(err) {
					break
				}
				if i >= len(before) || !slices.Equal(row.Cells, before[i].row.Cells) {
					t.Fatalf("row %s of the changed file was delivered", row.Ref())
				}
			}
		}
		if !errors.Is(err, importer.ErrInputChanged) {
			t.Fatalf("the pass ended with %v, want ErrInputChanged", err)
		}
	})
}

// A rowRead is what one Read gave.
type rowRead struct {
	row importer.Row
	err *importer.RowError
}

func begin(t *testing.T, in importer.Input) importer.Source {
	t.Helper()
	src, err := in.Open(t.Context())
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { _ = src.Close() })
	return src
}

func closeSource(t *testing.T, src importer.Source) {
	t.Helper()
	if err := src.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}

// read reads one row, which may be spoiled.
func read(t *testing.T, src importer.Source) {
	t.Helper()
	if _, err := src.Read(); err != nil && !isRowError(err) {
		t.Fatalf("read: %v", err)
	}
}

// passOf reads a whole pass; spoiled rows do not end it.
func passOf(t *testing.T, in importer.Input) []rowRead {
	t.Helper()
	src := begin(t, in)
	var out []rowRead
	for range tooMany {
		row, err := src.Read()
		var re *importer.RowError
		switch {
		case err == io.EOF:
			closeSource(t, src)
			return out
		case errors.As(err, &re):
		case err != nil:
			t.Fatalf("read: %v", err)
		}
		out = append(out, rowRead{row, re})
	}
	t.Fatalf("more than %d rows", tooMany)
	return nil
}

func isRowError(err error) bool {
	var re *importer.RowError
	return errors.As(err, &re)
}

func samePass(t *testing.T, want, got []rowRead) {
	t.Helper()
	if len(want) != len(got) {
		t.Fatalf("one pass has %d rows, another %d", len(want), len(got))
	}
	for i := range want {
		w, g := want[i], got[i]
		if w.row.Ref() != g.row.Ref() || w.row.Line != g.row.Line || !slices.Equal(w.row.Cells, g.row.Cells) ||
			!slices.Equal(w.row.Header.Columns, g.row.Header.Columns) {
			t.Fatalf("row %d was %+v and is %+v", i, w.row, g.row)
		}
		if (w.err == nil) != (g.err == nil) || w.err != nil && w.err.Error() != g.err.Error() {
			t.Fatalf("row %s: the error was %v and is %v", w.row.Ref(), w.err, g.err)
		}
	}
}
