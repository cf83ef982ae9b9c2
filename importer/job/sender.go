package job

import (
	"context"
	"errors"

	"github.com/bulkonboard/bulkonboard/importer"
)

// A sender sends what a feed yields, in one go or in two.
type sender struct {
	r        *runner
	feed     *feed
	progress *progress
	creator  importer.Creator
	options  importer.SendOptions
	created  []importer.Key // in a pilot
}

func (s *sender) some(ctx context.Context) importer.Tally {
	if s.r.o.Live != nil {
		s.r.o.Live(s.r.place.String(), s.progress.tell)
	}
	o := s.options
	if s.feed.most == 0 { // a pilot goes on whatever the answers
		o.Elsewhere = s.feed.elsewhere
	}
	o.Observe = func(ev importer.Event) {
		s.progress.ended(ev, s.feed.left(ev.Request.Row))
		if s.feed.most > 0 && ev.Status == importer.Created {
			s.created = append(s.created, ev.Request.EntryKey())
		}
		var unkept *importer.UnkeptError
		if errors.As(ev.Err, &unkept) {
			s.r.result.Unkept = append(s.r.result.Unkept, unkept)
		}
	}
	return importer.Send(ctx, s.feed.requests, s.creator, o)
}
