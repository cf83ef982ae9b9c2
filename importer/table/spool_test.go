package table_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/bulkonboard/bulkonboard/importer/table"
)

func TestStandardInput(t *testing.T) {
	dir := t.TempDir()
	in, err := table.Open(t.Context(), "-", table.Options{Stdin: iotest.OneByteReader(strings.NewReader("A;B\n1;2\n")), TempDir: dir})
	must(t, err)
	if got := shown(t, in); got[0] != "2: 1|2" {
		t.Errorf("%q", got)
	}
	if h := in.Headers()[0]; h.File != "standard input" {
		t.Errorf("it is called %q", h.File)
	}
	same := open(t, write(t, "clients.csv", "A;B\n1;2\n"), table.Options{})
	if in.Digest() != same.Digest() {
		t.Error("the digest is not that of the bytes")
	}
	must(t, in.Changed())
	names, err := os.ReadDir(dir)
	must(t, err)
	if runtime.GOOS != "windows" && len(names) > 0 {
		t.Errorf("in use, the copy has a name: %s", names[0])
	}
	src, err := in.Open(t.Context())
	must(t, err)
	must(t, in.Close())
	must(t, in.Close())
	if _, err := src.Read(); err == nil || err == io.EOF {
		t.Errorf("a closed input still delivers: %v", err)
	}
	must(t, src.Close())
	if names, _ := os.ReadDir(dir); len(names) > 0 {
		t.Errorf("closed, the copy is still there: %s", names[0])
	}
}

func TestStandardInputTrouble(t *testing.T) {
	dir := t.TempDir()
	if e := refuse(t, "-", table.Options{TempDir: dir}); !strings.Contains(e.Error(), "standard input") {
		t.Error(e)
	}
	cut := errors.New("the pipe broke")
	if e := refuse(t, "-", table.Options{Stdin: io.MultiReader(strings.NewReader("A\n"), iotest.ErrReader(cut)), TempDir: dir}); !errors.Is(e,
		cut) {
		t.Error(e)
	}
	if e := refuse(t, "-", table.Options{Stdin: strings.NewReader(""), TempDir: dir}); !strings.Contains(e.Cause, "empty") {
		t.Error(e)
	}
	if e := refuse(t, "-", table.Options{Stdin: strings.NewReader("A\n"), TempDir: filepath.Join(dir, "none")}); !strings.Contains(e.Cause,
		"temporary copy") {
		t.Error(e)
	}
	if names, _ := os.ReadDir(dir); len(names) > 0 {
		t.Errorf("left behind: %s", names[0])
	}
}
