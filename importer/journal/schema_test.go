package journal

import (
	"strconv"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer"
)

// The numbers of the statuses stand in every journal.
func TestStatusesAreNumbered(t *testing.T) {
	if got := strconv.Itoa(int(importer.InDoubt)); got != inDoubt {
		t.Errorf("in doubt is %s, and %s in journals", got, inDoubt)
	}
	for i, s := range []importer.Status{importer.Pending, importer.Created, importer.InDoubt, importer.Rejected, importer.Failed,
		importer.Invalid, importer.Skipped} {
		if int(s) != i {
			t.Errorf("%s is %d now, and was %d", s, s, i)
		}
	}
}
