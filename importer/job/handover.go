package job

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/internal/durable"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/views"
	"github.com/bulkonboard/bulkonboard/importer/seal"
	"github.com/bulkonboard/bulkonboard/report"
)

// HandoverOptions say how a job's passwords are handed over. Format and Identity
// are required.
type HandoverOptions struct {
	Who      string // on record
	Format   string // "mailmerge" or "bitwarden"
	Portal   string // the address where the clients log in; may be empty
	Out      string // "" is a new file in the job's folder
	Rows     RowSet // nil: no rows are named
	All      bool   // also what was handed over before
	Forget   bool   // the seals are dropped once the file is written
	Force    bool   // also into a git work tree
	Identity string // path of the private key
	// Named tells that somebody named Identity: a rehearsal then does not look
	// for its own key.
	Named bool
	// Passphrase is asked for a private key that has one.
	Passphrase func() (string, error)
	// Confirm asks before what cannot be taken back.
	Confirm func(question string) (bool, error)
	Command func(Next) []string
	Notice  func(string) // may be nil
}

// A Handed is what a handover did.
type Handed struct {
	Path      string // of the file; "" if there was nothing to hand over
	Clients   int
	Logins    int
	Several   int // logins with more than one candidate password
	Before    int // clients that were handed over before, and are not in this file
	Sheet     int // created clients whose passwords were not sealed: they are in the sheet
	Forgotten int // created clients whose seals were dropped after an earlier handover
	Unopened  int // clients whose seals this key does not open
	Forgot    bool
	Declined  bool
	Rehearsal bool
	Result    Result // the views that were written anew
}

// Exit is the exit code.
func (h Handed) Exit() int {
	switch {
	case h.Declined:
		return ExitStopped
	case h.Unopened > 0:
		return ExitFailed
	}
	return ExitDone
}

// Formats are the layouts of a handover.
var Formats = []string{"mailmerge", "bitwarden"}

// Handover opens the seals of created rows and writes the passwords to a file
// of its owner's, which is durable before the handover is on record. By default
// it is what was not handed over yet. The job is open for settling.
func (j *Job) Handover(ctx context.Context, o HandoverOptions) (Handed, error) {
	if o.Notice == nil {
		o.Notice = func(string) {}
	}
	if !slices.Contains(Formats, o.Format) {
		return Handed{}, usage("--format", "%q is none", "write "+strings.Join(Formats, " or "), o.Format)
	}
	h := handover{o: o, s: j.Settle(SettleOptions{Who: o.Who, Command: o.Command, Notice: o.Notice}), at: time.Now().UTC().Truncate(time.Microsecond)}
	err := h.run(ctx)
	h.done.Rehearsal = j.rehearsal()
	res, cerr := h.s.End(context.WithoutCancel(ctx))
	h.done.Result = res
	if err == nil {
		err = cerr
	}
	return h.done, err
}

type handover struct {
	o       HandoverOptions
	s       *Settlement
	at      time.Time
	openers []*seal.Opener
	done    Handed

	keys  []importer.Key // of the clients in the file
	notes map[importer.Key]string
	seals []importer.AttemptID
	lines []report.Login
}

func (h *handover) run(ctx context.Context) error {
	path, err := h.out()
	if err != nil {
		return err
	}
	wanted, err := h.wanted(ctx)
	if err != nil {
		return err
	}
	if h.openers, err = identities(h.s.folder(), h.s.header, h.o.Identity, h.o.Named, h.o.Passphrase); err != nil {
		return err
	}
	if yes, err := h.confirmed(); err != nil || !yes {
		h.done.Declined = err == nil
		return err
	}
	if err := h.gather(ctx, wanted); err != nil {
		return err
	}
	if len(h.lines) == 0 {
		if h.done.Unopened > 0 {
			return usage(h.o.Identity, "this key opens none of the passwords that are sealed in this job", "name another private key with --identity")
		}
		return nil
	}
	err = durable.Create(path, func(w io.Writer) error { return report.WriteLogins(w, h.o.Format, h.lines) })
	if err != nil {
		return broken(path, err, "nothing was handed over: name another file with --out")
	}
	if err := h.record(ctx); err != nil {
		return errors.Join(broken(path, err, "nothing was handed over"), os.Remove(path))
	}
	h.done.Path, h.done.Forgot = path, h.o.Forget
	for _, k := range h.keys {
		note := "handed over " + h.at.Format(time.RFC3339) + " by " + h.o.Who
		if rest := withoutHandover(h.notes[k]); rest != "" {
			note += "; " + rest
		}
		if err := h.s.store.Annotate(ctx, k, note); err != nil {
			return asProblem(err)
		}
		h.s.decided++
	}
	return nil
}

