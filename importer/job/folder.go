package job

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/journal"
	"github.com/bulkonboard/bulkonboard/importer/table"
)

// The names of a job and of the files in its folder.
const (
	FolderName    = "bulkonboard.job" // beside the input
	RehearsalName = "sandbox.job"
	journalName   = "journal.db"
	// asideName is a journal that is being made from earlier results. Whoever
	// makes a journal.db clears it away.
	asideName       = journalName + ".new-adopt"
	lockName        = "lock"
	logName         = "run.log"
	resultsName     = "results.csv"
	rejectsName     = "rejects.csv"
	rejectsBookName = "rejects.xlsx"
	doubtName       = "doubt.csv"
	undoName        = "undo.csv"
	summaryName     = "summary.json"
)

// TargetSandbox is the target of a rehearsal's job.
const TargetSandbox = "sandbox"

// leftBehind are the views that tell of a job whose journal is missing.
var leftBehind = []string{resultsName, undoName, doubtName, summaryName}

// A folder is a job's folder, whether it exists or not.
type folder struct {
	dir  string // absolute
	held *held
}

func at(dir string) (folder, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return folder{}, broken(dir, err, "")
	}
	return folder{dir: abs}, nil
}

func (f folder) path(name string) string { return filepath.Join(f.dir, name) }

// exists tells whether there is a journal.
func (f folder) exists() (bool, error) {
	info, err := os.Stat(f.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, broken(f.dir, err, "check the permissions of the job folder")
	case !info.IsDir():
		return false, broken(f.dir, errors.New("the job folder is a file"), "name another folder with --job")
	}
	if _, err := os.Lstat(f.path(journalName)); err == nil {
		return true, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return false, broken(f.path(journalName), err, "check the permissions of the job folder")
	}
	return false, nil
}

// abandoned fails for a folder that holds our views but no journal: starting
// anew there would forget customers.
func (f folder) abandoned() error {
	for _, name := range leftBehind {
		if _, err := os.Lstat(f.path(name)); err == nil {
			return &Problem{Exit: ExitFailed, Where: f.dir,
				What: "holds " + name + " of an earlier job, but its journal.db is missing: what was sent is not known here",
				Hint: "put journal.db back where it was; if it is lost, start from the earlier results with --adopt " + filepath.Join(f.dir, resultsName)}
		}
	}
	return nil
}

// lock takes the job for this process, making the folder if need be.
func (f *folder) lock() error {
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return broken(f.dir, err, "the job folder cannot be made: name another one with --job")
	}
	if name, bad := networkFileSystem(f.dir); bad {
		return &Problem{Exit: ExitFailed, Where: f.dir, What: "lies on a network file system (" + name + "), where a journal cannot be kept safely",
			Hint: "name a folder on a local disk with --job"}
	}
	h, err := hold(f.path(lockName))
	if err != nil {
		return err
	}
	f.held = h
	return nil
}

func (f *folder) unlock() {
	if f.held != nil {
		f.held.release()
		f.held = nil
	}
}

// create makes the journal of a new job. The lock is held.
func (f folder) create(ctx context.Context, name, target string, keyDefinition []string) (importer.Store, error) {
	id := make([]byte, 8)
	if _, err := rand.Read(id); err != nil {
		return nil, err
	}
	s, err := journal.Create(ctx, f.path(name), importer.JobHeader{
		JobID: hex.EncodeToString(id), Target: target, KeyDefinition: keyDefinition, CreatedAt: time.Now().UTC(),
	})
	if errors.Is(err, fs.ErrExist) {
		return nil, &Problem{Exit: ExitBusy, Where: f.dir, What: "another run has just started this job", Hint: "run again", Cause: err}
	}
	if err != nil {
		return nil, broken(f.path(name), err, "the journal cannot be made, and nothing was sent: check space and permissions, or name another folder with --job")
	}
	return s, nil
}

func (f folder) open(ctx context.Context) (importer.Store, error) {
	s, err := journal.Open(ctx, f.path(journalName))
	if err != nil {
		return nil, asProblem(err)
	}
	return s, nil
}

func (f folder) openReadOnly(ctx context.Context) (importer.Store, error) {
	s, err := journal.OpenReadOnly(ctx, f.path(journalName))
	if err != nil {
		return nil, asProblem(err)
	}
	return s, nil
}

// syncedBy names the service whose folder this probably is; "" if none.
func syncedBy(dir string) string {
	for p := dir; ; p = filepath.Dir(p) {
		name := strings.ToLower(filepath.Base(p))
		for _, service := range []string{"OneDrive", "Dropbox", "Google Drive", "GoogleDrive", "iCloud", "com~apple~CloudDocs", "CloudStorage"} {
			if strings.HasPrefix(name, strings.ToLower(service)) {
				return service
			}
		}
		if filepath.Dir(p) == p {
			return ""
		}
	}
}

// keyFingerprint tells one API key from another, for one job only.
func keyFingerprint(jobID string, key importer.Secret) string {
	m := hmac.New(sha256.New, []byte(key.Reveal()))
	fmt.Fprintf(m, "bulkonboard job %s", jobID)
	return hex.EncodeToString(m.Sum(nil)[:8])
}

// KeyLabel lets people tell their API keys apart.
func KeyLabel(key importer.Secret) string {
	return "#" + keyFingerprint("label", key)[:6]
}

// Locate names the folder of a JOB argument: a job folder, or an input whose
// job lies beside it. An input may be gone by now; a name that neither exists
// nor is a sheet's is no input, and must not lead to some other job.
func Locate(arg string) string {
	info, err := os.Stat(arg)
	switch ext := strings.ToLower(filepath.Ext(arg)); {
	case err == nil && info.IsDir(), ext == ".job":
		return arg
	case err == nil, ext == ".csv", ext == ".tsv", table.IsWorkbook(arg):
		return Beside(arg, false)
	}
	return arg
}

// Beside names the folder of an input's job.
func Beside(input string, rehearsal bool) string {
	name := FolderName
	if rehearsal {
		name = RehearsalName
	}
	return filepath.Join(filepath.Dir(input), name)
}
