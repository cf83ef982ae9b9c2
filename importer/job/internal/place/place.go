package place

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// A Place is where one job lives, whether the job exists yet or not. Errors say
// what to do and have their exit code. A Place is used by one goroutine, its
// stores and its log by many.
type Place interface {
	// String is what texts and commands call the job: what --job takes.
	fmt.Stringer
	// Folder is where the views go, and whatever else people look for; "" if
	// the place has none.
	Folder() string
	// Warnings are what speaks against keeping a job here, in sentences, and once
	// its journal was opened that it has moved here; what forbids it fails in
	// Lock.
	Warnings() []string

	// Exists tells whether there is a job.
	Exists(ctx context.Context) (bool, error)
	// Version differs once somebody has written to the job's journal. The job is
	// locked, and its journal closed.
	Version(ctx context.Context) (string, error)
	// Remains is why no job may be started here as if nothing had been: what
	// an earlier one has left whose journal is missing; with ErrListed, where
	// that is on the list of jobs alone. nil: nothing.
	Remains() error

	// Lock takes the job for this process until release is called. The context
	// that it returns ends with ctx, and when the job is lost meanwhile: its
	// cause is then an *importer.Halt.
	Lock(ctx context.Context) (held context.Context, release func(), err error)
	// Holder is who has the job, this process too.
	Holder() (Holder, bool)

	// Open opens the journal for the holder of the lock, Read for looking, also
	// while somebody holds it. Where there is no job they fail with an error
	// that wraps fs.ErrNotExist, and for a journal that has forgotten what is
	// known outside it with one that wraps ErrBehind.
	Open(ctx context.Context) (importer.Store, error)
	Read(ctx context.Context) (importer.Store, error)
	// Create makes the journal of a new job and opens it; the lock is held. A
	// job that is there already is an error with ExitBusy.
	Create(ctx context.Context, h importer.JobHeader) (importer.Store, error)
	// Draft makes a journal that is nobody's job until it is published, which
	// closes it and opens the job's; over says that one which stands there, and
	// is behind, is set aside first. Discard takes a draft away; what a dead
	// process has left of one, too.
	Draft(ctx context.Context, h importer.JobHeader) (importer.Store, error)
	Publish(ctx context.Context, draft importer.Store, over bool) (importer.Store, error)
	Discard()

	// Keep keeps a file with the job, durably, in the place of one of that
	// name. Kept is the path of a copy that lasts as long as the place.
	Keep(name string, content []byte) error
	Kept(name string) (path string, err error)
	// Log is written line by line at its end; the caller closes it.
	Log() (io.WriteCloser, error)

	// Register lets other jobs of the target know of this one.
	Register(h importer.JobHeader) error
	// Others are the other jobs of a target; id is this job's, "" for a new
	// one. warn is told which of them cannot be asked. The caller closes them.
	Others(ctx context.Context, target, id string, warn func(string)) *Others
}

// A Holder is the process that holds a job.
type Holder struct {
	PID   int       `json:"pid"`
	Host  string    `json:"host"`
	Since time.Time `json:"since"`
}

func (h Holder) String() string {
	if h.PID == 0 {
		return "another process"
	}
	return fmt.Sprintf("process %d on %s, since %s", h.PID, h.Host, h.Since.Local().Format("2006-01-02 15:04:05"))
}

// NewHeader is the header of a new job.
func NewHeader(target string, keyDefinition []string) (importer.JobHeader, error) {
	id := make([]byte, 8)
	if _, err := rand.Read(id); err != nil {
		return importer.JobHeader{}, err
	}
	return importer.JobHeader{JobID: hex.EncodeToString(id), Target: target, KeyDefinition: keyDefinition, CreatedAt: time.Now().UTC()}, nil
}
