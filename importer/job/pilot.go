package job

import (
	"context"
	"fmt"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/api"
)

// Piloted is how the first few rows of a run went.
type Piloted struct {
	Attempted int
	Created   []Verified // read back and compared
	Left      int        // rows that would follow
}

// pilot sends some rows, reads back those that were created, and goes on only
// if somebody says so.
func (s *sender) pilot(ctx context.Context, client *api.Client) (importer.Tally, error) {
	r := s.r
	s.feed.most = r.o.Pilot
	s.progress.total = min(r.result.Survey.Send, r.o.Pilot)
	tally := s.some(ctx)
	r.result.Piloted = &Piloted{Attempted: tally.Sent.Total(), Left: r.result.Survey.Send - tally.Sent.Total()}
	if ctx.Err() != nil || tally.Halt.For(importer.StopJournal) {
		return tally, nil
	}
	if err := s.compare(ctx, client); err != nil {
		return tally, err
	}
	if tally.Halt != nil || r.result.Piloted.Left == 0 {
		return tally, nil
	}
	goOn := false
	if r.o.GoOn != nil {
		var err error
		goOn, err = r.pause(ctx, func() (bool, error) { return r.o.GoOn(*r.result.Piloted) })
		if err != nil && ctx.Err() == nil {
			return tally, err
		}
	}
	if !goOn {
		tally.Halt = &importer.Halt{Reason: importer.StopPilot, Message: fmt.Sprintf("the pilot of %d ended; %d rows wait", r.result.Piloted.Attempted, r.result.Piloted.Left)}
		return tally, nil
	}
	s.feed.most, s.progress.total = 0, r.result.Survey.Send
	if s.options.Limit > 0 {
		s.options.Limit -= tally.Sent[importer.Created] + tally.Sent[importer.InDoubt]
		if s.options.Limit <= 0 {
			tally.Halt = &importer.Halt{Reason: importer.StopLimit, Message: fmt.Sprintf("the limit of %d rows is reached", r.o.Limit)}
			return tally, nil
		}
	}
	rest := s.some(ctx)
	for status, n := range rest.Sent {
		tally.Sent[status] += n
	}
	tally.Halt = rest.Halt
	return tally, nil
}

// compare reads the created rows of a pilot back.
func (s *sender) compare(ctx context.Context, client *api.Client) error {
	entries, err := s.r.store.Lookup(ctx, s.created)
	if err != nil {
		return asProblem(err)
	}
	byKey := map[importer.Key]importer.Entry{}
	for _, e := range entries {
		byKey[e.Key] = e
	}
	reader := readingWith(client, min(s.r.o.Rate, readingRate))
	for _, k := range s.created {
		v := reader.compare(ctx, byKey[k])
		s.r.result.Piloted.Created = append(s.r.result.Piloted.Created, v)
		if err := s.r.store.Annotate(ctx, k, v.Note(time.Now())); err != nil {
			return asProblem(err)
		}
	}
	return nil
}
