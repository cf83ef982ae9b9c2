package job

import (
	"context"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

const nextRunSends = "the next run sends it"

// doubt decides on a row in doubt.
func (c *settler) doubt(ctx context.Context, r Decision, e *importer.Entry, d *importer.Decision) (bool, *Problem, error) {
	if e == nil {
		return false, usage(r.String(), "nothing was ever sent for %q",
			importer.CommandLine("bulkonboard", "results", c.job.place.String())+" shows the rows and their keys", r.Key), nil
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
		return false, usage(r.String(), "this is about a request sent at %s, and %s was sent again at %s", "use the newest doubt.csv", r.SentAt,
			r.Key, sent), nil
	}
	switch r.Action {
	case importer.ActionCreated:
		if r.ClientID == "" {
			return false, usage(r.String(), "created needs the client's id", "the dashboard shows it; where it does not: exists"), nil
		}
		if fault, err := c.there(ctx, r); fault != nil || err != nil {
			return false, fault, err
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

// there makes sure that a client was not deleted, as far as is on record.
func (c *settler) there(ctx context.Context, r Decision) (*Problem, error) {
	gone, err := c.store.Deleted(ctx, []string{r.ClientID})
	if err != nil || len(gone) == 0 {
		return nil, err
	}
	return usage(r.String(), "%s is on record as deleted", "look the client up again; if it is there after all, take that decision back "+
		"with --reopen", r.ClientID), nil
}

// free makes sure that no other row holds a client id.
func (c *settler) free(ctx context.Context, r Decision) (*Problem, error) {
	if other, taken := c.ids[r.ClientID]; taken {
		return usage(r.String(), "%s is given for %s, too", "two rows cannot be one client: look each of them up again", r.ClientID,
			other.Key), nil
	}
	c.ids[r.ClientID] = r
	holders, err := c.store.ByClientID(ctx, r.ClientID)
	if err != nil {
		return nil, err
	}
	for _, h := range holders {
		if h.Key != r.Key {
			return usage(r.String(), "%s is the client of another row already: %s, %s", "look this one up again: two rows cannot be one client",
				r.ClientID, h.ClientName, h.Key), nil
		}
	}
	return nil, nil
}
