package job

import (
	"context"
	"slices"

	"github.com/bulkonboard/bulkonboard/importer"
)

// too makes a decision on a row that another one rests on, or rests on it.
func (c *settler) too(r Decision, d importer.Decision) *Problem {
	if first, twice := c.seen[d.Key]; twice {
		if first.Action == d.Action {
			return nil
		}
		return usage(r.String(), "%s is the same client as %s, and decided on in another way", "keep one of the lines", d.Key, r.Key)
	}
	c.seen[d.Key] = Decision{Decision: importer.Decision{Key: d.Key, Action: d.Action}}
	d.Who, d.At = c.who, c.at
	c.decisions = append(c.decisions, d)
	return nil
}

// sameClient are the other rows that are one's client by somebody's word.
func (c *settler) sameClient(ctx context.Context, e importer.Entry) ([]importer.Entry, error) {
	for seen := map[importer.Key]bool{}; e.SameAs != "" && !seen[e.Key]; {
		seen[e.Key] = true
		below, err := c.entry(ctx, e.SameAs)
		if err != nil {
			return nil, err
		}
		if below == nil {
			break
		}
		e = *below
	}
	all := []importer.Entry{e}
	for i := 0; i < len(all); i++ {
		more, err := c.store.SameAs(ctx, all[i].Key)
		if err != nil {
			return nil, err
		}
		for _, m := range more {
			if !slices.ContainsFunc(all, func(o importer.Entry) bool { return o.Key == m.Key }) {
				all = append(all, m)
			}
		}
	}
	return all, nil
}
