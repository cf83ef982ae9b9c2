package place

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/internal/durable"
)

// ours are the files that we open in a folder, the journal aside, which looks
// at its own.
var ours = []string{lockName, LogName, "results.csv", "rejects.csv", "rejects.xlsx", "doubt.csv", "undo.csv", "changes.csv", "gone.csv",
	"summary.json", "report.html", "twin.jsonl", "rehearsal-identity.txt", "rehearsal-identity.txt.pub"}

// trusted refuses a folder of somebody else's, or one with a link or a device
// under the name of a file of ours: what it says would be believed, and we
// would write where it leads. Nobody else can put one there once the folder is
// the user's alone.
func (f *Folder) trusted() error {
	info, err := os.Stat(f.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return importer.Broken(f.dir, err, "check the permissions of the job folder")
	}
	if what, advice := stranger(info); what != "" {
		return importer.Usage(f.dir, "%s", advice+", or name another folder with --job", what)
	}
	for _, name := range append(ours, journalName) {
		if err := durable.Check(f.path(name)); err != nil {
			return importer.AsProblem(err)
		}
	}
	return nil
}

// Warnings implements Place.
func (f *Folder) Warnings() []string {
	var out []string
	if f.moved != "" {
		out = append(out, "the job has moved from "+f.moved+", where it is no more, to "+f.dir)
	}
	if s := syncedBy(f.dir); s != "" {
		out = append(out, "the job folder "+f.dir+" is synced by "+s+
			", which may copy the journal while it is written: better keep it elsewhere (--job)")
	}
	if name, kind := fileSystem(existing(f.dir)); kind == unknown {
		out = append(out, "the job folder "+f.dir+" lies on a file system of another program ("+name+
			"): if that is not on this machine's own disk, keep the job elsewhere (--job)")
	}
	return out
}

// existing is the folder, or the nearest one above it that is there already.
func existing(dir string) string {
	for {
		if _, err := os.Stat(dir); err == nil || filepath.Dir(dir) == dir {
			return dir
		}
		dir = filepath.Dir(dir)
	}
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
