package journal

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/importertest"
)

// TestJournalBeforeSeals opens a journal that was made before credentials were
// kept: for looking it has none, and for writing it can keep them.
func TestJournalBeforeSeals(t *testing.T) {
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "journal.db")
	s, err := Create(ctx, path, importertest.TestHeader())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("DROP TABLE seals; PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := OpenReadOnly(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := r.Seals(ctx, []importer.Key{"a"}); err != nil || len(got) != 0 {
		t.Errorf("%d seals, %v", len(got), err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("looking changed the file (%v)", err)
	}
	if s, err = Open(ctx, path); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if _, err := s.Begin(ctx, importer.Attempt{Key: "a", Seal: []byte("x"), BegunAt: time.Now()}); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Seals(ctx, []importer.Key{"a"}); err != nil || len(got) != 1 || string(got[0].Sealed) != "x" {
		t.Errorf("%v, %v", got, err)
	}
}
