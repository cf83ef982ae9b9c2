package job

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// A Verdict is what a person knows of a row that nobody else can know.
type Verdict string

// The verdicts on a row in doubt.
const (
	// VerdictCreated: the client is there, and this is its id.
	VerdictCreated Verdict = "created"
	// VerdictExists: the client is there; its id is not at hand.
	VerdictExists Verdict = "exists"
	// VerdictAbsent: the client is not there; the next run sends it.
	VerdictAbsent Verdict = "absent"
)

// SettleOptions name a row of a job and what became of it.
type SettleOptions struct {
	Dir      string
	Row      RowSet // one row of the current results; nil if Key is set
	Key      importer.Key
	Verdict  Verdict
	ClientID string // for VerdictCreated
	Who      string
	Command  func(Next) []string
	Notice   func(string) // may be nil
}

// A Settled is a decision that is on record now.
type Settled struct {
	Entry  importer.Entry
	Result Result // the views were made anew
}

// Settle puts a person's decision on a row in doubt on record, and makes the
// views anew.
func Settle(ctx context.Context, o SettleOptions) (Settled, error) {
	f, err := existing(o.Dir)
	if err != nil {
		return Settled{}, err
	}
	if err := f.lock(); err != nil {
		return Settled{}, err
	}
	defer f.unlock()
	s, err := f.open(ctx)
	if err != nil {
		return Settled{}, err
	}
	defer func() { _ = s.Close() }()
	if _, err := s.Recover(ctx); err != nil {
		return Settled{}, asProblem(err)
	}
	key, err := keyOfRow(ctx, f, s, o)
	if err != nil {
		return Settled{}, err
	}
	entries, err := s.Lookup(ctx, []importer.Key{key})
	if err != nil {
		return Settled{}, asProblem(err)
	}
	if len(entries) == 0 {
		return Settled{}, usage(f.dir, "nothing was ever sent for %q", "bulkonboard results shows the rows and their keys", key)
	}
	e, err := settleEntry(entries[0], o)
	if err != nil {
		return Settled{}, err
	}
	d := importer.Decision{Key: key, Action: string(o.Verdict), Who: o.Who, At: e.FinishedAt, ClientID: o.ClientID, Before: &entries[0]}
	if err := s.Decide(ctx, d, &e); err != nil {
		return Settled{}, asProblem(err)
	}
	res, err := rebuild(ctx, f, s, ResultsOptions{Dir: o.Dir, Command: o.Command, Notice: o.Notice})
	return Settled{Entry: e, Result: res}, err
}

// settleEntry is what the journal knows of a row after the decision.
func settleEntry(e importer.Entry, o SettleOptions) (importer.Entry, error) {
	if e.Status != importer.InDoubt {
		return e, usage("", "%q is %s, not in doubt: there is nothing to settle", "", e.Key, e.Status)
	}
	e.FinishedAt = time.Now().UTC()
	e.HTTPStatus, e.Advice = 0, ""
	switch o.Verdict {
	case VerdictCreated:
		if o.ClientID == "" {
			return e, usage("--created", "needs the client's id", "the dashboard shows it; where it does not: --exists")
		}
		e.Status, e.ClientID, e.Code = importer.Created, o.ClientID, "settled_created"
		e.Message = fmt.Sprintf("settled by %s: the client is there", o.Who)
	case VerdictExists:
		e.Status, e.Code = importer.Created, "settled_exists"
		e.Message = fmt.Sprintf("settled by %s: the client is there, its id is not known here", o.Who)
	case VerdictAbsent:
		e.Status, e.Code = importer.Failed, "settled_absent"
		e.Message = fmt.Sprintf("settled by %s: the client is not there", o.Who)
		e.Advice = "the next run sends it"
	default:
		return e, usage("", "%q is no decision", "--created ID, --exists or --absent", o.Verdict)
	}
	return e, nil
}

// keyOfRow finds the key of a row of the current results.
func keyOfRow(ctx context.Context, f folder, s importer.Store, o SettleOptions) (importer.Key, error) {
	if o.Key != "" {
		return o.Key, nil
	}
	header, err := s.Header(ctx)
	if err != nil {
		return "", asProblem(err)
	}
	runs, err := s.Runs(ctx, 1)
	if err != nil {
		return "", asProblem(err)
	}
	if len(runs) == 0 {
		return "", usage(f.dir, "this job has had no run yet", "")
	}
	in, decide, err := current(ctx, f, s, runs[0], header)
	if err != nil {
		return "", err
	}
	defer in.close()
	if in.baseGone != "" {
		return "", usage("--row", "rows cannot be told by number: %s", "name it by its key, as in doubt.csv: --key", in.baseGone)
	}
	pass, err := newStream(ctx, in, s, decide, nil)
	if err != nil {
		return "", err
	}
	defer pass.close()
	var found []importer.Key
	for {
		it, err := pass.next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", err
		}
		if !o.Row.Has(it.ref) {
			continue
		}
		if it.entry == nil {
			return "", usage("--row "+it.ref.String(), "this row is %s: nothing was sent for it", "", it.status)
		}
		found = append(found, it.entry.Key)
	}
	if len(found) != 1 {
		return "", usage("--row", "%d rows have this number", "name one row, as results.csv numbers it", len(found))
	}
	return found[0], nil
}
