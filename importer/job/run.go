package job

import (
	"context"
	"fmt"
	"time"

	"github.com/rs/zerolog"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/api"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/place"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
	"github.com/bulkonboard/bulkonboard/importer/seal"
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
	MaxNew         *Share
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

// A Preview is what a run is about to do, before the first request.
type Preview struct {
	Survey
	Input     string // file as given
	Corrects  string // the input that a rejects file corrects; "" for any other
	Mapping   string // what reads it
	Target    string
	Account   string // names the API key without telling it
	Rehearsal bool
	NewJob    bool
	Adopted   *importer.Counts // rows a new job takes over from earlier results; nil: none
	Dir       string
	Rate      float64
	RateFound float64 // below Rate: where the run starts, since the last one found it; else 0
	Limit     int     // rows sent at most; 0 is no limit
	Pilot     int     // rows attempted before anything else; 0 is no pilot
	Keys      int     // how many keys can open the passwords; 0: they are not kept
	Throwaway bool    // the key is the rehearsal's own
}

// Duration is how long the rows take at the ceiling of the rate, or at the one
// that was found.
func (p Preview) Duration() time.Duration {
	n := p.Send
	if p.Limit > 0 {
		n = min(n, p.Limit)
	}
	rate := p.Rate
	if p.RateFound > 0 {
		rate = p.RateFound
	}
	if rate >= importer.Unlimited || rate <= 0 {
		return 0
	}
	return time.Duration(float64(n) / rate * float64(time.Second)).Round(time.Second)
}

// Progress is how far a run is.
type Progress struct {
	Total   int // rows to be sent
	Sent    importer.Counts
	Pace    importer.PaceState
	Started time.Time
	// Refusals are the last rows that were not created, the latest last.
	Refusals []Refusal
}

// Done is how many of Total have ended.
func (p Progress) Done() int { return p.Sent.Total() }

// A Result is how a run ended.
type Result struct {
	Dir       string
	Run       int64
	Rehearsal bool
	Survey    Survey
	Counts    importer.Counts // where the rows of the input stand
	Sent      importer.Counts // what this run attempted
	InDoubt   int             // in the whole job
	NewFaults int             // rows that are bad and were not after the last run
	Changed   int             // created clients whose row changed since
	Gone      int             // clients that are no longer in the sheet
	Drifted   bool            // more of these two than after the last run
	Piloted   *Piloted        // nil: there was no pilot
	Halt      *importer.Halt  // nil if it was not stopped
	Exit      int
	Files     []File
	Next      Next
	Took      time.Duration
	Before    *importer.Run // the last run that came to an end of its own; nil: none
	Unkept    []error       // answers that came and could not be kept
}

// A runner is one run on its way.
type runner struct {
	o        RunOptions
	*Job     // its place is nil where there is none to look at
	in       *rows.Input
	target   string
	isNew    bool
	turn     int64       // the account's newest one before the survey
	hold     *place.Hold // the account, while it is sent for; nil: not held
	decide   *rows.Classifier
	surveyor *rows.Surveyor
	record   importer.Run
	counts   importer.Counts // of the input's rows, followed while sending
	result   Result
	log      zerolog.Logger // run.log, while sending

	sealer    *seal.Sealer // nil: passwords are not kept
	keys      int          // that can open them
	throwaway bool         // a rehearsal makes a key of its own

	unproven error            // why a changed API key may be another account's
	newKey   bool             // somebody said that the changed API key is the same account's
	moved    string           // how the columns differ from the last run's
	halt     *importer.Halt   // the guard that stops the run; nil: none
	adopted  *importer.Counts // rows taken over; nil: none
	readOnly bool             // for check and plan: nothing is written
	planning bool             // for plan: what forbids a run is told
	sample   spread           // rows to be sent, from all over the input
	sending  func(*rows.Item) // is told of rows to be sent by the survey; nil: nobody
}

// Run imports a file and asks nobody: Prepare and Send in one. It reads and
// checks everything, sends, and writes the views. A row's failure is part of the
// Result; the error is for what kept the run from starting or finishing, and has
// an exit code (ExitOf). A Result comes back together with an error when rows
// were sent.
//
// When ctx ends no row is started any more, the rows in flight finish, and the
// views are written.
func Run(ctx context.Context, o RunOptions) (Result, error) {
	o.Asks = false
	p, err := Prepare(ctx, o)
	if err != nil {
		return Result{}, err
	}
	defer p.Close()
	return p.Send(ctx)
}

func (r *runner) close() {
	r.endTurn()
	if r.in != nil {
		r.in.Close()
	}
	if r.store != nil {
		_ = r.store.Close()
		r.store = nil
	}
	if r.adopted != nil {
		r.place.Discard() // nothing is there once the job has started
	}
	_ = r.Close()
}

// preview is what the survey found, for people.
func (r *runner) preview() Preview {
	p := Preview{Survey: r.result.Survey, Input: r.o.Input.Path, Mapping: r.in.Mapper.Name(), Target: r.target,
		Account: "API key " + KeyLabel(r.o.API.Key), Rehearsal: r.o.Rehearsal,
		NewJob: r.isNew, Adopted: r.adopted, Dir: r.place.String(), Rate: r.o.Rate, RateFound: r.rateFound(), Limit: r.o.Limit, Pilot: r.o.Pilot, Keys: r.keys, Throwaway: r.throwaway}
	if r.in.Correction != nil {
		p.Corrects = r.in.Record.Path
	}
	return p
}

// declined is the end of a run to which somebody said no.
func (r *runner) declined() Result {
	return Result{Dir: r.place.String(), Rehearsal: r.o.Rehearsal, Survey: r.result.Survey, Counts: r.result.Survey.Counts, Exit: ExitStopped,
		Halt: &importer.Halt{Reason: importer.StopDeclined, Message: "answered no: nothing was sent"},
		Next: Next{Step: StepAgain, Input: r.o.Input.Path, Own: r.o.Input.Rows != nil}}
}

// run sends and writes the views, in a job that is locked.
func (r *runner) run(ctx context.Context) (Result, error) {
	var err error
	if r.newKey {
		if err := r.acceptKey(ctx); err != nil {
			return Result{}, err
		}
	}
	if r.halt, err = r.guard(ctx); err != nil {
		return Result{}, err
	}
	if err := r.start(ctx); err != nil {
		return Result{}, err
	}
	ctx, end := r.whileHeld(ctx)
	defer end()
	if err := r.sealing(); err != nil {
		return Result{}, err
	}
	client, log, err := r.connect()
	if err != nil {
		return Result{}, err
	}
	defer log.close()
	r.log = log.Logger
	defer client.CloseIdle()

	pacer := importer.NewPacer(importer.PacerOptions{Rate: r.o.Rate, Found: r.rateFound(), Workers: r.o.Workers, HaltAfter: r.o.HaltAfter, OnResume: fresh(client)})

	began := time.Now()
	var tally importer.Tally
	if r.halt != nil {
		tally.Halt = r.halt
	} else if r.o.Strict && r.result.Survey.Counts[importer.Invalid] > 0 {
		tally.Halt = &importer.Halt{Reason: importer.StopStrict, Message: rowsAre(r.result.Survey.Counts[importer.Invalid]) + " invalid, and --strict sends nothing then"}
	} else {
		timed, cancel := r.withDuration(ctx)
		tally, err = r.send(timed, pacer, client)
		cancel()
		tally.Halt = r.keyRefused(r.timeUp(lost(tally.Halt)))
		if err != nil {
			return Result{}, err
		}
	}
	r.record.RateFound = pacer.Found()
	r.result.Sent, r.result.Halt, r.result.Took = tally.Sent, tally.Halt, time.Since(began)
	return r.finish(context.WithoutCancel(ctx))
}

func rowsAre(n int) string {
	if n == 1 {
		return "1 row is"
	}
	return fmt.Sprintf("%d rows are", n)
}
