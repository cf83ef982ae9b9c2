//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// Memory bounds, in bytes: what a million rows may take, and so any fewer.
const (
	checkMost  = 150 << 20
	runMost    = 200 << 20
	statusMost = 60 << 20
)

func within(t *testing.T, what string, c cost, most int64) {
	t.Helper()
	t.Logf("%s: %v, %v of CPU, %d MB", what, c.wall, c.cpu, c.peak>>20)
	if c.peak > most {
		t.Errorf("%s took %d MB, more than %d", what, c.peak>>20, most>>20)
	}
}

// What is remembered of a hundred thousand rows is a tenth of what a million
// may take; the rest is what the program takes for itself.
func TestMemoryOfACheck(t *testing.T) {
	t.Parallel()
	if raced {
		t.Skip("the race detector's memory is not the program's")
	}
	const rows = 100_000
	c := costOf(t, t.TempDir(), "bulkonboard-measured", "check", twelveColumns(t, rows))
	within(t, "check", c, 80<<20)
}

// A whole job of a hundred thousand rows (in CI) or a million takes minutes:
// BULKONBOARD_MEMORY says how many.
func TestMemoryOfAJob(t *testing.T) {
	rows, err := strconv.Atoi(os.Getenv("BULKONBOARD_MEMORY"))
	if err != nil || rows <= 0 {
		t.Skip("BULKONBOARD_MEMORY=1000000 runs it with a million rows")
	}
	dir, path := t.TempDir(), twelveColumns(t, rows)
	job := filepath.Join(dir, "job")
	within(t, "check", costOf(t, dir, "bulkonboard-measured", "check", path), checkMost)
	run := []string{"run", path, "--job", job, "--yes", "--quiet", "--base-url", sandboxProcess(t), "--rate", "unlimited", "--workers", "32"}
	within(t, "run", costOf(t, dir, "bulkonboard-measured", append(run, "--new-job")...), runMost)
	within(t, "status", costOf(t, dir, "bulkonboard-measured", "status", job), statusMost)
	within(t, "resume", costOf(t, dir, "bulkonboard-measured", run...), runMost)
	within(t, "results", costOf(t, dir, "bulkonboard-measured", "results", job), runMost)
	info, err := os.Stat(filepath.Join(job, "journal.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("journal: %d bytes a row", info.Size()/int64(rows))
	if info.Size()/int64(rows) >= 1024 {
		t.Errorf("the journal takes %d bytes a row", info.Size()/int64(rows))
	}
}
