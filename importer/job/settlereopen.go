package job

import (
	"context"
	"slices"

	"github.com/bulkonboard/bulkonboard/importer"
)

// reopen takes the last decision back, unless the row was sent since. Rows that
// rest on it are taken back, too: what is known of them would hang in the air.
func (c *settler) reopen(ctx context.Context, r Decision, e *importer.Entry, d *importer.Decision) (bool, *Problem, error) {
	last, err := c.last(ctx, r.Key)
	switch {
	case err != nil:
		return false, nil, err
	case last == nil || last.Action == importer.ActionReopen || !last.Action.Settles():
		return false, usage(r.String(), "there is no decision on %s to take back", "", r.Key), nil
	case attempts(e) != attempts(last.Before):
		return false, usage(r.String(), "%s was sent again after the decision: it cannot be taken back", "", r.Key), nil
	}
	if last.Before == nil {
		d.Forget = e != nil
	} else if d.After = last.Before; last.Before.Status == importer.Created && last.Before.ClientID != "" {
		r.ClientID = last.Before.ClientID
		if fault, err := c.free(ctx, r); fault != nil || err != nil {
			return false, fault, err
		}
	}
	if e == nil || last.Action == importer.ActionSame || last.Action == importer.ActionDone {
		return true, nil, nil // the client is as it was
	}
	fault, err := c.reopenOthers(ctx, r, *e, *last)
	return fault == nil, fault, err
}

// reopenOthers takes back, on the other rows that are the same client, what
// rests on a decision that is taken back: that the client was deleted, of all of
// them; anything else, that a row is this client.
func (c *settler) reopenOthers(ctx context.Context, r Decision, e importer.Entry, last importer.Decision) (*Problem, error) {
	others, err := c.sameClient(ctx, e)
	if err != nil {
		return nil, err
	}
	resting := map[importer.Key]bool{e.Key: true}
	for _, o := range others {
		resting[o.Key] = resting[o.Key] || resting[o.SameAs] // a row comes after the one it rests on
		ds, err := c.store.Decisions(ctx, o.Key)
		if err != nil {
			return nil, err
		}
		own := importer.LastDecision(ds)
		if last.Action != importer.ActionDeleted {
			own = importer.LastDecision(slices.DeleteFunc(ds, func(d importer.Decision) bool { return d.Action != importer.ActionSameAs }))
		}
		switch {
		case o.Key == e.Key || own == nil || attempts(&o) != attempts(own.Before):
			continue
		case last.Action == importer.ActionDeleted && (own.Action != importer.ActionDeleted || !own.At.Equal(last.At)):
			continue
		case last.Action != importer.ActionDeleted && !resting[o.Key]:
			continue
		}
		back := importer.Decision{Key: o.Key, Action: r.Action, Before: &o, After: own.Before, Forget: own.Before == nil}
		if fault := c.too(r, back); fault != nil {
			return fault, nil
		}
	}
	return nil, nil
}
