//go:build !windows

package place_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/place"
)

// job makes a job in a folder and gives it back.
func job(t *testing.T) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "bulkonboard.job")
	p, err := place.At(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	_, release, err := p.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	h, err := place.NewHeader("https://api.example.test", []string{"k"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := p.Create(t.Context(), h)
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// every tries all ways into a folder.
func every(t *testing.T, dir string) map[string]error {
	t.Helper()
	p, err := place.At(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]error{}
	_, out["Exists"] = p.Exists(t.Context())
	if s, err := p.Read(t.Context()); err != nil {
		out["Read"] = err
	} else {
		out["Read"] = errors.Join(nil, s.Close())
	}
	if _, release, err := p.Lock(t.Context()); err != nil {
		out["Lock"] = err
	} else {
		release()
		out["Lock"] = nil
	}
	if s, err := p.Open(t.Context()); err != nil {
		out["Open"] = err
	} else {
		out["Open"] = s.Close()
	}
	return out
}

// TestAStrangersFolderIsRefused would hang where something waited for the other
// end of a pipe.
func TestAStrangersFolderIsRefused(t *testing.T) {
	for what, spoil := range map[string]func(dir string) error{
		"others may write":       func(dir string) error { return os.Chmod(dir, 0o777) },
		"the group may write":    func(dir string) error { return os.Chmod(dir, 0o770) },
		"another owner":          func(dir string) error { return os.Chown(dir, 12345, -1) },
		"the lock is a link":     replaced("lock", linked),
		"the lock is a pipe":     replaced("lock", piped),
		"the log is a link":      replaced("run.log", linked),
		"the log is a pipe":      replaced("run.log", piped),
		"the journal is a link":  replaced("journal.db", linked),
		"the journal is a pipe":  replaced("journal.db", piped),
		"its -wal is a link":     replaced("journal.db-wal", linked),
		"its -shm is a pipe":     replaced("journal.db-shm", piped),
		"the results are a link": replaced("results.csv", linked),
		"the rejects are a pipe": replaced("rejects.csv", piped),
		"the twin is a link":     replaced("twin.jsonl", linked),
	} {
		t.Run(what, func(t *testing.T) {
			dir := job(t)
			if err := spoil(dir); err != nil {
				t.Skipf("NOT TESTED: %v", err)
			}
			for way, err := range every(t, dir) {
				beside := what == "its -wal is a link" || what == "its -shm is a pipe"
				if beside && (way == "Exists" || way == "Lock") {
					continue // the journal looks at those when it is opened
				}
				if importer.ExitOf(err) != importer.ExitUsage {
					t.Errorf("%s: %v, exit code %d", way, err, importer.ExitOf(err))
				}
			}
		})
	}
	for way, err := range every(t, job(t)) {
		if err != nil {
			t.Errorf("the user's own: %s: %v", way, err)
		}
	}
}

func replaced(name string, by func(path string) error) func(string) error {
	return func(dir string) error {
		path := filepath.Join(dir, name)
		if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
			return err
		}
		return by(path)
	}
}

func linked(path string) error {
	elsewhere := filepath.Join(filepath.Dir(filepath.Dir(path)), "elsewhere")
	return errors.Join(os.WriteFile(elsewhere, []byte("secret"), 0o600), os.Symlink(elsewhere, path))
}

func piped(path string) error { return unix.Mkfifo(path, 0o600) }

// TestALinkToTheFolderIsTheFolder: the user named it.
func TestALinkToTheFolderIsTheFolder(t *testing.T) {
	dir := job(t)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Skipf("NOT TESTED: %v", err)
	}
	for way, err := range every(t, link) {
		if err != nil {
			t.Errorf("%s: %v", way, err)
		}
	}
}

// TestTheHoldersNoteGoesIntoTheLockedFile: another file that took the lock's
// name meanwhile is not written to.
func TestTheHoldersNoteGoesIntoTheLockedFile(t *testing.T) {
	dir := job(t)
	p, err := place.At(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	_, release, err := p.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "lock")
	if err := errors.Join(os.Remove(path), os.WriteFile(path, []byte("another"), 0o600)); err != nil {
		t.Fatal(err)
	}
	release()
	if b, err := os.ReadFile(path); err != nil || string(b) != "another" {
		t.Errorf("the file that took its name holds %q, %v", b, err)
	}
}
