package importer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"
)

// A Journal is what the engine keeps. It is safe for concurrent use.
type Journal interface {
	// Begin puts on record that a request is about to leave. It is durable
	// when it returns: power may fail in the next instant. It refuses a key
	// that is created, begun or in doubt with ErrKeyTaken, unless the attempt
	// is a resend of a row in doubt.
	Begin(ctx context.Context, a Attempt) (AttemptID, error)
	// Finish puts an attempt's outcome on record, durably. An attempt is
	// finished once; a second time is an error.
	//
	// A journal whose writes become durable in the order in which they are
	// handed over calls queued (nil: nobody asks) once, in the caller's
	// goroutine, when the outcome is handed over: what is begun from then on is
	// not durable before it. So the next row may begin meanwhile, and its
	// request leaves when both are durable: one commit in place of two. A
	// journal that keeps no such order does not call it.
	//
	// A created client whose id another entry holds is refused with a
	// *ClientTakenError: the attempt is still to be finished, in doubt.
	Finish(ctx context.Context, id AttemptID, o Outcome, queued func()) error
	// Reclassify makes rejected entries failed, or failed ones rejected, and
	// gives them another advice: all of these keys, or none. A key whose entry
	// is neither is an error.
	Reclassify(ctx context.Context, keys []Key, to Status, advice string) error
}

// ErrKeyTaken is what Begin answers for a key that must not be sent.
var ErrKeyTaken = errors.New("this key is created, begun or in doubt already")

// A ClientTakenError is what Finish answers when a client id is another entry's:
// two customers cannot be one client.
type ClientTakenError struct {
	ClientID string
	Holder   Key
}

func (e *ClientTakenError) Error() string {
	return fmt.Sprintf("the client %s is that of %q already", e.ClientID, e.Holder)
}

// ErrReadOnly is what a Store that was opened for reading answers to a write.
var ErrReadOnly = errors.New("the journal was opened for reading only")

// AttemptID names one attempt in its journal; attempts begun later have
// greater ids.
type AttemptID int64

// An Attempt is one request that is about to leave.
type Attempt struct {
	Key         Key
	Row         RowRef
	Resend      bool
	ClientName  string   // Snapshot's
	UserEmails  []string // Snapshot's, folded
	Snapshot    []byte   // Client.Snapshot
	Fingerprint string
	SecretsMAC  string
	// Seal holds the credentials, sealed; it is kept in the same step as the
	// attempt, so that what was sent can always be handed over. nil: none.
	Seal    []byte
	BegunAt time.Time
}

// An Outcome is how an attempt ended. Its Status is Created, InDoubt, Rejected
// or Failed.
type Outcome struct {
	Status     Status
	Receipt    Receipt // Created only
	HTTPStatus int
	Code       string
	Message    string
	Advice     string
	FinishedAt time.Time
}

// An Entry is what the journal knows of one key: its last outcome.
type Entry struct {
	Key Key
	// Status is Created, InDoubt, Rejected or Failed. An attempt that is
	// begun and not finished makes it InDoubt, with Open set.
	Status Status
	// Open entries are in flight while their run is alive, and in doubt after.
	Open         bool
	Row          RowRef // where the row stood when it was last attempted
	ClientID     string
	ClientName   string // the server's, else the one sent
	PrimaryEmail string
	AssetGroupID string
	HTTPStatus   int
	Code         string
	Message      string
	Advice       string
	Attempts     int // over all runs
	BegunAt      time.Time
	FinishedAt   time.Time // zero while Open
	Snapshot     []byte    // of the last attempt
	Fingerprint  string
	SecretsMAC   string
	Run          int64  // the run of the last attempt or decision
	Note         string // kept with the entry, shown in results
	// NewMarks are what the customer is recognised by where that is not just
	// what was sent last: a person said so, or an attempt that may have created
	// a client had others. The next attempt of a row that is not in doubt ends
	// that. nil: see Marks.
	NewMarks *Marks
	// SameAs is the key of the customer that a person said this row is; the
	// entry holds that one's client id. That the client was deleted leaves it as
	// it is; any other decision on its client, and any attempt, ends it.
	SameAs Key
}

