package table

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestSweep wants the scratches of the dead to go, and those of the living to
// stay, with whatever else has a name like theirs.
func TestSweep(t *testing.T) {
	temp := t.TempDir()
	living, err := newScratch(temp)
	if err != nil {
		t.Fatal(err)
	}
	dead, err := newScratch(temp)
	if err != nil {
		t.Fatal(err)
	}
	if err := dead.lock.Unlock(); err != nil { // as its process ends
		t.Fatal(err)
	}
	other := filepath.Join(temp, "bulkonboard-xlsx-other")
	if err := os.Mkdir(other, 0o700); err != nil {
		t.Fatal(err)
	}
	there := func(dir string) bool { _, err := os.Stat(dir); return err == nil }

	sweep(temp, time.Now())
	if !there(dead.dir) {
		t.Error("a folder that may be locked at any moment was swept")
	}
	sweep(temp, time.Now().Add(time.Hour))
	if there(dead.dir) || !there(living.dir) || !there(other) {
		t.Errorf("dead %v, living %v, other %v", there(dead.dir), there(living.dir), there(other))
	}
	if err := living.close(); err != nil || there(living.dir) {
		t.Error("not closed", err)
	}
}
