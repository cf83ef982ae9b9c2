package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// The golden files, below testdata/golden:
//
//	jobs/      job folders made by the first edition, with the sheets beside them.
//	           No newer program may make or touch them: what they are worth is that
//	           they are old. make.sh tells how they came about. A newer format of
//	           the journal gets folders of its own, beside these.
//	mappings/  what the first edition's init proposed for samples/crm, its open
//	           ends filled in.
//	facts/     what happens, in a form that no edition changes: exit codes, which
//	           customers were sent, statuses, codes, ids and fingerprints by row,
//	           findings by cell. -update writes a file that is missing and never one
//	           that is there. A difference here is a broken promise; who is sure that
//	           the old fact was wrong removes the file by hand and says why.
//	words/     what was printed, and the views in full. Wording may change on
//	           purpose: go test ./cmd/bulkonboard -run Golden -update, and read the
//	           difference.
const golden = "testdata/golden"

var update = flag.Bool("update", false, "write testdata/golden/words anew, and facts that are missing")

// compare holds what is to what a golden file says.
func compare(t *testing.T, kind, name, got string) {
	t.Helper()
	path := filepath.Join(golden, kind, name+".txt")
	want, err := os.ReadFile(path)
	missing := errors.Is(err, fs.ErrNotExist)
	if *update && (missing || kind == "words") {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	hint := "facts are not updated: see the comment on golden files"
	if kind == "words" {
		hint = "if that is meant: go test ./cmd/bulkonboard -run Golden -update"
	}
	t.Errorf("%s differs; %s\n%s", path, hint, firstDifference(got, string(want)))
}

// firstDifference shows the lines around the place where two texts part.
func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	i := 0
	for i < len(g) && i < len(w) && g[i] == w[i] {
		i++
	}
	part := func(lines []string) string {
		return strings.Join(lines[max(0, min(i-3, len(lines))):min(i+6, len(lines))], "\n\t")
	}
	return fmt.Sprintf("from line %d\n got\t%s\nwant\t%s", i+1, part(g), part(w))
}

// A desk is where one golden test works: a folder with copies, and a program
// that knows no other jobs, keys and settings than those in there.
type desk struct {
	t            *testing.T
	dir          string
	env          map[string]string
	facts, words strings.Builder
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, dir: t.TempDir(), env: map[string]string{}}
	for _, name := range []string{"XDG_STATE_HOME", "XDG_CONFIG_HOME"} {
		d.env[name] = filepath.Join(t.TempDir(), name)
	}
	return d
}

// copy puts a file or folder into the desk's folder. Nobody but its owner may
// read the copy, as it was with the original.
func (d *desk) copy(from, to string) {
	d.t.Helper()
	err := filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(d.dir, to, rel)
		if e.IsDir() {
			return os.MkdirAll(target, 0o700)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, b, 0o600)
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) path(name string) string { return filepath.Join(d.dir, filepath.FromSlash(name)) }

func (d *desk) read(name string) string {
	d.t.Helper()
	b, err := os.ReadFile(d.path(name))
	if err != nil {
		d.t.Fatal(err)
	}
	return string(b)
}

// call runs the program. Words that name a file at the desk mean that one.
func (d *desk) call(a *app, args ...string) (code int, stdout, stderr string) {
	args = append([]string{}, args...)
	for i, arg := range args {
		if !strings.ContainsAny(arg, "*:@") && strings.Contains(arg, ".") {
			args[i] = d.path(arg)
		}
	}
	var out, errs bytes.Buffer
	a.stdin, a.stdout, a.stderr = strings.NewReader(""), &out, &errs
	a.env = func(name string) (string, bool) { v, ok := d.env[name]; return v, ok }
	code = a.run(args)
	return code, out.String(), errs.String()
}

// table reads a CSV file of ours by its columns.
func (d *desk) table(file string) []map[string]string {
	d.t.Helper()
	all, err := csv.NewReader(strings.NewReader(d.read(file))).ReadAll()
	if err != nil || len(all) == 0 {
		d.t.Fatalf("%s: %v", file, err)
	}
	var out []map[string]string
	for _, r := range all[1:] {
		line := map[string]string{}
		for i, c := range all[0] {
			line[c] = r[i]
		}
		out = append(out, line)
	}
	return out
}

// planned writes down whom a plan would send.
func (d *desk) planned(file string) {
	d.t.Helper()
	var p struct {
		Rows []struct{ Row, Key, Fingerprint string }
	}
	if err := json.Unmarshal([]byte(d.read(file)), &p); err != nil {
		d.t.Fatal(err)
	}
	for _, r := range p.Rows {
		fmt.Fprintf(&d.facts, "row %s,%s,%s\n", r.Row, r.Key, r.Fingerprint)
	}
}

// tell writes some cells of a line.
func tell(r map[string]string, columns ...string) string {
	var cells []string
	for _, c := range columns {
		cells = append(cells, r[c])
	}
	return strings.TrimRight(strings.Join(cells, ","), ",") + "\n"
}

// counted are counts by status, those of none left out.
func counted(counts map[string]int) string {
	var parts []string
	for _, status := range slices.Sorted(maps.Keys(counts)) {
		if n := counts[status]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, status))
		}
	}
	return strings.Join(parts, ", ") + "\n"
}

// done compares what the desk has gathered.
func (d *desk) done(name string) {
	d.t.Helper()
	compare(d.t, "facts", name, d.facts.String())
	if runtime.GOOS != "windows" { // where paths are written in another way
		compare(d.t, "words", name, d.timeless(d.words.String()))
	}
}

// passing is what differs from one time, machine and person to the next.
var passing = []struct {
	is      *regexp.Regexp
	instead string
}{
	{regexp.MustCompile(`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?`), "TIME"},
	{regexp.MustCompile(`\b[0-9a-f]{16}#`), "JOB#"},
	{regexp.MustCompile(`\d\d:\d\d:\d\d`), "TIME"},
	{regexp.MustCompile(`\bin (under a second|[\dhms]*\ds)\b`), "in SOMETIME"},
	{regexp.MustCompile(`edited-[0-9TZ-]+`), "edited-TIME"},
}

func (d *desk) timeless(s string) string {
	s = strings.ReplaceAll(s, d.dir, "DESK")
	s = strings.ReplaceAll(s, " by "+operator(), " by SOMEBODY")
	s = strings.ReplaceAll(s, " by root", " by SOMEBODY") // who made the golden jobs
	for _, p := range passing {
		s = p.is.ReplaceAllString(s, p.instead)
	}
	return s
}
