package job

import (
	"context"
	"fmt"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// A settler makes decisions on many rows, each in sight of the others.
type settler struct {
	store     importer.Store
	who       string
	places    map[string]standing
	gone      string // why there are none
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
	d := importer.Decision{Key: r.Key, Action: r.Action, Who: c.who, At: c.at, ClientID: r.ClientID, Other: r.Other, Before: e}
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
	es, err := c.store.Lookup(ctx, []importer.Key{k})
	if err != nil || len(es) == 0 {
		return nil, err
	}
	return &es[0], nil
}

// becomes starts what the journal knows after a decision.
func (c *settler) becomes(e importer.Entry, status importer.Status, code, message, advice string) *importer.Entry {
	e.Status, e.Code, e.Message, e.Advice = status, code, "settled by "+c.who+": "+message, advice
	e.HTTPStatus, e.FinishedAt, e.Note, e.SameAs = 0, c.at, "", ""
	return &e
}

func (c *settler) last(ctx context.Context, k importer.Key) (*importer.Decision, error) {
	ds, err := c.store.Decisions(ctx, k)
	return importer.LastDecision(ds), err
}

// attempts tells how often a row was sent; an entry that is not there was not.
func attempts(e *importer.Entry) int {
	if e == nil {
		return 0
	}
	return e.Attempts
}
