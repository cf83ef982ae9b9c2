package journal

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/bulkonboard/bulkonboard/importer/internal/durable"
)

// OpenEvidence opens a journal for looking at what it still knows: also one that
// has lost its write-ahead log, or has one that does not belong to it. Then it
// is a copy of the one file as it stands, checked whole, that goes with Close:
// evidence of what was, not what the job knows.
func OpenEvidence(ctx context.Context, path string) (*Store, error) {
	s, err := OpenReadOnly(ctx, path)
	if errors.Is(err, ErrLost) {
		return openBare(ctx, path)
	}
	return s, err
}

func openBare(ctx context.Context, path string) (*Store, error) {
	return elsewhere(path, func(aside string) (*Store, error) {
		if err := duplicate(path, aside); err != nil {
			return nil, err
		}
		main, _, err := inspect(aside)
		if err != nil {
			return nil, err
		}
		s := &Store{path: aside, main: main, reader: &reader{}}
		if err := s.connect(ctx, "mode=ro", "immutable=1"); err != nil {
			return nil, errors.Join(err, main.Close())
		}
		var found string
		err = s.db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&found)
		if err == nil && found != "ok" {
			err = damaged(path, found)
		}
		if err != nil {
			return nil, errors.Join(s.explain(err), s.Close())
		}
		return s, nil
	})
}

func duplicate(from, to string) error {
	f, err := durable.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	return durable.Create(to, func(w io.Writer) error {
		if _, err := io.Copy(w, f); err != nil {
			return fmt.Errorf("%s: %w", from, err)
		}
		return nil
	})
}
