package journal

import (
	"context"
	"slices"
)

// seenAtOnce is how many keys one operation writes: many enough to be cheap,
// and few enough that nobody waits long behind it.
const seenAtOnce = 20_000

// See implements importer.Store. The keys are written in their order, which
// lets the table grow at its end where it was empty: about 1 µs a key.
func (s *Store) See(ctx context.Context, run int64, keys []int64) error {
	keys = slices.Sorted(slices.Values(keys))
	for part := range slices.Chunk(keys, seenAtOnce) {
		of, err := list(part)
		if err != nil {
			return err
		}
		err = s.write(ctx, func(b *batch) (error, error) {
			_, err := b.exec("INSERT OR IGNORE INTO seen (key, run) SELECT value, ? FROM json_each(?)", run, of)
			return nil, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Seen implements importer.Store.
func (s *Store) Seen(ctx context.Context, keys []int64) ([]int64, error) {
	asked, err := list(keys)
	if err != nil {
		return nil, err
	}
	return s.integers(ctx, "SELECT key FROM seen WHERE key IN (SELECT value FROM json_each(?))", asked)
}

// SetFaults implements importer.Store.
func (s *Store) SetFaults(ctx context.Context, input string, faults []int64) error {
	of, err := list(faults)
	if err != nil {
		return err
	}
	return s.write(ctx, func(b *batch) (error, error) {
		if _, err := b.exec("DELETE FROM faults WHERE input = ?", input); err != nil {
			return nil, err
		}
		_, err := b.exec("INSERT OR IGNORE INTO faults (input, fault) SELECT ?, value FROM json_each(?)", input, of)
		return nil, err
	})
}

// Faults implements importer.Store.
func (s *Store) Faults(ctx context.Context, input string) ([]int64, error) {
	return s.integers(ctx, "SELECT fault FROM faults WHERE input = ?", input)
}

func (s *Store) integers(ctx context.Context, query string, args ...any) ([]int64, error) {
	out, err := integers(s.db.QueryContext(ctx, query, args...))
	return out, s.explain(err)
}
