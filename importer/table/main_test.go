package table_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/table"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// write makes a file in a folder of its own.
func write(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t testing.TB, path string, o table.Options) *table.Input {
	t.Helper()
	in, err := table.Open(t.Context(), path, o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { _ = in.Close() })
	return in
}

// refuse opens a file that must not be accepted.
func refuse(t testing.TB, path string, o table.Options) *table.Error {
	t.Helper()
	in, err := table.Open(t.Context(), path, o)
	if err == nil {
		in.Close()
		t.Fatal("the file was accepted")
	}
	var te *table.Error
	if !errors.As(err, &te) {
		t.Fatalf("%T, want *table.Error: %v", err, err)
	}
	if te.Advice == "" || te.Cause == "" || te.File == "" {
		t.Errorf("an error without where, what or what now: %+v", te)
	}
	return te
}

// all reads a pass; the error of a spoiled row stands beside its row.
func all(t testing.TB, in importer.Input) (rows []importer.Row, spoiled map[int]*importer.RowError) {
	t.Helper()
	src, err := in.Open(t.Context())
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	defer src.Close()
	spoiled = make(map[int]*importer.RowError)
	for {
		row, err := src.Read()
		var re *importer.RowError
		if errors.As(err, &re) {
			spoiled[row.Number] = re
		} else if err == io.EOF {
			return rows, spoiled
		} else if err != nil {
			t.Fatalf("read: %v", err)
		}
		rows = append(rows, row)
	}
}

// shown is a pass as text: "2: a|b", and "!code" behind a spoiled row.
func shown(t testing.TB, in *table.Input) []string {
	t.Helper()
	rows, spoiled := all(t, in)
	var out []string
	for _, r := range rows {
		s := r.Ref().String() + ": " + strings.Join(r.Cells, "|")
		if re := spoiled[r.Number]; re != nil {
			s += " !" + re.Code
		}
		out = append(out, s)
	}
	if in.Rows() != len(rows) {
		t.Errorf("Rows is %d, a pass has %d", in.Rows(), len(rows))
	}
	return out
}

// codes are the codes of the warnings, in their order.
func codes(in *table.Input) string {
	var out []string
	for _, f := range in.Warnings() {
		out = append(out, f.Code)
	}
	return strings.Join(out, " ")
}

func lines(s ...string) string { return strings.Join(s, "\n") + "\n" }
