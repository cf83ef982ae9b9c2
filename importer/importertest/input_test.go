package importertest_test

import (
	"testing"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/importertest"
)

func TestRows(t *testing.T) {
	importertest.TestInput(t, func(*testing.T) (importer.Input, func()) {
		return importertest.Rows([]string{"Company", "E-mail"},
			[]string{"Acme", "a@acme.test"},
			[]string{"torn"},
			[]string{"Beta", "b@beta.test", "one too many"},
			[]string{"", ""},
		), nil
	})
}

func TestRowsDigest(t *testing.T) {
	a := importertest.Rows([]string{"A", "B"}, []string{"ab", "c"})
	b := importertest.Rows([]string{"A", "B"}, []string{"a", "bc"})
	if a.Digest() == b.Digest() {
		t.Error("different rows have the same digest")
	}
}
