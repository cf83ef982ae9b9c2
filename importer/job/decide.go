package job

import (
	"context"
	"fmt"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// Unsettled lists the rows in doubt in the order of the results, and then those
// of which nobody can tell whose they are.
func (s *Settlement) Unsettled(ctx context.Context) (out []Unsettled, err error) {
	err = s.job.with(ctx, func() error {
		out, err = s.job.unsettled(ctx)
		return err
	})
	return out, asProblem(err)
}

// A Decided is what became of decisions.
type Decided struct {
	Made []importer.Decision // those that changed something
	Read []Confirmation      // what the server says of ids, each told once
	// Question must be answered before any of them counts: Decide once more then.
	// nil: there is none.
	Question *Question
}

// Decide checks all decisions, reads back the client ids among them, and carries
// out all of them or none, but for ids to which somebody says no.
func (s *Settlement) Decide(ctx context.Context, asked []Decision) (out Decided, err error) {
	defer func() { err = asProblem(err) }()
	for {
		var unread []importer.Decision
		err := s.job.with(ctx, func() error {
			ds, err := s.check(ctx, asked)
			if err != nil {
				return err
			}
			if unread = s.unread(ds); len(unread) > 0 {
				return s.connect(ctx)
			}
			ds = s.confirmed(ds)
			clear(s.read)
			clear(s.agreed)
			if len(ds) == 0 {
				return nil
			}
			if err := s.job.store.Decide(ctx, ds...); err != nil {
				return err
			}
			s.decided += len(ds)
			out.Made = ds
			return nil
		})
		if err == nil && len(unread) == 0 && s.outdated > 0 {
			s.o.Notice(linesAre(s.outdated) + " of a run before the row's last attempt, which decides nothing: settle from the job's newest " +
				"doubt.csv")
		}
		if err != nil || len(unread) == 0 {
			return out, err
		}
		// Nothing is held while the server is asked.
		for _, d := range unread {
			c, q, err := s.confirm(ctx, d)
			if err != nil {
				return out, err
			}
			if c != nil {
				out.Read = append(out.Read, *c)
			}
			if q != nil {
				out.Question = q
				return out, nil
			}
		}
	}
}

// check makes decisions of what was asked, all of them or none, in sight of what
// the journal and the current input say. Nothing is written.
func (s *Settlement) check(ctx context.Context, asked []Decision) ([]importer.Decision, error) {
	c := settler{job: s.job, store: s.job.store, who: s.o.Who, seen: map[importer.Key]Decision{}, ids: map[string]Decision{},
		at: time.Now().UTC().Truncate(time.Microsecond)}
	if err := c.look(ctx, s.job, asked); err != nil {
		return nil, err
	}
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
	s.outdated = c.outdated
	return c.decisions, nil
}

// Answer answers the Question of Decide.
func (s *Settlement) Answer(a Answer) {
	if s.open != nil && a.ID == AskSame {
		s.agreed[*s.open] = a.Text == Yes
		s.open = nil
	}
}

// End makes the views anew where decisions were made, and the Result tells
// where the job stands now.
func (s *Settlement) End(ctx context.Context) (res Result, err error) {
	if s.reader != nil {
		s.reader.close()
	}
	if s.decided == 0 {
		return Result{}, nil
	}
	err = s.job.with(ctx, func() error {
		res, err = s.job.Results(ctx, ResultsOptions{Command: s.o.Command, Notice: s.o.Notice})
		return err
	})
	if ExitOf(err) == ExitBusy {
		s.o.Notice(fmt.Sprintf("what was decided is on record; the views will show it when whoever is at the job has ended: %v", err))
		return Result{}, nil
	}
	return res, asProblem(err)
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
	if counts, fault, err := c.view(ctx, r, e); !counts || fault != nil || err != nil {
		return fault, err
	}
	d := importer.Decision{Key: r.Key, Action: r.Action, Who: c.who, At: c.at, ClientID: r.ClientID, Other: r.Other, Before: e}
	var changes bool
	switch r.Action {
	case importer.ActionCreated, importer.ActionExists, importer.ActionAbsent:
		changes, fault, err = c.doubt(ctx, r, e, &d)
	case importer.ActionDeleted:
		changes, fault, err = c.deleted(ctx, r, e, &d)
	case importer.ActionSameAs:
		changes, fault, err = c.sameAs(ctx, r, e, p, &d)
	case importer.ActionNew:
		changes, fault, err = c.new(ctx, r, e, p)
	case importer.ActionSame:
		changes, fault = c.same(r, e, p, &d)
	case importer.ActionDone:
		changes, fault = c.doneByHand(r, e, p, &d)
	case importer.ActionReopen:
		changes, fault, err = c.reopen(ctx, r, e, &d)
	default:
		fault = usage(r.String(), "%q is no decision", actionWords, r.Action)
	}
	if fault != nil || err != nil {
		return fault, err
	}
	if changes {
		c.decisions = append(c.decisions, d)
	}
	return nil, nil
}
