package job

import (
	"context"
	"slices"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
)

// An Unsettled is a row that only a person can decide on.
type Unsettled struct {
	Result importer.Result // Row is zero if it is not in the input
	SentAt time.Time       // when its request left; zero for a possible duplicate
	// Renamed is the customer whose key a row has that has nothing else of them;
	// nil for any other.
	Renamed *importer.Entry
	// SameAs is the customer that a possible duplicate may be; nil for a row
	// in doubt.
	SameAs *importer.Entry
}

// unsettled lists the rows in doubt in the order of the results, and then those
// of which nobody can tell whose they are.
func (j *Job) unsettled(ctx context.Context) ([]Unsettled, error) {
	var doubt, suspects []Unsettled
	here := map[importer.Key]bool{}
	_, err := j.rows(ctx, func(it *rows.Item) {
		switch {
		case it.Status == importer.InDoubt:
			here[it.Entry.Key] = true
			doubt = append(doubt, Unsettled{Result: it.Result(), SentAt: it.Entry.BegunAt})
		case it.Code == rows.CodePossibleDuplicate && it.Leads():
			suspects = append(suspects, Unsettled{Result: it.Result(), SameAs: it.Suspect})
		case it.Code == rows.CodeKeyMoved && it.Leads():
			suspects = append(suspects, Unsettled{Result: it.Result(), Renamed: it.Suspect})
		}
	})
	if err != nil {
		return nil, err
	}
	for e, err := range j.store.Walk(ctx, importer.InDoubt, importer.Outline) {
		if err != nil {
			return nil, err
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
