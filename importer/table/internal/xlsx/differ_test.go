package xlsx

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

// readSheet reads a sheet with the reader, in the reference's words; window is how
// much it reads ahead at first.
func readSheet(doc string, window int) (*refSheet, error) {
	rows := newRows(strings.NewReader(doc))
	rows.m.buf = make([]byte, window)
	s := &refSheet{}
	for {
		row, err := rows.next()
		if err == io.EOF {
			s.hidden, s.merged = rows.Columns, rows.Merged
			return s, nil
		}
		if err != nil {
			return nil, err
		}
		for _, c := range row.Cells {
			kind := map[Type]string{Number: "n", SharedText: "s", FormulaText: "str", InlineText: "inlineStr", Boolean: "b", ErrorValue: "e",
				Date: "d", lostText: "lost"}[c.Type]
			s.cells = append(s.cells, refCell{row: row.Number, column: c.Column, hidden: row.Hidden, kind: kind, style: c.Style,
				value: string(c.Value), valued: c.Valued, formula: c.Formula})
		}
	}
}

// differ reads a sheet in three ways. What the reader accepts, the reference must
// accept with the same cells, and excelize must see the same values, where the sheet
// has nothing that excelize is blind to.
func differ(doc string) (accepted bool, err error) {
	got, err := readSheet(doc, window)
	// What lies in memory at once is read in another way than what does not.
	small, smallErr := readSheet(doc, 16)
	if (err == nil) != (smallErr == nil) {
		return err == nil, fmt.Errorf("read at once: %v; piece by piece: %v", err, smallErr)
	}
	if err != nil {
		return false, nil
	}
	if !slices.Equal(got.cells, small.cells) {
		return true, fmt.Errorf("cells:\nat once        %+v\npiece by piece %+v", got.cells, small.cells)
	}
	want, err := referenceSheet(doc)
	if err != nil {
		return true, fmt.Errorf("the reference refuses it")
	}
	if !slices.Equal(got.cells, want.cells) {
		return true, fmt.Errorf("cells:\n got %+v\nwant %+v", got.cells, want.cells)
	}
	if !slices.Equal(got.hidden, want.hidden) || !slices.Equal(got.merged, want.merged) {
		return true, fmt.Errorf("hidden columns and merged cells: got %v %v, want %v %v", got.hidden, got.merged, want.hidden, want.merged)
	}
	return true, sameAsExcelize(doc, got)
}

// sameAsExcelize compares with excelize what it understands: it knows no parents, no
// namespaces, and a few values otherwise.
func sameAsExcelize(doc string, got *refSheet) error {
	for _, blind := range []string{"u:", "x:", "xmlns=\"\"", "urn:", "extLst", "AlternateContent", "rPh", "_x", "CDATA", "<?mso", "purl.oclc",
		"<!--"} {
		if strings.Contains(doc, blind) && blind != "u:" || blind == "u:" && strings.Contains(strings.ReplaceAll(doc, "xmlns:u", ""), "u:") {
			return nil
		}
	}
	for _, c := range got.cells {
		if c.kind == "lost" || c.kind == "inlineStr" && c.valued || c.kind == "s" || c.formula || strings.Contains(c.value, "\r") {
			return nil
		}
	}
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	f.Sheet.Delete("xl/worksheets/sheet1.xml")
	f.Pkg.Store("xl/worksheets/sheet1.xml", []byte(doc))
	rows, err := f.Rows("Sheet1")
	if err != nil {
		return nil
	}
	defer func() { _ = rows.Close() }()
	var theirs []refCell
	for n := 1; rows.Next() && n < 2000; n++ {
		texts, err := rows.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return nil
		}
		for i, v := range texts {
			if v != "" {
				theirs = append(theirs, refCell{row: n, column: i + 1, value: v})
			}
		}
	}
	var ours []refCell
	for _, c := range got.cells {
		if c.row < 2000 && c.value != "" {
			ours = append(ours, refCell{row: c.row, column: c.column, value: c.value})
		}
	}
	if !slices.Equal(ours, theirs) {
		return fmt.Errorf("excelize: got %+v\nwant %+v", ours, theirs)
	}
	return nil
}

// diceOf are random bytes that are ordinary more often than not.
func diceOf(r *rand.Rand) []byte {
	b := make([]byte, 40+r.IntN(400))
	for i := range b {
		b[i] = byte(r.IntN(256))
	}
	return b
}

// quiet is how long the long form of these tests runs.
func quiet(t *testing.T, short int) (more func() bool, seed uint64) {
	d, err := time.ParseDuration(os.Getenv("BULKONBOARD_DIFFER"))
	n, end := 0, time.Now().Add(d)
	if err != nil || d <= 0 {
		return func() bool { n++; return n <= short }, 1
	}
	seed = uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	return func() bool { return time.Now().Before(end) }, seed
}

// TestSheetsDiffer holds the reader against the reference and excelize, over sheets
// that are made at random, and odd in places. BULKONBOARD_DIFFER=1h says how long.
func TestSheetsDiffer(t *testing.T) {
	more, seed := quiet(t, 4000)
	r := rand.New(rand.NewPCG(seed, 0))
	made, accepted := 0, 0
	for more() {
		b := diceOf(r)
		doc := makeSheet(b)
		ok, err := differ(doc)
		if err != nil {
			t.Fatalf("sheet %d: %v\n%s", made, err, doc)
		}
		if made++; ok {
			accepted++
		}
	}
	t.Logf("%d sheets, %d %% accepted", made, 100*accepted/made)
	if accepted*100 < made*30 {
		t.Errorf("only %d of %d were accepted", accepted, made)
	}
}

// FuzzSheet is TestSheetsDiffer for Go's fuzzer.
func FuzzSheet(f *testing.F) {
	f.Add([]byte{}, "")
	f.Add(bytes.Repeat([]byte{1, 2, 3}, 50), "")
	f.Add([]byte{}, worksheet(r1))
	f.Fuzz(func(t *testing.T, b []byte, doc string) {
		if doc == "" {
			doc = makeSheet(b)
		}
		if strings.Contains(doc, "UTF-16") || !strings.Contains(doc, "xmlns:x14=") {
			return // the reference knows neither
		}
		if _, err := differ(doc); err != nil {
			t.Fatalf("%v\n%s", err, doc)
		}
	})
}
