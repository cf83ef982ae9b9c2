package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
)

// The names of a header's values.
const (
	headerJobID   = "job_id"
	headerTarget  = "target"
	headerCreated = "created_at"
	headerKeyDef  = "key_definition"
	headerKey     = "key_fingerprint"
	headerMapping = "mapping"
)

type execer interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
}

// writeHeader writes all of a header, or what may change in it.
func writeHeader(ctx context.Context, db execer, h importer.JobHeader, all bool) error {
	def, err := json.Marshal(h.KeyDefinition)
	if err != nil {
		return err
	}
	mapping, err := json.Marshal(h.Mapping)
	if err != nil {
		return err
	}
	values := map[string]string{headerKeyDef: string(def), headerKey: h.KeyFingerprint, headerMapping: string(mapping)}
	if all {
		values[headerJobID], values[headerTarget] = h.JobID, h.Target
		values[headerCreated] = h.CreatedAt.UTC().Format(time.RFC3339Nano)
	}
	for name, v := range values {
		if _, err := db.ExecContext(ctx, "INSERT INTO header (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, v); err != nil {
			return err
		}
	}
	return nil
}

// Header implements importer.Store.
func (s *Store) Header(ctx context.Context) (importer.JobHeader, error) {
	var h importer.JobHeader
	rows, err := s.db.QueryContext(ctx, "SELECT name, value FROM header")
	if err != nil {
		return h, s.explain(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name, v string
		if err := rows.Scan(&name, &v); err != nil {
			return h, s.explain(err)
		}
		switch name {
		case headerJobID:
			h.JobID = v
		case headerTarget:
			h.Target = v
		case headerKey:
			h.KeyFingerprint = v
		case headerCreated:
			h.CreatedAt, err = time.Parse(time.RFC3339Nano, v)
		case headerKeyDef:
			err = json.Unmarshal([]byte(v), &h.KeyDefinition)
		case headerMapping:
			err = json.Unmarshal([]byte(v), &h.Mapping)
		}
		if err != nil {
			return h, damaged(s.path, "its header cannot be read: "+name)
		}
	}
	return h, s.explain(rows.Err())
}

// SetHeader implements importer.Store.
func (s *Store) SetHeader(ctx context.Context, h importer.JobHeader) error {
	return s.write(ctx, func(b *batch) (error, error) { return nil, writeHeader(b.ctx, b.w.conn, h, false) })
}

// StartRun implements importer.Store.
func (s *Store) StartRun(ctx context.Context, r importer.Run) (int64, error) {
	record, err := json.Marshal(r)
	if err != nil {
		return 0, err
	}
	var id int64
	err = s.write(ctx, func(b *batch) (error, error) {
		last, err := b.run()
		if err != nil {
			return nil, err
		}
		id = last + 1
		b.w.run = id
		_, err = b.exec("INSERT INTO runs (id, record) VALUES (?, ?)", id, string(record))
		return nil, err
	})
	return id, err
}

// UpdateRun implements importer.Store.
func (s *Store) UpdateRun(ctx context.Context, r importer.Run) error {
	record, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return s.write(ctx, func(b *batch) (error, error) {
		res, err := b.exec("UPDATE runs SET record = ? WHERE id = ?", string(record), r.ID)
		if err != nil {
			return nil, err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return fmt.Errorf("no run %d", r.ID), err
		}
		return nil, nil
	})
}

// Runs implements importer.Store.
func (s *Store) Runs(ctx context.Context, limit int) ([]importer.Run, error) {
	if limit <= 0 {
		limit = -1
	}
	rows, err := s.db.QueryContext(ctx, "SELECT id, record FROM runs ORDER BY id DESC LIMIT ?", limit)
	if err != nil {
		return nil, s.explain(err)
	}
	defer func() { _ = rows.Close() }()
	var out []importer.Run
	for rows.Next() {
		var id int64
		var record string
		if err := rows.Scan(&id, &record); err != nil {
			return nil, s.explain(err)
		}
		var r importer.Run
		if err := json.Unmarshal([]byte(record), &r); err != nil {
			return nil, damaged(s.path, fmt.Sprintf("run %d cannot be read", id))
		}
		r.ID = id
		out = append(out, r)
	}
	return out, s.explain(rows.Err())
}

// Decide implements importer.Store.
func (s *Store) Decide(ctx context.Context, ds ...importer.Decision) error {
	for _, d := range ds {
		if e := d.After; e != nil && (e.Open || e.Key != d.Key) {
			return fmt.Errorf("%q: a decision makes an entry of its own key that is not in flight", d.Key)
		}
	}
	return s.write(ctx, func(b *batch) (refusal, err error) {
		// All are looked at before the first is written: a refusal does not
		// undo the transaction, which is shared with others.
		ids := make([]int64, len(ds))
		for i, d := range ds {
			var open bool
			err := b.row("SELECT id, open FROM entries WHERE key = ?", d.Key).Scan(&ids[i], &open)
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return nil, err
			}
			if open {
				return fmt.Errorf("%q is in flight: it cannot be decided on", d.Key), nil
			}
		}
		for i, d := range ds {
			if err := b.decide(d, ids[i]); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
}

// decide carries one decision out; id is its entry's, 0 for none.
func (b *batch) decide(d importer.Decision, id int64) error {
	record, err := json.Marshal(d)
	if err != nil {
		return err
	}
	if _, err := b.exec("INSERT INTO decisions (key, record) VALUES (?, ?)", d.Key, string(record)); err != nil {
		return err
	}
	switch {
	case d.After != nil:
		return b.put(id, *d.After)
	case d.Forget && id != 0:
		if err := b.writeIdents(); err != nil { // what waits may be of this entry
			return err
		}
		for _, q := range []string{"DELETE FROM idents WHERE entry = ?", "DELETE FROM seals WHERE entry = ?", "DELETE FROM entries WHERE id = ?"} {
			if _, err := b.exec(q, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// Rekey implements importer.Store.
func (s *Store) Rekey(ctx context.Context, definition []string, moves map[importer.Key]importer.Key, who string, at time.Time) error {
	def, err := json.Marshal(definition)
	if err != nil {
		return err
	}
	return s.write(ctx, func(b *batch) (refusal, err error) {
		ids, refusal, err := b.movable(moves)
		if refusal != nil || err != nil {
			return refusal, err
		}
		// Out of the way first: a new key may be another entry's old one.
		if _, err := b.exec("UPDATE entries SET key = 'moving:' || id"); err != nil {
			return nil, err
		}
		for old, id := range ids {
			if _, err := b.exec("UPDATE entries SET key = ? WHERE id = ?", moves[old], id); err != nil {
				return nil, err
			}
			record, err := json.Marshal(importer.Decision{Key: moves[old], Action: importer.ActionRekey, Who: who, At: at, Other: old})
			if err != nil {
				return nil, err
			}
			if _, err := b.exec("INSERT INTO decisions (key, record) VALUES (?, ?)", moves[old], string(record)); err != nil {
				return nil, err
			}
		}
		if _, err := b.exec("DELETE FROM aliases"); err != nil {
			return nil, err
		}
		_, err = b.exec("UPDATE header SET value = ? WHERE name = ?", string(def), headerKeyDef)
		return nil, err
	})
}

// movable finds the entries by their old keys, and makes sure that each has a
// new one of its own.
func (b *batch) movable(moves map[importer.Key]importer.Key) (ids map[importer.Key]int64, refusal, err error) {
	rows, err := b.w.conn.QueryContext(b.ctx, "SELECT id, key, open FROM entries")
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = rows.Close() }()
	ids, taken := map[importer.Key]int64{}, map[importer.Key]importer.Key{}
	for rows.Next() {
		var id int64
		var key importer.Key
		var open bool
		if err := rows.Scan(&id, &key, &open); err != nil {
			return nil, nil, err
		}
		to := moves[key]
		other, twice := taken[to]
		switch {
		case open:
			return nil, fmt.Errorf("%q is in flight: it cannot get another key", key), nil
		case to == "":
			return nil, fmt.Errorf("%q has no new key", key), nil
		case twice:
			return nil, fmt.Errorf("%q and %q would both have the key %q", other, key, to), nil
		}
		ids[key], taken[to] = id, key
	}
	return ids, nil, rows.Err()
}

// Annotate implements importer.Store.
func (s *Store) Annotate(ctx context.Context, k importer.Key, note string) error {
	return s.write(ctx, func(b *batch) (refusal, err error) {
		res, err := b.exec("UPDATE entries SET note = ? WHERE key = ?", orNull(note), k)
		if err != nil {
			return nil, err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return fmt.Errorf("no entry %q", k), err
		}
		return nil, nil
	})
}

// Reclassify implements importer.Journal.
func (s *Store) Reclassify(ctx context.Context, keys []importer.Key, to importer.Status, advice string) error {
	if to != importer.Rejected && to != importer.Failed {
		return fmt.Errorf("an entry is not reclassified %s", to)
	}
	list, err := json.Marshal(keys)
	if err != nil {
		return err
	}
	return s.write(ctx, func(b *batch) (refusal, err error) {
		const these = " WHERE key IN (SELECT value FROM json_each(?)) AND status IN (?, ?)"
		var n int
		if err := b.row("SELECT count(*) FROM entries"+these, string(list), importer.Rejected, importer.Failed).Scan(&n); err != nil {
			return nil, err
		}
		if n != len(keys) {
			return fmt.Errorf("of %d entries to become %s, %d are rejected or failed", len(keys), to, n), nil
		}
		_, err = b.exec("UPDATE entries SET status = ?, advice = ?"+these, to, orNull(advice), string(list), importer.Rejected, importer.Failed)
		return nil, err
	})
}

// put makes an entry what it is told to be; id 0 is a new one.
func (b *batch) put(id int64, e importer.Entry) error {
	last, err := b.next()
	if err != nil {
		return err
	}
	if id == 0 {
		res, err := b.exec("INSERT INTO entries (key, status, open, last, attempts) VALUES (?, ?, 0, ?, 0)", e.Key, e.Status, last)
		if err != nil {
			return err
		}
		if id, err = res.LastInsertId(); err != nil {
			return err
		}
	}
	_, err = b.exec(`UPDATE entries SET status = ?, open = 0, last = ?, sheet = ?, row = ?, client_id = ?, client_name = ?, primary_email = ?,
 asset_group_id = ?, http_status = ?, code = ?, message = ?, advice = ?, attempts = ?, begun_at = ?, finished_at = ?,
 snapshot = ?, fingerprint = ?, secrets_mac = ?, run = ?, note = ? WHERE id = ?`,
		e.Status, last, orNull(e.Row.Sheet), e.Row.Number, orNull(e.ClientID), orNull(e.ClientName), orNull(e.PrimaryEmail),
		orNull(e.AssetGroupID), e.HTTPStatus, orNull(e.Code), orNull(e.Message), orNull(e.Advice), e.Attempts, micros(e.BegunAt), micros(e.FinishedAt),
		orNull(string(e.Snapshot)), orNull(e.Fingerprint), orNull(e.SecretsMAC), e.Run, orNull(e.Note), id)
	if err != nil {
		return err
	}
	return b.identify(identsKnown(nil, id, e.ClientName, e.PrimaryEmail, e.ClientID, string(e.Snapshot))...)
}

// Decisions implements importer.Store.
func (s *Store) Decisions(ctx context.Context, k importer.Key) ([]importer.Decision, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT record FROM decisions WHERE key = ? ORDER BY id", k)
	if err != nil {
		return nil, s.explain(err)
	}
	defer func() { _ = rows.Close() }()
	var out []importer.Decision
	for rows.Next() {
		var record string
		if err := rows.Scan(&record); err != nil {
			return nil, s.explain(err)
		}
		var d importer.Decision
		if err := json.Unmarshal([]byte(record), &d); err != nil {
			return nil, damaged(s.path, "a decision cannot be read")
		}
		out = append(out, d)
	}
	return out, s.explain(rows.Err())
}

// AddAlias implements importer.Store.
func (s *Store) AddAlias(ctx context.Context, a importer.Alias) error {
	return s.write(ctx, func(b *batch) (error, error) {
		_, err := b.exec("INSERT INTO aliases (old, cells, new, run) VALUES (?, ?, ?, ?) ON CONFLICT (old, cells) DO UPDATE SET new = excluded.new, run = excluded.run",
			a.Old, a.Cells, a.New, a.Run)
		return nil, err
	})
}

// Aliases implements importer.Store.
func (s *Store) Aliases(ctx context.Context, keys []importer.Key) ([]importer.Alias, error) {
	list, err := json.Marshal(slices.Concat([]importer.Key{}, keys))
	if err != nil {
		return nil, err
	}
	rows, err := s.db.QueryContext(ctx, "SELECT old, cells, new, run FROM aliases WHERE old IN (SELECT value FROM json_each(?))", string(list))
	if err != nil {
		return nil, s.explain(err)
	}
	defer func() { _ = rows.Close() }()
	var out []importer.Alias
	for rows.Next() {
		var a importer.Alias
		if err := rows.Scan(&a.Old, &a.Cells, &a.New, &a.Run); err != nil {
			return nil, s.explain(err)
		}
		out = append(out, a)
	}
	return out, s.explain(rows.Err())
}

// ViewDigest implements importer.Store.
func (s *Store) ViewDigest(ctx context.Context, name string) (string, error) {
	var d string
	err := s.db.QueryRowContext(ctx, "SELECT digest FROM views WHERE name = ?", name).Scan(&d)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return d, s.explain(err)
}

// SetViewDigest implements importer.Store.
func (s *Store) SetViewDigest(ctx context.Context, name, digest string) error {
	return s.write(ctx, func(b *batch) (error, error) {
		_, err := b.exec("INSERT INTO views (name, digest) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET digest = excluded.digest", name, digest)
		return nil, err
	})
}
