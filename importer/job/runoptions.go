package job

import (
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/api"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/place"
)

// API says how to reach the server: api.Options.
type API = api.Options

// Transport carries HTTP exchanges: api.Transport.
type Transport = api.Transport

// RunOptions say what to import, where to, and when to stop. Input and API are
// required.
type RunOptions struct {
	Input InputOptions
	Dir   string // the job's folder; "" is beside the input
	API   API    // BaseURL and Key; in a rehearsal neither is used
	// KeyFrom says where the API key came from, for people; may be empty.
	KeyFrom string
	// Rehearsal sends to the twin that Twin returns, which may keep its state
	// in the job's folder.
	Rehearsal bool
	Twin      func(dir string) (Transport, error)

	Rate             float64 // requests per second; 0 is importer.DefaultRate
	Workers          int     // 0 is automatic
	MaxAttempts      int     // 0 is 5
	HaltAfter        int     // 0 is 5
	MaxErrors        int     // 0 is no limit
	MaxErrorsPercent float64 // 0 is no limit
	Limit            int     // 0 is no limit
	Pilot            int     // rows that are attempted first and read back; 0 is no pilot
	Rows             RowSet  // nil is all
	Strict           bool
	// MaxNew is how many new customers an unattended run of a job with history
	// may send, a share being one of the customers created or in doubt; nil is
	// the larger of 50 and 10 %.
	MaxNew *Share
	// ChangedRows is how many rows with the key of a known customer may lack a
	// name or login of the customer in an unattended run that did not in the last
	// run of this input, a share being one of the known customers in it; nil is
	// the larger of 5 and 10 %. It also says how many customers may be gone where
	// that is all of them.
	ChangedRows    *Share
	ChangedColumns bool          // an unattended run goes on although the columns changed
	MaxDuration    time.Duration // of sending; 0 is no limit
	KnownFaults    bool          // a 3 becomes 0 where no row is newly bad
	// Plan is what the run does and nothing else; nil: whatever the input says.
	Plan          *Plan
	NewJob        bool
	SeparateJob   bool
	NewKey        bool
	Rekey         bool // move the job to the mapping's key definition
	Resend        bool // --on-doubt resend
	RetryRejected bool
	Results       string // "" is results.csv in the job's folder
	// Adopt names results.csv and undo.csv of a job whose journal is lost: a
	// new job takes their rows over. TrustResults takes them as they stand.
	Adopt        []string
	TrustResults bool

	// Recipients are public keys of those who can open the passwords, besides
	// the mapping's. Where there are none, the public key beside Identity is
	// taken, the private key's path that keygen uses; "" is nobody's.
	Recipients []string
	Identity   string

	// Asks tells that somebody answers what a Prepared asks, for whom starting
	// a new job is part of the question.
	Asks bool
	// Notice is told what people should know, one sentence at a time; may be nil.
	Notice func(string)
	// Live is given the job and a function that tells the progress, callable
	// from any goroutine until Send returns; may be nil.
	Live func(job string, tell func() Progress)
	// Command makes the literal command line of a next step; may be nil.
	Command func(Next) []string

	// Store may wrap the job's journal, for whoever wants to watch or to break
	// it; nil leaves it as it is.
	Store func(importer.Store) importer.Store

	JobsList string // path of the per-user list of jobs; "" keeps none
	// Account labels the account where there are several of one target; "" is
	// the target's only one. One run at a time sends for an account, and Wait is
	// how long this one waits for others before it gives up with ExitBusy.
	Account  string
	Wait     time.Duration
	place    place.Place // in place of Dir, for tests
	Operator string
	Version  string
}
