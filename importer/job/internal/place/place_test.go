package place_test

import (
	"path/filepath"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer/job/internal/place"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/place/placetest"
)

func TestFolder(t *testing.T) {
	placetest.Test(t, func(t *testing.T) func(string) place.Place {
		dir := t.TempDir()
		return func(name string) place.Place {
			p, err := place.At(filepath.Join(dir, name), place.List(filepath.Join(dir, "state", "jobs.jsonl")))
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
	})
}

func TestMemory(t *testing.T) {
	placetest.Test(t, func(t *testing.T) func(string) place.Place {
		w := placetest.NewWorld(t.TempDir())
		return func(name string) place.Place { return w.Place(name) }
	})
}
