package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/bulkonboard/bulkonboard/importer"
)

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
		for _, d := range ds {
			if e, err := b.find(d.Key, d.Key.Hash()); err != nil {
				return nil, err
			} else if e.open {
				return fmt.Errorf("%q is in flight: it cannot be decided on", d.Key), nil
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

// decide carries one decision out.
func (b *batch) decide(d importer.Decision) error {
	record, err := json.Marshal(d)
	if err != nil {
		return err
	}
	last := b.next()
	b.changed()
	if _, err := b.exec("INSERT INTO decisions (key, record) VALUES (?, ?)", d.Key, string(record)); err != nil {
		return err
	}
	if d.Action == importer.ActionDeleted && d.Before != nil && d.Before.ClientID != "" {
		if _, err := b.exec("INSERT OR IGNORE INTO deleted (client_id) VALUES (?)", d.Before.ClientID); err != nil {
			return err
		}
	}
	if d.After == nil && !d.Forget {
		return nil
	}
	e, err := b.find(d.Key, d.Key.Hash())
	switch {
	case err != nil:
		return err
	case d.After != nil:
		return b.put(e.id, last, *d.After)
	case e.id != 0:
		return b.forget(e.id)
	}
	return nil
}

// forget makes an entry be no more; what is on record of its attempts stays.
func (b *batch) forget(id int64) error {
	e, err := b.entry(id)
	if err != nil {
		return err
	}
	if err := b.keepAttempt(id); err != nil {
		return err
	}
	if err := b.writeAll(); err != nil { // what waits may be of this entry
		return err
	}
	if err := b.forgetMarks(id, e.Marks().All()); err != nil {
		return err
	}
	for table, hash := range map[string]int64{"keys": e.Key.Hash(), "clients": clientHash(e.ClientID)} {
		if _, err := b.exec("DELETE FROM "+table+" WHERE hash = ? AND entry = ?", hash, id); err != nil {
			return err
		}
	}
	for _, q := range []string{"DELETE FROM seals WHERE entry = ?", "DELETE FROM entries WHERE id = ?"} {
		if _, err := b.exec(q, id); err != nil {
			return err
		}
	}
	return nil
}

// put makes an entry what a decision tells it to be; id 0 is a new one.
func (b *batch) put(id, last int64, e importer.Entry) error {
	if id == 0 {
		res, err := b.exec("INSERT INTO entries (key, status, open, last, attempts) VALUES (?, ?, 0, ?, 0)", e.Key, e.Status, last)
		if err != nil {
			return err
		}
		if id, err = res.LastInsertId(); err != nil {
			return err
		}
	} else if err := b.unmark(id, e); err != nil {
		return err
	}
	marks, err := marksText(e.NewMarks)
	if err != nil {
		return err
	}
	_, err = b.exec(`UPDATE entries SET status = ?, open = 0, last = ?, attempt = NULL, sheet = ?, row = ?, client_id = ?, client_name = ?,
 primary_email = ?, asset_group_id = ?, http_status = ?, code = ?, message = ?, advice = ?, attempts = ?, begun_at = ?, finished_at = ?,
 fingerprint = ?, secrets_mac = ?, run = ?, note = ?, marks = ?, same_as = ?, snapshot = ? WHERE id = ?`,
		e.Status, last, orNull(e.Row.Sheet), e.Row.Number, orNull(e.ClientID), orNull(e.ClientName), orNull(e.PrimaryEmail),
		orNull(e.AssetGroupID), e.HTTPStatus, orNull(e.Code), orNull(e.Message), orNull(e.Advice), e.Attempts,
		micros(e.BegunAt), micros(e.FinishedAt),
		orNull(e.Fingerprint), orNull(e.SecretsMAC), e.Run, orNull(e.Note), marks, orNull(string(e.SameAs)), orNull(string(e.Snapshot)), id)
	if err != nil {
		return err
	}
	b.w.hashes.addKey(e.Key.Hash(), id, knownFingerprint(e.Status, e.Fingerprint))
	b.w.hashes.addClient(e.ClientID, id)
	b.w.hashes.addMarks(id, e.Marks().All()...)
	if e.ClientID != "" {
		_, err = b.exec("DELETE FROM deleted WHERE client_id = ?", e.ClientID) // somebody holds it again
	}
	return err
}

// unmark takes from an entry, before it becomes another, what is on record
// elsewhere from now on: its last attempt, and the marks that it loses.
func (b *batch) unmark(id int64, becomes importer.Entry) error {
	was, err := b.entry(id)
	if err != nil {
		return err
	}
	if err := b.keepAttempt(id); err != nil {
		return err
	}
	has := becomes.Marks().All()
	return b.forgetMarks(id, slices.DeleteFunc(was.Marks().All(), func(m importer.Mark) bool { return slices.Contains(has, m) }))
}

// Deleted implements importer.Store.
func (s *Store) Deleted(ctx context.Context, ids []string) ([]string, error) {
	asked, err := list(ids)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.QueryContext(ctx, "SELECT client_id FROM deleted WHERE client_id IN (SELECT value FROM json_each(?))", asked)
	out, err := all(rows, err, scalar[string])
	return out, s.explain(err)
}

// Decisions implements importer.Store.
func (s *Store) Decisions(ctx context.Context, keys ...importer.Key) ([]importer.Decision, error) {
	asked, err := list(keys)
	if err != nil {
		return nil, err
	}
	rows, err := s.db.QueryContext(ctx, "SELECT record FROM decisions WHERE key IN (SELECT value FROM json_each(?)) ORDER BY id", asked)
	out, err := all(rows, err, func(rows *sql.Rows, d *importer.Decision) error {
		var record string
		if err := rows.Scan(&record); err != nil {
			return err
		}
		if json.Unmarshal([]byte(record), d) != nil {
			return damaged(s.path, "a decision cannot be read")
		}
		return nil
	})
	return out, s.explain(err)
}

// Annotate implements importer.Store.
func (s *Store) Annotate(ctx context.Context, k importer.Key, note string) error {
	return s.write(ctx, func(b *batch) (refusal, err error) {
		e, err := b.find(k, k.Hash())
		if err != nil {
			return nil, err
		}
		if e.id == 0 {
			return fmt.Errorf("no entry %q", k), nil
		}
		b.changed()
		_, err = b.exec("UPDATE entries SET note = ? WHERE id = ?", orNull(note), e.id)
		return nil, err
	})
}
