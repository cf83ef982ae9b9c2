package journal

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/importertest"
)

// begun is a journal in use: a run is open, and a row is in flight.
func begun(t *testing.T, keys ...importer.Key) (s *Store, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "journal.db")
	s, err := Create(t.Context(), path, importertest.TestHeader())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if _, err := s.StartRun(t.Context(), importer.Run{}); err != nil {
		t.Fatal(err)
	}
	begin(t, s, keys...)
	return s, path
}

func begin(t *testing.T, s *Store, keys ...importer.Key) {
	t.Helper()
	for _, k := range keys {
		if _, err := s.Begin(t.Context(), importer.Attempt{Key: k, ClientName: string(k), BegunAt: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
}

// killed is a copy of a journal's files as a killed program leaves them.
func killed(t *testing.T, path string) string {
	t.Helper()
	copied := filepath.Join(copyFolder(t, filepath.Dir(path)), filepath.Base(path))
	_ = os.Remove(copied + "-shm") // as a restart of the machine leaves it
	return copied
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// openingFails wants both openings to fail, and to change nothing.
func openingFails(t *testing.T, path string, want error) {
	t.Helper()
	before := folder(t, path)
	for name, open := range map[string]func(context.Context, string) (*Store, error){"Open": Open, "OpenReadOnly": OpenReadOnly} {
		s, err := open(t.Context(), path)
		if err == nil {
			_ = s.Close()
		}
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	after := folder(t, path)
	delete(after, filepath.Base(path)+"-shm")
	delete(before, filepath.Base(path)+"-shm")
	for name, b := range before {
		if after[name] != b {
			t.Errorf("%s was changed", name)
		}
	}
}

func opens(t *testing.T, path string, keys ...importer.Key) {
	t.Helper()
	for _, open := range []func(context.Context, string) (*Store, error){OpenReadOnly, Open} {
		s, err := open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		es, err := s.Lookup(t.Context(), keys)
		if err := errors.Join(err, s.Close()); err != nil || len(es) != len(keys) {
			t.Fatalf("%d entries of %d, %v", len(es), len(keys), err)
		}
	}
}

// The write-ahead log of a program that was killed holds what that wrote last.
func TestTheLogOfAKilledProgramIsMissed(t *testing.T) {
	s, path := begun(t, "a")
	opens(t, killed(t, path), "a")
	gone := killed(t, path)
	if err := os.Remove(gone + "-wal"); err != nil {
		t.Fatal(err)
	}
	openingFails(t, gone, ErrLost)
	empty := killed(t, path)
	if err := os.Truncate(empty+"-wal", 0); err != nil {
		t.Fatal(err)
	}
	openingFails(t, empty, ErrLost)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, filepath.Dir(path)); !slices.Equal(got, []string{"journal.db"}) {
		t.Errorf("the folder holds %q", got)
	}
	opens(t, path, "a")
}

// A file that was put back beside a write-ahead log of another time, or the
// other way round, is no journal.
func TestFilesOfDifferentTimesAreRefused(t *testing.T) {
	s, path := begun(t, "a")
	first := killed(t, path)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	closed := filepath.Join(t.TempDir(), "closed.db")
	copyFile(t, path, closed)
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	begin(t, s, "b")
	second := killed(t, path)
	opens(t, killed(t, path), "a", "b")

	for name, mix := range map[string]func(to string){
		"an older file":            func(to string) { copyFile(t, first, to) },
		"an older file, well kept": func(to string) { copyFile(t, closed, to) },
		"an older log":             func(to string) { copyFile(t, first+"-wal", to+"-wal") },
	} {
		t.Run(name, func(t *testing.T) {
			to := killed(t, second)
			mix(to)
			openingFails(t, to, ErrLost)
		})
	}
}

// A reader that keeps the log from being copied is not waited for, and takes
// nothing from what is noticed.
func TestAReaderInTheWay(t *testing.T) {
	s, path := begun(t, "a")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// The reader needs a log to read from, which is there while somebody writes.
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := OpenReadOnly(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	tx, err := r.db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := tx.QueryRow("SELECT count(*) FROM entries").Scan(&n); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if !s.w.state.fresh {
		t.Error("nobody was in the way")
	}
	begin(t, s, "b")
	opens(t, killed(t, path), "a", "b")
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	begin(t, s, "c")
	if err := s.w.checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	begin(t, s, "d")
	if s.w.state.fresh {
		t.Error("what has arrived is not seen")
	}
	opens(t, killed(t, path), "a", "b", "c", "d")
}

// Whatever takes the place of an open journal ends it at the next write.
func TestASwappedJournalIsNoticed(t *testing.T) {
	for name, swap := range map[string]func(t *testing.T, path, older string){
		"taken away":         func(t *testing.T, path, _ string) { remove(t, path) },
		"another file":       func(t *testing.T, path, older string) { rename(t, older, path) },
		"the same once more": func(t *testing.T, path, older string) { copyFile(t, path, older); rename(t, older, path) },
		"written over":       func(t *testing.T, path, older string) { copyFile(t, older, path) },
		"cut":                func(t *testing.T, path, _ string) { truncate(t, path) },
		"its log taken away": func(t *testing.T, path, _ string) { remove(t, path+"-wal") },
		"its log put back": func(t *testing.T, path, _ string) {
			copyFile(t, path+"-wal", path+"x")
			rename(t, path+"x", path+"-wal")
		},
		"all of it taken away":  func(t *testing.T, path, _ string) { remove(t, path); remove(t, path+"-wal"); remove(t, path+"-shm") },
		"a folder in its place": func(t *testing.T, path, _ string) { remove(t, path); mkdir(t, path) },
	} {
		t.Run(name, func(t *testing.T) {
			s, path := begun(t, "a")
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			older := filepath.Join(t.TempDir(), "older.db")
			copyFile(t, path, older)
			s, err := Open(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			id, err := s.Begin(t.Context(), importer.Attempt{Key: "b", BegunAt: time.Now()})
			if err != nil {
				t.Fatal(err)
			}
			swap(t, path, older)
			if _, err := s.Begin(t.Context(), importer.Attempt{Key: "c"}); !errors.Is(err, ErrSwapped) {
				t.Errorf("begin: %v", err)
			}
			if err := s.Finish(t.Context(), id, importer.Outcome{Status: importer.Failed}, nil); !errors.Is(err, ErrSwapped) {
				t.Errorf("finish: %v", err)
			}
		})
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, path string)       { t.Helper(); check(t, os.Remove(path)) }
func rename(t *testing.T, from, path string) { t.Helper(); check(t, os.Rename(from, path)) }
func truncate(t *testing.T, path string)     { t.Helper(); check(t, os.Truncate(path, 0)) }
func mkdir(t *testing.T, path string)        { t.Helper(); check(t, os.Mkdir(path, 0o700)) }
