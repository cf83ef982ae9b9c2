package importer_test

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/bulkonboard/bulkonboard"

// rooms are the packages that know one technology or trade each, and know of
// each other nothing: each may use the hub and what is named here.
var rooms = map[string][]string{
	"importer/table": {
		"importer/table/internal/xlsx",
	},
	"importer/table/internal/xlsx": nil,

	"importer/api":         nil,
	"importer/api/sandbox": {"importer/internal/durable"},
	"importer/journal":     {"importer/internal/durable"},
	"importer/seal":        nil,
	"mapping":              {"mapping/internal/paths", "mapping/strict"},
	"report":               nil,
	"importer":             nil,
	"importer/importertest": {
		"importer",
	},
	"mapping/infer":          {"mapping", "mapping/internal/paths"},
	"mapping/internal/paths": nil,
	"mapping/strict":         {"mapping/internal/paths"},

	"importer/internal/durable":             nil,
	"importer/job/internal/correction":      {"importer/internal/durable"},
	"importer/job/internal/evidence":        {"importer"},
	"importer/job/internal/place":           {"importer/internal/durable", "importer/journal"},
	"importer/job/internal/place/placetest": {"importer/importertest", "importer/job/internal/place"},
	"importer/job/internal/rows": {"importer/job/internal/correction", "importer/job/internal/place", "importer/table", "mapping",
		"mapping/infer", "mapping/strict", "report"},
	"importer/job/internal/views": {"importer/internal/durable", "importer/job/internal/rows", "importer/table", "report"},
	"importer/job": {
		"importer/job/internal/correction",
		"importer/job/internal/evidence",
		"importer/internal/durable",
		"importer/job/internal/place",
		"importer/job/internal/rows",
		"importer/job/internal/views",
		"importer/table",
		"importer/api",
		"importer/journal",
		"importer/seal",
		"mapping",
		"mapping/infer",
		"mapping/strict",
		"report",
	},
	"cmd/bulkonboard": {"importer/job", "importer/api/sandbox", "mapping", "mapping/infer", "report",
		"cmd/bulkonboard/internal/config", "cmd/bulkonboard/internal/display", "cmd/bulkonboard/internal/notify"},
	"cmd/bulkonboard/internal/config":  {"importer/job", "mapping/strict"},
	"cmd/bulkonboard/internal/display": {"importer/job", "mapping/infer", "report"},
	"cmd/bulkonboard/internal/notify":  {"importer/api", "importer/job"},
}

// withoutHub may not even import the hub.
var withoutHub = []string{"importer/api/sandbox", "importer/internal/durable"}

// only says who may use a package of the standard library or of others.
var only = map[string][]string{
	"net/http":             {"importer/api", "importer/api/sandbox", "cmd/bulkonboard", "cmd/bulkonboard/internal/notify"},
	"database/sql":         {"importer/journal"},
	"modernc.org/sqlite":   {"importer/journal"},
	"os/exec":              {"cmd/bulkonboard/internal/config"},
	"golang.org/x/term":    {"cmd/bulkonboard"},
	"golang.org/x/net/":    {"importer", "mapping/internal/paths"},
	"go.yaml.in/":          {"mapping", "mapping/strict", "cmd/bulkonboard/internal/config"},
	"github.com/gofrs/":    {"importer/job/internal/correction", "importer/job/internal/place", "importer/table"},
	"github.com/zalando/":  {"cmd/bulkonboard/internal/config"},
	"github.com/gocarina/": {"report"},
	"github.com/jedib0t/":  {"cmd/bulkonboard/internal/display"},
	"github.com/hbollon/":  {"mapping/infer", "cmd/bulkonboard/internal/config"},
	"github.com/xuri/":     {"importer/table", "report"},
	"filippo.io/":          {"importer/seal"},
	"github.com/spf13/":    {"cmd/bulkonboard", "cmd/bulkonboard/internal/config"},
}

// TestImportDirections keeps the arrows of the layout pointing downwards.
func TestImportDirections(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", module+"/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(strings.NewReader(string(out)))
	seen := 0
	for {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		seen++
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		allowed, known := rooms[name]
		if !known {
			t.Errorf("%s is a new room: say in this test what it may use", name)
		}
		for _, imp := range p.Imports {
			own, ours := strings.CutPrefix(imp, module+"/")
			hub := own == "importer" && !slices.Contains(withoutHub, name)
			if ours && !hub && !slices.Contains(allowed, own) {
				t.Errorf("%s imports %s: the arrows point the other way", name, own)
			}
			for prefix, who := range only {
				if !ours && strings.HasPrefix(imp, prefix) && !slices.Contains(who, name) {
					t.Errorf("%s imports %s, which only %v may", name, imp, who)
				}
			}
		}
	}
	if seen != len(rooms) {
		t.Errorf("%d packages, %d of them known here", seen, len(rooms))
	}
}

// TestOnlyTheProgramTouchesTheProcess keeps the environment, the terminal and
// the process's end out of the library.
func TestOnlyTheProgramTouchesTheProcess(t *testing.T) {
	process := regexp.MustCompile(`\bos\.(Getenv|LookupEnv|Exit|Stdout|Stderr)\b|\bfmt\.Print|\blog\.Fatal`)
	seen := 0
	err := filepath.WalkDir("..", func(path string, e fs.DirEntry, err error) error {
		switch name := e.Name(); {
		case err != nil:
			return err
		case e.IsDir() && (path == filepath.Join("..", "cmd") || name != ".." && strings.HasPrefix(name, ".")):
			return filepath.SkipDir
		case e.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		seen++
		text, err := os.ReadFile(path)
		for i, line := range strings.Split(string(text), "\n") {
			if process.MatchString(line) {
				t.Errorf("%s:%d: outside cmd: %s", path, i+1, line)
			}
		}
		return err
	})
	if err != nil || seen < 100 {
		t.Errorf("%d files looked at: %v", seen, err)
	}
}

// TestEveryLibraryHasItsReason: CONTRIBUTING says of each library that go.mod
// requires why it is here.
func TestEveryLibraryHasItsReason(t *testing.T) {
	mod, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	direct := regexp.MustCompile(`(?m)^\t(\S+) v\S+$`).FindAllStringSubmatch(string(mod), -1)
	if len(direct) == 0 {
		t.Fatal("go.mod requires nothing")
	}
	for _, m := range direct {
		name := m[1]
		short := strings.TrimPrefix(strings.TrimPrefix(name, "golang.org/"), "github.com/spf13/")
		if !strings.Contains(string(text), "`"+name+"`") && !strings.Contains(string(text), "`"+short+"`") {
			t.Errorf("CONTRIBUTING.md does not say why %s is here", name)
		}
	}
}
