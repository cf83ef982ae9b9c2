package job

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
)

// A Decision is one that somebody asks for: Key, Action and, for their actions,
// ClientID and Other are given. Who, At and what becomes of the row are filled
// in when it is made.
type Decision struct {
	importer.Decision
	Row    string        // as the current results number it, "17" or "Sheet1!17"; may be empty if Key is set, which then must agree
	SentAt string        // the attempt it is about, as in doubt.csv; "" is any
	Line   importer.Cell // its line in a file; zero if it comes from none
}

func (r Decision) String() string {
	switch {
	case r.Line.Row > 0:
		return r.Line.String()
	case r.Row != "":
		return "--row " + r.Row
	default:
		return "--key " + string(r.Key)
	}
}

// A standing is what the current input says of a row that is decided on.
type standing struct {
	row    string
	key    importer.Key // "" if it has none
	status importer.Status
	result importer.Result
	known  *importer.Entry // what it may be a duplicate of
	now    []byte          // what it would send; nil if it is left out
	faulty bool
}

// Decide checks all decisions, has those with a client id confirmed, and
// carries out all of them or none. It returns those that changed something.
func (s *Settlement) Decide(ctx context.Context, asked []Decision) ([]importer.Decision, error) {
	places, gone, err := s.places(ctx, asked)
	if err != nil {
		return nil, err
	}
	c := settler{s: s, places: places, gone: gone, seen: map[importer.Key]Decision{}, ids: map[string]Decision{}, at: time.Now().UTC().Truncate(time.Microsecond)}
	var faults []*Problem
	for _, r := range asked {
		if p, err := c.decide(ctx, r); err != nil {
			return nil, err
		} else if p != nil {
			faults = append(faults, p)
		}
	}
	if len(faults) > 0 {
		return nil, together(faults, len(asked))
	}
	ds, err := s.confirm(ctx, c.decisions)
	if err != nil || len(ds) == 0 {
		return nil, err
	}
	if err := s.store.Decide(ctx, ds...); err != nil {
		return nil, asProblem(err)
	}
	s.decided += len(ds)
	return ds, nil
}

// shownFaults bounds what is told of a file in which much is wrong.
const shownFaults = 20