// Sent is the client as it was last sent, without its secrets. Of an entry that
// was taken over from a file only name and e-mail are known.
func (e Entry) Sent() Client {
	var c Client
	if len(e.Snapshot) == 0 || json.Unmarshal(e.Snapshot, &c) != nil {
		return Client{Details: Details{Name: e.ClientName, Email: e.PrimaryEmail}}
	}
	return c
}

// A Part says which fields of entries a walk fills in.
type Part int

const (
	// Whole is all of them.
	Whole Part = iota
	// Outline is all but Snapshot.
	Outline
	// Listing is what undo.csv lists: Key, Status, ClientID, ClientName,
	// PrimaryEmail, FinishedAt and Fingerprint.
	Listing
)

// A Store is the journal's whole face: what a job needs besides the engine.
// Like Journal it is safe for concurrent use, and each write is durable when
// it returns. Lists come back empty, not as an error, where there is nothing.
type Store interface {
	Journal

	// Lookup returns the entries of the keys that have one, in no order.
	Lookup(ctx context.Context, keys []Key) ([]Entry, error)

	Header(ctx context.Context) (JobHeader, error)
	// SetHeader replaces what may change in a header: the key definition, the
	// API-key fingerprint, the mapping, and where the job has moved to. Job id,
	// target and creation time stay as they are.
	SetHeader(ctx context.Context, h JobHeader) error

	// StartRun puts a new run on record and returns its number, 1 for a job's
	// first. Attempts begun after it belong to it.
	StartRun(ctx context.Context, r Run) (int64, error)
	// UpdateRun replaces the record of run r.ID.
	UpdateRun(ctx context.Context, r Run) error
	// Runs returns the newest runs, newest first; limit 0 means all.
	Runs(ctx context.Context, limit int) ([]Run, error)

	// HighWater says how far the journal has come.
	HighWater(ctx context.Context) (HighWater, error)
	// OnCommit makes f, which takes the place of another, the one that is told
	// how far the journal has come: once now, and then after each commit that
	// raised it, before the writes of that commit are answered. So what f keeps
	// outside the journal is never ahead of it, and knows of each request that
	// leaves. f is called by one goroutine at a time, and must not write here.
	OnCommit(ctx context.Context, f func(HighWater)) error
	// Changes is a number that grows when anything changes that views show.
	Changes(ctx context.Context) (int64, error)

	// Recover closes the attempts that a run left open when it died: their
	// entries become in doubt, code "crashed". Only the holder of the job's
	// lock may call it. It returns how many there were.
	Recover(ctx context.Context) (int, error)

	// Timeline counts the attempts of the runs from number first on, in spans
	// that are all as long and so long that there are no more than most of
	// them, the last of each run not counted.
	Timeline(ctx context.Context, first int64, most int) (Timeline, error)

	// Totals counts the entries by status; open ones are in doubt.
	Totals(ctx context.Context) (Counts, error)
	// Walk yields the entries with this status, newest attempt or decision
	// first; an error ends it. It holds no lock while an entry is looked at,
	// which may be written meanwhile, and its memory does not grow with their
	// number.
	Walk(ctx context.Context, s Status, p Part) iter.Seq2[Entry, error]
	// Known yields what is remembered of every entry's key, in no order: one
	// pass over a compact table, for a caller that keeps it and looks up only
	// what it must. What is written meanwhile may be missing; an error ends it.
	Known(ctx context.Context) iter.Seq2[Known, error]
	// Similar returns the created and in-doubt entries that carry one of these
	// marks, by mark and entry. Of a mark that more than two carry it returns
	// two: a mark that is shared tells nobody apart. Ask it for many rows at once.
	Similar(ctx context.Context, marks []Mark) ([]Match, error)

	// ByClientID returns the entries that hold this client id: more than one
	// only where somebody said that two rows are the same client.
	ByClientID(ctx context.Context, id string) ([]Entry, error)
	// SameAs returns the entries that rest on this key's (Entry.SameAs).
	SameAs(ctx context.Context, k Key) ([]Entry, error)
	// Deleted returns those of the client ids that are on record as deleted: a
	// decision ActionDeleted took them from their entry, and none holds them.
	Deleted(ctx context.Context, ids []string) ([]string, error)

	// Decide puts people's decisions on record and makes what they say of
	// their keys what the journal knows: all of them, or none.
	Decide(ctx context.Context, ds ...Decision) error
	// Decisions returns the decisions on these keys, oldest first.
	Decisions(ctx context.Context, keys ...Key) ([]Decision, error)

	// Annotate replaces the note of an entry that exists.
	Annotate(ctx context.Context, k Key, note string) error

	// Rekey moves every entry to the key that another key definition gives it,
	// with a decision on each on record, and makes that definition the
	// header's: all in one step. It fails if an entry is not named, is in
	// flight, or two would have one key. Aliases go: their keys are no more.
	Rekey(ctx context.Context, definition []string, moves map[Key]Key, who string, at time.Time) error

	// AddAlias lets an old key point to a new one; a later alias of the same
	// old key and the same cells replaces it.
	AddAlias(ctx context.Context, a Alias) error
	// Aliases returns all aliases of these keys.
	Aliases(ctx context.Context, keys []Key) ([]Alias, error)

	// Seals returns what is kept of these keys' credentials, newest attempt
	// first: of every attempt that may have created a client. Those of
	// attempts that ended rejected or failed are gone.
	Seals(ctx context.Context, keys []Key) ([]Seal, error)
	// HandOver puts on record that the credentials of these attempts were
	// handed over, with the decisions that say to whom: all of it, or nothing.
	// With forget the seals are gone afterwards.
	HandOver(ctx context.Context, ids []AttemptID, forget bool, at time.Time, ds ...Decision) error

	// ViewDigest returns the digest of the view file we wrote last under this
	// name, or "".
	ViewDigest(ctx context.Context, name string) (string, error)
	SetViewDigest(ctx context.Context, name, digest string) error

	// See puts on record that a run has read these keys (Key.Hash), so that a
	// customer is new only once, whether it was sent or not.
	See(ctx context.Context, run int64, keys []int64) error
	// Seen returns those of the keys that a run has read before, in no order.
	Seen(ctx context.Context, keys []int64) ([]int64, error)
	// SetFaults replaces the bad rows of an input as its last run left them:
	// hashes of row and cause.
	SetFaults(ctx context.Context, input string, faults []int64) error
	// Faults returns what SetFaults was told last, in no order.
	Faults(ctx context.Context, input string) ([]int64, error)

	Close() error
}

