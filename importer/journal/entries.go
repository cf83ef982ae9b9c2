package journal

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

const entryColumns = `key, status, open, sheet, row, client_id, client_name, primary_email, asset_group_id,
 http_status, code, message, advice, attempts, begun_at, finished_at, snapshot, fingerprint, secrets_mac, run, note`

// lookupSQL takes the keys as one JSON list, so that one prepared statement
// serves any number of them.
const lookupSQL = `SELECT ` + entryColumns + ` FROM entries WHERE key IN (SELECT value FROM json_each(?))`

// micros is how times are stored; zero times are NULL.
func micros(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

func fromMicros(n sql.NullInt64) time.Time {
	if !n.Valid {
		return time.Time{}
	}
	return time.UnixMicro(n.Int64).UTC()
}

// orNull keeps what is empty out of the file.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// An entryScanner reads rows of entryColumns, one after the other. The driver's
// values are taken as they come: a column that may be NULL would else be
// converted twice.
type entryScanner struct {
	values [21]any
	to     []any
}

// scanEntries reads entryColumns, and the columns behind them into extra.
func scanEntries(extra ...any) *entryScanner {
	s := &entryScanner{}
	for i := range s.values {
		s.to = append(s.to, &s.values[i])
	}
	s.to = append(s.to, extra...)
	return s
}

func (s *entryScanner) scan(rows *sql.Rows) (importer.Entry, error) {
	if err := rows.Scan(s.to...); err != nil {
		return importer.Entry{}, err
	}
	v := &s.values
	var bad error
	text := func(i int) string {
		t, ok := v[i].(string)
		if !ok && v[i] != nil {
			bad = fmt.Errorf("column %d of an entry is a %T", i+1, v[i])
		}
		return t
	}
	number := func(i int) int64 {
		n, ok := v[i].(int64)
		if !ok && v[i] != nil {
			bad = fmt.Errorf("column %d of an entry is a %T", i+1, v[i])
		}
		return n
	}
	instant := func(i int) time.Time {
		if n := number(i); v[i] != nil {
			return time.UnixMicro(n).UTC()
		}
		return time.Time{}
	}
	e := importer.Entry{
		Key: importer.Key(text(0)), Status: importer.Status(number(1)), Open: number(2) != 0,
		Row:      importer.RowRef{Sheet: text(3), Number: int(number(4))},
		ClientID: text(5), ClientName: text(6), PrimaryEmail: text(7), AssetGroupID: text(8),
		HTTPStatus: int(number(9)), Code: text(10), Message: text(11), Advice: text(12),
		Attempts: int(number(13)), BegunAt: instant(14), FinishedAt: instant(15),
		Fingerprint: text(17), SecretsMAC: text(18), Run: number(19), Note: text(20),
	}
	if v[16] != nil {
		e.Snapshot = []byte(text(16))
	}
	return e, bad
}

// Lookup implements importer.Store.
func (s *Store) Lookup(ctx context.Context, keys []importer.Key) ([]importer.Entry, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	list, err := json.Marshal(keys)
	if err != nil {
		return nil, err
	}
	rows, err := s.lookups.QueryContext(ctx, string(list))
	return s.collect(rows, err)
}

func (s *Store) collect(rows *sql.Rows, err error) ([]importer.Entry, error) {
	if err != nil {
		return nil, s.explain(err)
	}
	defer func() { _ = rows.Close() }()
	var out []importer.Entry
	entries := scanEntries()
	for rows.Next() {
		e, err := entries.scan(rows)
		if err != nil {
			return nil, s.explain(err)
		}
		out = append(out, e)
	}
	return out, s.explain(rows.Err())
}

// Totals implements importer.Store.
func (s *Store) Totals(ctx context.Context) (importer.Counts, error) {
	var c importer.Counts
	rows, err := s.db.QueryContext(ctx, "SELECT status, count(*) FROM entries INDEXED BY entries_by_status GROUP BY status")
	if err != nil {
		return c, s.explain(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var status importer.Status
		var n int
		if err := rows.Scan(&status, &n); err != nil {
			return c, s.explain(err)
		}
		if int(status) < 0 || int(status) >= len(c) {
			return c, damaged(s.path, fmt.Sprintf("it holds a status %d", status))
		}
		c[status] = n
	}
	return c, s.explain(rows.Err())
}

// walkPage is how many entries a walk holds at once.
const walkPage = 256

// Walk implements importer.Store: in pages, so that nothing is locked while an
// entry is looked at, and one that is changed meanwhile does not come again.
func (s *Store) Walk(ctx context.Context, status importer.Status) iter.Seq2[importer.Entry, error] {
	return func(yield func(importer.Entry, error) bool) {
		before := int64(1<<63 - 1)
		entries := scanEntries(&before)
		page := make([]importer.Entry, 0, walkPage)
		for {
			var err error
			if page, err = s.page(ctx, entries, page[:0], status, before); err != nil {
				yield(importer.Entry{}, s.explain(err))
				return
			}
			for _, e := range page {
				if !yield(e, nil) {
					return
				}
			}
			if len(page) < walkPage {
				return
			}
		}
	}
}

// page appends the entries whose last attempt was before this one to a page.
func (s *Store) page(ctx context.Context, entries *entryScanner, page []importer.Entry, status importer.Status, before int64) ([]importer.Entry, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT `+entryColumns+`, last FROM entries WHERE status = ? AND last < ? ORDER BY last DESC LIMIT ?`, status, before, walkPage)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		e, err := entries.scan(rows)
		if err != nil {
			return nil, err
		}
		page = append(page, e)
	}
	return page, errors.Join(rows.Err(), rows.Close())
}

// The idents of an entry: hashes, since they are only ever compared; names,
// logins and client ids do not mix. They stand in the file: another hash is another format.
func nameIdent(name string) int64   { return ident("n" + importer.Fold(name)) }
func emailIdent(email string) int64 { return ident("e" + importer.Fold(email)) }
func clientIdent(id string) int64   { return ident("c" + id) }

func ident(s string) int64 {
	sum := sha256.Sum256([]byte(s))
	return int64(binary.BigEndian.Uint64(sum[:8]))
}

// Similar implements importer.Store.
func (s *Store) Similar(ctx context.Context, names, emails []string) ([]importer.Entry, error) {
	var values []int64
	for _, n := range names {
		if importer.Fold(n) != "" {
			values = append(values, nameIdent(n))
		}
	}
	for _, e := range emails {
		if importer.Fold(e) != "" {
			values = append(values, emailIdent(e))
		}
	}
	if len(values) == 0 {
		return nil, nil
	}
	return s.identified(ctx, values, "status IN (?, ?) ORDER BY key", importer.Created, importer.InDoubt)
}

// ByClientID implements importer.Store.
func (s *Store) ByClientID(ctx context.Context, id string) ([]importer.Entry, error) {
	return s.identified(ctx, []int64{clientIdent(id)}, "client_id = ? ORDER BY last", id)
}

// identified are the entries with one of these idents for which where holds.
func (s *Store) identified(ctx context.Context, values []int64, where string, args ...any) ([]importer.Entry, error) {
	if err := s.settleIdents(ctx); err != nil {
		return nil, err
	}
	more := []int64{} // entries
	if s.unwritten != nil {
		var err error
		if more, err = s.unwritten.entries(ctx, s.db, values); err != nil {
			return nil, s.explain(err)
		}
	}
	list, err := json.Marshal(values)
	if err != nil {
		return nil, err
	}
	others, err := json.Marshal(more)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.QueryContext(ctx, `SELECT `+entryColumns+` FROM entries WHERE id IN
 (SELECT entry FROM idents WHERE value IN (SELECT value FROM json_each(?)) UNION SELECT value FROM json_each(?)) AND `+where,
		append([]any{string(list), string(others)}, args...)...)
	return s.collect(rows, err)
}