// together makes one problem of all faults of a file.
func together(faults []*Problem, of int) *Problem {
	if of == 1 {
		return faults[0]
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d of %d decisions cannot be taken, so none was:", len(faults), of)
	for i, f := range faults {
		if i == shownFaults {
			fmt.Fprintf(&b, "\n  and %d more", len(faults)-i)
			break
		}
		b.WriteString("\n  " + f.Error())
		if f.Hint != "" {
			b.WriteString(" (" + f.Hint + ")")
		}
	}
	return usage("", "%s", "mend the file and settle --from it again", b.String())
}

// places finds the rows that are decided on in the current input.
func (s *Settlement) places(ctx context.Context, asked []Decision) (map[string]standing, string, error) {
	numbers, keys, needed := map[string]bool{}, map[importer.Key]bool{}, false
	for _, r := range asked {
		numbers[r.Row], keys[r.Key] = true, true
		needed = needed || r.Row != "" || r.Action == importer.ActionNew || r.Action == importer.ActionSameAs || r.Action == importer.ActionDone
	}
	if !needed {
		return nil, "", nil
	}
	out, seen := map[string]standing{}, map[string]int{}
	gone, err := s.rows(ctx, func(it *rows.Item) {
		p := standing{row: it.Ref.String(), key: it.Request.EntryKey(), status: it.Status, result: it.Result(), known: it.Suspect}
		if _, p.faulty = importer.FirstFault(it.Findings); it.Request.Skipped == "" && !p.faulty {
			p.now = it.Request.Client.Snapshot()
		}
		if it.Entry != nil {
			p.key = it.Entry.Key
		}
		if it.Code == rows.CodeDuplicate {
			p.key = "" // the first one's
		}
		if numbers[p.row] || p.key != "" && keys[p.key] {
			out["row "+p.row] = p
		}
		// With one sheet its number is enough.
		if bare := strconv.Itoa(it.Ref.Number); it.Ref.Sheet != "" && numbers[bare] {
			if seen[bare]++; seen[bare] == 1 {
				out["row "+bare] = p
			} else {
				delete(out, "row "+bare)
			}
		}
		if p.key != "" && (keys[p.key] || numbers[p.row] || numbers[strconv.Itoa(it.Ref.Number)]) {
			out["key "+string(p.key)] = p
		}
	})
	return out, gone, err
}

// A settler makes decisions on many rows, each in sight of the others.
type settler struct {
	s         *Settlement
	places    map[string]standing
	gone      string
	seen      map[importer.Key]Decision
	ids       map[string]Decision
	at        time.Time
	decisions []importer.Decision
}

// decide makes one decision, if it changes anything. The Problem is a fault of
// what was asked, the error one of the journal.
func (c *settler) decide(ctx context.Context, r Decision) (*Problem, error) {
	p, fault := c.place(&r)
	if fault != nil {
		return fault, nil
	}
	if first, twice := c.seen[r.Key]; twice {
		if first.Action == r.Action && first.ClientID == r.ClientID && first.Other == r.Other {
			return nil, nil
		}
		return usage(r.String(), "%s is decided on twice, and not in the same way", "keep one of the lines", r.Key), nil
	}
	c.seen[r.Key] = r
	e, err := c.entry(ctx, r.Key)
	if err != nil {
		return nil, err
	}
	d := importer.Decision{Key: r.Key, Action: r.Action, Who: c.s.o.Who, At: c.at, ClientID: r.ClientID, Other: r.Other, Before: e}
	var changes bool
	switch r.Action {
	case importer.ActionCreated, importer.ActionExists, importer.ActionAbsent:
		changes, fault, err = c.doubt(ctx, r, e, &d)
	case importer.ActionDeleted:
		changes, fault = c.deleted(r, e, &d)
	case importer.ActionSameAs:
		changes, fault, err = c.sameAs(ctx, r, e, p, &d)
	case importer.ActionNew:
		changes, fault, err = c.new(ctx, r, e, p)
	case importer.ActionDone:
		changes, fault = c.doneByHand(r, e, p, &d)
	case importer.ActionReopen:
		changes, fault, err = c.reopen(ctx, r, e, &d)
	default:
		fault = usage(r.String(), "%q is no decision", "write created, exists, absent, deleted, new, same-as:KEY, change-done or reopen", r.Action)
	}
	if fault != nil || err != nil {
		return fault, err
	}
	if changes {
		c.decisions = append(c.decisions, d)
	}
	return nil, nil
}

// place finds the row and fills in its key.
func (c *settler) place(r *Decision) (standing, *Problem) {
	byRow, found := c.places["row "+r.Row]
	switch {
	case r.Key == "" && r.Row == "":
		return standing{}, usage(r.String(), "neither a key nor a row is named", "")
	case r.Key == "" && c.gone != "":
		return standing{}, usage(r.String(), "rows cannot be told by number: %s", "name it by its key, as in doubt.csv", c.gone)
	case r.Key == "" && !found:
		return standing{}, usage(r.String(), "no row has the number %s", "name a row as results.csv numbers it", r.Row)
	case r.Key == "" && byRow.key == "":
		return standing{}, usage(r.String(), "this row is %s and has no key of its own: nothing was sent for it", "", byRow.status)
	case r.Key == "":
		r.Key = byRow.key
		return byRow, nil
	case r.Row != "" && c.gone == "" && (!found || byRow.key != r.Key):
		is := "there is no such row"
		if found {
			is = fmt.Sprintf("that row is %q", byRow.key)
		}
		return standing{}, usage(r.String(), "key %s and row %s do not belong together: %s", "the results may have been made anew since: leave the row out", r.Key, r.Row, is)
	}
	return c.places["key "+string(r.Key)], nil
}

func (c *settler) entry(ctx context.Context, k importer.Key) (*importer.Entry, error) {
	es, err := c.s.store.Lookup(ctx, []importer.Key{k})
	if err != nil || len(es) == 0 {
		return nil, asProblem(err)
	}
	return &es[0], nil
}

// becomes starts what the journal knows after a decision.
func (c *settler) becomes(e importer.Entry, status importer.Status, code, message, advice string) *importer.Entry {
	e.Status, e.Code, e.Message, e.Advice = status, code, "settled by "+c.s.o.Who+": "+message, advice
	e.HTTPStatus, e.FinishedAt, e.Note, e.SameAs = 0, c.at, "", ""
	return &e
}

const nextRunSends = "the next run sends it"

// doubt decides on a row in doubt.
func (c *settler) doubt(ctx context.Context, r Decision, e *importer.Entry, d *importer.Decision) (changes bool, fault *Problem, err error) {
	if e == nil {
		return false, usage(r.String(), "nothing was ever sent for %q", "bulkonboard results shows the rows and their keys", r.Key), nil
	}
	already := map[importer.Action]bool{
		importer.ActionCreated: e.Status == importer.Created && e.ClientID == r.ClientID,
		importer.ActionExists:  e.Status == importer.Created && e.Code == importer.CodeSettledExists,
		importer.ActionAbsent:  e.Status == importer.Failed && e.Code == importer.CodeSettledAbsent,
	}
	if already[r.Action] {
		return false, nil, nil
	}
	if e.Status != importer.InDoubt {
		hint := ""
		switch {
		case e.Status == importer.Created && r.Action == importer.ActionAbsent:
			hint = "if the client was removed in the dashboard: deleted; to take a decision back: reopen"
		case e.Status == importer.Created && e.Code == importer.CodeSettledExists:
			hint = "to give its id now, take the decision back first: reopen"
		}
		return false, usage(r.String(), "%s is %s, not in doubt", hint, r.Key, e.Status), nil
	}
	if sent := e.BegunAt.UTC().Truncate(time.Second).Format(time.RFC3339); r.SentAt != "" && r.SentAt != sent {
		return false, usage(r.String(), "this is about a request sent at %s, and %s was sent again at %s", "use the newest doubt.csv", r.SentAt, r.Key, sent), nil
	}
	switch r.Action {
	case importer.ActionCreated:
		if r.ClientID == "" {
			return false, usage(r.String(), "created needs the client's id", "the dashboard shows it; where it does not: exists"), nil
		}
		if fault, err := c.free(ctx, r); fault != nil || err != nil {
			return false, fault, err
		}
		d.After = c.becomes(*e, importer.Created, importer.CodeSettledCreated, "the client is there", "")
		d.After.ClientID = r.ClientID
	case importer.ActionExists:
		d.After = c.becomes(*e, importer.Created, importer.CodeSettledExists, "the client is there, its id is not known here", "")
	default:
		d.After = c.becomes(*e, importer.Failed, importer.CodeSettledAbsent, "the client is not there", nextRunSends)
	}
	return true, nil, nil
}

// free makes sure that no other row holds a client id.
func (c *settler) free(ctx context.Context, r Decision) (*Problem, error) {
	if other, taken := c.ids[r.ClientID]; taken {
		return usage(r.String(), "%s is given for %s, too", "two rows cannot be one client: look each of them up again", r.ClientID, other.Key), nil
	}
	c.ids[r.ClientID] = r
	holders, err := c.s.store.ByClientID(ctx, r.ClientID)
	if err != nil {
		return nil, asProblem(err)
	}
	for _, h := range holders {
		if h.Key != r.Key {
			return usage(r.String(), "%s is the client of another row already: %s, %s", "look this one up again: two rows cannot be one client", r.ClientID, h.ClientName, h.Key), nil
		}
	}
	return nil, nil
}

// deleted decides on a created client that was removed in the dashboard.
func (c *settler) deleted(r Decision, e *importer.Entry, d *importer.Decision) (changes bool, fault *Problem) {
	switch {
	case e == nil:
		return false, usage(r.String(), "nothing was ever sent for %q", "", r.Key)
	case e.Status == importer.Failed && e.Code == importer.CodeSettledDeleted:
		return false, nil
	case e.Status == importer.InDoubt:
		return false, usage(r.String(), "%s is in doubt, not created", "if the client is not there: absent", r.Key)
	case e.Status != importer.Created:
		return false, usage(r.String(), "%s is %s, not created", "", r.Key, e.Status)
	}
	d.ClientID = e.ClientID
	d.After = c.becomes(*e, importer.Failed, importer.CodeSettledDeleted, "the client was removed in the dashboard", nextRunSends)
	d.After.ClientID, d.After.AssetGroupID = "", ""
	return true, nil
}

// suspected makes sure that a row is held as a possible duplicate.
func (c *settler) suspected(r Decision, e *importer.Entry, p standing) *Problem {
	switch {
	case e != nil && e.Status.MayExist():
		return usage(r.String(), "%s is %s, not a possible duplicate", "", r.Key, e.Status)
	case c.gone != "":
		return usage(r.String(), "whether this row is a possible duplicate cannot be told: %s", "run the sheet again first", c.gone)
	case p.known == nil:
		return usage(r.String(), "%s is not held as a possible duplicate", "", r.Key)
	}
	return nil
}

// sameAs decides that a possible duplicate is a customer the journal knows.
func (c *settler) sameAs(ctx context.Context, r Decision, e *importer.Entry, p standing, d *importer.Decision) (changes bool, fault *Problem, err error) {
	if r.Other == "" || r.Other == r.Key {
		return false, usage(r.String(), "same-as needs the key of another row", "write same-as:KEY, with the key that results.csv shows"), nil
	}
	other, err := c.entry(ctx, r.Other)
	switch {
	case err != nil:
		return false, nil, err
	case other == nil:
		return false, usage(r.String(), "nothing was ever sent for %q", "name the key of a created client", r.Other), nil
	case other.Status != importer.Created:
		return false, usage(r.String(), "%s is %s, not created", "settle that row first", r.Other, other.Status), nil
	}
	if e != nil && e.Code == importer.CodeSettledSameAs && e.ClientID == other.ClientID {
		return false, nil, nil
	}
	if fault := c.suspected(r, e, p); fault != nil {
		return false, fault, nil
	}
	after := *other
	after.Key, after.Attempts, after.Row = r.Key, attempts(e), p.result.Row
	d.ClientID = other.ClientID
	d.After = c.becomes(after, importer.Created, importer.CodeSettledSameAs, "the same client as "+string(r.Other), "")
	d.After.SameAs = r.Other
	return true, nil, nil
}

// new decides that a possible duplicate is a customer of its own.
func (c *settler) new(ctx context.Context, r Decision, e *importer.Entry, p standing) (changes bool, fault *Problem, err error) {
	if last, err := c.last(ctx, r.Key); err != nil || last != nil && last.Action == importer.ActionNew && attempts(e) == attempts(last.Before) {
		return false, nil, err
	}
	fault = c.suspected(r, e, p)
	return fault == nil, fault, nil
}

func (c *settler) last(ctx context.Context, k importer.Key) (*importer.Decision, error) {
	ds, err := c.s.store.Decisions(ctx, k)
	return importer.LastDecision(ds), asProblem(err)
}

// attempts tells how often a row was sent; an entry that is not there was not.
func attempts(e *importer.Entry) int {
	if e == nil {
		return 0
	}
	return e.Attempts
}

// reopen takes the last decision back, unless the row was sent since.
func (c *settler) reopen(ctx context.Context, r Decision, e *importer.Entry, d *importer.Decision) (changes bool, fault *Problem, err error) {
	last, err := c.last(ctx, r.Key)
	switch {
	case err != nil:
		return false, nil, err
	case last == nil || last.Action == importer.ActionReopen || !last.Action.Settles():
		return false, usage(r.String(), "there is no decision on %s to take back", "", r.Key), nil
	case attempts(e) != attempts(last.Before):
		return false, usage(r.String(), "%s was sent again after the decision: it cannot be taken back", "", r.Key), nil
	}
	if fault, err := c.leftAlone(ctx, r, e); fault != nil || err != nil {
		return false, fault, err
	}
	switch {
	case last.Before == nil:
		d.Forget = e != nil
	default:
		before := *last.Before
		d.After = &before
		if before.Status == importer.Created && before.ClientID != "" {
			r.ClientID = before.ClientID
			if fault, err := c.free(ctx, r); fault != nil || err != nil {
				return false, fault, err
			}
		}
	}
	return true, nil, nil
}

// leftAlone makes sure that no other row was settled to be the same client as this
// one: what is known of it would hang in the air.
func (c *settler) leftAlone(ctx context.Context, r Decision, e *importer.Entry) (*Problem, error) {
	if e == nil || e.Status != importer.Created {
		return nil, nil
	}
	resting, err := c.s.store.SameAs(ctx, e.Key)
	if err != nil || len(resting) == 0 {
		return nil, asProblem(err)
	}
	o := resting[0]
	return usage(r.String(), "%s was settled to be the same client as %s: take that decision back first", "bulkonboard settle --key "+string(o.Key)+" --reopen", o.Key, e.Key), nil
}

// doneByHand decides that the present difference of a created row was carried
// over by hand: the row as it is counts as what was sent.
func (c *settler) doneByHand(r Decision, e *importer.Entry, p standing, d *importer.Decision) (changes bool, fault *Problem) {
	switch {
	case e == nil || e.Status != importer.Created:
		return false, usage(r.String(), "%s is not created: there is nothing to change by hand", "", r.Key)
	case c.gone != "":
		return false, usage(r.String(), "what the row says now cannot be told: %s", "run the sheet again first", c.gone)
	case p.faulty:
		return false, usage(r.String(), "%s has a fault in the sheet now, so what it says cannot be taken", "mend the row and run the sheet again first", r.Key)
	case p.now == nil:
		return false, usage(r.String(), "%s is not in the current input", "", r.Key)
	case importer.Fingerprint(p.now) == e.Fingerprint:
		return false, nil
	}
	after := *e
	after.Snapshot, after.Fingerprint = p.now, importer.Fingerprint(p.now)
	d.ClientID, d.After = e.ClientID, &after
	return true, nil
}
