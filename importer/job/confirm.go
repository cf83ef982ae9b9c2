package job

import (
	"context"
	"fmt"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/api"
	"github.com/bulkonboard/bulkonboard/importer/job/internal/rows"
)

// unread are the decisions whose client ids must be read back, or asked about,
// before they count.
func (s *Settlement) unread(ds []importer.Decision) []importer.Decision {
	var out []importer.Decision
	for _, d := range ds {
		if !s.o.ReadBack || d.Action != importer.ActionCreated {
			continue
		}
		c, read := s.read[givenBy(d)]
		if _, asked := s.agreed[givenBy(d)]; !read || (c.Differs || c.Missing) && !asked {
			out = append(out, d)
		}
	}
	return out
}

// confirmed are the decisions but for those to whose ids somebody said no.
func (s *Settlement) confirmed(ds []importer.Decision) []importer.Decision {
	var out []importer.Decision
	for _, d := range ds {
		if agreed, asked := s.agreed[givenBy(d)]; d.Action != importer.ActionCreated || agreed || !asked {
			out = append(out, d)
		}
	}
	return out
}

// connect lets clients be read back. Without a key they cannot be, which is told
// of each.
func (s *Settlement) connect(ctx context.Context) (err error) {
	if s.reader == nil {
		s.reader, err = s.job.connect(ctx, s.o.API, s.o.Twin, readingRate)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.unreadable = err
	return nil
}

// confirm reads a client back, and asks where it does not seem to be the one.
// What was told already is not told again.
func (s *Settlement) confirm(ctx context.Context, d importer.Decision) (*Confirmation, *Question, error) {
	of := givenBy(d)
	c, read := s.read[of]
	if !read {
		c = Confirmation{Row: *d.Before, ClientID: d.ClientID, Err: s.unreadable}
		if c.Err == nil {
			c.Client, c.Err = s.reader.readClient(ctx, d.ClientID)
		}
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		if c.Err == nil {
			sent := s.reader.shown(d.Before.Sent())
			c.Differs = importer.Fold(sent.Details.Name) != importer.Fold(c.Client.Name) &&
				importer.Fold(sent.Details.Email) != importer.Fold(c.Client.PrimaryEmail)
		} else if e := importer.AsError(c.Err); e != nil {
			c.Missing = e.HTTPStatus == 404
		}
		s.read[of] = c
	}
	var q *Question
	switch {
	case c.Differs:
		q = yesNo(AskSame, fmt.Sprintf("Sent was %q. Is it the same client?", c.Row.ClientName),
			"the row is created, with this id", "the row stays as it is")
	case c.Missing:
		q = yesNo(AskSame, fmt.Sprintf("The server knows no client %s. Take it all the same?", c.ClientID),
			"the row is created, with this id", "the row stays as it is")
	}
	if q != nil {
		s.open = &of
	}
	if read {
		return nil, q, nil
	}
	return &c, q, nil
}

// connect lets clients be read back. What the server says of them is cleaned of
// the passwords in the input, as far as that can still be read.
func (j *Job) connect(ctx context.Context, a API, twin func(string) (Transport, error), rate float64) (*reading, error) {
	a.Conceal = api.NewSecrets()
	r, err := newReading(j.folder(), j.header, a, twin, rate)
	if err != nil {
		return nil, err
	}
	_, err = j.rows(ctx, func(it *rows.Item) { a.Conceal.Add(it.Passwords()...) })
	if ctx.Err() != nil {
		return nil, err
	}
	return r, nil // the views say what is wrong with the input
}
