package journal

import (
	"context"
	"database/sql"
	"iter"

	"github.com/bulkonboard/bulkonboard/importer"
)

// Known implements importer.Store.
func (s *Store) Known(ctx context.Context) iter.Seq2[importer.Known, error] {
	return func(yield func(importer.Known, error) bool) {
		u, err := s.unwritten(ctx)
		if err != nil {
			yield(importer.Known{}, s.explain(err))
			return
		}
		newer := u.fingerprints()
		at := hashRow{hash: -1 << 63, entry: -1}
		for {
			page, err := s.keysAfter(ctx, at)
			if err != nil {
				yield(importer.Known{}, s.explain(err))
				return
			}
			for _, r := range page {
				if _, beaten := newer[r.entry]; !beaten && !yield(importer.Known{Key: r.hash, Fingerprint: r.fingerprint}, nil) {
					return
				}
			}
			if len(page) < keysPage {
				break
			}
			at = page[len(page)-1]
		}
		for _, r := range newer {
			if !yield(importer.Known{Key: r.hash, Fingerprint: r.fingerprint}, nil) {
				return
			}
		}
	}
}

const keysPage = 4096

func (s *Store) keysAfter(ctx context.Context, at hashRow) ([]hashRow, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT hash, entry, fingerprint FROM keys WHERE (hash, entry) > (?, ?)
 ORDER BY hash, entry LIMIT ?`, at.hash, at.entry, keysPage)
	return all(rows, err, func(rows *sql.Rows, r *hashRow) error { return rows.Scan(&r.hash, &r.entry, &r.fingerprint) })
}
