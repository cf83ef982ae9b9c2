package job

import (
	"context"
	"slices"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
)

// SettleOptions say who decides on rows of a job, and how.
type SettleOptions struct {
	Who string // on record with every decision
	// API reaches the server, for reading clients back before a decision
	// counts; BaseURL is the job's. Without a Key nothing is read.
	API  API
	Twin func(dir string) (Transport, error) // the server of a rehearsal's job
	// Confirm is told what reading a client back gave before a decision that
	// names its id counts; false leaves the row as it is. May be nil.
	Confirm func(Confirmation) (bool, error)
	Command func(Next) []string
	Notice  func(string) // may be nil
}

// A Confirmation is what the server says of a client id that somebody gave.
type Confirmation struct {
	Row      importer.Entry // the row the id is for
	ClientID string
	Client   importer.Readback
	Err      error // it could not be read: nothing is known of it
	// Differs tells that neither name nor e-mail are those that were sent.
	Differs bool
}

// A Settlement is a job, open for settling, while people decide on its rows.
type Settlement struct {
	*Job
	o       SettleOptions
	decided int
	reader  *reading // nil before the first use
}

// Settle begins to take decisions. End ends that; the job is closed by whoever
// opened it.
func (j *Job) Settle(o SettleOptions) *Settlement { return &Settlement{Job: j, o: o} }

// End makes the views anew where decisions were made, and the Result tells
// where the job stands now.
func (s *Settlement) End(ctx context.Context) (Result, error) {
	if s.reader != nil {
		s.reader.close()
	}
	if s.decided == 0 {
		return Result{}, nil
	}
	return s.Results(ctx, ResultsOptions{Command: s.o.Command, Notice: s.o.Notice})
}

// An Unsettled is a row that only a person can decide on.
type Unsettled struct {
	Result importer.Result // Row is zero if it is not in the input
	SentAt time.Time       // when its request left; zero for a possible duplicate
	// SameAs is the customer that a possible duplicate may be; nil for a row
	// in doubt.
	SameAs *importer.Entry
}

// Unsettled lists the rows in doubt in the order of the results, and then the
// possible duplicates.
func (j *Job) Unsettled(ctx context.Context) ([]Unsettled, error) {
	var doubt, suspects []Unsettled
	here := map[importer.Key]bool{}
	_, err := j.rows(ctx, func(it *rows.Item) {
		switch {
		case it.Status == importer.InDoubt:
			here[it.Entry.Key] = true
			doubt = append(doubt, Unsettled{Result: it.Result(), SentAt: it.Entry.BegunAt})
		case it.Code == rows.CodePossibleDuplicate:
			suspects = append(suspects, Unsettled{Result: it.Result(), SameAs: it.Suspect})
		}
	})
	if err != nil {
		return nil, err
	}
	for e, err := range j.store.Walk(ctx, importer.InDoubt, importer.Outline) {
		if err != nil {
			return nil, asProblem(err)
		}
		if !here[e.Key] {
			doubt = append(doubt, Unsettled{Result: importer.ResultOf(importer.RowRef{}, e), SentAt: e.BegunAt})
		}
	}
	return slices.Concat(doubt, suspects), nil
}

// rows passes over the current input, where it can still be read; gone says
// why it cannot.
func (j *Job) rows(ctx context.Context, f func(*rows.Item)) (gone string, err error) {
	if j.last.ID == 0 {
		return "this job has had no run yet", nil
	}
	in, decide, err := j.current(ctx)
	if err != nil {
		return "", err
	}
	defer in.Close()
	if in.Gone != "" {
		return in.Gone, nil
	}
	pass, err := rows.NewPass(ctx, in, j.store, decide)
	if err != nil {
		return "", err
	}
	defer pass.Close()
	return "", pass.Each(ctx, func(it *rows.Item) error {
		f(it)
		return nil
	})
}