// A JobHeader binds a job to what it is for.
type JobHeader struct {
	JobID         string // random, 16 hexadecimal digits
	Target        string // base URL, or "sandbox" for a rehearsal
	KeyDefinition []string
	// KeyFingerprint tells the API key the job is bound to from others
	// without holding it; "" until a key has proved to be the account's.
	KeyFingerprint string
	Mapping        MappingRecord
	// MovedTo names the place where the job goes on; "" where it is here.
	MovedTo   string
	CreatedAt time.Time
}

// A HighWater is what a journal must at least contain where somebody has kept
// it outside: numbers, never times or outcomes.
type HighWater struct {
	Run int64 // the last that was started; 0: none
	// Attempt is the number of the last attempt or decision: they share one row
	// of numbers, each greater than the one before.
	Attempt int64
	Open    bool // Run has not ended
}

// A MappingRecord is the mapping a job used last. Content is kept so that a
// lost file can be replaced.
type MappingRecord struct {
	Path    string `json:"path,omitempty"`
	Content string `json:"content,omitempty"`
	// Lookups are the tables that the mapping reads from files, as read.
	Lookups []LookupRecord `json:"lookups,omitempty"`
}

// A LookupRecord is a table from value to value, from two columns of a file.
type LookupRecord struct {
	Path  string      `json:"path"` // as it stands in the mapping
	From  string      `json:"from"`
	To    string      `json:"to"`
	Pairs [][2]string `json:"pairs"`
}

