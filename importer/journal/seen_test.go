package journal

import (
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer/importertest"
)

// BenchmarkSee is a first run of a million customers, and its second.
func BenchmarkSee(b *testing.B) {
	keys := make([]int64, 1_000_000)
	for i := range keys {
		keys[i] = int64(rand.Uint64())
	}
	for b.Loop() {
		s, err := Create(b.Context(), filepath.Join(b.TempDir(), "journal.db"), importertest.TestHeader())
		if err != nil {
			b.Fatal(err)
		}
		if err := s.See(b.Context(), 1, keys[:len(keys)/2]); err != nil {
			b.Fatal(err)
		}
		if err := s.See(b.Context(), 2, keys); err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
