package job

import (
	"context"

	"github.com/bulkonboard/bulkonboard/importer"
)

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
func (c *settler) sameAs(ctx context.Context, r Decision, e *importer.Entry, p standing, d *importer.Decision) (changes bool,
	fault *Problem, err error) {
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
	if e != nil && e.Code == importer.CodeSettledSameAs && e.ClientID == other.ClientID && e.Status == importer.Created {
		return false, nil, nil
	}
	if fault := c.suspected(r, e, p); fault != nil {
		return false, fault, nil
	}
	after := *other
	after.Key, after.Attempts, after.Row, after.NewMarks = r.Key, attempts(e), p.result.Row, &p.marks
	d.ClientID = other.ClientID
	d.After = c.becomes(after, importer.Created, importer.CodeSettledSameAs, "the same client as "+string(r.Other), "")
	d.After.SameAs = r.Other
	return true, nil, nil
}

// new decides that a possible duplicate is a customer of its own.
func (c *settler) new(ctx context.Context, r Decision, e *importer.Entry, p standing) (bool, *Problem, error) {
	if last, err := c.last(ctx, r.Key); err != nil || last != nil && last.Action == importer.ActionNew &&
		attempts(e) == attempts(last.Before) {
		return false, nil, err
	}
	fault := c.suspected(r, e, p)
	return fault == nil, fault, nil
}

// same decides that a row which has a customer's key and nothing else of them is
// this customer, renamed: from now on they are recognised by what it says.
func (c *settler) same(r Decision, e *importer.Entry, p standing, d *importer.Decision) (changes bool, fault *Problem) {
	switch {
	case e == nil || !e.Status.MayExist():
		return false, usage(r.String(), "%s is not the key of a client that is created or in doubt",
			"for a possible duplicate: same-as:KEY, or new", r.Key)
	case c.gone != "":
		return false, usage(r.String(), "what the row says now cannot be told: %s", "run the sheet again first", c.gone)
	case p.moved:
	case e.NewMarks != nil && importer.SameMarks(e.NewMarks.All(), p.marks.All()):
		return false, nil
	default:
		return false, usage(r.String(), "no row is held because it has the key %s and nothing else of its customer",
			"results.csv names such rows with the code key_moved", r.Key)
	}
	after := *e
	after.NewMarks = &p.marks
	d.ClientID, d.After = e.ClientID, &after
	return true, nil
}
