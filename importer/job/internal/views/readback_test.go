package views

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/report"
)

// TestReadBack: a workbook of ours is handed on only if every row in it reads as what
// was written.
func TestReadBack(t *testing.T) {
	columns := []string{"Name", "Day", "Size"}
	reject := report.Reject{Job: "j#1", Key: "k", Row: "2", Status: "invalid", Message: "it's\r\nwrong _x0041_", Cells: []string{"'=1+1", "2026-01-31", "#N/A"},
		Stored: []importer.Stored{{}, {Kind: importer.StoredNumber, Value: "46053", Format: 14}, {Kind: importer.StoredMissing}}}
	for _, c := range []struct{ name, told, want string }{
		{"the same", "2026-01-31", ""},
		{"another cell", "2026-02-01", "row 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			v := &Views{src: Source{Folder: Folder(dir)}}
			var out bytes.Buffer
			err := v.readBack(t.Context(), &out, func(w io.Writer, wrote func([]string)) error {
				b, err := report.NewRejectsBook(w, dir, columns, false, func(cells []string) {
					if cells[1] == "2026-01-31" {
						cells[1] = c.told
					}
					wrote(cells)
				})
				if err == nil {
					err = b.Write(reject)
				}
				return errors.Join(err, b.Flush())
			})
			var other *unlikeError
			if c.want == "" && (err != nil || out.Len() == 0) {
				t.Error(err)
			} else if c.want != "" && (!errors.As(err, &other) || !strings.Contains(other.Error(), c.want) || out.Len() > 0) {
				t.Errorf("%v, and %d bytes", err, out.Len())
			}
			if left, _ := os.ReadDir(dir); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}
