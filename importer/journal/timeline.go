package journal

import (
	"context"
	"database/sql"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// begunSQL are all attempts, those that are open among them.
const begunSQL = `(SELECT run, begun_at, status, http_status FROM attempts UNION ALL
 SELECT run, begun_at, NULL, NULL FROM entries INDEXED BY entries_by_status WHERE status = ` + inDoubt + ` AND open)`

// beganSQL is when each run made its first attempt, and its last.
const beganSQL = `SELECT run, min(begun_at) AS began, max(begun_at) AS ended FROM ` + begunSQL + ` WHERE run >= ? GROUP BY run`

// Timeline implements importer.Store. It reads the attempts twice, and returns
// no more lines than there are spans.
func (s *Store) Timeline(ctx context.Context, first int64, most int) (importer.Timeline, error) {
	var active sql.NullInt64
	err := s.db.QueryRowContext(ctx, `SELECT sum(ended - began) FROM (`+beganSQL+`) r`, first).Scan(&active)
	if err != nil {
		return importer.Timeline{}, s.explain(err)
	}
	out := importer.Timeline{Span: importer.SpanFor(time.Duration(active.Int64)*time.Microsecond, most)}
	rows, err := s.db.QueryContext(ctx, `SELECT a.run, r.began, (a.begun_at - r.began) / ? AS span, count(*),
 sum(CASE WHEN a.status = ? THEN 1 ELSE 0 END), sum(CASE WHEN a.http_status = 429 THEN 1 ELSE 0 END)
 FROM `+begunSQL+` a JOIN (`+beganSQL+`) r ON r.run = a.run GROUP BY a.run, r.began, span ORDER BY a.run, span`,
		out.Span.Microseconds(), importer.Created, first)
	if err != nil {
		return importer.Timeline{}, s.explain(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var b importer.Bucket
		var began, span int64
		if err := rows.Scan(&b.Run, &began, &span, &b.Begun, &b.Created, &b.Limited); err != nil {
			return importer.Timeline{}, s.explain(err)
		}
		b.At = time.UnixMicro(began).UTC().Add(time.Duration(span) * out.Span)
		out.Buckets = append(out.Buckets, b)
	}
	return out, s.explain(rows.Err())
}
