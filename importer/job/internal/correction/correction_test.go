package correction_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/correction"
)

var header = &importer.Header{Columns: []string{"name", "mail", "password"}}

func row(n int, cells ...string) importer.Row {
	return importer.Row{Header: header, Number: n, Cells: cells}
}

func hash(cells []string) string { return strings.Join(cells, "|") }

func cell(key, column, old, now string) correction.Correction {
	return correction.Correction{Row: correction.RowName{Key: importer.Key(key), Hash: "then", Nth: 1, Place: "2"}, Column: column, Old: old, New: now,
		Who: "ops", When: time.Unix(0, 0).UTC()}
}

func newFile(t *testing.T) correction.File {
	t.Helper()
	return correction.Beside(filepath.Join(t.TempDir(), "c.csv"))
}

func add(t *testing.T, f correction.File, cells ...correction.Correction) int {
	t.Helper()
	s, err := f.Append(-1, cells...)
	if err != nil {
		t.Fatal(err)
	}
	return s.LastChange()
}

func read(t *testing.T, f correction.File) *correction.Snapshot {
	t.Helper()
	s, err := f.Read()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// corrected is a row with its corrections in place.
func corrected(p *correction.Pass, r importer.Row, key string) string {
	cells, _, _ := p.Row(r, importer.Key(key), func() string { return r.Cells[0] })
	if cells == nil {
		return "as it was"
	}
	return strings.Join(cells, ",")
}

func TestACorrectionCountsWhereItWasMeantOnly(t *testing.T) {
	f := newFile(t)
	add(t, f, cell("a@x.example", "name", "Akme", "Acme"))
	for _, c := range []struct {
		what, key, want string
		row             importer.Row
	}{
		{"the row stands elsewhere by now", "a@x.example", "Acme,a@x.example,p", row(40, "Akme", "a@x.example", "p")},
		{"the cell says something else by now", "a@x.example", "as it was", row(2, "Acme Ltd", "a@x.example", "p")},
		{"another row", "b@x.example", "as it was", row(2, "Akme", "b@x.example", "p")},
	} {
		if got := corrected(read(t, f).Pass(hash), c.row, c.key); got != c.want {
			t.Errorf("%s: got %s, want %s", c.what, got, c.want)
		}
	}
	p := read(t, f).Pass(hash)
	corrected(p, row(2, "Acme Ltd", "a@x.example", "p"), "a@x.example")
	if un := p.Unused(); len(un) != 1 || un[0].Column != "name" {
		t.Errorf("unused: %v", un)
	}
	p = read(t, f).Pass(hash)
	if corrected(p, row(2, "Acme", "a@x.example", "p"), "a@x.example"); len(p.Unused()) != 0 {
		t.Error("a correction that the sheet itself holds by now is told as unused")
	}
}

func TestCorrectionsBuildOnEachOther(t *testing.T) {
	f := newFile(t)
	add(t, f, cell("a", "name", "A", "B"))
	second := add(t, f, cell("a", "name", "B", "C"), cell("a", "mail", "a", "c"))
	if got := corrected(read(t, f).Pass(hash), row(2, "A", "a", "p"), "a"); got != "C,c,p" {
		t.Error(got)
	}
	undone, err := f.Undo(second, second, "ops", time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	if got := corrected(read(t, f).Pass(hash), row(2, "A", "a", "p"), "a"); got != "B,a,p" {
		t.Error("undone:", got)
	}
	if _, err := f.Undo(undone.LastChange(), undone.LastChange(), "ops", time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	if got := corrected(read(t, f).Pass(hash), row(2, "A", "a", "p"), "a"); got != "C,c,p" {
		t.Error("brought again:", got)
	}
}

func TestRowsWithoutAKeyAreNamedByTheirCells(t *testing.T) {
	f := newFile(t)
	twin := func(nth int, now string) correction.Correction {
		c := cell("", "name", "A", now)
		c.Row.Hash, c.Row.Nth = "A|a|p", nth
		return c
	}
	add(t, f, twin(2, "second"), twin(3, "third"))
	for what, keys := range map[string][]string{
		"none has a key":        {"", "", "", ""},
		"the first has the key": {"a", "", "", ""},
	} {
		p := read(t, f).Pass(hash)
		var got []string
		for i, key := range keys {
			got = append(got, corrected(p, row(10+i, "A", "a", "p"), key))
			corrected(p, row(20+i, "B", "b", "p"), "b")
		}
		if want := "as it was second,a,p third,a,p as it was"; strings.Join(got, " ") != want {
			t.Errorf("%s: got %q, want %q", what, got, want)
		}
	}
	p := read(t, f).Pass(hash)
	if corrected(p, row(2, "A", "a", "other"), ""); len(p.Unused()) != 2 {
		t.Error("a row that changed beside the corrected cell is not told of")
	}
}

func TestAKeyThatMeansAnotherRowByNow(t *testing.T) {
	f := newFile(t)
	c := cell("a", "mail", "a", "b")
	c.Row.Hash, c.Row.Same = "A|a|p", "A"
	add(t, f, c)
	for _, c := range []struct {
		what, key, want string
		row             importer.Row
	}{
		{"the row that was corrected", "a", "A,b,p", row(2, "A", "a", "p")},
		{"the same customer, changed beside it", "a", "A,b,q", row(2, "A", "a", "q")},
		{"somebody else", "a", "as it was", row(2, "B", "a", "p")},
		{"the row itself, known by another key", "A", "A,b,p", row(2, "A", "a", "p")},
	} {
		if got := corrected(read(t, f).Pass(hash), c.row, c.key); got != c.want {
			t.Errorf("%s: got %s, want %s", c.what, got, c.want)
		}
	}
	p := read(t, f).Pass(hash)
	if got := corrected(p, row(2, "A", "a", "p"), "a") + " " + corrected(p, row(3, "A", "a", "q"), "a"); got != "A,b,p as it was" {
		t.Error("the later of two rows with one key was corrected:", got)
	}
}

func TestARunReadsWhatItsRecordSays(t *testing.T) {
	f := newFile(t)
	add(t, f, cell("a", "name", "A", "B"))
	then := read(t, f)
	add(t, f, cell("a", "name", "B", "C"))
	s, err := f.ReadTo(then.Length, then.Digest)
	if err != nil {
		t.Fatal(err)
	}
	if got := corrected(s.Pass(hash), row(2, "A", "a", "p"), "a"); got != "B,a,p" {
		t.Error(got)
	}
	if s, err := f.ReadTo(0, ""); err != nil || s.Cells() != 0 {
		t.Error("a run without corrections:", err)
	}
	b, err := os.ReadFile(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string]string{"edited": strings.Replace(string(b), `"B"`, `"X"`, 1), "cut": string(b[:20]), "gone": ""} {
		if err := os.WriteFile(f.Path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := f.ReadTo(then.Length, then.Digest); err == nil {
			t.Error(what, "and not noticed")
		}
	}
}

func TestWithIsWhatAppendWrites(t *testing.T) {
	f := newFile(t)
	secret := cell("a", "password", "p", "new-Secret-2")
	secret.Secret = true
	for _, cells := range [][]correction.Correction{{cell("a", "name", "A", "B"), secret}, {cell("a", "name", "B", "C")}} {
		with := read(t, f).With(cells...)
		wrote, err := f.Append(-1, cells...)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []*correction.Snapshot{with, wrote, read(t, f)} {
			got := corrected(s.Pass(hash), row(2, "A", "a", "p"), "a")
			if want := cells[0].New + ",a,new-Secret-2"; got != want || s.LastChange() != wrote.LastChange() || s.Cells() != wrote.Cells() || s.State() != wrote.State() {
				t.Errorf("got %s, want %s; change %d of %d cells", got, want, s.LastChange(), s.Cells())
			}
		}
	}
}

func TestASheetThatSaysItByNow(t *testing.T) {
	f := newFile(t)
	add(t, f, cell("a", "name", "A", "B"))
	add(t, f, cell("a", "name", "B", "C"))
	for now, unused := range map[string]int{"A": 0, "B": 0, "C": 0, "D": 2} {
		p := read(t, f).Pass(hash)
		if corrected(p, row(2, now, "a", "p"), "a"); len(p.Unused()) != unused {
			t.Errorf("the sheet says %s: %d corrections are unused, want %d", now, len(p.Unused()), unused)
		}
	}
}

func TestAnOldPasswordIsNotInTheFile(t *testing.T) {
	f := newFile(t)
	c := cell("a", "password", "old-Secret-1", "new-Secret-2")
	c.Secret = true
	add(t, f, c)
	b, err := os.ReadFile(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), "old-Secret-1") {
		t.Error("the old password stands in the file")
	}
	if got := corrected(read(t, f).Pass(hash), row(2, "A", "a", "old-Secret-1"), "a"); got != "A,a,new-Secret-2" {
		t.Error(got)
	}
	if got := corrected(read(t, f).Pass(hash), row(2, "A", "a", "another"), "a"); got != "as it was" {
		t.Error("another password was replaced:", got)
	}
	info, err := os.Stat(f.Path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Error("permissions:", info.Mode(), err)
	}
}

// Every length that a crash can leave of the file is tried.
func TestAChangeThatWasCutDoesNotCount(t *testing.T) {
	f := newFile(t)
	add(t, f, cell("a", "name", "A", "B"))
	whole, err := os.ReadFile(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	add(t, f, cell("a", "name", "B", "C"), cell("a", "mail", "a", "c"))
	all, err := os.ReadFile(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	for n := range all {
		if err := os.WriteFile(f.Path, all[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		want := "B,a,p"
		if n < len(whole) {
			want = "as it was"
		}
		if got := corrected(read(t, f).Pass(hash), row(2, "A", "a", "p"), "a"); got != want {
			t.Fatalf("cut after %d bytes: %s, want %s", n, got, want)
		}
		add(t, f, cell("z", "name", "Y", "Z"))
		if got := corrected(read(t, f).Pass(hash), row(2, "A", "a", "p"), "a"); got != want {
			t.Fatalf("cut after %d bytes, then gone on with: %s, want %s", n, got, want)
		}
		if got := corrected(read(t, f).Pass(hash), row(2, "Y", "z", "p"), "z"); got != "Z,z,p" {
			t.Fatalf("cut after %d bytes: the next change is lost: %s", n, got)
		}
	}
}

func TestTwoWritersLoseNothing(t *testing.T) {
	f := newFile(t)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if _, err := f.Append(-1, cell(fmt.Sprint(i), "name", "A", "B")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if s := read(t, f); s.Cells() != 20 || s.LastChange() != 20 {
		t.Errorf("%d cells, %d changes", s.Cells(), s.LastChange())
	}
	if _, err := f.Append(19, cell("late", "name", "A", "B")); !errors.Is(err, correction.ErrStale) {
		t.Error("a stale writer was let through:", err)
	}
}

func TestWhatIsNoFileOfCorrectionsIsRefused(t *testing.T) {
	good := `{"corrections":1,"salt":"AAAA"}` + "\n"
	for what, text := range map[string]string{
		"something else":   "name,mail\n",
		"a newer version":  `{"corrections":2}` + "\n",
		"a line of no row": good + `{"change":1,"of":1,"column":"name","new":"x","at":"2026-01-02T03:04:05Z"}` + "\n",
		"no JSON":          good + "oops\n",
	} {
		f := newFile(t)
		if err := os.WriteFile(f.Path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var e *correction.Error
		if _, err := f.Read(); !errors.As(err, &e) || e.Hint() == "" {
			t.Errorf("%s: %v", what, err)
		}
	}
	f := newFile(t)
	if err := os.Symlink(f.Path+".elsewhere", f.Path); err != nil {
		t.Skip(err)
	}
	if _, err := f.Append(-1, cell("a", "name", "A", "B")); err == nil {
		t.Error("a correction was written through a link")
	}
}

func TestTooManyCellsAreRefused(t *testing.T) {
	f := newFile(t)
	add(t, f, cell("a", "name", "A", "B"))
	before := read(t, f)
	_, err := f.Append(-1, make([]correction.Correction, correction.MostCells)...)
	var e *correction.Error
	if !errors.As(err, &e) || !strings.Contains(e.Hint(), "--repair") {
		t.Errorf("%v", err)
	}
	if s := read(t, f); s.Digest != before.Digest {
		t.Error("something was written")
	}
}
