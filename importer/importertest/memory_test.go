package importertest_test

import (
	"testing"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/importertest"
)

func TestMemoryIsAStore(t *testing.T) {
	importertest.TestJournal(t, func(*testing.T) importer.Store { return importertest.NewMemory(importertest.TestHeader()) })
}
