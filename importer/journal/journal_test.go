package journal_test

import (
	"path/filepath"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/importertest"
	"github.com/bulkonboard/bulkonboard/importer/journal"
)

func create(t *testing.T) (*journal.Store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "journal.db")
	s, err := journal.Create(t.Context(), path, importertest.TestHeader())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, path
}

func TestJournalIsAStore(t *testing.T) {
	importertest.TestJournal(t, func(t *testing.T) importer.Store {
		s, _ := create(t)
		return s
	})
}
