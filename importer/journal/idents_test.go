package journal_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/journal"
)

// Whom a run has created is found by name and by login, whoever looks: the run
// itself, another process meanwhile, and the next run after a crash.
func TestSimilarAfterACrash(t *testing.T) {
	s, path := create(t)
	sent := func(n int) importer.Attempt {
		a := attempt(n)
		a.Snapshot = fmt.Appendf(nil, `{"client_users":[{"email":"c%d@example.test"}],"client_details":{"name":"Client %d"}}`, n, n)
		return a
	}
	for n := range 20 {
		id, err := s.Begin(t.Context(), sent(n))
		if err == nil {
			o := receipt(n)
			o.Receipt.ClientName = "RENAMED " + o.Receipt.ClientName
			err = s.Finish(t.Context(), id, o)
		}
		if err != nil {
			t.Fatal(err)
		}
		if n == 9 { // those before are written, those behind it wait
			found(t, s, 3)
		}
	}
	dir := t.TempDir()
	copied := filepath.Join(dir, "journal.db")
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + suffix)
		if err == nil {
			err = os.WriteFile(copied+suffix, b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, open := range map[string]func() (*journal.Store, error){
		"a reader beside the run": func() (*journal.Store, error) { return journal.OpenReadOnly(t.Context(), path) },
		"the run after a crash":   func() (*journal.Store, error) { return journal.Open(t.Context(), copied) },
		"a run after that":        func() (*journal.Store, error) { return journal.Open(t.Context(), copied) },
	} {
		t.Run(name, func(t *testing.T) {
			o, err := open()
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = o.Close() }()
			for n := range 20 {
				found(t, o, n)
			}
		})
	}
}

func found(t *testing.T, s *journal.Store, n int) {
	t.Helper()
	for _, by := range [][2][]string{{{fmt.Sprintf("client %d", n)}, nil}, {nil, {fmt.Sprintf("C%d@example.test", n)}}} {
		got, err := s.Similar(t.Context(), by[0], by[1])
		if err != nil || len(got) != 1 || got[0].Row.Number != n {
			t.Errorf("%v: %d entries, %v", by, len(got), err)
		}
	}
}
