package table_test

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/table"
)

// FuzzOpen: whatever the bytes are, there is no panic; a refusal is an *Error
// or a *UsageError; what is accepted can be read to its end, twice alike, in
// rows of the header's width.
func FuzzOpen(f *testing.F) {
	for _, s := range []string{
		"", "A", "A,B\n1,2\n", "A;B\r\n1;\"2\r\n2\"\r\n", "A\tB\r1\t2\r", "sep=|\nA|B\n1|2", "\n\n,\nA,,A2,\n1,2,3,4,5\n1\n",
		"\xEF\xBB\xBFA,B\n1,\xFC", "\xFF\xFEA\x00,\x00B\x00\n\x001\x00,\x002\x00", "\xFE\xFF\x00A\x00\n\x001", "\x00A\x00,\x00B\x00\n\x001",
		"A,B\n1,\"2", "A,B\n1,2\"\n", "_job,_key,_row\n'a,'b,'c\n", "PK\x03\x04xl/", "\r", "\r\r\n\"\r\n\"\r", "A\r\n\"x\r\"", "A,a\n", "\"A\"\"\n\"\n1",
		"A,B,C\n1,\"2\n3,4,5\n\",6\n", strings.Repeat("A,B,C\n", 16) + strings.Repeat("1\n", 20),
	} {
		for _, enc := range []string{"", "windows-1252", "utf-16", "shift_jis"} {
			f.Add([]byte(s), enc, "")
		}
		f.Add([]byte(s), "", ";")
	}
	path := filepath.Join(f.TempDir(), "fuzz.csv")
	f.Fuzz(func(t *testing.T, content []byte, encoding, delimiter string) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		in, err := table.Open(t.Context(), path, table.Options{Encoding: encoding, Delimiter: delimiter})
		if err != nil {
			var te *table.Error
			var ue *table.UsageError
			if !errors.As(err, &te) && !errors.As(err, &ue) {
				t.Fatalf("%T: %v", err, err)
			}
			if te != nil && (te.Cause == "" || te.Advice == "") {
				t.Fatalf("no cause or advice: %+v", te)
			}
			return
		}
		defer in.Close()
		width := len(in.Headers()[0].Columns)
		if width == 0 {
			t.Fatal("a header without columns")
		}
		first := fuzzPass(t, in)
		if len(first) != in.Rows() {
			t.Fatalf("%d rows, Rows says %d", len(first), in.Rows())
		}
		last := in.Headers()[0].Row
		for _, r := range first {
			if len(r.Cells) != width || r.Number <= last {
				t.Fatalf("row %d after %d with %d of %d cells", r.Number, last, len(r.Cells), width)
			}
			last = r.Number
		}
		for i, r := range fuzzPass(t, in) {
			if r.Number != first[i].Number || !slices.Equal(r.Cells, first[i].Cells) {
				t.Fatalf("%v, then %v", first[i], r)
			}
		}
		if err := in.Changed(); err != nil {
			t.Fatal(err)
		}
	})
}

func fuzzPass(t *testing.T, in *table.Input) (rows []importer.Row) {
	src, err := in.Open(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	for {
		row, err := src.Read()
		var re *importer.RowError
		if err == io.EOF {
			return rows
		} else if err != nil && !errors.As(err, &re) {
			t.Fatalf("what Open could read, a pass cannot: %v", err)
		}
		rows = append(rows, row)
	}
}

// What encoding/csv writes is what is read, with the row numbers that counting
// the records gives.
func TestRoundTrip(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(1, 6).Draw(t, "width")
		comma := rapid.SampledFrom([]rune{',', ';', '\t', '|'}).Draw(t, "delimiter")
		// In a file with CR line ends all line breaks are CR, so LF stands for them.
		end := rapid.SampledFrom([]string{"\n", "\r\n", "\r"}).Draw(t, "end")
		cell := rapid.StringOfN(rapid.SampledFrom([]rune("ab \"'=,;|\t\n\u00E9\u20AC\U0001F600")), 0, 8, -1)
		var b strings.Builder
		w := csv.NewWriter(&b)
		w.Comma = comma
		header := make([]string, width)
		for i := range header {
			header[i] = string(rune('A' + i))
		}
		must := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		must(w.Write(header))
		var want [][]string
		var numbers []int
		for n := range rapid.IntRange(0, 40).Draw(t, "rows") {
			row := make([]string, width)
			for i := range row {
				row[i] = cell.Draw(t, "cell")
				if strings.Contains(row[i], "\n") && strings.Count(row[i], string(comma)) >= width-1 {
					row[i] = strings.ReplaceAll(row[i], string(comma), ".") // it would look like rows that were swallowed
				}
			}
			must(w.Write(row))
			if strings.TrimSpace(strings.Join(row, "")) != "" {
				want, numbers = append(want, row), append(numbers, n+2)
			}
		}
		w.Flush()
		must(w.Error())
		text := strings.ReplaceAll(b.String(), "\n", end)
		bom := rapid.SampledFrom([]string{"", "\xEF\xBB\xBF"}).Draw(t, "mark")
		path := filepath.Join(dir, "clients.csv")
		must(os.WriteFile(path, []byte(bom+text), 0o600))

		o := table.Options{}
		if width == 1 {
			o.Delimiter = string(comma) // nothing to detect it by
		}
		in, err := table.Open(context.Background(), path, o)
		must(err)
		defer in.Close()
		src, err := in.Open(context.Background())
		must(err)
		defer src.Close()
		for i := range want {
			row, err := src.Read()
			must(err)
			if !slices.Equal(row.Cells, want[i]) || row.Number != numbers[i] {
				t.Fatalf("row %d is %q, want row %d %q", row.Number, row.Cells, numbers[i], want[i])
			}
		}
		if _, err := src.Read(); err != io.EOF {
			t.Fatalf("at the end: %v", err)
		}
	})
}

// Our own files give back what went into them.
func TestNeutralRoundTrip(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		want := make([]string, 4)
		// A cell of several lines that holds as many commas as a row is refused: see
		// "rows that look eaten".
		cell := rapid.StringOfN(rapid.SampledFrom([]rune("a'=+-@\t\r\n,\" ")), 0, 6, -1).Filter(func(s string) bool {
			return strings.Count(s, ",") < len(want)-1 || !strings.ContainsAny(s, "\r\n")
		})
		for i := range want {
			want[i] = cell.Draw(t, "cell")
		}
		want[0] = "k" // a row with nothing to see is no row
		var b strings.Builder
		w := csv.NewWriter(&b)
		out := make([]string, len(want))
		for i, c := range want {
			out[i] = importer.Neutralize(c)
		}
		if w.Write([]string{"_job", "_key", "_row", "A"}) != nil || w.Write(out) != nil {
			t.Fatal("write")
		}
		w.Flush()
		path := filepath.Join(dir, "rejects.csv")
		if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		in, err := table.Open(context.Background(), path, table.Options{})
		if err != nil {
			t.Fatal(err)
		}
		src, err := in.Open(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		row, err := src.Read()
		if err != nil {
			t.Fatal(err)
		}
		// A line break within a cell is LF, however it was written.
		for i, c := range want {
			if c = strings.ReplaceAll(c, "\r\n", "\n"); row.Cells[i] != c {
				t.Fatalf("%q came back as %q", c, row.Cells[i])
			}
		}
	})
}
