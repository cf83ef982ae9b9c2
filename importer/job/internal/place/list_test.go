package place

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestListIsWrittenBesideItself: what a killed process leaves behind must lie
// where the next one takes it away, not among the temporary files of everybody.
func TestListIsWrittenBesideItself(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	long := time.Unix(1e9, 0)
	if err := os.Chtimes(temporary, long, long); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "state")
	l := List(filepath.Join(dir, "jobs.jsonl"))
	one, two := listed{ID: "1", Dir: "/one", Target: "t"}, listed{ID: "2", Dir: "/two", Target: "t"}
	if err := l.add(one); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, ".jobs.jsonl4711"), []byte(`{"id":"half a li`), 0o600); err != nil { // killed here
		t.Fatal(err)
	}
	if all, err := l.read(); err != nil || len(all) != 1 || all[0] != one {
		t.Errorf("after the kill: %v, %v", all, err)
	}
	if err := l.add(two); err != nil {
		t.Fatal(err)
	}
	if all, err := l.read(); err != nil || len(all) != 2 || all[1] != two {
		t.Errorf("the list: %v, %v", all, err)
	}
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range left {
		if name := f.Name(); name != "jobs.jsonl" && name != "jobs.jsonl.lock" {
			t.Errorf("left behind: %s", name)
		}
	}
	info, err := os.Stat(temporary)
	if err != nil {
		t.Fatal(err)
	}
	if !info.ModTime().Equal(long) {
		t.Errorf("the folder for temporary files was written to: %v", info.ModTime())
	}
}
