package journal_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/importertest"
	"github.com/bulkonboard/bulkonboard/importer/journal"
)

func attempt(n int) importer.Attempt {
	return importer.Attempt{Key: importer.Key(fmt.Sprintf("c%d@example.test", n)), Row: importer.RowRef{Number: n},
		ClientName: fmt.Sprintf("Client %d", n),
		UserEmails: []string{fmt.Sprintf("c%d@example.test", n)}, Snapshot: bytes.Repeat([]byte("s"),
			300), Fingerprint: "v1:0123456789abcdef0123456789abcdef", BegunAt: time.Now()}
}

func receipt(n int) importer.Outcome {
	return importer.Outcome{Status: importer.Created, HTTPStatus: 200, FinishedAt: time.Now(),
		Receipt: importer.Receipt{ClientID: fmt.Sprintf("Q2xpZW50Oj%d", n), ClientName: fmt.Sprintf("Client %d", n),
			PrimaryEmail: "c@example.test", AssetGroupID: "QXNzZXRHcm91cDox"}}
}

// filled is a closed journal with n created clients.
func filled(t testing.TB, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "journal.db")
	s, err := journal.Create(t.Context(), path, importertest.TestHeader())
	if err != nil {
		t.Fatal(err)
	}
	fill(t, s, 0, n)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func fill(t testing.TB, s importer.Store, from, n int) {
	t.Helper()
	var wg sync.WaitGroup
	for w := range 32 {
		wg.Go(func() {
			for i := from + w; i < from+n; i += 32 {
				id, err := s.Begin(context.Background(), attempt(i))
				if err == nil {
					err = s.Finish(context.Background(), id, receipt(i), nil)
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func listing(t *testing.T, path string) string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

func TestDamageIsRefused(t *testing.T) {
	whole, err := os.ReadFile(filled(t, 50))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		damage func([]byte) []byte
		want   error
	}{
		{"empty", func([]byte) []byte { return nil }, journal.ErrDamaged},
		{"a text", func([]byte) []byte { return []byte("hello") }, journal.ErrDamaged},
		{"rubbish", func(b []byte) []byte { return bytes.Repeat([]byte{7}, len(b)) }, journal.ErrDamaged},
		{"half", func(b []byte) []byte { return b[:len(b)/2] }, journal.ErrDamaged},
		{"one byte short", func(b []byte) []byte { return b[:len(b)-1] }, journal.ErrDamaged},
		{"only a head", func(b []byte) []byte { return b[:100] }, journal.ErrDamaged},
		{"another program's", func(b []byte) []byte { binary.BigEndian.PutUint32(b[68:], 1); return b }, journal.ErrDamaged},
		{"a later format", func(b []byte) []byte { binary.BigEndian.PutUint32(b[60:], 99); return b }, journal.ErrFormat},
		{"no tables", func(b []byte) []byte { clear(b[100:4096]); return b }, journal.ErrDamaged},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "journal.db")
			b := c.damage(bytes.Clone(whole))
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			for name, open := range map[string]func(context.Context, string) (*journal.Store, error){"Open": journal.Open,
				"OpenReadOnly": journal.OpenReadOnly} {
				s, err := open(t.Context(), path)
				if err == nil {
					_ = s.Close()
				}
				if !errors.Is(err, c.want) || !strings.Contains(err.Error(), path) {
					t.Errorf("%s: %v, want %v", name, err, c.want)
				}
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, b) {
				t.Errorf("the file was changed: %v", err)
			}
		})
	}
	if _, err := journal.Open(t.Context(), filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func TestCreateTakesNoPlace(t *testing.T) {
	path := filled(t, 1)
	before, _ := os.ReadFile(path)
	if err := os.WriteFile(path+".new-123", []byte("left by a crash"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := journal.Create(t.Context(), path, importertest.TestHeader()); !errors.Is(err, fs.ErrExist) {
		t.Errorf("error is %v", err)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("the journal that stood there was changed")
	}
	if got := listing(t, path); got != "journal.db" {
		t.Errorf("the folder holds %s", got)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("mode is %v", info.Mode())
	}
}

func TestReadingChangesNothing(t *testing.T) {
	path := filled(t, 20)
	before, _ := os.ReadFile(path)
	s, err := journal.OpenReadOnly(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := s.Totals(t.Context()); err != nil || c[importer.Created] != 20 {
		t.Errorf("%v, %v", c, err)
	}
	if _, err := s.Begin(t.Context(), attempt(99)); !errors.Is(err, importer.ErrReadOnly) {
		t.Errorf("begin: %v", err)
	}
	if err := s.SetViewDigest(t.Context(), "a", "b"); !errors.Is(err, importer.ErrReadOnly) {
		t.Errorf("a write: %v", err)
	}
	if got := listing(t, path); got != "journal.db" {
		t.Errorf("the folder holds %s", got)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) || listing(t, path) != "journal.db" {
		t.Errorf("reading has left %s", listing(t, path))
	}
}

func TestReadersSeeWhatIsWrittenMeanwhile(t *testing.T) {
	s, path := create(t)
	fill(t, s, 0, 40)
	r, err := journal.OpenReadOnly(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	for n := 40; n <= 120; n += 40 {
		if c, err := r.Totals(t.Context()); err != nil || c[importer.Created] != n {
			t.Fatalf("%v, %v, want %d", c, err, n)
		}
		fill(t, s, n, 40)
	}
}

// TestWhatWasAnsweredIsThere copies the files of a journal that is being
// written, as a power cut would leave them: all that was answered by then must
// be there.
func TestWhatWasAnsweredIsThere(t *testing.T) {
	s, path := create(t)
	fill(t, s, 0, 100)
	if _, err := s.Begin(t.Context(), attempt(1000)); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "journal.db")
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(copied+suffix, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := journal.Open(t.Context(), copied)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if n, err := c.Recover(t.Context()); err != nil || n != 1 {
		t.Errorf("%d open, %v", n, err)
	}
	if got, err := c.Totals(t.Context()); err != nil || got[importer.Created] != 100 || got[importer.InDoubt] != 1 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestClosedIsAnError(t *testing.T) {
	defer goleak.VerifyNone(t)
	path := filepath.Join(t.TempDir(), "journal.db")
	s, err := journal.Create(t.Context(), path, importertest.TestHeader())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Begin(t.Context(), attempt(1)); err == nil {
		t.Error("a closed journal was written")
	}
	if err := s.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
}

// TestSize keeps the journal under a kilobyte a row.
func TestSize(t *testing.T) {
	const n = 5000
	info, err := os.Stat(filled(t, n))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes a row", info.Size()/n)
	if info.Size()/n > 1024 {
		t.Errorf("%d bytes a row", info.Size()/n)
	}
}

func BenchmarkBeginFinish(b *testing.B) {
	for _, workers := range []int{1, 32} {
		b.Run(fmt.Sprintf("%d workers", workers), func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "journal.db")
			s, err := journal.Create(b.Context(), path, importertest.TestHeader())
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			b.ResetTimer()
			var wg sync.WaitGroup
			for w := range workers {
				wg.Go(func() {
					for i := w; i < b.N; i += workers {
						id, err := s.Begin(context.Background(), attempt(i))
						if err == nil {
							err = s.Finish(context.Background(), id, receipt(i), nil)
						}
						if err != nil {
							b.Error(err)
						}
					}
				})
			}
			wg.Wait()
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
			info, err := os.Stat(path)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(info.Size())/float64(b.N), "bytes/row")
		})
	}
}

// BenchmarkOpen is what every start of the program pays for the journal.
func BenchmarkOpen(b *testing.B) {
	path := filled(b, 20000)
	for b.Loop() {
		s, err := journal.Open(b.Context(), path)
		if err == nil {
			err = s.Close()
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLookup500(b *testing.B) {
	s, err := journal.Open(b.Context(), filled(b, 20000))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	var keys []importer.Key
	for i := range 500 {
		keys = append(keys, attempt(i*40).Key)
	}
	for b.Loop() {
		if es, err := s.Lookup(b.Context(), keys); err != nil || len(es) != 500 {
			b.Fatal(len(es), err)
		}
	}
}
