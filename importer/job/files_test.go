package job_test

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestFilesReferDownwards: no two files of the package need each other, however
// far around, so that it can be read from the top and cut anywhere.
func TestFilesReferDownwards(t *testing.T) {
	needs := references(t)
	var visit func(file string, path []string)
	done := map[string]bool{}
	visit = func(file string, path []string) {
		if at := slices.Index(path, file); at >= 0 {
			t.Errorf("these files need each other, so move what both use into a file of its own: %s",
				strings.Join(append(path[at:], file), " → "))
			return
		}
		if done[file] {
			return
		}
		for _, next := range needs[file] {
			visit(next, append(slices.Clone(path), file))
		}
		done[file] = true
	}
	for file := range needs {
		visit(file, nil)
	}
	if len(needs) < 30 {
		t.Errorf("only %d files refer to others", len(needs))
	}
}

// references tells which files each file needs: those that declare what it names.
func references(t *testing.T) map[string][]string {
	t.Helper()
	fset := token.NewFileSet()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	exports := exportData(t)
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	open := func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) }
	conf := types.Config{Importer: importer.ForCompiler(fset, "gc", open)}
	pkg, err := conf.Check("job", fset, files, info)
	if err != nil {
		t.Fatal(err)
	}
	needs := map[string][]string{}
	for id, o := range info.Uses {
		f, method := o.(*types.Func)
		method = method && f.Signature().Recv() != nil
		if o.Pkg() != pkg || o.Parent() != pkg.Scope() && !method {
			continue
		}
		from, to := fset.Position(id.Pos()).Filename, fset.Position(o.Pos()).Filename
		if from != to && !slices.Contains(needs[from], to) {
			needs[from] = append(needs[from], to)
		}
	}
	return needs
}

// exportData are the files in which the compiler keeps what packages export.
func exportData(t *testing.T) map[string]string {
	t.Helper()
	out, err := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Export", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	exports := map[string]string{}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct{ ImportPath, Export string }
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return exports
		} else if err != nil {
			t.Fatal(err)
		}
		exports[p.ImportPath] = p.Export
	}
}
