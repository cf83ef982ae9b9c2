package job

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/rs/zerolog"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/api"
	"github.com/bulkonboard/bulkonboard/importer/seal"
	"github.com/bulkonboard/bulkonboard/importer/table"
	"github.com/bulkonboard/bulkonboard/mapping"
)

// API says how to reach the server: api.Options.
type API = api.Options

// Transport carries HTTP exchanges: api.Transport.
type Transport = api.Transport

// RunOptions say what to import, where to, and when to stop. Input, API and
// Preview are required.
type RunOptions struct {
	Input InputOptions
	Dir   string // the job's folder; "" is beside the input
	API   API    // BaseURL and Key; in a rehearsal neither is used
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

	// Asks tells that Preview asks a person, for whom starting a new job is
	// part of the question.
	Asks bool
	// Preview is shown what is about to happen and says whether it may.
	Preview func(Preview) (bool, error)
	// ConfirmKey asks whether a changed API key is the same account's; nil: nobody to ask.
	ConfirmKey func(question string) (bool, error)
	// GoOn is shown how a pilot went and says whether the other rows follow;
	// nil: they do not.
	GoOn func(Piloted) (bool, error)
	// Notice is told what people should know, one sentence at a time; may be nil.
	Notice func(string)
	// Live is given a function that tells the progress, callable from any
	// goroutine until Run returns; may be nil.
	Live func(func() Progress)
	// Command makes the literal command line of a next step; may be nil.
	Command func(Next) []string

	// Store may wrap the job's journal, for whoever wants to watch or to break
	// it; nil leaves it as it is.
	Store func(importer.Store) importer.Store

	JobsList string // path of the per-user list of jobs; "" keeps none
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

// A File is a view that was written.
type File struct {
	Name   string // "results", "rejects", …
	Path   string
	KeptAs string // where somebody's edits of the file before were kept
}

// A runner is one run on its way.
type runner struct {
	o      RunOptions
	folder folder
	in     *opened
	store  importer.Store
	header importer.JobHeader
	target string
	isNew  bool
	last   importer.Run
	decide *decider
	nearby *mapping.Neighbours // what the survey saw in the columns
	record importer.Run
	counts importer.Counts // of the input's rows, followed while sending
	result Result
	log    zerolog.Logger // run.log, while sending

	sealer    *seal.Sealer // nil: passwords are not kept
	keys      int          // that can open them
	throwaway bool         // a rehearsal makes a key of its own

	moved    string           // how the columns differ from the last run's
	halt     *importer.Halt   // the guard that stops the run; nil: none
	fresh    []int64          // keys without an entry, for Store.See
	adopted  *importer.Counts // rows taken over; nil: none
	readOnly bool             // for check and plan: nothing is written
	planning bool             // for plan: what forbids a run is told
	sending  func(*item)      // is told of rows to be sent by the survey; nil: nobody
}

// Run imports a file: it reads and checks everything, shows what will happen,
// sends, and writes the views. A row's failure is part of the Result; the error
// is for what kept the run from starting or finishing, and has an exit code
// (ExitOf). A Result comes back together with an error when rows were sent.
//
// When ctx ends no row is started any more, the rows in flight finish, and the
// views are written.
func Run(ctx context.Context, o RunOptions) (Result, error) {
	if o.Notice == nil {
		o.Notice = func(string) {}
	}
	if o.Rate <= 0 {
		o.Rate = importer.DefaultRate
	}
	if o.Results != "" {
		// On record: `results` may be called from another folder.
		abs, err := filepath.Abs(o.Results)
		if err != nil {
			return Result{}, broken(o.Results, err, "")
		}
		o.Results = abs
	}
	r := &runner{o: o}
	defer r.close()
	if err := r.prepare(ctx); err != nil {
		return Result{}, err
	}
	go_, err := r.ask(ctx)
	if err != nil || !go_ {
		return r.result, err
	}
	return r.run(ctx)
}

func (r *runner) close() {
	if r.in != nil {
		r.in.close()
	}
	if r.store != nil {
		_ = r.store.Close()
	}
	if r.adopted != nil {
		r.folder.clearAside() // nothing is there once the job has started
	}
	r.folder.unlock()
}

// prepare opens the input and its job, and surveys. Nothing is written but the
// lock and what a dead run left open.
func (r *runner) prepare(ctx context.Context) error {
	if err := r.resolveTarget(); err != nil {
		return err
	}
	if err := r.openInput(ctx); err != nil {
		return err
	}
	if err := r.openJob(ctx); err != nil {
		return err
	}
	if err := r.compile(ctx); err != nil {
		return err
	}
	if len(r.o.Adopt) > 0 {
		if err := r.adopt(ctx); err != nil {
			return err
		}
	}
	if r.o.Plan != nil {
		r.o.Plan.index()
		r.sending = r.o.Plan.compare
	}
	if err := r.survey(ctx); err != nil {
		return err
	}
	return r.planned(ctx)
}

func (r *runner) wrapStore() {
	if r.o.Store != nil {
		r.store = r.o.Store(r.store)
	}
}

func (r *runner) resolveTarget() error {
	if r.o.Rehearsal {
		// A rehearsal has a key of its own, so that secrets compare from one
		// rehearsal to the next.
		r.target, r.o.API.BaseURL, r.o.API.Key = TargetSandbox, "http://localhost", importer.NewSecret("sandbox")
		return nil
	}
	target, err := api.ParseBaseURL(r.o.API.BaseURL)
	if err != nil {
		return usage("--base-url", "%v", "", err)
	}
	r.target = target
	if _, err := api.New(r.o.API); err != nil {
		return usage("", "%v", "", err)
	}
	return nil
}

// openInput opens the file. A rejects file is recognised here, and leads to
// its job and to the input it corrects.
func (r *runner) openInput(ctx context.Context) error {
	if r.o.Dir == "" && r.o.Input.Path == "-" && !r.readOnly {
		return usage("-", "customers from standard input have no place for their job", "name its folder with --job")
	}
	r.o.Input.headerRow = headerRow(ctx, r.o.Input, r.o.Dir)
	in, err := openTable(ctx, r.o.Input.Path, r.o.Input)
	if err != nil {
		return err
	}
	r.in = &opened{base: in, record: recordOf(in, r.o.Input)}
	for _, w := range in.Warnings() {
		r.o.Notice(warningText(w))
	}
	if in.Kind() != table.Rejects {
		dir := r.o.Dir
		switch {
		case dir == "" && r.o.Input.Path == "-":
			return nil
		case dir == "":
			dir = Beside(r.o.Input.Path, r.o.Rehearsal)
		}
		r.folder, err = at(dir)
		return err
	}
	l, t, err := readLayer(ctx, in)
	if err != nil {
		return err
	}
	r.in.base, r.in.correction, r.in.tag = nil, l, t
	r.in.layers = []*layer{l}
	dir, err := findJob(ctx, r.o.Dir, r.o.Input.Path, r.o.Rehearsal, t, registry{r.o.JobsList})
	if err != nil {
		return err
	}
	r.folder, err = at(dir)
	return err
}

// openJob locks and opens the job, or makes sure that a new one is meant.
func (r *runner) openJob(ctx context.Context) error {
	exists, err := r.folder.exists()
	if err != nil {
		return err
	}
	if s := syncedBy(r.folder.dir); s != "" {
		r.o.Notice(fmt.Sprintf("the job folder %s is synced by %s, which may copy the journal while it is written: better keep it elsewhere (--job)", r.folder.dir, s))
	}
	if !exists {
		r.isNew = true
		if len(r.o.Adopt) > 0 {
			return nil
		}
		if err := r.folder.abandoned(); err != nil {
			return err
		}
		if !r.o.NewJob && !r.o.Asks && !r.o.Rehearsal {
			return usage(r.folder.dir, "there is no job yet, and starting one is a decision: a new job knows no customer",
				"if these customers were never imported add --new-job; if they were, name their job with --job")
		}
		return nil
	}
	if r.o.NewJob && !r.o.Rehearsal {
		return usage("--new-job", "there is a job already in %s", "leave --new-job out to go on with it, or name another folder with --job", r.folder.dir)
	}
	if len(r.o.Adopt) > 0 {
		return usage("--adopt", "there is a journal already in %s", "earlier results are taken over only where the journal is lost: leave --adopt out to go on", r.folder.dir)
	}
	if err := r.folder.lock(); err != nil {
		return err
	}
	if r.store, err = r.folder.open(ctx); err != nil {
		return err
	}
	r.wrapStore()
	if r.header, err = r.store.Header(ctx); err != nil {
		return asProblem(err)
	}
	if r.header.Target != r.target {
		return r.otherTarget()
	}
	if _, err := r.store.Recover(ctx); err != nil {
		return asProblem(err)
	}
	runs, err := r.store.Runs(ctx, 1)
	if err != nil {
		return asProblem(err)
	}
	if len(runs) > 0 {
		r.last = runs[0]
	}
	return nil
}

func (r *runner) otherTarget() error {
	return usage(r.folder.dir, "this job is for %s, not for %s", "a job has one target for good: name another folder with --job", r.header.Target, r.target)
}

// compile makes the mapper, putting a correction into its input's place.
func (r *runner) compile(ctx context.Context) error {
	if r.in.correction != nil {
		if err := r.correct(ctx); err != nil {
			return err
		}
	}
	var err error
	if r.in.mapped, err = chooseMapping(ctx, r.mappingOf(), r.header.Mapping, r.o.Notice); err != nil {
		return err
	}
	if err := r.in.compile(r.in.record.Sets); err != nil {
		return err
	}
	if len(r.last.Input.Columns) > 0 && sameInput(r.last.Input.Path) == sameInput(r.in.record.Path) && r.in.correction == nil {
		r.moved = moved(r.last.Input.Columns, r.in.columns)
	}
	if r.moved != "" && (r.o.Asks || r.readOnly || r.o.ChangedColumns) {
		r.o.Notice("the columns are not those of the last run: " + r.moved)
	}
	def := r.in.mapper.KeyDefinition()
	if r.store == nil || equal(r.header.KeyDefinition, def) {
		return nil
	}
	totals, err := r.store.Totals(ctx)
	if err != nil {
		return asProblem(err)
	}
	settledRows := totals[importer.Created] + totals[importer.InDoubt]
	switch {
	case settledRows > 0 && !r.o.Rekey:
		return usage(r.folder.dir, "this job knows its %d customers by %v, and the mapping says %v",
			"keep the key definition the job was started with; to move the job to the new one: --rekey", settledRows, r.header.KeyDefinition, def)
	case r.readOnly:
	case settledRows > 0:
		err = r.rekey(ctx, def)
	default:
		h := r.header
		h.KeyDefinition = def
		err = r.store.SetHeader(ctx, h)
	}
	r.header.KeyDefinition = def
	return asProblem(err)
}

// mappingOf says where to look for a mapping: a correction is read as the input
// it corrects.
func (r *runner) mappingOf() InputOptions {
	o := r.o.Input
	if r.in.correction != nil {
		o.Path = r.in.record.Path
	}
	return o
}

// correct joins a rejects file to the run that wrote it.
func (r *runner) correct(ctx context.Context) error {
	l, t := r.in.correction, r.in.tag
	if r.store == nil || r.header.JobID != t.job {
		return usage(r.o.Input.Path, "this rejects file belongs to job %s, not to the one in %s", "name its job's folder with --job", t.job, r.folder.dir)
	}
	runs, err := r.store.Runs(ctx, 0)
	if err != nil {
		return asProblem(err)
	}
	run, ok := corrected(runs, t.run)
	if !ok {
		return usage(r.o.Input.Path, "job %s has no run %d", "this rejects file is of another copy of the job", t.job, t.run)
	}
	o, err := reopen(ctx, r.folder, run)
	if err != nil {
		return err
	}
	o.layers = append(o.layers, l)
	o.correction, o.tag = l, t
	if len(r.o.Input.Sets) > 0 {
		o.record.Sets = r.o.Input.Sets
	}
	if o.baseGone != "" {
		o.layers = []*layer{l}
		r.o.Notice("the corrected input cannot be read again (" + o.baseGone + "): the corrected rows are sent by themselves")
	}
	r.in = o
	return nil
}

// corrected finds the run that a rejects file of run id corrects: that one, or
// a later one of the same input if more corrections are in place there, as
// when somebody feeds back a file in two halves.
func corrected(runs []importer.Run, id int64) (run importer.Run, ok bool) {
	for _, r := range runs {
		if r.ID == id {
			run, ok = r, true
		}
	}
	own := run.Input
	for _, r := range runs {
		same := r.Input.Path == own.Path && r.Input.Digest == own.Digest
		if ok && r.ID > id && same && len(r.Corrections) > len(run.Corrections) {
			run = r
		}
	}
	return run, ok
}

// survey makes the first pass and looks for what forbids sending.
func (r *runner) survey(ctx context.Context) error {
	if err := r.choosable(); err != nil {
		return err
	}
	r.decide = &decider{apiKey: r.o.API.Key.Reveal(), resend: r.o.Resend, retryRejected: r.o.RetryRejected,
		rows: r.o.Rows, correction: r.in.correction != nil}
	s := &surveyor{in: r.in, store: r.store, decide: r.decide, key: r.in.mapper.KeyDefinition(), meets: true, sending: r.sending}
	jobs := registry{r.o.JobsList}
	if !r.o.Rehearsal && !r.o.SeparateJob && (!r.readOnly || r.planning) {
		s.neighbours = jobs.neighbours(ctx, r.target, r.header.JobID, r.folder.dir, r.o.Notice)
		defer func() {
			for _, n := range s.neighbours {
				_ = n.store.Close()
			}
		}()
	}
	if err := s.run(ctx); err != nil {
		return err
	}
	r.result.Survey, r.counts, r.nearby, r.fresh = s.survey, s.survey.Counts, s.columns, s.fresh
	if l := r.in.correction; l != nil && r.in.baseGone == "" {
		if f := l.unused(); f != nil {
			return usage(f.row.Cell(l.column[keyColumn]).String(), "no row of %s has the _key %q, so this correction fits nowhere",
				"do not change the columns _job, _key and _row; new customers belong into the sheet itself", r.in.record.Path, f.token)
		}
	}
	least := max(r.o.Input.MinRows, 1)
	if r.in.correction == nil && s.survey.Rows < least {
		return &Problem{Exit: ExitFailed, Where: r.o.Input.Path, What: fmt.Sprintf("has %d rows, fewer than %d", s.survey.Rows, least),
			Hint: "is it the right file? --min-rows says how many there must be"}
	}
	if k := s.survey.Known; k != nil {
		return usage(r.o.Input.Path, "row %s (%s) is a customer of the job %s already: this run would create it again",
			"go on with that job (--job "+k.Dir+"); if sending these customers once more is meant, add --separate-job", k.Row, k.Key, k.Dir)
	}
	return nil
}

// ask shows what will happen and waits for a yes.
func (r *runner) ask(ctx context.Context) (bool, error) {
	if err := r.recipients(); err != nil {
		return false, err
	}
	if err := r.proveKey(ctx); err != nil {
		return false, err
	}
	p := Preview{Survey: r.result.Survey, Input: r.o.Input.Path, Mapping: r.in.mapper.Name(), Target: r.target,
		Account: "API key " + KeyLabel(r.o.API.Key), Rehearsal: r.o.Rehearsal,
		NewJob: r.isNew, Adopted: r.adopted, Dir: r.folder.dir, Rate: r.o.Rate, RateFound: r.rateFound(), Limit: r.o.Limit, Pilot: r.o.Pilot, Keys: r.keys, Throwaway: r.throwaway}
	if r.in.correction != nil {
		p.Corrects = r.in.record.Path
	}
	yes, err := r.o.Preview(p)
	if err != nil || yes {
		return yes, err
	}
	r.result.Dir, r.result.Rehearsal = r.folder.dir, r.o.Rehearsal
	r.result.Counts, r.result.Exit = r.result.Survey.Counts, ExitStopped
	r.result.Halt = &importer.Halt{Code: "declined", Message: "answered no: nothing was sent"}
	r.result.Next = Next{Step: StepAgain, Input: r.o.Input.Path}
	return false, nil
}

// proveKey makes sure that another API key is still the same account's.
func (r *runner) proveKey(ctx context.Context) error {
	if r.isNew || r.o.Rehearsal {
		return nil
	}
	now := keyFingerprint(r.header.JobID, r.o.API.Key)
	if r.header.KeyFingerprint == now {
		return nil
	}
	totals, err := r.store.Totals(ctx)
	if err != nil {
		return asProblem(err)
	}
	if r.header.KeyFingerprint != "" && totals[importer.Created]+totals[importer.InDoubt] > 0 {
		if err := r.sameAccount(ctx); err != nil {
			return err
		}
	}
	r.header.KeyFingerprint = now
	return asProblem(r.store.SetHeader(ctx, r.header))
}

func (r *runner) sameAccount(ctx context.Context) error {
	client, err := api.New(r.o.API)
	if err != nil {
		return usage("", "%v", "", err)
	}
	defer client.CloseIdle()
	why := readBack(ctx, r.store, client)
	if why == nil {
		r.o.Notice("the API key has changed; a client of this job could be read with it, so it is the same account's")
		return nil
	}
	switch {
	case r.o.NewKey:
		return nil
	case r.o.ConfirmKey != nil:
		yes, err := r.o.ConfirmKey(fmt.Sprintf("The API key has changed, and whether it is the same account's could not be proven (%v). Go on with it?", why))
		if err != nil || yes {
			return err
		}
	}
	return usage("API key", "it has changed, and whether it is the same account's could not be proven: %v",
		"with the right key run again; if the new key is the same account's, add --new-key", why)
}

// readBack reads the client that was created last.
func readBack(ctx context.Context, s importer.Store, reader importer.Reader) error {
	var id string
	found := errors.New("found")
	err := s.Walk(ctx, importer.Created, func(e importer.Entry) error {
		if e.ClientID == "" {
			return nil
		}
		id = e.ClientID
		return found
	})
	if err != nil && !errors.Is(err, found) {
		return err
	}
	if id == "" {
		return errors.New("no client was created yet")
	}
	_, err = reader.Read(ctx, id)
	return err
}

// run sends and writes the views, in a job that is locked.
func (r *runner) run(ctx context.Context) (Result, error) {
	var err error
	if r.halt, err = r.guard(ctx); err != nil {
		return Result{}, err
	}
	if err := r.start(ctx); err != nil {
		return Result{}, err
	}
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
	defer r.share()()

	pacer := importer.NewPacer(importer.PacerOptions{Rate: r.o.Rate, Found: r.rateFound(), Workers: r.o.Workers, HaltAfter: r.o.HaltAfter, OnResume: client.CloseIdle})
	policy := importer.Policy{MaxAttempts: r.o.MaxAttempts}
	creator := importer.Retry(importer.Pace(importer.Record(importer.Log(client, log.Logger), r.store), pacer), policy)
	creator = importer.Credentialed(creator, r.seals())

	began := time.Now()
	var tally importer.Tally
	if r.halt != nil {
		tally.Halt = r.halt
	} else if r.o.Strict && r.result.Survey.Counts[importer.Invalid] > 0 {
		tally.Halt = &importer.Halt{Code: "strict", Message: rowsAre(r.result.Survey.Counts[importer.Invalid]) + " invalid, and --strict sends nothing then"}
	} else {
		timed, cancel := r.withDuration(ctx)
		tally, err = r.send(timed, creator, pacer, client)
		cancel()
		tally.Halt = r.timeUp(tally.Halt)
		if err != nil {
			return Result{}, err
		}
	}
	r.record.RateFound = pacer.Found()
	r.result.Sent, r.result.Halt, r.result.Took = tally.Sent, tally.Halt, time.Since(began)
	return r.finish(context.WithoutCancel(ctx))
}

// start makes the job if it is new, and puts the run on record.
func (r *runner) start(ctx context.Context) error {
	if r.isNew {
		if r.folder.held == nil {
			if err := r.folder.lock(); err != nil {
				return err
			}
		}
		// Somebody else may have started it while the question was open.
		if exists, err := r.folder.exists(); err != nil || exists {
			if err == nil {
				err = &Problem{Exit: ExitBusy, Where: r.folder.dir, What: "another run has started this job meanwhile", Hint: "run again"}
			}
			return err
		}
		var err error
		if r.adopted != nil {
			r.store, err = r.folder.publish(ctx, r.store)
		} else {
			r.store, err = r.folder.create(ctx, journalName, r.target, r.in.mapper.KeyDefinition())
		}
		if err != nil {
			return err
		}
		r.wrapStore()
		if r.header, err = r.store.Header(ctx); err != nil {
			return asProblem(err)
		}
		r.header.KeyFingerprint = keyFingerprint(r.header.JobID, r.o.API.Key)
		if err := r.store.SetHeader(ctx, r.header); err != nil {
			return asProblem(err)
		}
	}
	if !r.o.Rehearsal {
		if err := (registry{r.o.JobsList}).add(listed{ID: r.header.JobID, Dir: r.folder.dir, Target: r.target}); err != nil {
			r.o.Notice(fmt.Sprintf("the list of your jobs cannot be written, so other jobs will not know of this one's customers: %v", err))
		}
	}
	host, _ := os.Hostname()
	record := r.in.record
	record.Rows, record.Columns = r.result.Survey.Rows, r.in.columns
	if r.halt != nil && r.halt.Code == haltColumns {
		record.Columns = r.last.Input.Columns // these are still the ones to be compared with
	}
	if r.header.Mapping.Content != r.in.mapped.record.Content || r.header.Mapping.Path != r.in.mapped.record.Path {
		r.header.Mapping = r.in.mapped.record
		if err := r.store.SetHeader(ctx, r.header); err != nil {
			return asProblem(err)
		}
	}
	r.record = importer.Run{StartedAt: time.Now().UTC(), Operator: r.o.Operator, Host: host, PID: os.Getpid(), Version: r.o.Version,
		Input: record, Corrections: r.in.fixes, Mapping: r.in.mapped.record, Rate: importer.FormatRate(r.o.Rate), RateFound: r.last.RateFound, Counts: r.result.Survey.Counts.Map(), Results: r.o.Results}
	if r.last.ID != 0 {
		r.record.MostNew = r.mostNew()
	}
	if r.halt == nil {
		r.record.New = r.result.Survey.FirstSeen
		if r.last.ID <= 1 {
			r.record.MostNew = 0 // the first run's say little once there are others
		}
		r.record.MostNew = max(r.record.MostNew, r.record.New)
	}
	var err error
	if r.result.Before, err = before(ctx, r.store); err != nil {
		return err
	}
	id, err := r.store.StartRun(ctx, r.record)
	if err != nil {
		return asProblem(err)
	}
	r.record.ID, r.result.Run = id, id
	if r.halt != nil {
		return nil
	}
	if err := r.remember(ctx); err != nil {
		return err
	}
	return r.keepCorrection(ctx)
}

// keepCorrection copies a correction into the job and lets the old keys of its
// rows point to the new ones, before anything is sent.
func (r *runner) keepCorrection(ctx context.Context) error {
	l := r.in.correction
	if l == nil {
		return nil
	}
	c, err := keep(ctx, r.folder, l, r.o.Input.Path, r.record.ID)
	if err != nil {
		return err
	}
	r.record.Corrections = append(r.record.Corrections, c)
	if err := r.store.UpdateRun(ctx, r.record); err != nil {
		return asProblem(err)
	}
	s, err := newStream(ctx, r.in, r.store, r.decide, nil)
	if err != nil {
		return err
	}
	defer s.close()
	for {
		it, err := s.next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if !it.fixed || it.oldKey == "" || it.req.Key == "" || it.status == importer.Invalid || it.base == nil {
			continue
		}
		if err := r.store.AddAlias(ctx, importer.Alias{Old: it.oldKey, Cells: it.cells(), New: it.req.EntryKey(), Run: r.record.ID}); err != nil {
			return asProblem(err)
		}
	}
}

type runLog struct {
	zerolog.Logger
	file *os.File
}

func (l runLog) close() { _ = l.file.Close() }

func (r *runner) connect() (*api.Client, runLog, error) {
	if r.o.Rehearsal {
		t, err := r.o.Twin(r.folder.dir)
		if err != nil {
			return nil, runLog{}, broken(r.folder.dir, err, "the rehearsal's server cannot start: remove the folder to rehearse anew")
		}
		r.o.API.Transport = t
	}
	client, err := api.New(r.o.API)
	if err != nil {
		return nil, runLog{}, usage("", "%v", "", err)
	}
	f, err := os.OpenFile(r.folder.path(logName), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, runLog{}, broken(r.folder.path(logName), err, "the log cannot be written, and nothing was sent")
	}
	l := zerolog.New(f).With().Timestamp().Int64("run", r.record.ID).Logger()
	if r.o.Rehearsal {
		l = l.With().Bool("rehearsal", true).Logger()
	}
	return client, runLog{l, f}, nil
}

func rowsAre(n int) string {
	if n == 1 {
		return "1 row is"
	}
	return fmt.Sprintf("%d rows are", n)
}
