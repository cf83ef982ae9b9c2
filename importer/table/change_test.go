package table_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/importertest"
	"github.com/bulkonboard/bulkonboard/importer/table"
)

const small = "A,B\n1,2\n\n3\n5,6,7\n\"8\n\",9\n"

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// big has several blocks of rows that tell their own number.
func big() string {
	var b strings.Builder
	b.WriteString("Number,Text\n")
	for i := 2; b.Len() < 3*256<<10-100; i++ {
		fmt.Fprintf(&b, "%d,%s\n", i, strings.Repeat("x", i%40))
	}
	return b.String()
}

var changes = []struct {
	name   string
	change func(t *testing.T, path, content string)
}{
	{"in place", func(t *testing.T, path, content string) {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		must(t, err)
		defer f.Close()
		_, err = f.WriteAt([]byte("0"), int64(len(content)-2))
		must(t, err)
	}},
	{"by renaming another over it", func(t *testing.T, path, content string) {
		must(t, os.WriteFile(path+".new", []byte(strings.Replace(content, "x", "y", 1)+"y"), 0o600))
		must(t, os.Rename(path+".new", path))
	}},
	{"appended", func(t *testing.T, path, content string) {
		must(t, os.WriteFile(path, []byte(content+"new,row\n"), 0o600))
	}},
	{"truncated", func(t *testing.T, path, content string) { must(t, os.Truncate(path, int64(len(content)-3))) }},
	{"emptied", func(t *testing.T, path, _ string) { must(t, os.Truncate(path, 0)) }},
	{"removed", func(t *testing.T, path, _ string) { must(t, os.Remove(path)) }},
	{"with the time stamp kept", func(t *testing.T, path, content string) {
		info, err := os.Stat(path)
		must(t, err)
		must(t, os.WriteFile(path, []byte(content[:len(content)-2]+"0\n"), 0o600))
		must(t, os.Chtimes(path, info.ModTime(), info.ModTime()))
	}},
}

func TestInput(t *testing.T) {
	for _, content := range []string{small, big()} {
		for _, c := range changes {
			t.Run(fmt.Sprintf("%d bytes %s", len(content), c.name), func(t *testing.T) {
				importertest.TestInput(t, func(t *testing.T) (importer.Input, func()) {
					path := write(t, "clients.csv", content)
					return open(t, path, table.Options{}), func() { c.change(t, path, content) }
				})
			})
		}
	}
	t.Run("standard input", func(t *testing.T) {
		importertest.TestInput(t, func(t *testing.T) (importer.Input, func()) {
			return open(t, "-", table.Options{Stdin: strings.NewReader(small), TempDir: t.TempDir()}), nil
		})
	})
}

func TestChanged(t *testing.T) {
	for _, c := range changes {
		t.Run(c.name, func(t *testing.T) {
			path := write(t, "clients.csv", small)
			in := open(t, path, table.Options{})
			must(t, in.Changed())
			c.change(t, path, small)
			err := in.Changed()
			var te *table.Error
			if !errors.Is(err, importer.ErrInputChanged) || !errors.As(err, &te) || te.Advice == "" {
				t.Errorf("%T %v", err, err)
			}
		})
	}
	t.Run("touched, copied over, put back", func(t *testing.T) {
		path := write(t, "clients.csv", small)
		old := time.Now().Add(-time.Hour)
		must(t, os.Chtimes(path, old, old))
		in := open(t, path, table.Options{})
		must(t, in.Changed())
		must(t, os.Chtimes(path, old, old.Add(time.Minute)))
		must(t, in.Changed())
		must(t, os.WriteFile(path+".new", []byte(small), 0o600))
		must(t, os.Rename(path+".new", path))
		must(t, in.Changed())
		must(t, in.Changed())
		must(t, os.WriteFile(path, []byte(strings.Replace(small, "8", "9", 1)), 0o600))
		if err := in.Changed(); !errors.Is(err, importer.ErrInputChanged) {
			t.Error(err)
		}
		must(t, os.WriteFile(path, []byte(small), 0o600))
		must(t, in.Changed())
	})
}

// A change in the middle of a pass ends it before a row of the changed bytes
// is delivered, wherever the pass is.
func TestChangeDuringAPass(t *testing.T) {
	content := big()
	for _, c := range changes {
		if strings.HasPrefix(c.name, "by renaming") || c.name == "removed" {
			continue // the open file is the old one
		}
		for _, after := range []int{0, 1, 20_000} {
			t.Run(fmt.Sprintf("%s after %d rows", c.name, after), func(t *testing.T) {
				path := write(t, "clients.csv", content)
				in := open(t, path, table.Options{})
				before, _ := all(t, in)
				src, err := in.Open(t.Context())
				must(t, err)
				defer src.Close()
				n := 0
				read := func() error {
					row, err := src.Read()
					if err == nil {
						if !slices.Equal(row.Cells, before[n].Cells) {
							t.Fatalf("row %d is %q", row.Number, row.Cells)
						}
						n++
					}
					return err
				}
				for range after {
					must(t, read())
				}
				c.change(t, path, content)
				for err == nil {
					err = read()
				}
				if !errors.Is(err, importer.ErrInputChanged) {
					t.Fatalf("%d of %d rows, then %v", n, len(before), err)
				}
				if _, again := src.Read(); again != err {
					t.Errorf("then %v", again)
				}
			})
		}
	}
}

// A file that is replaced during a pass leaves the pass with the old bytes;
// Changed tells.
func TestReplacedDuringAPass(t *testing.T) {
	content := big()
	path := write(t, "clients.csv", content)
	in := open(t, path, table.Options{})
	before, _ := all(t, in)
	src, err := in.Open(t.Context())
	must(t, err)
	defer src.Close()
	must(t, os.WriteFile(path+".new", []byte(strings.ReplaceAll(content, "x", "y")), 0o600))
	must(t, os.Rename(path+".new", path))
	for i := 0; ; i++ {
		row, err := src.Read()
		if err == io.EOF {
			break
		}
		must(t, err)
		if !slices.Equal(row.Cells, before[i].Cells) {
			t.Fatalf("row %d is %q", row.Number, row.Cells)
		}
	}
	if err := in.Changed(); !errors.Is(err, importer.ErrInputChanged) {
		t.Error(err)
	}
}
