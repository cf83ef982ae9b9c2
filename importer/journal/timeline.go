package journal

import (
	"context"
	"database/sql"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// A second is one of a run's, since 1970.
type second struct{ run, unix int64 }

// A tally counts the attempts that began within one second, by what has come of
// them.
type tally struct{ begun, created, limited int }

func (t *tally) finished(o importer.Outcome) {
	if o.Status == importer.Created {
		t.created++
	}
	if o.HTTPStatus == 429 {
		t.limited++
	}
}

// tally is that of an attempt's second, for the batch to write.
func (b *batch) tally(a openAttempt) *tally {
	if b.tallies == nil {
		b.tallies = map[second]*tally{}
	}
	k := second{a.run, time.UnixMicro(a.begun).Unix()}
	if b.tallies[k] == nil {
		b.tallies[k] = &tally{}
	}
	return b.tallies[k]
}

// writeTimeline adds what the batch has counted.
func (b *batch) writeTimeline() error {
	for k, t := range b.tallies {
		if _, err := b.exec(`INSERT INTO timeline (run, second, begun, created, limited) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
 SET begun = begun + excluded.begun, created = created + excluded.created, limited = limited + excluded.limited`,
			k.run, k.unix, t.begun, t.created, t.limited); err != nil {
			return err
		}
	}
	return nil
}

// Timeline implements importer.Store. It reads a line for each second of the
// runs, and returns no more lines than there are spans.
func (s *Store) Timeline(ctx context.Context, first int64, most int) (importer.Timeline, error) {
	var active sql.NullInt64
	const lengths = "SELECT sum(s) FROM (SELECT max(second) - min(second) AS s FROM timeline WHERE run >= ? GROUP BY run)"
	err := s.db.QueryRowContext(ctx, lengths, first).Scan(&active)
	if err != nil {
		return importer.Timeline{}, s.explain(err)
	}
	out := importer.Timeline{Span: importer.SpanFor(time.Duration(active.Int64)*time.Second, most)}
	rows, err := s.db.QueryContext(ctx, `WITH r AS (SELECT run, min(second) AS began FROM timeline WHERE run >= ? GROUP BY run)
 SELECT t.run, r.began, (t.second - r.began) / ? AS span, sum(t.begun), sum(t.created), sum(t.limited)
 FROM timeline t JOIN r ON r.run = t.run GROUP BY t.run, r.began, span ORDER BY t.run, span`, first, int64(out.Span/time.Second))
	out.Buckets, err = all(rows, err, func(rows *sql.Rows, b *importer.Bucket) error {
		var began, span int64
		err := rows.Scan(&b.Run, &began, &span, &b.Begun, &b.Created, &b.Limited)
		b.At = time.Unix(began, 0).UTC().Add(time.Duration(span) * out.Span)
		return err
	})
	return out, s.explain(err)
}
