package job_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer/job"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/place"
)

// TestAMovedFolderKeepsItsViews: views that nobody has edited are no edited ones
// because their folder, or the disk it is on, has another name now.
func TestAMovedFolderKeepsItsViews(t *testing.T) {
	dir := t.TempDir()
	d := deskIn(t, filepath.Join(dir, "clients.csv"), func() place.Place { return folderAt(t, filepath.Join(dir, "the.job")) })
	d.write("Ann", "Bob")
	d.run()
	moved := filepath.Join(dir, "moved.job")
	if err := os.Rename(filepath.Join(dir, "the.job"), moved); err != nil {
		t.Fatal(err)
	}
	d.at = func() place.Place { return folderAt(t, moved) }
	results := func() map[string]string {
		t.Helper()
		j, err := job.OpenIn(t.Context(), d.at(), job.ModeSettle)
		if err != nil {
			t.Fatal(err)
		}
		res, err := j.Results(t.Context(), job.ResultsOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		kept := map[string]string{}
		for _, f := range res.Files {
			if f.KeptAs != "" {
				kept[f.Name] = f.KeptAs
			}
		}
		return kept
	}
	if kept := results(); len(kept) > 0 {
		t.Errorf("nobody has edited anything, and these are kept: %v", kept)
	}
	if err := os.WriteFile(filepath.Join(moved, "doubt.csv"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if kept := results(); len(kept) != 1 || kept["doubt"] == "" {
		t.Errorf("doubt.csv was edited, and these are kept: %v", kept)
	}
}
