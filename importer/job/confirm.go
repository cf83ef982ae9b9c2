package job

import (
	"context"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/api"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
)

// connect lets clients be read back. What the server says of them is cleaned of
// the passwords in the input, as far as that can still be read.
func (s *Settlement) connect(ctx context.Context, rate float64) error {
	s.o.API.Conceal = api.NewSecrets()
	r, err := newReading(s.folder(), s.header, s.o.API, s.o.Twin, rate)
	if err != nil {
		return err
	}
	s.reader = r
	_, err = s.rows(ctx, func(it *rows.Item) { s.o.API.Conceal.Add(it.Passwords()...) })
	if ctx.Err() != nil {
		return err
	}
	return nil // the views say what is wrong with the input
}

// confirm has the decisions that name a client id confirmed by what the server
// says of it.
func (s *Settlement) confirm(ctx context.Context, ds []importer.Decision) ([]importer.Decision, error) {
	if s.o.Confirm == nil {
		return ds, nil
	}
	var out []importer.Decision
	for _, d := range ds {
		if d.Action != importer.ActionCreated {
			out = append(out, d)
			continue
		}
		c := Confirmation{Row: *d.Before, ClientID: d.ClientID}
		c.Client, c.Err = s.readBack(ctx, d.ClientID)
		if c.Err == nil {
			sent := s.reader.shown(d.Before.Sent())
			c.Differs = importer.Fold(sent.Details.Name) != importer.Fold(c.Client.Name) && importer.Fold(sent.Details.Email) != importer.Fold(c.Client.PrimaryEmail)
		}
		yes, err := s.o.Confirm(c)
		if err != nil {
			return nil, err
		}
		if yes {
			out = append(out, d)
		}
	}
	return out, nil
}

func (s *Settlement) readBack(ctx context.Context, id string) (importer.Readback, error) {
	if s.reader == nil {
		if err := s.connect(ctx, readingRate); err != nil {
			return importer.Readback{}, err
		}
	}
	return s.reader.readClient(ctx, id)
}