// withoutHandover is a note without what an earlier handover wrote.
func withoutHandover(note string) string {
	if !strings.HasPrefix(note, "handed over ") {
		return note
	}
	_, rest, _ := strings.Cut(note, "; ")
	return rest
}

// keepHandover puts a new note behind what a handover wrote.
func keepHandover(before, note string) string {
	if rest := withoutHandover(before); rest != before {
		return strings.TrimSuffix(strings.TrimSuffix(before, rest), "; ") + "; " + note
	}
	return note
}

// out finds the file to write, which must not be there and not where a commit
// would publish it.
func (h *handover) out() (string, error) {
	path := h.o.Out
	if path == "" {
		path = h.s.folder().Path("handover-" + h.at.Format("20060102T150405.000Z") + ".csv")
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", broken(path, err, "")
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(abs))
	if err != nil {
		return "", broken(abs, err, "the folder must be there: make it first")
	}
	if _, err := os.Lstat(abs); err == nil {
		return "", usage(abs, "is there already, and a handover replaces no file", "name another one with --out")
	}
	for p := dir; !h.o.Force; p = filepath.Dir(p) {
		if _, err := os.Lstat(filepath.Join(p, ".git")); err == nil {
			return "", usage(abs, "lies in a git work tree (%s), where a commit would publish the passwords", "name a file elsewhere with --out; to write it there all the same: --force", p)
		}
		if filepath.Dir(p) == p {
			break
		}
	}
	return abs, nil
}

// wanted are the keys of the rows that are named; nil: none are named.
func (h *handover) wanted(ctx context.Context) (map[importer.Key]bool, error) {
	if h.o.Rows == nil {
		return nil, nil
	}
	out := map[importer.Key]bool{}
	gone, err := h.s.rows(ctx, func(it *rows.Item) {
		if !h.o.Rows.Has(it.Ref) {
			return
		}
		if it.Entry != nil && it.Entry.Status == importer.Created {
			out[it.Entry.Key] = true
		}
	})
	switch {
	case err != nil:
		return nil, err
	case gone != "":
		return nil, usage("--row", "rows cannot be told by number: %s", "leave --row out, or put the input back", gone)
	case len(out) == 0:
		return nil, usage("--row", "no created client stands there", "bulkonboard results shows the rows")
	}
	return out, nil
}

func (h *handover) confirmed() (bool, error) {
	if h.o.All {
		if yes, err := h.o.Confirm("Hand over every password of this job, also those that were handed over before?"); err != nil || !yes {
			return false, err
		}
	}
	if h.o.Forget {
		return h.o.Confirm("Forget these passwords once the file is written? Nobody can hand them over again then.")
	}
	return true, nil
}

// gatherAtOnce is how many clients' seals are looked up at once.
const gatherAtOnce = 256

