package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// entryColumns are an entry's, in the order in which entryScanner.entry takes
// them.
var entryColumns = []string{"key", "status", "open", "sheet", "row", "client_id", "client_name", "primary_email", "asset_group_id",
	"http_status", "code", "message", "advice", "attempts", "begun_at", "finished_at", "fingerprint", "secrets_mac", "run", "note",
	"marks", "same_as", "snapshot"}

// columnsOf are those that a part is made of.
func columnsOf(p importer.Part) []int {
	all := make([]int, len(entryColumns))
	for i := range all {
		all[i] = i
	}
	switch p {
	case importer.Outline:
		return all[:len(all)-1]
	case importer.Listing:
		return []int{0, 1, 5, 6, 7, 15, 16}
	}
	return all
}

// selecting begins a query for a part of entries.
func selecting(p importer.Part, more ...string) string {
	var names []string
	for _, i := range columnsOf(p) {
		names = append(names, entryColumns[i])
	}
	return "SELECT " + strings.Join(append(names, more...), ", ") + " FROM entries"
}

var wholeSQL = selecting(importer.Whole)

// lookupSQL takes hashes of keys as one JSON list, so that one prepared statement
// serves any number of them, and entries that keys lacks.
var lookupSQL = wholeSQL + ` WHERE id IN
 (SELECT entry FROM keys WHERE hash IN (SELECT value FROM json_each(?)) UNION SELECT value FROM json_each(?))`

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

// marksText is how marks of its own stand in an entry.
func marksText(m *importer.Marks) (any, error) {
	if m == nil {
		return nil, nil
	}
	b, err := json.Marshal(m)
	return string(b), err
}

// list is a JSON list for json_each: of one thing, where it is nil, of nothing.
func list[T any](of []T) (string, error) {
	b, err := json.Marshal(slices.Concat([]T{}, of))
	return string(b), err
}

// An entryScanner reads rows of entries, one after the other. The driver's
// values are taken as they come: a column that may be NULL would else be
// converted twice.
type entryScanner struct {
	values []any
	to     []any
	bad    error
}

// scanPart reads the columns of a part, and those behind them into extra.
func scanPart(p importer.Part, extra ...any) *entryScanner {
	s := &entryScanner{values: make([]any, len(entryColumns))}
	for _, i := range columnsOf(p) {
		s.to = append(s.to, &s.values[i])
	}
	s.to = append(s.to, extra...)
	return s
}

func (s *entryScanner) text(i int) string {
	t, ok := s.values[i].(string)
	if !ok && s.values[i] != nil {
		s.bad = fmt.Errorf("%s of an entry is a %T", entryColumns[i], s.values[i])
	}
	return t
}

func (s *entryScanner) number(i int) int64 {
	n, ok := s.values[i].(int64)
	if !ok && s.values[i] != nil {
		s.bad = fmt.Errorf("%s of an entry is a %T", entryColumns[i], s.values[i])
	}
	return n
}

func (s *entryScanner) instant(i int) time.Time {
	if s.values[i] == nil {
		return time.Time{}
	}
	return time.UnixMicro(s.number(i)).UTC()
}

func (s *entryScanner) scan(rows *sql.Rows) (importer.Entry, error) {
	if err := rows.Scan(s.to...); err != nil {
		return importer.Entry{}, err
	}
	e := importer.Entry{
		Key: importer.Key(s.text(0)), Status: importer.Status(s.number(1)), Open: s.number(2) != 0,
		Row:      importer.RowRef{Sheet: s.text(3), Number: int(s.number(4))},
		ClientID: s.text(5), ClientName: s.text(6), PrimaryEmail: s.text(7), AssetGroupID: s.text(8),
		HTTPStatus: int(s.number(9)), Code: s.text(10), Message: s.text(11), Advice: s.text(12),
		Attempts: int(s.number(13)), BegunAt: s.instant(14), FinishedAt: s.instant(15),
		Fingerprint: s.text(16), SecretsMAC: s.text(17), Run: s.number(18), Note: s.text(19), SameAs: importer.Key(s.text(21)),
	}
	if s.values[20] != nil {
		if err := json.Unmarshal([]byte(s.text(20)), &e.NewMarks); err != nil {
			return e, fmt.Errorf("marks of an entry: %w", err)
		}
	}
	if s.values[22] != nil {
		e.Snapshot = []byte(s.text(22))
	}
	return e, s.bad
}

// all reads entries to the end.
func (s *entryScanner) all(rows *sql.Rows, err error) ([]importer.Entry, error) {
	return all(rows, err, func(rows *sql.Rows, e *importer.Entry) (err error) {
		*e, err = s.scan(rows)
		return err
	})
}

// Lookup implements importer.Store.
func (s *Store) Lookup(ctx context.Context, keys []importer.Key) ([]importer.Entry, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	asked, hashes := make(map[importer.Key]bool, len(keys)), make([]int64, 0, len(keys))
	for _, k := range keys {
		if !asked[k] {
			asked[k] = true
			hashes = append(hashes, k.Hash())
		}
	}
	u, err := s.unwritten(ctx)
	if err != nil {
		return nil, s.explain(err)
	}
	more, err := list(u.entriesOf(&u.keys, hashes...))
	if err != nil {
		return nil, err
	}
	wanted, err := list(hashes)
	if err != nil {
		return nil, err
	}
	entries, err := scanPart(importer.Whole).all(s.lookups.QueryContext(ctx, wanted, more))
	// Two keys may have one hash.
	return slices.DeleteFunc(entries, func(e importer.Entry) bool { return !asked[e.Key] }), s.explain(err)
}

// unwritten are the hashes that the file may lack. Whoever needs them takes them
// before he looks into the file: they go once they are there.
func (s *Store) unwritten(ctx context.Context) (*unwritten, error) {
	if s.w != nil {
		return &s.w.hashes, nil
	}
	return &s.reader.unwritten, s.reader.look(ctx, s.db)
}

// Totals implements importer.Store.
func (s *Store) Totals(ctx context.Context) (importer.Counts, error) {
	var c importer.Counts
	rows, err := s.db.QueryContext(ctx, "SELECT status, count(*) FROM entries INDEXED BY entries_by_status GROUP BY status")
	err = each(rows, err, func(rows *sql.Rows) error {
		var status importer.Status
		var n int
		if err := rows.Scan(&status, &n); err != nil {
			return err
		}
		if int(status) < 0 || int(status) >= len(c) {
			return damaged(s.path, fmt.Sprintf("it holds a status %d", status))
		}
		c[status] = n
		return nil
	})
	return c, s.explain(err)
}

// walkPage is how many entries a walk holds at once.
const walkPage = 256

// Walk implements importer.Store: in pages, so that nothing is locked between
// them and an entry that is written meanwhile does not come again.
func (s *Store) Walk(ctx context.Context, status importer.Status, part importer.Part) iter.Seq2[importer.Entry, error] {
	return func(yield func(importer.Entry, error) bool) {
		before := int64(1<<63 - 1)
		entries := scanPart(part, &before)
		query := selecting(part, "last") + " WHERE status = ? AND last < ? ORDER BY last DESC LIMIT ?"
		for {
			page, err := entries.all(s.db.QueryContext(ctx, query, status, before, walkPage))
			if err != nil {
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

// integers reads a column of them.
func integers(rows *sql.Rows, err error) ([]int64, error) {
	return all(rows, err, scalar[int64])
}
