package job

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/table"
)

// The names of a job's folder.
const (
	FolderName    = "bulkonboard.job" // beside the input
	RehearsalName = "sandbox.job"
)

// TargetSandbox is the target of a rehearsal's job.
const TargetSandbox = "sandbox"

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
