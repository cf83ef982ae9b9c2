package job

import (
	"context"
	"fmt"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/api"
)

// pilot sends some rows and reads back those that were created. The others wait
// for the next run.
func (s *sender) pilot(ctx context.Context, client *api.Client) (importer.Tally, error) {
	r := s.r
	s.feed.most = r.o.Pilot
	s.progress.total = min(r.result.Survey.Send, r.o.Pilot)
	tally := s.some(ctx)
	r.result.Piloted = &PilotResult{Attempted: tally.Sent.Total(), Left: r.result.Survey.Send - tally.Sent.Total()}
	if ctx.Err() != nil || tally.Halt.For(importer.StopJournal) {
		return tally, nil
	}
	if err := s.compare(ctx, client); err != nil {
		return tally, err
	}
	if tally.Halt == nil && r.result.Piloted.Left > 0 {
		tally.Halt = &importer.Halt{Reason: importer.StopPilot, Message: fmt.Sprintf("the pilot of %d ended; %d rows wait",
			r.result.Piloted.Attempted, r.result.Piloted.Left)}
	}
	return tally, nil
}

// compare reads the created rows of a pilot back.
func (s *sender) compare(ctx context.Context, client *api.Client) error {
	entries, err := s.r.store.Lookup(ctx, s.created)
	if err != nil {
		return err
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
			return err
		}
	}
	return nil
}
