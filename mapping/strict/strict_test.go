package strict

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// read walks a file as a reader with the keys a (a text), b (a list), c (a
// number up to 9) and d (an object of any names) does.
func read(text string) []string {
	f, root := Parse("f.yaml", []byte(text))
	if root != nil {
		f.Pairs(root, "the file", func(k, v *yaml.Node) {
			switch k.Value {
			case "a":
				f.Text(v)
			case "bcd":
				f.Texts(v)
			case "c":
				f.Number(v, 1, 9)
			case "d":
				if f.Few(v, 3, "d") {
					f.Pairs(v, "d", func(_, v *yaml.Node) { f.Text(v) })
				}
			default:
				f.Unknown(k, "the file", []string{"a", "bcd", "c", "d"})
			}
		})
	}
	return f.Faults()
}

func TestFaults(t *testing.T) {
	names := make([]string, 12)
	for i := range names {
		names[i] = fmt.Sprintf("name-%d", i)
	}
	for name, c := range map[string]struct{ text, want string }{
		"nothing wrong": {"a: 01\nbcd: [x, 2]\nc: 3\nd: {x: y}\n", ""},
		"empty":         {"# nothing\n", ""},
		"a list of one": {"bcd: x", ""},
		"all at once": {"a: [1]\nbcde: x\nc: 10\nzzzzzzzz: 1",
			`f.yaml:1: a text is needed here|f.yaml:2: the file has no key "bcde"; did you mean bcd?|f.yaml:3: a number from 1 to 9 is needed here, not "10"|f.yaml:4: the file has no key "zzzzzzzz"; it has a, bcd, c, d`},
		"twice":              {"a: x\n\na: y", `f.yaml:3: the file: "a" stands there twice, first in line 1`},
		"no object":          {"- a", "f.yaml:1: the file is an object: key: value, a line each"},
		"an odd key":         {"[a]: b", "f.yaml:1: the file: a key is a word"},
		"an alias":           {"a: &x 1\nbcd: *x", "f.yaml:2: anchors and aliases are not understood here: write the value out"},
		"an alias in a list": {"a: &x 1\nbcd: [*x]", "f.yaml:2: anchors and aliases are not understood here: write the value out"},
		"a merged object": {"x: &x {a: 1}\n<<: *x",
			`f.yaml:1: the file has no key "x"; did you mean a?|f.yaml:2: the file has no key "<<"; it has a, bcd, c, d`},
		"a tag":                {"a: !!binary aGk=", "f.yaml:1: tags are not understood here: remove !!binary"},
		"a second document":    {"a: 1\n---\na: 2", "f.yaml:3: a second document begins here, and there is one in a file: remove the line with ---"},
		"no YAML":              {"a: 1\nb: [", "f.yaml:3: did not find expected node content"},
		"too many entries":     {"d: {a: 1, b: 2, c: 3, e: 4}", "f.yaml:1: d: 4 entries, and it may have 3"},
		"a mistake made often": {strings.Repeat("- x\n", 0) + "d: " + "1\n" + many("long-name-%d: 1\n", 60), "…"},
	} {
		got := strings.Join(read(c.text), "|")
		if c.want == "…" {
			if n := len(read(c.text)); n != mostFaults+1 || !strings.HasSuffix(got, "|f.yaml: and 11 more faults") {
				t.Errorf("%s: %d faults, the last of %s", name, n, got)
			}
		} else if got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, c.want)
		}
	}
	if got := List(names); strings.Count(got, "name-") != 10 || !strings.HasSuffix(got, " and 2 more") {
		t.Error(got)
	}
}

func many(format string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// TestTextsAreReadAsTheyAreWritten wants no number, date or word of YAML's.
func TestTextsAreReadAsTheyAreWritten(t *testing.T) {
	f, root := Parse("f", []byte("[01234, 1e3, yes, 2026-01-02, 0x1F, ~, '']"))
	if got := fmt.Sprintf("%q", f.Texts(root)); got != `["01234" "1e3" "yes" "2026-01-02" "0x1F" "" ""]` || len(f.Faults()) > 0 {
		t.Error(got, f.Faults())
	}
}

// TestReadFileIsBounded wants what is no small file to be refused for what it
// is, without a byte of it being kept.
func TestReadFileIsBounded(t *testing.T) {
	dir := t.TempDir()
	sparse, grown, good := filepath.Join(dir, "sparse"), filepath.Join(dir, "grown"), filepath.Join(dir, "good")
	for path, size := range map[string]int64{sparse: 20 << 30, grown: MaxBytes + 1, good: MaxBytes} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, size); err != nil {
			t.Skip("this file system has no sparse files: ", err)
		}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for path, want := range map[string]string{
		sparse:     "has 21474836480 bytes, and a file of this kind has 1048576 at most: is it the right one?",
		grown:      "has 1048577 bytes, and a file of this kind has 1048576 at most: is it the right one?",
		dir:        "is a folder, not a file",
		os.DevNull: "is a device or a pipe, not a file: save what it gives, and name that file",
	} {
		if _, err := ReadFile(path); err == nil || err.Error() != want {
			t.Errorf("%s: %v", path, err)
		}
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > MaxBytes {
		t.Errorf("%d bytes were taken to refuse", took)
	}
	if b, err := ReadFile(good); err != nil || len(b) != MaxBytes {
		t.Error(len(b), err)
	}
	if _, err := ReadFile(filepath.Join(dir, "none")); !os.IsNotExist(err) {
		t.Error(err)
	}
}

// TestNoTextCostsMuch wants a megabyte of whatever YAML is made of to be read
// or refused in a bounded memory.
func TestNoTextCostsMuch(t *testing.T) {
	for name, unit := range map[string]string{"brackets": "[", "braces": "{a: ", "numbers": "1, ", "dashes": "- ", "aliases": "*a, ",
		"keys": "k%d:\n", "comments": "#\n"} {
		text := strings.Repeat(unit, (MaxBytes-100)/len(unit))
		switch name {
		case "numbers", "aliases":
			text = "a: &a 1\nbcd: [" + text + "]"
		case "keys":
			text = many(unit, MaxBytes/16)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		faults := read(text)
		runtime.ReadMemStats(&after)
		if took := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 200 {
			t.Errorf("%s: %d MB", name, took)
		}
		if size := len(strings.Join(faults, "\n")); size > 20_000 {
			t.Errorf("%s: %d bytes of faults", name, size)
		}
	}
}
