package job

import (
	"context"
	"fmt"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// SettleOptions say who decides on rows of a job, and how.
type SettleOptions struct {
	Who string // on record with every decision
	// ReadBack has a client id that somebody gives read back before it counts.
	// What the server says of it is told, and may be a Question. API reaches the
	// server; BaseURL is the job's.
	ReadBack bool
	API      API
	Twin     func(dir string) (Transport, error) // the server of a rehearsal's job
	Command  func(Next) []string
	Notice   func(string) // may be nil
}

// A Settlement is a job while people decide on its rows. The job is taken for
// each call and given back after it, so that nothing is held while somebody
// thinks, and what was decided counts at once. It is used by one goroutine.
type Settlement struct {
	job     *Job
	o       SettleOptions
	decided int

	reader *reading // nil before the first use
	// unreadable is why nothing can be read back.
	unreadable error
	read       map[given]Confirmation
	agreed     map[given]bool
	open       *given // the id that a question is open about
}

// Settle begins to take decisions. End ends that; the job is closed by whoever
// opened it, for settling.
func (j *Job) Settle(o SettleOptions) *Settlement {
	if o.Notice == nil {
		o.Notice = func(string) {}
	}
	return &Settlement{job: j, o: o, read: map[given]Confirmation{}, agreed: map[given]bool{}}
}

// Close closes the job.
func (s *Settlement) Close() error { return s.job.Close() }

// Unsettled lists the rows in doubt in the order of the results, and then the
// possible duplicates.
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
	c := settler{store: s.job.store, who: s.o.Who, seen: map[importer.Key]Decision{}, ids: map[string]Decision{},
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
