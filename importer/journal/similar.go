package journal

import (
	"context"
	"database/sql"
	"slices"

	"github.com/bulkonboard/bulkonboard/importer"
)

// similarSQL finds two created or in-doubt entries of each mark: of a mark that
// thousands carry it reads no more.
const similarSQL = `WITH asked(mark) AS MATERIALIZED (SELECT value FROM json_each(?1)),
 one AS MATERIALIZED (SELECT mark, (SELECT i.entry FROM marks i CROSS JOIN entries e ON e.id = i.entry
  WHERE i.hash = mark AND e.status IN (?2, ?3) ORDER BY i.entry LIMIT 1) AS entry FROM asked)
 SELECT mark, entry FROM one WHERE entry IS NOT NULL
 UNION ALL SELECT mark, next FROM (SELECT mark, (SELECT i.entry FROM marks i CROSS JOIN entries e ON e.id = i.entry
  WHERE i.hash = mark AND i.entry > one.entry AND e.status IN (?2, ?3) ORDER BY i.entry LIMIT 1) AS next FROM one WHERE entry IS NOT NULL)
 WHERE next IS NOT NULL`

// Similar implements importer.Store.
func (s *Store) Similar(ctx context.Context, marks []importer.Mark) ([]importer.Match, error) {
	marks = slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(marks))), func(m importer.Mark) bool { return m == 0 })
	if len(marks) == 0 {
		return nil, nil
	}
	found, err := s.carriers(ctx, marks)
	if err != nil {
		return nil, s.explain(err)
	}
	entries, err := s.byID(ctx, found)
	if err != nil {
		return nil, s.explain(err)
	}
	var out []importer.Match
	for _, m := range marks {
		for _, id := range found[m] {
			if e, ok := entries[id]; ok && e.Status.MayExist() {
				out = append(out, importer.Match{Mark: m, Entry: e})
			}
		}
	}
	return out, nil
}

// carriers are two entries of each mark, at most.
func (s *Store) carriers(ctx context.Context, marks []importer.Mark) (map[importer.Mark][]int64, error) {
	u, err := s.unwritten(ctx)
	if err != nil {
		return nil, err
	}
	found := map[importer.Mark][]int64{}
	for _, m := range marks {
		waiting := u.entriesOf(&u.marks, int64(m))
		if len(waiting) == 0 {
			continue
		}
		ids, err := list(waiting)
		if err != nil {
			return nil, err
		}
		const some = "SELECT id FROM entries WHERE id IN (SELECT value FROM json_each(?)) AND status IN (?, ?) LIMIT 2"
		if found[m], err = integers(s.db.QueryContext(ctx, some, ids, importer.Created, importer.InDoubt)); err != nil {
			return nil, err
		}
	}
	asked, err := list(marks)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.QueryContext(ctx, similarSQL, asked, importer.Created, importer.InDoubt)
	err = each(rows, err, func(rows *sql.Rows) error {
		var m importer.Mark
		var id int64
		if err := rows.Scan(&m, &id); err != nil {
			return err
		}
		if len(found[m]) < 2 && !slices.Contains(found[m], id) {
			found[m] = append(found[m], id)
		}
		return nil
	})
	return found, err
}

// byID reads entries whole.
func (s *Store) byID(ctx context.Context, of map[importer.Mark][]int64) (map[int64]importer.Entry, error) {
	var all []int64
	for _, ids := range of {
		all = append(all, ids...)
	}
	out := map[int64]importer.Entry{}
	if len(all) == 0 {
		return out, nil
	}
	ids, err := list(all)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.QueryContext(ctx, selecting(importer.Whole, "id")+" WHERE id IN (SELECT value FROM json_each(?))", ids)
	var id int64
	entries := scanPart(importer.Whole, &id)
	err = each(rows, err, func(rows *sql.Rows) error {
		e, err := entries.scan(rows)
		out[id] = e
		return err
	})
	return out, err
}

// ByClientID implements importer.Store.
func (s *Store) ByClientID(ctx context.Context, id string) ([]importer.Entry, error) {
	u, err := s.unwritten(ctx)
	if err != nil {
		return nil, s.explain(err)
	}
	waiting, err := list(u.entriesOf(&u.clients, clientHash(id)))
	if err != nil {
		return nil, err
	}
	entries, err := scanPart(importer.Whole).all(s.db.QueryContext(ctx, wholeSQL+` WHERE id IN
 (SELECT entry FROM clients WHERE hash = ? UNION SELECT value FROM json_each(?)) AND client_id = ? ORDER BY last`,
		clientHash(id), waiting, id))
	return entries, s.explain(err)
}

// SameAs implements importer.Store.
func (s *Store) SameAs(ctx context.Context, k importer.Key) ([]importer.Entry, error) {
	entries, err := scanPart(importer.Whole).all(s.db.QueryContext(ctx, wholeSQL+" WHERE same_as = ? ORDER BY last", k))
	return entries, s.explain(err)
}
