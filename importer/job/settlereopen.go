package job

import (
	"context"

	"github.com/bulkonboard/bulkonboard/importer"
)

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
	resting, err := c.store.SameAs(ctx, e.Key)
	if err != nil || len(resting) == 0 {
		return nil, err
	}
	o := resting[0]
	return usage(r.String(), "%s was settled to be the same client as %s: take that decision back first", "bulkonboard settle --key "+string(o.Key)+" --reopen", o.Key, e.Key), nil
}
