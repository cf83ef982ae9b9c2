package job

import (
	"context"

	"github.com/bulkonboard/bulkonboard/importer"
)

// deleted decides on a created client that was removed in the dashboard, with
// all rows that are this client by somebody's word.
func (c *settler) deleted(ctx context.Context, r Decision, e *importer.Entry, d *importer.Decision) (bool, *Problem, error) {
	switch {
	case e == nil:
		return false, usage(r.String(), "nothing was ever sent for %q", "", r.Key), nil
	case e.Status == importer.Failed && e.Code == importer.CodeSettledDeleted:
		return false, nil, nil
	case e.Status == importer.InDoubt:
		return false, usage(r.String(), "%s is in doubt, not created", "if the client is not there: absent", r.Key), nil
	case e.Status != importer.Created:
		return false, usage(r.String(), "%s is %s, not created", "", r.Key, e.Status), nil
	}
	others, err := c.sameClient(ctx, *e)
	if err != nil {
		return false, nil, err
	}
	gone := func(e importer.Entry) *importer.Entry {
		after := c.becomes(e, importer.Failed, importer.CodeSettledDeleted, "the client was removed in the dashboard", nextRunSends)
		after.ClientID, after.AssetGroupID, after.SameAs = "", "", e.SameAs
		return after
	}
	d.ClientID, d.After = e.ClientID, gone(*e)
	for _, o := range others {
		if o.Status != importer.Created {
			continue
		}
		if fault := c.too(r, importer.Decision{Key: o.Key, Action: r.Action, ClientID: o.ClientID, Before: &o, After: gone(o)}); fault != nil {
			return false, fault, nil
		}
	}
	return true, nil, nil
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
		return false, usage(r.String(), "%s has a fault in the sheet now, so what it says cannot be taken",
			"correct the row and run the sheet again first", r.Key)
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
