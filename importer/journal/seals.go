package journal

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// Seals implements importer.Store.
func (s *Store) Seals(ctx context.Context, keys []importer.Key) ([]importer.Seal, error) {
	u, err := s.unwritten(ctx)
	if err != nil {
		return nil, s.explain(err)
	}
	hashes := make([]int64, len(keys))
	for i, k := range keys {
		hashes[i] = k.Hash()
	}
	waiting, err := list(u.entriesOf(&u.keys, hashes...))
	if err != nil {
		return nil, err
	}
	asked, err := list(hashes)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.QueryContext(ctx, `SELECT s.attempt, e.key, s.begun_at, s.handed_at, s.sealed
 FROM entries e JOIN seals s ON s.entry = e.id WHERE e.id IN
 (SELECT entry FROM keys WHERE hash IN (SELECT value FROM json_each(?)) UNION SELECT value FROM json_each(?))
 ORDER BY s.attempt DESC`, asked, waiting)
	seals, err := all(rows, err, func(rows *sql.Rows, o *importer.Seal) error {
		var begun, handed sql.NullInt64
		err := rows.Scan(&o.Attempt, &o.Key, &begun, &handed, &o.Sealed)
		o.BegunAt, o.HandedAt = fromMicros(begun), fromMicros(handed)
		return err
	})
	// Two keys may have one hash.
	return slices.DeleteFunc(seals, func(o importer.Seal) bool { return !slices.Contains(keys, o.Key) }), s.explain(err)
}

// HandOver implements importer.Store.
func (s *Store) HandOver(ctx context.Context, ids []importer.AttemptID, forget bool, at time.Time, ds ...importer.Decision) error {
	for _, d := range ds {
		if d.After != nil || d.Forget {
			return fmt.Errorf("%q: handing over changes nothing of what is known of a row", d.Key)
		}
	}
	return s.write(ctx, func(b *batch) (refusal, err error) {
		for _, id := range ids {
			var n int
			if err := b.row("SELECT count(*) FROM seals WHERE attempt = ?", int64(id)).Scan(&n); err != nil {
				return nil, err
			}
			if n == 0 {
				return fmt.Errorf("no credentials of attempt %d are kept", id), nil
			}
		}
		for _, id := range ids {
			if forget {
				_, err = b.exec("DELETE FROM seals WHERE attempt = ?", int64(id))
			} else {
				_, err = b.exec("UPDATE seals SET handed_at = ? WHERE attempt = ?", at.UnixMicro(), int64(id))
			}
			if err != nil {
				return nil, err
			}
		}
		for _, d := range ds {
			if err := b.decide(d); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
}