// A Run is the record of one run of a job.
type Run struct {
	ID        int64     `json:"-"`
	StartedAt time.Time `json:"started_at"`
	EndedAt   time.Time `json:"ended_at,omitzero"` // zero while it runs, and after a crash
	Operator  string    `json:"operator,omitempty"`
	Host      string    `json:"host,omitempty"`
	PID       int       `json:"pid,omitempty"`
	Version   string    `json:"version,omitempty"`
	// Input is the job's input in this run. For a correction it is the input
	// that is corrected.
	Input InputRecord `json:"input"`
	// Corrections are the corrected rows that stand in for rows of Input, in
	// the order in which they came: in runs of the first edition.
	Corrections []CorrectionRecord `json:"corrections,omitempty"`
	Mapping     MappingRecord      `json:"mapping,omitzero"`
	Rate        string             `json:"rate,omitempty"`
	// RateFound is just under what the server was found to accept, in requests
	// per second: the next run starts there. 0: nothing below Rate was found.
	RateFound float64 `json:"rate_found,omitempty"`
	// Counts say where the rows of Input stand, by status.
	Counts map[string]int `json:"counts,omitempty"`
	// Sent counts what this run attempted, by status.
	Sent map[string]int `json:"sent,omitempty"`
	// New is how many customers this run was the first to read and to send, and
	// MostNew the most of them in any run so far but the job's first.
	New     int `json:"new,omitempty"`
	MostNew int `json:"most_new,omitempty"`
	// ChangedRows is how many rows with a known customer's key lacked a name or
	// login of that customer, in the last run of this input that nothing stopped.
	ChangedRows int `json:"changed_rows,omitempty"`
	// NewFaults is how many rows are bad that were not so after the last run of
	// the same input; Changed and Gone count the lines of their views by client.
	NewFaults int `json:"new_faults,omitempty"`
	Changed   int `json:"changed,omitempty"`
	Gone      int `json:"gone,omitempty"`
	// Halted are the rows that halted the run; they go last next time.
	Halted   []Key  `json:"halted,omitempty"`
	Reason   string `json:"reason,omitempty"` // why it stopped early; "" if it did not
	ExitCode int    `json:"exit_code"`
	Results  string `json:"results,omitempty"` // where the results went
	// Adopted are the jobs whose views and journals this run began from.
	Adopted []string `json:"adopted,omitempty"`
}

// An InputRecord says what was read, and how, so that it can be read so again.
type InputRecord struct {
	Path      string   `json:"path"`          // absolute; "-" is standard input
	Own       bool     `json:"own,omitempty"` // the rows of a program, which Path is a name for
	Digest    string   `json:"digest"`
	Sheets    []string `json:"sheets,omitempty"`
	HeaderRow int      `json:"header_row,omitempty"` // as somebody said; 0: it was found
	Encoding  string   `json:"encoding,omitempty"`
	Delimiter string   `json:"delimiter,omitempty"`
	Sets      []string `json:"sets,omitempty"` // PATH=VALUE, as given
	Columns   []string `json:"columns,omitempty"`
	Rows      int      `json:"rows"`
	// Corrected are the corrections that were in place.
	Corrected Corrected `json:"corrected,omitzero"`
}

// Corrected says which corrections of an input were in place: the first Length
// bytes of its file of corrections, which had this digest. The zero value is
// none.
type Corrected struct {
	Length int64  `json:"length"`
	Digest string `json:"digest"`
	Cells  int    `json:"cells"` // that were not as they stood in the input
	Rows   int    `json:"rows"`  // that had any
	// Input is the digest of the input with its corrections; "" where none count.
	Input string `json:"input,omitempty"`
}

// A CorrectionRecord names a file of corrected rows that a run of the first
// edition has kept in the job's folder.
type CorrectionRecord struct {
	File      string `json:"file"` // its name in the job's folder
	Digest    string `json:"digest"`
	Encoding  string `json:"encoding,omitempty"`
	Delimiter string `json:"delimiter,omitempty"`
	Rows      int    `json:"rows"`
}

// An Alias says that a row which used to have one key has another now.
type Alias struct {
	Old Key
	// Cells is the hash of the row's cells as they were when it was
	// corrected: a different row under the old key stands for itself.
	Cells string
	New   Key
	Run   int64
}

// CrashedAdvice is what to do about an entry whose run died.
const CrashedAdvice = "look for the client in the dashboard, then: bulkonboard settle"

// CrashedMessage says what is known of an entry whose run died.
func CrashedMessage(begun time.Time) string {
	return "sent at " + begun.UTC().Format("15:04:05 UTC") + "; the program ended before an answer was kept"
}