// gather opens what is to be handed over, in the order of the runs and of the
// rows in them.
func (h *handover) gather(ctx context.Context, wanted map[importer.Key]bool) error {
	h.notes = map[importer.Key]string{}
	var created []importer.Entry
	for e, err := range h.s.store.Walk(ctx, importer.Created, importer.Outline) {
		if err != nil {
			return asProblem(err)
		}
		// A row that is the same client as another has no logins of its own.
		if e.Code != importer.CodeSettledSameAs && (wanted == nil || wanted[e.Key]) {
			created = append(created, e)
		}
	}
	slices.SortStableFunc(created, func(a, b importer.Entry) int {
		return cmp.Or(cmp.Compare(a.Run, b.Run), cmp.Compare(a.Row.Sheet, b.Row.Sheet), cmp.Compare(a.Row.Number, b.Row.Number))
	})
	for part := range slices.Chunk(created, gatherAtOnce) {
		keys := make([]importer.Key, len(part))
		for i, e := range part {
			keys[i] = e.Key
		}
		seals, err := h.s.store.Seals(ctx, keys)
		if err != nil {
			return asProblem(err)
		}
		of := map[importer.Key][]importer.Seal{}
		for _, s := range seals {
			of[s.Key] = append(of[s.Key], s)
		}
		for _, e := range part {
			if err := h.client(ctx, e, of[e.Key], wanted != nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// client adds the logins of one client.
func (h *handover) client(ctx context.Context, e importer.Entry, seals []importer.Seal, named bool) error {
	decisions, err := h.s.store.Decisions(ctx, e.Key)
	if err != nil {
		return asProblem(err)
	}
	since := notBefore(decisions)
	seals = slices.DeleteFunc(seals, func(s importer.Seal) bool { return s.BegunAt.Before(since) })
	if len(seals) == 0 {
		if slices.ContainsFunc(decisions, func(d importer.Decision) bool { return d.Action == importer.ActionForget && !d.At.Before(since) }) {
			h.done.Forgotten++
		} else {
			h.done.Sheet++
		}
		return nil
	}
	fresh := slices.ContainsFunc(seals, func(s importer.Seal) bool { return s.HandedAt.IsZero() })
	if !fresh && !h.o.All && !named {
		h.done.Before++
		return nil
	}
	var logins []report.Login // those of one user in a row, newest first
	for _, s := range seals {
		c, err := open(h.openers, s.Sealed)
		if err != nil {
			h.done.Unopened++ // all of its candidates or none: half would mislead
			return nil
		}
		for _, u := range c.Users {
			logins = append(logins, report.Login{Client: e.ClientName, Email: u.Email, Password: u.Password, Portal: h.o.Portal, SentAt: s.BegunAt})
		}
	}
	logins = candidates(logins)
	for _, l := range logins {
		if l.Of > 1 && l.Candidate == 1 {
			h.done.Several++
		}
		if l.Candidate == 1 {
			h.done.Logins++
		}
	}
	h.done.Clients++
	h.keys, h.lines = append(h.keys, e.Key), append(h.lines, logins...)
	h.notes[e.Key] = e.Note
	for _, s := range seals {
		h.seals = append(h.seals, s.Attempt)
	}
	return nil
}

// notBefore is when the newest client of a row can have been created at the
// earliest: what was sent before somebody found it absent or deleted it is no
// password of a client that is there.
func notBefore(ds []importer.Decision) time.Time {
	before := []time.Time{{}}
	for _, d := range ds {
		last := before[len(before)-1]
		switch d.Action {
		case importer.ActionAbsent, importer.ActionDeleted:
			last = d.At
		case importer.ActionReopen:
			if len(before) > 1 {
				before = before[:len(before)-1]
			}
			continue
		case importer.ActionHandover, importer.ActionForget:
			continue // decides nothing: nothing to take back
		}
		before = append(before, last)
	}
	return before[len(before)-1]
}

// candidates puts the passwords of each user together, the newest first and
// each once, and counts them.
func candidates(all []report.Login) []report.Login {
	var out []report.Login
	done := map[string]bool{}
	for _, l := range all {
		user := importer.Fold(l.Email)
		if done[user] {
			continue
		}
		done[user] = true
		first := len(out)
		for _, o := range all {
			if importer.Fold(o.Email) == user && !slices.ContainsFunc(out[first:], func(p report.Login) bool { return p.Password == o.Password }) {
				out = append(out, o)
			}
		}
		for i := first; i < len(out); i++ {
			out[i].Candidate, out[i].Of = i-first+1, len(out)-first
		}
	}
	return out
}

// record puts the handover on record, and drops the seals if that is wanted.
func (h *handover) record(ctx context.Context) error {
	action := importer.ActionHandover
	if h.o.Forget {
		action = importer.ActionForget
	}
	var ds []importer.Decision
	for _, k := range h.keys {
		ds = append(ds, importer.Decision{Key: k, Action: action, Who: h.o.Who, At: h.at})
	}
	return h.s.store.HandOver(context.WithoutCancel(ctx), h.seals, h.o.Forget, h.at, ds...)
}

// identities reads the private keys that open a job's passwords.
func identities(f views.Folder, header importer.JobHeader, path string, named bool, passphrase func() (string, error)) ([]*seal.Opener, error) {
	paths := []string{path}
	if header.Target == TargetSandbox && !named {
		paths = []string{f.Path(throwawayName), path}
	}
	var out []*seal.Opener
	for _, p := range paths {
		if p == "" {
			continue
		}
		b, err := os.ReadFile(p)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, broken(p, err, "the private key cannot be read")
		}
		o, err := seal.Identities(b, passphrase)
		var pr *Problem
		switch {
		case errors.As(err, &pr):
			return nil, err
		case errors.Is(err, seal.ErrPassphrase):
			return nil, usage(p, "%v", "nothing was opened: try again", err)
		case err != nil:
			return nil, usage(p, "the private key cannot be used: %v", "name the file that bulkonboard keygen wrote with --identity", err)
		}
		out = append(out, o)
	}
	if len(out) == 0 {
		return nil, usage(path, "there is no private key, and without one the passwords cannot be opened", "name the file that bulkonboard keygen wrote with --identity")
	}
	return out, nil
}

// open reads sealed credentials with whichever key fits.
func open(openers []*seal.Opener, sealed []byte) (importer.Credentials, error) {
	err := errors.New("no key")
	for _, o := range openers {
		var plain []byte
		if plain, err = o.Open(sealed); err != nil {
			continue
		}
		var c importer.Credentials
		if json.Unmarshal(plain, &c) != nil {
			return c, errors.New("what was sealed cannot be read") // and is not shown
		}
		return c, nil
	}
	return importer.Credentials{}, err
}

// TryKey opens one seal of a job, shows nothing of it, and returns the
// client it was of. It changes nothing.
func (j *Job) TryKey(ctx context.Context, o HandoverOptions) (importer.Entry, error) {
	s := j.store
	openers, err := identities(j.folder(), j.header, o.Identity, o.Named, o.Passphrase)
	if err != nil {
		return importer.Entry{}, err
	}
	of, sealed, err := anySeal(ctx, s)
	if err != nil {
		return importer.Entry{}, asProblem(err)
	}
	if sealed == nil {
		return importer.Entry{}, usage(j.place.String(), "no sealed passwords are kept in this job", "run with a key first: bulkonboard keygen")
	}
	if _, err := open(openers, sealed); err != nil {
		return of, &Problem{Exit: ExitFailed, Where: o.Identity, What: fmt.Sprintf("this key does NOT open the passwords of %s (%s)", of.ClientName, of.Key),
			Hint: "try the other keys with --identity"}
	}
	return of, nil
}

// anySeal finds an entry with sealed credentials, the newest created one if
// there is one; nil: there is none.
func anySeal(ctx context.Context, s importer.Store) (importer.Entry, []byte, error) {
	for _, status := range []importer.Status{importer.Created, importer.InDoubt} {
		for e, err := range s.Walk(ctx, status, importer.Outline) {
			if err != nil {
				return e, nil, err
			}
			seals, err := s.Seals(ctx, []importer.Key{e.Key})
			if err != nil {
				return e, nil, err
			}
			if len(seals) > 0 {
				return e, seals[0].Sealed, nil
			}
		}
	}
	return importer.Entry{}, nil, nil
}
