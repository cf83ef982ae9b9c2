package journal

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
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

type scanner interface{ Scan(...any) error }

func scanEntry(r scanner, extra ...any) (importer.Entry, error) {
	var (
		e                                                                importer.Entry
		sheet, clientID, name, email, group, code, message, advice, note sql.NullString
		snapshot, fingerprint, mac                                       sql.NullString
		row, http, run, begun, finished                                  sql.NullInt64
	)
	err := r.Scan(append([]any{&e.Key, &e.Status, &e.Open, &sheet, &row, &clientID, &name, &email, &group, &http, &code, &message, &advice,
		&e.Attempts, &begun, &finished, &snapshot, &fingerprint, &mac, &run, &note}, extra...)...)
	if err != nil {
		return e, err
	}
	e.Row = importer.RowRef{Sheet: sheet.String, Number: int(row.Int64)}
	e.ClientID, e.ClientName, e.PrimaryEmail, e.AssetGroupID = clientID.String, name.String, email.String, group.String
	e.HTTPStatus, e.Code, e.Message, e.Advice, e.Note = int(http.Int64), code.String, message.String, advice.String, note.String
	e.BegunAt, e.FinishedAt, e.Run = fromMicros(begun), fromMicros(finished), run.Int64
	e.Fingerprint, e.SecretsMAC = fingerprint.String, mac.String
	if snapshot.Valid {
		e.Snapshot = []byte(snapshot.String)
	}
	return e, nil
}

// Lookup implements importer.Journal.
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
	for rows.Next() {
		e, err := scanEntry(rows)
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

// Walk implements importer.Store: in pages, so that nothing is locked while f
// runs and an entry that f changes does not come again.
func (s *Store) Walk(ctx context.Context, status importer.Status, f func(importer.Entry) error) error {
	before := int64(1<<63 - 1)
	for {
		rows, err := s.db.QueryContext(ctx, `SELECT `+entryColumns+`, last FROM entries WHERE status = ? AND last < ? ORDER BY last DESC LIMIT ?`, status, before, walkPage)
		if err != nil {
			return s.explain(err)
		}
		var page []importer.Entry
		for rows.Next() {
			e, err := scanEntry(rows, &before)
			if err != nil {
				_ = rows.Close()
				return s.explain(err)
			}
			page = append(page, e)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return s.explain(err)
		}
		for _, e := range page {
			if err := f(e); err != nil {
				return err
			}
		}
		if len(page) < walkPage {
			return nil
		}
	}
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
		by, err := s.unwritten()
		if err != nil {
			return nil, err
		}
		for _, v := range values {
			more = append(more, by[v]...)
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
